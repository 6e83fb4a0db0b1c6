"""Personas, levels of involvement, and communities."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from tests.factories.person_days import of_units

pytestmark = pytest.mark.slow


def _persona(row) -> str | None:
    given, got = row.posts + row.replies + row.reactions, row.replies_received + row.reactions_received
    if not row.is_in or not row.has_reactions:
        return None
    if given < 6:
        return "observer"
    balance = (got - given) / (got + given)
    if balance >= 0.2 - 1e-9:
        return "catalyst"
    if balance <= -0.2 + 1e-9:
        return "broadcaster" if row.posts > row.replies else "responder"
    return "engager"


def _level(row, accepted: pd.DataFrame) -> str | None:
    if not row.is_in:
        return None
    own = accepted[(accepted.person == row.person) & (accepted.day <= row.period_end)]
    is_host = (own.day > row.period_end - pd.Timedelta(days=91)).any()
    if is_host and row.active_weeks >= 9:
        return "leading"
    if row.creating_weeks >= 5:
        return "contributing"
    return "participating" if row.contributions > 0 else "exploring"


def _accepted_answers(warehouse, days) -> pd.DataFrame:
    """Who answered when, and got the asker's check mark: thread by thread, from staging."""
    person_of = {
        (source, account): person
        for source, account, person in warehouse.rows(
            "select source, account_id, person_key from intermediate.int_accounts where is_counted"
        )
    }
    said = {
        (m.source, m.message_id): m
        for m in warehouse.frame("select * from staging.stg_messages").itertuples()
    }
    marks = warehouse.rows(
        "select source, message_id, account_id from staging.stg_reactions where name = 'white_check_mark'"
    )
    found = []
    for source, message_id, account in marks:
        answer = said.get((source, message_id))
        root = said.get((source, answer.thread_id)) if answer is not None else None
        if root is None or answer.message_id == answer.thread_id or not root.is_question:
            continue
        asker, author = (
            person_of.get((source, root.author_account_id)),
            person_of.get((source, answer.author_account_id)),
        )
        if asker is not None and author is not None and author != asker == person_of.get((source, account)):
            found.append((author, warehouse.local(author, answer.sent_at).normalize()))
    observed = days[days.is_observable][["person", "day"]]
    return pd.DataFrame(found, columns=["person", "day"]).merge(observed, on=["person", "day"])


def test_personas_levels_gravity_and_stickiness(warehouse, expected, days):
    rolling = expected[expected.period_kind == "r28"].copy()
    quarter = expected[expected.period_kind == "r91"].set_index(["person", "period_start"])
    reacting = warehouse.column(
        "select person_key from intermediate.int_accounts a join reference.sources s using (source) "
        "where a.is_counted and s.has_engagement and s.has_visible_contributions and platform = 'slack'"
    )
    rolling["has_reactions"] = rolling.person.isin(reacting)
    rolling["persona"] = [_persona(row) for row in rolling.itertuples()]
    quarter = quarter.assign(person=quarter.index.get_level_values("person"))
    accepted = _accepted_answers(warehouse, days)
    rolling["level"] = [
        _level(quarter.loc[(row.person, row.period_start)], accepted) for row in rolling.itertuples()
    ]
    assert (rolling["level"] == "leading").sum() > 3
    found = warehouse.frame("select * from marts.fct_person_engagement_month")
    found["month_start"] = pd.to_datetime(found.month_start)
    both = found.merge(rolling, left_on=["person_key", "month_start"], right_on=["person", "period_start"])
    assert len(both) == len(found)
    assert both.persona_x.fillna("-").tolist() == both.persona_y.fillna("-").tolist()
    assert both.involvement_level.fillna("-").tolist() == both.level.fillna("-").tolist()
    assert {"observer", "responder", "broadcaster", "engager"} <= set(both.persona_x.dropna())
    late = both[both.n_timed_events > 0]
    np.testing.assert_allclose(late.after_hours_share, late.after_hours_events / late.timed_events)

    people = of_units(warehouse, rolling)
    weights = {"exploring": 1, "participating": 16, "contributing": 49, "leading": 100}
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
    assert both.persona_reason[both.persona_x.isna() & both.is_in].unique().tolist() in (
        [],
        ["no_reactions_in_sources"],
    )
    with_persona = people[people.persona.notna()].groupby(["org_unit_key", "period_start"]).size()
    with_persona = with_persona.reindex(units.index, fill_value=0)
    np.testing.assert_array_equal(units.n_with_persona.fillna(0), with_persona.where(with_persona >= 5, 0))
    for group, n in ((personas, units.n_with_persona), (levels, units.n_members)):
        total = units[group].sum(axis=1)[n > 0]
        np.testing.assert_allclose(total, 1, err_msg="every person is in one category or in the merged ones")
    enough = units[units.n_with_persona >= 5]
    few = enough[personas].mul(enough.n_with_persona, axis=0).round(6)
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
