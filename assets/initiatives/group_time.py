"""Staggered starts: effects by starting group and month, against units not yet treated.

With effects that differ by group or grow with time, plain two-way fixed effects compare late
starters with early ones and go wrong. Callaway and Sant'Anna (2021), without covariates;
metric specification I4.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from assets.initiatives.clustered_regression import Flags, Floats, Ints
from assets.initiatives.estimability import NotEstimableError
from assets.statistics.distributions import student_p, student_quantile

NEVER: Final = 1_000_000
"""Start of a unit that is never treated."""


class GroupTime(NamedTuple):
    """One group's effect in one month, with each unit's influence on it (shape (units,))."""

    start: int
    month: int
    effect: float
    influence: Floats
    n_treated: int
    n_controls: int


class Average(NamedTuple):
    """A weighted average of group-time effects with its error clustered by unit, t(G-1)."""

    effect: float
    standard_error: float
    low: float
    high: float
    p_value: float
    n_units: int


def group_time_effects(
    outcome: Floats, starts: Ints, weights: Floats | None = None, anticipation: int = 0
) -> list[GroupTime]:
    """Effects for every starting group and month from its start on.

    Parameters
    ----------
    outcome
        Shape (units, months), no gaps.
    starts
        Shape (units,), column of the first treated month; ``NEVER`` for the never treated. Units
        already treated in the first month give no comparison and are left out.
    weights
        Shape (units,); all equal if None.
    anticipation
        Months before the start in which people may already react; the base month lies before them.

    Raises
    ------
    NotEstimableError
        If no group has a month before its start and controls in some month.
    """
    weights = np.ones(len(starts)) if weights is None else weights
    months = outcome.shape[1]
    found = []
    for start in sorted(set(starts[starts < months].tolist())):
        base = start - 1 - anticipation
        if base < 0:
            continue
        treated = starts == start
        for month in range(start, months):
            controls = starts > month + anticipation
            if controls.sum() < 2 or treated.sum() < 2:
                continue
            change = outcome[:, month] - outcome[:, base]
            found.append(_contrast(start, month, change, treated, controls, weights))
    if not found:
        has_history = any(s - 1 - anticipation >= 0 for s in starts[starts < months].tolist())
        raise NotEstimableError("too_few_control_units" if has_history else "no_pre_period")
    return found


def _contrast(
    start: int, month: int, change: Floats, treated: Flags, controls: Flags, weights: Floats
) -> GroupTime:
    influence = np.zeros(len(change))
    effect = 0.0
    for side, sign in ((treated, 1.0), (controls, -1.0)):
        share = weights[side] / weights[side].sum()
        mean = float(share @ change[side])
        effect += sign * mean
        # the small-sample factor of each side makes the error that of two separate means
        n = int(side.sum())
        influence[side] += sign * share * (change[side] - mean) * np.sqrt(n / (n - 1))
    return GroupTime(start, month, effect, influence, int(treated.sum()), int(controls.sum()))


def averaged(effects: list[GroupTime], group_weights: dict[int, float]) -> Average:
    """Average over months and groups; ``group_weights`` (units or persons) are taken as fixed.

    Raises ``NotEstimableError`` if ``effects`` is empty.
    """
    if not effects:
        raise NotEstimableError("post_period_too_short")
    weight = np.array([group_weights[e.start] for e in effects], dtype=np.float64)
    weight /= weight.sum()
    effect = float(weight @ np.array([e.effect for e in effects]))
    influence = np.sum([w * e.influence for w, e in zip(weight, effects, strict=True)], axis=0)
    involved = int((influence != 0).sum())
    error = float(np.sqrt((influence**2).sum()))
    freedom = max(1, involved - 1)
    half = student_quantile(0.975, freedom) * error
    p = student_p(effect / error, freedom) if error > 0 else (1.0 if effect == 0 else 0.0)
    return Average(effect, error, effect - half, effect + half, p, involved)


def by_event_month(effects: list[GroupTime], group_weights: dict[int, float]) -> dict[int, Average]:
    """Months since the start to the average effect then."""
    ages = sorted({e.month - e.start for e in effects})
    return {age: averaged([e for e in effects if e.month - e.start == age], group_weights) for age in ages}
