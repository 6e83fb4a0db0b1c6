"""What is planted is there, with the strength that was asked for; what is off is absent."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from assets.organisation.engagement import CONFOUNDED_ACTIVITY
from assets.organisation.history import History, simulate
from assets.organisation.people_truth import person_months
from assets.organisation.period import week_of
from assets.organisation.plan import Plan
from assets.organisation.roster import CONTINGENT, VOLUNTARY
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure


@cache
def played(**changes: Any) -> History:
    plan = Plan(**{"people": 1500, "months": 18, "voluntary_rate": 0.25, **changes})
    streams = Streams(plan.seed)
    return simulate(plan, build_structure(plan, streams), streams)


def events_by_exposure(history: History, lag: int) -> tuple[float, float]:
    """Log rate ratio of voluntary exits, engaged against not, and its standard error.

    As an analyst would do it: exit month, exposure from what was written in the three months
    that end ``lag`` months before, nine months of tenure at least.
    """
    roster, period = history.roster, history.period
    written = {a.month: a for a in history.activity}
    events, months = np.zeros(2), np.zeros(2)
    for month in range(8 + 6, period.months):
        first_week = int(week_of(period.bounds[[month - lag - 2]])[0])
        weeks = np.zeros((len(roster), 16), dtype=bool)
        for m in range(month - lag - 2, month - lag + 1):
            for column, week in enumerate(week_of(period.days(m)) - first_week):
                weeks[written[m].rows, week] |= written[m].contributions[:, column] > 0
        engaged = weeks.sum(axis=1) >= 2
        begin, end = period.bounds[month], period.bounds[month + 1]
        at_risk = (roster.hired <= period.bounds[month - 8]) & (roster.exit >= begin)
        at_risk &= roster.contract != CONTINGENT
        exits = at_risk & (roster.exit < end) & (roster.exit_type == VOLUNTARY)
        for state in (0, 1):
            events[state] += (exits & (engaged == state)).sum()
            months[state] += (at_risk & (engaged == state)).sum()
    ratio = np.log(events[1] / months[1]) - np.log(events[0] / months[0])
    return float(ratio), float(np.sqrt((1 / events).sum()))


def test_the_hazard_ratio_is_the_one_asked_for() -> None:
    """Given everything else in the hazard, engaged people decide to leave 0.5 times as often."""
    frame = person_months(played(hazard_ratio=0.5)).filter("is_at_risk")
    base = frame.with_columns(
        pl.when("is_engaged").then(pl.col("hazard") / 0.5).otherwise("hazard").alias("expected")
    )
    sums = (
        base.group_by("is_engaged")
        .agg(pl.col("is_decision").sum(), pl.col("expected").sum())
        .sort("is_engaged")
    )
    (d0, d1), (e0, e1) = sums["is_decision"].to_list(), sums["expected"].to_list()
    error = np.sqrt(1 / d0 + 1 / d1)
    assert d0 > 100 and d1 > 100
    assert abs(np.log(d1 / e1) - np.log(d0 / e0) - np.log(0.5)) < 2.5 * error


def test_the_true_null_comes_back_as_null() -> None:
    ratio, error = events_by_exposure(played(hazard_ratio=1.0, confounding=0.0, mix_shift=False), lag=3)
    assert error < 0.2
    assert abs(ratio) < 1.96 * error


def test_the_planted_ratio_comes_back_at_its_own_lag() -> None:
    ratio, error = events_by_exposure(played(hazard_ratio=0.5, confounding=0.0, mix_shift=False), lag=3)
    assert abs(ratio - np.log(0.5)) < 1.96 * error


def test_withdrawal_makes_a_false_effect_at_short_lags_only() -> None:
    history = played(hazard_ratio=1.0, confounding=0.0, mix_shift=False, withdrawal_depth=0.95)
    at_once, error = events_by_exposure(history, lag=0)
    assert at_once < -2.5 * error
    lagged, error = events_by_exposure(history, lag=3)
    assert abs(lagged) < 1.96 * error


def test_withdrawal_takes_the_asked_share_of_activity() -> None:
    history = played(withdrawal_depth=0.7)
    roster = history.roster
    before = after = 0.0
    expected_before = expected_after = 0.0
    for activity in history.activity:
        days = history.period.days(activity.month)
        leaver = roster.exit_type[activity.rows] == VOLUNTARY
        gone_quiet = days >= roster.decided[activity.rows, None]
        effort = activity.rate[:, None] * activity.present * (((days + 3) % 7) < 5)
        for row in np.flatnonzero(leaver & gone_quiet.any(axis=1) & (activity.contributions.sum(axis=1) > 0)):
            quiet = gone_quiet[row]
            before += activity.contributions[row][~quiet].sum()
            after += activity.contributions[row][quiet].sum()
            expected_before += effort[row][~quiet].sum()
            expected_after += effort[row][quiet].sum()
    assert after / expected_after < 0.55 * before / expected_before


def test_nobody_withdraws_before_the_decision_or_leaves_before_withdrawing() -> None:
    roster = played().roster
    leaves = roster.exit_type == VOLUNTARY
    assert (roster.decided[leaves] <= roster.exit[leaves]).all()
    told = leaves & (roster.notice < 10**6)
    assert 0.5 < told.sum() / leaves.sum() < 0.8
    assert (roster.notice[told] >= roster.decided[told]).all()
    assert (roster.notice[told] <= roster.exit[told]).all()


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_confounding_raises_activity_with_tenure_and_level(strength: float) -> None:
    history = played(confounding=strength)
    # newcomers settle in during their first months, which is a separate part of the effect
    frame = person_months(history).filter((pl.col("rate") > 0) & (pl.col("tenure_years") > 1))
    slope = np.polyfit(frame["confounder"].to_numpy(), np.log(frame["rate"].to_numpy()), 1)[0]
    assert slope == pytest.approx(strength * CONFOUNDED_ACTIVITY, abs=0.12)


def test_confounding_alone_looks_like_a_retention_effect() -> None:
    """The trap that the lagged, adjusted estimates are for."""
    # alone: young newcomers who write a lot would work against it
    alone = played(hazard_ratio=1.0, confounding=1.5, mix_shift=False)
    crude, error = events_by_exposure(alone, lag=3)
    assert crude < -2 * error


def test_the_voluntary_rate_is_about_the_one_asked_for() -> None:
    frame = person_months(played(hazard_ratio=1.0, voluntary_rate=0.12)).filter("is_at_risk")
    assert 12 * frame["is_decision"].sum() / len(frame) == pytest.approx(0.12, abs=0.02)


def test_most_eligible_people_take_part_but_not_all() -> None:
    history = played()
    shares = [(a.contributions[a.present.any(axis=1)].sum(axis=1) > 0).mean() for a in history.activity[8:]]
    assert min(shares) > 0.55 and max(shares) < 0.85


def test_activity_has_a_heavy_tail() -> None:
    totals = np.zeros(played().persons)
    for activity in played().activity:
        np.add.at(totals, played().roster.person[activity.rows], activity.contributions.sum(axis=1))
    top = np.sort(totals)[-len(totals) // 10 :].sum() / totals.sum()
    assert 0.3 < top < 0.7
