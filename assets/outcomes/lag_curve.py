"""What a curve of rate ratios over lags says, in a sentence. Metric specification H3, H9, P22.

Wording is "associated with": nothing here was randomised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

NOTICEABLE_CHANGE: Final = 0.10
"""Change of the log ratio between the shortest and the longest lag worth a word (about 10 %)."""
LOWER_BOUND: Final = 1e-9
"""Stands for a ratio of 0 when its logarithm is compared."""


class CurvePoint(NamedTuple):
    """One lag of the curve; rates per 100 person-years; None where undefined.

    ``high`` is None where the interval has no upper bound.
    """

    lag_months: int
    rate_engaged: float | None
    rate_not_engaged: float | None
    ratio: float | None
    low: float | None
    high: float | None
    is_publishable: bool


def moves_toward_one(curve: Sequence[CurvePoint]) -> bool:
    """Whether the ratio is noticeably nearer to 1 at the longest lag than at the shortest.

    A ratio that goes beyond 1 but ends nearer to it (0.32, later 1.1) has moved toward it. Lags
    without a ratio that may be shown are left out; fewer than two say nothing.
    """
    ends = _ends(curve)
    return ends is not None and abs(ends[0]) - abs(ends[1]) > NOTICEABLE_CHANGE


def movement_of(curve: Sequence[CurvePoint]) -> str:
    """The sentence on how the ratio moves as the lag grows; empty with fewer than two ratios."""
    ends = _ends(curve)
    if ends is None:
        return ""
    crosses = ends[0] * ends[1] < 0 and abs(ends[1]) > NOTICEABLE_CHANGE / 2
    if moves_toward_one(curve):
        where = "to 1 and somewhat beyond it" if crosses else "to 1"
        return (
            f"The ratio moves {where} as the lag grows: consistent with withdrawal or decaying exposure; "
            "the curve cannot tell which."
        )
    if crosses and abs(ends[1] - ends[0]) > NOTICEABLE_CHANGE:
        return (
            "The ratio passes 1 as the lag grows and ends on its other side: what is seen at short lags "
            "does not last; the curve cannot tell why."
        )
    return "The ratio does not move to 1 as the lag grows."


def _ends(curve: Sequence[CurvePoint]) -> tuple[float, float] | None:
    """Log ratios at the shortest and the longest lag that have one."""
    known = sorted(
        (point.lag_months, point.ratio) for point in curve if point.ratio is not None and point.is_publishable
    )
    if len(known) < 2:
        return None
    return math.log(max(known[0][1], LOWER_BOUND)), math.log(max(known[-1][1], LOWER_BOUND))


def reading_of(point: CurvePoint, curve: Sequence[CurvePoint]) -> str:
    """A plain sentence on one lag, seen with the whole curve of its sample."""
    if not point.is_publishable:
        return (
            "Too little to compare: fewer than 20 separations would be expected in one of the groups "
            "if both left at the same rate."
        )
    sentences = [_comparison(point)]
    sentences.append(movement_of(curve))
    if point.lag_months == 0:
        sentences.append("Lag 0 overlaps the month at risk: descriptive only.")
    return " ".join(sentence for sentence in sentences if sentence)


def _comparison(point: CurvePoint) -> str:
    if point.ratio is None or point.low is None or point.high is None:
        return "The ratio has no upper bound: nobody of the group without engagement left."
    rates = (
        f"Voluntary separations per 100 person-years: {point.rate_engaged:.1f} engaged, "
        f"{point.rate_not_engaged:.1f} not engaged; ratio {point.ratio:.2f} "
        f"(95 % interval {point.low:.2f} to {point.high:.2f})."
    )
    if point.low <= 1 <= point.high:
        return f"{rates} The interval covers 1: no difference is shown."
    direction = "lower" if point.ratio < 1 else "higher"
    return f"{rates} Engagement is associated with {direction} voluntary turnover."
