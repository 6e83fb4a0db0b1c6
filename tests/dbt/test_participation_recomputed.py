"""Participation and onboarding of a generated organisation, worked out a second time in pandas.

The second way counts day by day and person by person (``tests.factories.person_days``), uses
lifelines for survival and networkx for ego networks, and knows nothing of the models' SQL. What
the generator planted is compared with what the marts found.
"""

from __future__ import annotations

import json
from itertools import pairwise
from math import ceil

import networkx as nx
import numpy as np
import pandas as pd
import polars as pl
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from assets import layout
from assets.identity.key import load_key
from assets.identity.pseudonyms import WORKER_SPACE, keyed_hash
from assets.publish.metrics import read_registry
from assets.warehouse.dbt_invocation import DbtProject
from tests.factories.builds import build, kithwork, warehouse_of
from tests.factories.person_days import COUNTS, Warehouse, events, person_days, person_windows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("participation") / "organisation"
    # without the young, who are hardly ever silent whatever was planted for them
    size = ["--people", "150", "--months", "9", "--seed", "5", "--no-mix-shift"]
    generated = kithwork("generate", *size, "--out", folder)
    assert generated.code == 0, generated.said
    outcome = build(folder / "kithwork.yaml")
    assert outcome.code == 0, outcome.said
    return folder / "kithwork.yaml"


@pytest.fixture(scope="module")
def warehouse(built):
    return Warehouse(warehouse_of(built).database)


@pytest.fixture(scope="module")
def days(warehouse):
    return person_days(warehouse)


@pytest.fixture(scope="module")
def traces(warehouse):
    return events(warehouse)


@pytest.fixture(scope="module")
def expected(warehouse, days, traces):
    return person_windows(warehouse, days, traces)


def test_every_window_of_every_person_is_the_sum_of_its_days(warehouse, expected):
    found = warehouse.frame("select * from intermediate.int_person_windows")
    assert len(found) == len(expected) > 3000
    found["period_start"] = pd.to_datetime(found.period_start)
    both = found.merge(
        expected.rename(columns={"person": "person_key"}),
        on=["person_key", "period_kind", "period_start"],
        suffixes=("", "_expected"),
        validate="one_to_one",
    )
    assert len(both) == len(found)
    pairs = {
        "org_unit_key": "unit", "scheduled_workdays": "scheduled", "eligible_days": "eligible_days_expected",
        "is_eligible": "is_in", "is_partial": "is_partial_expected", "has_account": "has_account_expected",
        "is_employed_at_end": "is_employed_at_end_expected",
    }  # fmt: skip
    counts = [*COUNTS, "active_days", "active_weeks", "creating_weeks"]
    different = {a: int((both[a] != both[b]).sum()) for a, b in pairs.items()}
    seen = both[both.eligible_days > 0]
    different |= {name: int((seen[f"n_{name}"] != seen[name]).sum()) for name in counts}
    assert {name: n for name, n in different.items() if n} == {}
    assert both[both.eligible_days == 0].n_contributions.isna().all(), "nothing observed is not nothing done"
    assert seen[[f"n_{name}" for name in COUNTS]].sum().min() > 0, "every kind of trace occurs"


def _of_units(warehouse: Warehouse, table: pd.DataFrame) -> pd.DataFrame:
    """Each person once for every unit above the own one."""
    return table.merge(
        warehouse.ancestors.rename(columns={"org_unit_key": "unit", "ancestor_org_unit_key": "org_unit_key"}),
        on="unit",
    )


def test_shares_of_every_unit_and_window(warehouse, expected):
    people = _of_units(warehouse, expected)
    people["is_done"] = people.is_in & (people.contributions > 0)
    people["is_made"] = people.is_in & (people.creations > 0)
    people["is_registered"] = people.has_account & ~people.is_opted_out
    is_seen = people.eligible_days > 0
    people["is_registered_done"] = people.is_registered & is_seen & (people.contributions > 0)
    keys = ["org_unit_key", "period_kind", "period_start"]
    want = people.groupby(keys)[
        ["is_in", "is_partial", "is_done", "is_made", "is_registered", "is_registered_done"]
    ].sum()
    found = warehouse.frame("select * from marts.fct_participation_org_window")
    found["period_start"] = pd.to_datetime(found.period_start)
    found = found.set_index(keys).sort_index()
    want = want.sort_index()
    assert list(found.index) == list(want.index)
    np.testing.assert_array_equal(found.n_defined, want.is_in)
    np.testing.assert_array_equal(found.n_partial, want.is_partial)
    np.testing.assert_array_equal(found.n_registered, want.is_registered)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(found.participation_rate, want.is_done / want.is_in)
        np.testing.assert_allclose(found.contribution_rate, want.is_made / want.is_in)
        is_given = found.participation_rate_registered.notna()
        np.testing.assert_allclose(
            found.participation_rate_registered[is_given],
            (want.is_registered_done / want.is_registered)[is_given],
        )
    assert found.reach_rate.isna().all()
    assert set(found.reach_reason) == {"no_views_in_sources"}
    month = warehouse.frame("select * from marts.fct_participation_org_month").set_index("org_unit_key")
    whole = found.loc[(0, "month")]
    np.testing.assert_allclose(
        month.loc[[0]].sort_values("month_start").participation_rate, whole.participation_rate
    )


def test_the_semantic_layer_says_the_same_of_the_whole_organisation(warehouse, tmp_path):
    project = layout.Warehouse(tmp_path)
    project.create()
    manifest = DbtProject(project, {}).parse()
    [model] = manifest["semantic_models"].values()
    sums = {m["name"]: f"cast({m['agg']}({m['expr']}) as double)" for m in model["measures"]}
    ratios = {
        metric["name"]: metric["type_params"]
        for metric in manifest["metrics"].values()
        if metric["type"] == "ratio"
    }
    assert set(ratios) <= {metric.name for metric in read_registry().metrics}
    columns = [
        f"{sums[parts['numerator']['name']]} / nullif({sums[parts['denominator']['name']]}, 0) as {name}"
        for name, parts in ratios.items()
    ]
    found = warehouse.frame(f"select {', '.join(columns)} from marts.fct_person_month group by month_start "
                            "order by month_start")  # fmt: skip
    want = warehouse.frame(
        "select * from marts.fct_participation_org_month where org_unit_key = 0 order by month_start"
    )
    assert len(ratios) == 4
    for name in ratios:
        np.testing.assert_allclose(found[name], want[name], err_msg=name)


def test_the_panel_is_the_same_people_in_every_month(warehouse, expected):
    seen = expected[(expected.period_kind == "month") & (expected.is_in | expected.is_partial)]
    seen = seen.sort_values(["person", "period_start"])
    months = sorted(seen.period_start.unique())
    assert len(months) == 9, "no month is left out of a history shorter than the panel"
    persons = seen.groupby("person").agg(unit=("unit", "last"), n_eligible=("is_in", "sum")).reset_index()
    persons["is_panel"] = persons.n_eligible == len(months)
    assert 0 < persons.is_panel.sum() < len(persons)
    units = _of_units(warehouse, persons)
    found = warehouse.frame("select * from marts.fct_participation_panel_month")
    found["month_start"] = pd.to_datetime(found.month_start)
    assert len(found) == units.org_unit_key.nunique() * len(months)
    everybody = _of_units(warehouse, seen[seen.is_in])
    for row in found.itertuples():
        here = units[units.org_unit_key == row.org_unit_key]
        panel = set(here[here.is_panel].person)
        now = seen[(seen.period_start == row.month_start) & seen.person.isin(panel)]
        eligible = everybody[
            (everybody.org_unit_key == row.org_unit_key) & (everybody.period_start == row.month_start)
        ]
        assert (row.n_population, row.n_defined, row.n_partial) == (
            len(here), len(panel), len(here) - len(panel),
        )  # fmt: skip
        assert row.n_unlike == len(panel ^ set(eligible.person))
        if panel:
            assert row.participation_rate == pytest.approx((now.contributions > 0).mean())
            assert row.contribution_rate == pytest.approx((now.creations > 0).mean())
        else:
            assert np.isnan(row.participation_rate) and row.suppression_reason == "no_eligible_persons"


def test_spread_over_people(warehouse, expected):
    people = _of_units(warehouse, expected[(expected.period_kind == "r28") & expected.is_in])
    found = warehouse.frame("select * from marts.fct_contribution_spread_org_month where n_defined > 0")
    found["month_start"] = pd.to_datetime(found.month_start)
    checked = 0
    for key, x in people.groupby(["org_unit_key", "period_start"]).contributions:
        [row] = found[(found.org_unit_key == key[0]) & (found.month_start == key[1])].to_dict("records")
        values = np.sort(x.to_numpy())
        if values.sum() == 0:
            assert np.isnan(row["gini_contribution"]) and row["suppression_reason"] == "no_contributions"
            continue
        mean_difference = np.abs(values[:, None] - values[None, :]).mean()
        assert row["gini_contribution"] == pytest.approx(mean_difference / (2 * values.mean()))
        top = values[-ceil(0.1 * len(values)) :].sum() / values.sum()
        assert row["top10_share"] == pytest.approx(top)
        checked += 1
    assert checked > 50


def _persona(row) -> str | None:
    given, got = row.posts + row.replies + row.reactions, row.replies_received + row.reactions_received
    if not row.is_in:
        return None
    if given < 6:
        return "observer"
    balance = (got - given) / (got + given)
    if balance >= 0.2 - 1e-9:
        return "catalyst"
    if balance <= -0.2 + 1e-9:
        return "broadcaster" if row.posts > row.replies else "responder"
    return "engager"


def _level(row) -> str | None:
    if not row.is_in:
        return None
    if row.creating_weeks >= 5:
        return "contributing"
    return "participating" if row.contributions > 0 else "exploring"


def test_personas_levels_gravity_and_stickiness(warehouse, expected):
    rolling = expected[expected.period_kind == "r28"].copy()
    quarter = expected[expected.period_kind == "r91"].set_index(["person", "period_start"])
    rolling["persona"] = [_persona(row) for row in rolling.itertuples()]
    rolling["level"] = [_level(quarter.loc[(row.person, row.period_start)]) for row in rolling.itertuples()]
    found = warehouse.frame("select * from marts.fct_person_engagement_month")
    found["month_start"] = pd.to_datetime(found.month_start)
    both = found.merge(rolling, left_on=["person_key", "month_start"], right_on=["person", "period_start"])
    assert len(both) == len(found)
    assert both.persona_x.fillna("-").tolist() == both.persona_y.fillna("-").tolist()
    assert both.involvement_level.fillna("-").tolist() == both.level.fillna("-").tolist()
    assert {"observer", "responder", "broadcaster", "engager"} <= set(both.persona_x.dropna())
    late = both[both.n_timed_events > 0]
    np.testing.assert_allclose(late.after_hours_share, late.after_hours_events / late.timed_events)

    people = _of_units(warehouse, rolling)
    weights = {"exploring": 1, "participating": 16, "contributing": 49}
    people["weight"] = people.level.map(weights).fillna(0)
    people["is_member"] = people.level.notna()
    people["is_user"] = (people.contributions > 0) & (people.eligible_days > 0)
    people["active"] = people.active_days.where(people.eligible_days > 0, 0)
    sums = people.groupby(["org_unit_key", "period_start"])[
        ["weight", "is_member", "is_user", "active"]
    ].sum()
    units = warehouse.frame("select * from marts.fct_engagement_org_month")
    units["month_start"] = pd.to_datetime(units.month_start)
    units = units.set_index(["org_unit_key", "month_start"]).sort_index()
    sums = sums.sort_index()
    assert list(units.index) == list(sums.index)
    sticky = (sums.active / 28 / sums.is_user).where(sums.is_user >= 5)
    np.testing.assert_allclose(units.stickiness.astype(float), sticky.astype(float))
    whole = sums.loc[0]
    for (_, before), (month, after) in pairwise(whole.iterrows()):
        gravity = units.loc[(0, month)].gravity_org
        if before.is_member == 0:
            assert np.isnan(gravity)
        else:
            assert gravity == pytest.approx((after.weight - before.weight) / after.is_member)
    shares = [c for c in units.columns if c.endswith("_share") and c != "after_hours_share"]
    personas, levels = shares[:6], shares[6:]
    for group, n in ((personas, units.n_defined), (levels, units.n_members)):
        total = units[group].sum(axis=1)[n > 0]
        np.testing.assert_allclose(total, 1, err_msg="every person is in one category or in the merged ones")
    enough = units[units.n_defined >= 5]
    few = enough[personas].mul(enough.n_defined, axis=0).round(6)
    assert not ((few > 0) & (few < 5)).any().any(), "no share speaks of fewer than five people"


def test_health_and_responses_of_channels(warehouse, traces, days):
    employed = set(zip(days.person, days.day, strict=True))
    visible = traces[traces.what.isin(["posts", "replies", "reactions", "mentions", "praises"])]
    visible = visible.assign(month=visible.day.dt.to_period("M").dt.start_time)
    found = warehouse.frame(
        "select m.*, c.source, c.channel_id, coalesce(c.created_at, c.first_message_at) as born "
        "from marts.fct_channel_month m join marts.dim_channel c using (channel_key)"
    )
    found["month_start"] = pd.to_datetime(found.month_start)
    groups = dict(zip(*warehouse.frame(
        "select (person_key, month_start)::varchar as k, group_key from intermediate.int_person_months"
    ).T.to_numpy(), strict=True))  # fmt: skip
    indices = 0
    for row in found.itertuples():
        here = visible[(visible.source == row.source) & (visible.channel == row.channel_id)]
        last = min(row.month_start + pd.offsets.MonthEnd(0), warehouse.last_day)
        year = here[
            (here.month <= row.month_start) & (here.month > row.month_start - pd.DateOffset(months=12))
        ]
        everybody = {p for p in year.person if (p, last) in employed}
        active = set(here[here.month == row.month_start].person) & everybody
        assert (row.n_population, row.n_active) == (len(everybody), len(active))
        is_old = pd.Timestamp(row.born) <= row.month_start - pd.DateOffset(months=5)
        if is_old and row.month_start >= warehouse.start + pd.DateOffset(months=5):
            assert row.community_health_index == pytest.approx(len(active) / len(everybody))
            assert row.n_defined == len(everybody)
            indices += 1
        else:
            assert np.isnan(row.community_health_index) and row.n_defined == 0
        repliers = set(here[(here.month == row.month_start) & (here.what == "replies")].person)
        units = [groups[f"({p}, {row.month_start:%Y-%m-%d})"] for p in repliers
                 if f"({p}, {row.month_start:%Y-%m-%d})" in groups]  # fmt: skip
        if units:
            s = np.unique(units, return_counts=True)[1] / len(units)
            blau = 1 - (s**2).sum()
            assert row.cross_unit_blau == pytest.approx(blau)
            most = 1 - 1 / len(s)
            assert row.cross_unit_participation == pytest.approx(blau / most if most else 0)
    assert indices > 10


def test_adoption_curve_is_lifelines_and_agrees_with_what_was_planted(warehouse, traces, days, built):
    visible = traces[traces.what.isin(["posts", "replies", "reactions", "mentions", "praises"])]
    visible = visible.merge(days[~days.is_opted_out][["person", "day"]], on=["person", "day"])
    visible = visible.assign(week=visible.day - pd.to_timedelta(visible.day.dt.weekday, unit="D"))
    firsts = visible.groupby(["person", "week"]).day.min().reset_index().sort_values("week")
    second = firsts.groupby("person").nth(1).set_index("person").day
    spells = warehouse.frame("select * from intermediate.int_adoption_spells")
    rows = []
    for spell in spells.itertuples():
        begin, end = pd.Timestamp(spell.origin_date), pd.Timestamp(spell.observed_to)
        at = second.get(spell.person_key)
        is_adopted = at is not None and begin <= at < end
        rows.append((((at - begin).days + 1) if is_adopted else (end - begin).days, is_adopted))
    durations, is_adopted = zip(*rows, strict=True)
    assert spells.duration.tolist() == list(durations)
    assert spells.is_adopted.tolist() == list(is_adopted)
    curve = warehouse.frame("select * from marts.fct_adoption_curve where org_unit_key = 0")
    fitted = KaplanMeierFitter().fit(durations, is_adopted)
    np.testing.assert_allclose(
        curve.adopted_share, 1 - fitted.predict(curve.days_since_start).to_numpy(), atol=1e-8
    )
    key = load_key(None, built.parent / "kithwork.key")
    truth = pl.read_parquet(built.parent / "truth" / "people.parquet").to_dicts()
    person_of = dict(warehouse.rows("select worker_id, person_key from identity.workers"))
    kept = {person_of.get(keyed_hash(key, "worker", WORKER_SPACE, t["worker_id"])): t for t in truth}
    planted = json.loads((built.parent / "truth" / "planted.json").read_bytes())
    programmes = [month for programme in planted["initiatives"] for month in programme["by_month"]]
    calm = firsts[firsts.day < pd.Timestamp(min(programmes))]  # programmes and the young wake people
    first = calm.groupby("person").day.min()
    hired = warehouse.rows("select person_key, hire_date from intermediate.int_spells")
    old = {person for person, day in hired if pd.Timestamp(day) < warehouse.start}
    silent = [p for p, t in kept.items() if t["never_posts"] and p in old]
    assert len(silent) >= 5 and not set(silent) & set(first.index), "who never posts is never found posting"
    gaps = [
        (first[p] - warehouse.start).days - t["adoption_months"] * 30
        for p, t in kept.items()
        if p in first.index and p in old
    ]
    assert len(gaps) > 40
    assert min(gaps) > -5, "nobody is found posting before the planted adoption"


def test_cohorts_keep_leavers_apart(warehouse, expected):
    adopters = warehouse.frame("select * from intermediate.int_adoption_spells where is_adopted")
    weeks = expected[expected.period_kind == "week"].set_index(["person", "period_start"])
    labels = sorted(set(weeks.index.get_level_values(1)))
    found = warehouse.frame("select * from marts.fct_cohort_participation where cohort_kind = 'all'")
    for row in found.itertuples():
        n, left, away, done = 0, 0, 0, 0
        for spell in adopters.itertuples():
            week = pd.Timestamp(spell.adoption_week) + pd.Timedelta(weeks=row.weeks_since_adoption)
            if week not in labels:
                continue
            if (spell.person_key, week) not in weeks.index:
                left += 1
                continue
            state = weeks.loc[(spell.person_key, week)]
            left += not state.is_employed_at_end
            away += bool(state.is_employed_at_end and not state.is_in)
            n += bool(state.is_employed_at_end and state.is_in)
            done += bool(state.is_employed_at_end and state.is_in and state.contributions > 0)
        assert (row.n_left, row.n_partial, row.n_defined) == (left, away, n)
        if n:
            assert row.cohort_participation_retention == pytest.approx(done / n)


def test_early_attrition_is_lifelines_and_its_parts_add_up(warehouse):
    hires = warehouse.frame("select * from intermediate.int_new_hires")
    hires["cohort_month"] = pd.to_datetime(hires.cohort_month)
    found = warehouse.frame("select * from marts.fct_new_hire_attrition where org_unit_key = 0")
    months = sorted(set(pd.to_datetime(found.cohort_month)))
    assert months
    checked = 0
    for row in found.itertuples():
        month = pd.Timestamp(row.cohort_month)
        first = month - pd.DateOffset(months=row.pooled_months - 1)
        members = hires[(hires.cohort_month >= first) & (hires.cohort_month <= month)]
        members = members[members.cohort_kind == row.cohort_kind]
        assert row.n_population == len(members)
        if len(members) < 2 or not members.is_exit.any():
            continue
        survival = KaplanMeierFitter().fit(members.duration, members.is_exit)
        causes = np.where(~members.is_exit, 0, np.where(members.termination_type == "voluntary", 1, 2))
        for horizon in (90, 180, 365):
            value = getattr(row, f"new_hire_attrition_{horizon}d")
            if np.isnan(value):
                assert members.duration.max() < horizon
                continue
            assert value == pytest.approx(1 - survival.predict(horizon), abs=1e-6)
            parts = [getattr(row, f"{part}_attrition_{horizon}d") for part in ("voluntary", "other")]
            assert sum(parts) == pytest.approx(value, abs=1e-6)
            if members.duration[members.is_exit].is_unique:
                fitter = AalenJohansenFitter(calculate_variance=False)
                incidence = fitter.fit(members.duration, causes, event_of_interest=1).cumulative_density_
                reached = incidence[incidence.index <= horizon].iloc[-1, 0]
                assert parts[0] == pytest.approx(reached, abs=1e-4)
            checked += 1
    assert checked >= 3


def _ego(warehouse, hire, until: pd.Timestamp, dyads: pd.DataFrame) -> tuple[dict, dict]:
    """Faded weights to and from everybody, of whole weeks since the week of hire."""
    first = pd.Timestamp(hire.hire_date) - pd.Timedelta(days=pd.Timestamp(hire.hire_date).weekday())
    last = until - pd.Timedelta(days=6)
    inside = dyads[
        (dyads.week_start >= max(first, last - pd.Timedelta(weeks=12))) & (dyads.week_start <= last)
    ]
    fade = 0.5 ** ((last - inside.week_start).dt.days / 28)
    sides = []
    for own, other in (("from_person_key", "to_person_key"), ("to_person_key", "from_person_key")):
        mine = inside[own] == hire.person_key
        sides.append((inside.weight * fade)[mine].groupby(inside[other][mine]).sum().to_dict())
    event_days = inside.n_further_event_days
    both = {}
    for own, other in (("from_person_key", "to_person_key"), ("to_person_key", "from_person_key")):
        mine = inside[own] == hire.person_key
        for person, n in event_days[mine].groupby(inside[other][mine]).sum().items():
            both[person] = both.get(person, 0) + n
    mutual = {
        p for p in set(sides[0]) & set(sides[1])
        if round((sides[0][p] * sides[1][p]) ** 0.5, 9) >= 0.5 and both[p] >= 2
    }  # fmt: skip
    return {"out": sum(sides[0].values()), "in": sum(sides[1].values())}, {"mutual": mutual}


def test_networks_of_newcomers_are_networkx(warehouse):
    hires = warehouse.frame("select * from intermediate.int_new_hires")
    dyads = warehouse.frame("select * from intermediate.int_dyad_weeks")
    dyads["week_start"] = pd.to_datetime(dyads.week_start)
    found = warehouse.frame("select * from marts.fct_onboarding_person").set_index("spell_key")
    ties = warehouse.frame(
        "select month_start, period_end, from_person_key as a, to_person_key as b from marts.fct_tie_month "
        "where mutual_weight >= 0.5 - 1e-12 and n_pair_event_days >= 2"
    )
    months = warehouse.frame("select person_key, month_start, group_key from intermediate.int_person_months")
    group = {(r.person_key, r.month_start): r.group_key for r in months.itertuples()}
    medians = _peer_medians(warehouse)
    graphs = {m: nx.from_pandas_edgelist(rows, "a", "b") for m, rows in ties.groupby("month_start")}
    ends = ties.groupby("month_start").period_end.max()
    checked = arrived = 0
    for hire in hires.itertuples():
        row = found.loc[hire.spell_key]
        if pd.isna(row.network_days):
            continue
        day = pd.Timestamp(hire.hire_date)
        day += pd.Timedelta(days=6 - day.weekday())
        at = None
        for _ in range(27):
            known = [m for m, end in ends.items() if end <= day]
            if day >= pd.Timestamp(hire.observed_to) or day - pd.Timedelta(days=6) > dyads.week_start.max():
                break
            if known:
                _, ego = _ego(warehouse, hire, day, dyads)
                graph = graphs[known[-1]].subgraph(ego["mutual"])
                n = len(ego["mutual"])
                size = n - 2 * graph.number_of_edges() / n if n else 0
                is_outside = any(
                    group.get((p, known[-1]), hire.group_key) != hire.group_key for p in ego["mutual"]
                )
                need = medians(known[-1], hire)
                if is_outside and need and size >= 0.5 * need:
                    at = day
                    break
            day += pd.Timedelta(weeks=1)
        assert bool(row.has_network) == (at is not None), hire.spell_key
        if at is not None:
            present = _present_days(warehouse, hire)
            # A day of leave has the number of the last day before it.
            assert row.network_days == sum(day <= at for day in present)
            arrived += 1
        checked += 1
    assert checked > 10 and arrived > 1


def _present_days(warehouse, hire) -> list[pd.Timestamp]:
    """The days since hire without those of an absence."""
    absences = warehouse.frame(
        f"select absent_from, absent_to from intermediate.int_absences where person_key = {hire.person_key}"
    )
    every = pd.date_range(hire.hire_date, warehouse.last_day + pd.Timedelta(days=400))
    away = [(pd.Timestamp(row.absent_from), pd.Timestamp(row.absent_to)) for row in absences.itertuples()]
    return [day for day in every if not any(first <= day < to for first, to in away)]


def _peer_medians(warehouse):
    peers = warehouse.frame(
        "select m.month_start, m.level, m.job_family, coalesce(n.effective_size, 0) as size "
        "from intermediate.int_person_months m join marts.fct_person_network_month n "
        "using (person_key, month_start) "
        "where m.tenure_months between 12 and 23 and m.is_employed_month_end and n.is_measured"
    )

    def median(month, hire) -> float:
        now = peers[peers.month_start == month]
        close = now[(now.level == hire.level) & (now.job_family == hire.job_family)]
        chosen = close if len(close) >= 10 else now
        return float(chosen["size"].median()) if len(chosen) else 0.0

    return median


def test_contact_with_the_manager_counts_days_of_one_to_ones(warehouse):
    hires = warehouse.frame("select * from intermediate.int_new_hires")
    talks = warehouse.frame(
        "select from_person_key as a, to_person_key as b, local_date from intermediate.int_interactions "
        "where interaction_type in ('direct_message', 'mail') and attention = 1"
    )
    talks["local_date"] = pd.to_datetime(talks.local_date)
    seen = 0
    for hire in hires[hires.has_manager_contact_30d.notna()].itertuples():
        first = pd.Timestamp(hire.hire_date)
        present = _present_days(warehouse, hire)
        pair = {hire.person_key, hire.manager_person_key}
        mine = talks[talks.a.isin(pair) & talks.b.isin(pair) & (talks.local_date >= first)]
        early = mine[mine.local_date <= present[13]].local_date.nunique()
        month = mine[mine.local_date <= present[29]].local_date.nunique()
        assert hire.has_manager_contact_30d == (early >= 1 and month >= 3)
        seen += month > 0
    assert seen > 0
