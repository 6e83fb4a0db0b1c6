"""Windows of people, and the shares and spreads of their units."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd
import pytest

from assets import layout
from assets.publish.metrics import read_registry
from assets.warehouse.dbt_invocation import DbtProject
from tests.factories.person_days import COUNTS, of_units

pytestmark = pytest.mark.slow


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


def test_shares_of_every_unit_and_window(warehouse, expected):
    people = of_units(warehouse, expected)
    people["is_done"] = people.is_in & (people.contributions > 0)
    people["is_made"] = people.is_in & (people.creations > 0)
    people["is_registered"] = people.has_account & ~people.is_opted_out
    is_seen = people.eligible_days > 0
    people["is_registered_done"] = people.is_registered & is_seen & (people.contributions > 0)
    keys = ["org_unit_key", "period_kind", "period_start"]
    people["is_registered_made"] = people.is_registered & is_seen & (people.creations > 0)
    sides = ["is_in", "is_partial", "is_done", "is_made"]
    want = people.groupby(keys)[[*sides, "is_registered", "is_registered_done", "is_registered_made"]].sum()
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
        for rate, done in [("participation", "is_registered_done"), ("contribution", "is_registered_made")]:
            np.testing.assert_allclose(
                found[f"{rate}_rate_registered"][is_given], (want[done] / want.is_registered)[is_given]
            )
    assert (found.contribution_rate_registered < found.participation_rate_registered).sum() > 50
    assert found.reach_rate.isna().all()
    assert set(found.reach_reason) == {"no_views_in_sources"}
    month = warehouse.frame("select * from marts.fct_participation_org_month").set_index("org_unit_key")
    whole = found.loc[(0, "month")]
    for rate in ("participation_rate", "contribution_rate_registered"):
        np.testing.assert_allclose(month.loc[[0]].sort_values("month_start")[rate], whole[rate])


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


@pytest.fixture(scope="module")
def panel(warehouse, expected):
    """Rows of the panel; people with unit and membership; everybody by window and unit."""
    seen = expected[(expected.period_kind == "month") & (expected.is_in | expected.is_partial)]
    seen = seen.sort_values(["person", "period_start"])
    months = sorted(seen.period_start.unique())
    assert len(months) == 9, "no month is left out of a history shorter than the panel"
    persons = seen.groupby("person").agg(unit=("unit", "last"), n_eligible=("is_in", "sum")).reset_index()
    persons["is_panel"] = persons.n_eligible == len(months)
    assert 0 < persons.is_panel.sum() < len(persons)
    units = of_units(warehouse, persons)
    found = warehouse.frame("select * from marts.fct_participation_panel_month")
    found["month_start"] = pd.to_datetime(found.month_start)
    assert len(found) == units.org_unit_key.nunique() * len(months)
    return found, units, of_units(warehouse, expected[expected.is_in])


def test_the_panel_is_the_same_people_in_every_month(panel):
    found, units, everybody = panel
    for row in found.itertuples():
        here = units[units.org_unit_key == row.org_unit_key]
        members = set(here[here.is_panel].person)
        assert (row.n_population, row.n_defined, row.n_partial) == (
            len(here), len(members), len(here) - len(members),
        )  # fmt: skip
        others = everybody[
            (everybody.org_unit_key == row.org_unit_key) & (everybody.period_start == row.month_start)
        ]
        unlike = [
            len(members ^ set(others[others.period_kind == kind].person)) for kind in ("month", "r28", "r91")
        ]
        assert row.n_unlike == min(unlike)
        if not members:
            assert np.isnan(row.participation_rate) and row.suppression_reason == "no_eligible_persons"


def test_figures_of_the_panel_are_those_of_its_people(warehouse, panel, expected):
    """Contributions and days of the month, spread of 28 days, regular contributors of 91 days."""
    found, units, _ = panel
    kinds = {
        kind: table.set_index(["period_start", "person"]) for kind, table in expected.groupby("period_kind")
    }
    leads = warehouse.rows(
        "select person_key, cast(period_start as varchar) from intermediate.int_person_windows "
        "where period_kind = 'r91' and n_accepted_answers + n_meetings_hosted > 0 and n_active_weeks >= 9"
    )
    leading = {(pd.Timestamp(month), person) for person, month in leads}
    n_spread = 0
    for row in found[found.n_defined > 0].itertuples():
        here = units[(units.org_unit_key == row.org_unit_key) & units.is_panel]
        who = [(row.month_start, person) for person in here.person]
        month, rolling, quarter = (kinds[kind].loc[who] for kind in ("month", "r28", "r91"))
        days = month.eligible_days.sum()
        regular = (quarter.creating_weeks >= 5) | quarter.index.isin(list(leading))
        want = [
            (month.contributions > 0).mean(), (month.creations > 0).mean(), regular.mean(), days,
            20 * month.contributions.sum() / days, 20 * month.active_days.sum() / days,
        ]  # fmt: skip
        assert want == pytest.approx([
            row.participation_rate, row.contribution_rate, row.regular_contribution_rate, row.eligible_days,
            row.contributions_per_20_days, row.active_days_per_20,
        ])  # fmt: skip
        x = np.sort(rolling.contributions.to_numpy())
        if x.sum() == 0:
            assert np.isnan(row.gini_contribution) and row.spread_reason == "no_contributions"
            continue
        assert row.gini_contribution == pytest.approx(np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean()))
        assert row.top10_share == pytest.approx(x[-ceil(0.1 * len(x)) :].sum() / x.sum())
        is_dominated = x[-1] > 0.5 * x.sum() or x[-2:].sum() > 0.75 * x.sum()
        assert row.spread_reason == ("dominated_by_one_or_two" if is_dominated else None)
        n_spread += not is_dominated
    assert n_spread > 50
    assert 0 < found.regular_contribution_rate.mean() < 1


def test_recognition_of_the_panel_is_counted_event_by_event(warehouse, panel):
    found, units, _ = panel
    events = warehouse.frame(
        "select to_person_key as person, local_date as day from intermediate.int_appreciations "
        "where is_recognition"
    )
    events["day"] = pd.to_datetime(events.day)
    spans = warehouse.frame(
        "select * from intermediate.int_employment_segments where engagement_to is not null"
    )
    both = events.merge(spans, left_on="person", right_on="person_key")
    counted = both[(both.day >= both.engagement_from) & (both.day < both.engagement_to)]
    last_days = found.month_start + pd.offsets.MonthEnd(0)
    n_recognised = 0
    for row, last in zip(found.itertuples(), last_days, strict=True):
        members = units[(units.org_unit_key == row.org_unit_key) & units.is_panel].person
        if members.empty:
            continue
        own = counted[counted.person.isin(members)]
        of_month = own[(own.day >= row.month_start) & (own.day <= last)]
        assert row.recognition_received_rate == pytest.approx(20 * len(of_month) / row.eligible_days)
        window = own[(own.day > last - pd.Timedelta(days=91)) & (own.day <= last)]
        assert row.recognition_coverage == pytest.approx(window.person.nunique() / len(members), abs=1e-9)
        n_recognised += window.person.nunique()
    assert n_recognised > 100


def test_spread_over_people(warehouse, expected):
    people = of_units(warehouse, expected[(expected.period_kind == "r28") & expected.is_in])
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
