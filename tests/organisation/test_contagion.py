"""Leaving is as contagious as asked for, a hard quarter is shared, and neither is there unless asked for."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from assets.organisation.contagion import STRONG
from assets.organisation.history import History, simulate
from assets.organisation.people_truth import person_months
from assets.organisation.plan import Plan
from assets.organisation.roster import VOLUNTARY
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure
from assets.organisation.ties import grow_ties

ALMOST_OFF = 1 + 1e-12
"""So near to 1 that no draw differs, but the ties grow while the months are played."""


@cache
def played(**changes: Any) -> History:
    plan = Plan(**{"people": 1200, "months": 12, "voluntary_rate": 0.25, "hazard_ratio": 1.0, **changes})
    streams = Streams(plan.seed)
    return simulate(plan, build_structure(plan, streams), streams)


def test_ties_are_the_same_whether_they_grow_with_the_months_or_afterwards() -> None:
    before, after = played(contagion=ALMOST_OFF), played()
    assert before.growth.populations and not after.growth.populations
    grown = [grow_ties(history, Streams(history.plan.seed)) for history in (before, after)]
    for name in ("low", "high", "kind", "strength_up", "strength_down", "since", "until"):
        assert np.array_equal(*(getattr(ties, name) for ties, _ in grown))
    for one, other in zip(*(populations for _, populations in grown), strict=True):
        for name in ("team", "place", "department", "division", "since"):
            assert np.array_equal(getattr(one, name), getattr(other, name))


def test_who_is_near_a_leaver_is_who_turned_a_lot_to_one_that_left_in_the_three_months_before() -> None:
    history = played(contagion=2.0)
    ties, roster, bounds = history.growth.ties, history.roster, history.period.bounds
    month = 14
    leavers: dict[int, int] = {
        int(person): int(np.searchsorted(bounds, day, "right")) - 1
        for person, day, kind in zip(roster.person, roster.exit, roster.exit_type, strict=True)
        if kind == VOLUNTARY and bounds[month - 3] <= day < bounds[month]
    }
    assert len(leavers) > 30
    near = set()
    columns = (ties.low, ties.high, ties.strength_up, ties.strength_down, ties.since, ties.until)
    for low, high, up, down, since, until in zip(*(c.tolist() for c in columns), strict=True):
        for stays, left, strength in ((low, high, up), (high, low, down)):
            if left in leavers and strength >= STRONG and since <= leavers[left] < until:
                near.add(stays)
    state = history.states[month]
    old = roster.hired[state.rows] < bounds[month]
    expected = np.isin(roster.person[state.rows[old]], list(near))
    assert np.array_equal(state.is_near_leaver[old], expected)
    assert 0.05 < expected.mean() < 0.5


def test_the_contagion_is_the_one_asked_for() -> None:
    """Given everything else in the hazard, people near a leaver decide to leave three times as often."""
    frame = person_months(played(contagion=3.0)).filter("is_at_risk").with_columns(
        expected=pl.col("hazard") / pl.when("is_near_leaver").then(3.0).otherwise(1.0)
    )  # fmt: skip
    sums = frame.group_by("is_near_leaver").agg(pl.col("is_decision").sum(), pl.col("expected").sum())
    (d0, d1), (e0, e1) = (sums.sort("is_near_leaver")[name].to_list() for name in ("is_decision", "expected"))
    assert d0 > 100 and d1 > 100
    assert abs(np.log(d1 / e1) - np.log(d0 / e0) - np.log(3)) < 2.5 * np.sqrt(1 / d0 + 1 / d1)


def test_a_hard_quarter_is_shared_by_the_team_and_leaves_the_mean_hazard() -> None:
    frame = person_months(played(hardship=0.8))
    history = played(hardship=0.8)
    team = np.concatenate([state.team for state in history.states])
    old = frame.with_columns(team=team).filter("is_at_risk")
    quarters = old.group_by("team", pl.col("month").dt.truncate("1q")).agg(
        pl.col("hardship").n_unique().alias("values"), pl.col("hardship").first()
    )
    assert (quarters["values"] == 1).all()
    assert np.log(quarters["hardship"].to_numpy()).std() == pytest.approx(0.8, abs=0.1)
    assert quarters["hardship"].mean() == pytest.approx(1, abs=0.2)


def test_off_by_default() -> None:
    plan = Plan()
    assert plan.contagion == 1 and plan.hardship == 0
    frame = person_months(played())
    assert not frame["is_near_leaver"].any() and (frame["hardship"] == 1).all()


@pytest.mark.parametrize(("name", "value"), [("contagion", 0), ("contagion", -1), ("hardship", -0.1)])
def test_impossible_strengths_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Plan(**{name: value})
