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

    Lags without a ratio are left out; fewer than two say nothing.
    """
    known = sorted((point.lag_months, point.ratio) for point in curve if point.ratio is not None)
    if len(known) < 2:
        return False
    first, last = (abs(math.log(max(ratio, LOWER_BOUND))) for _, ratio in (known[0], known[-1]))
    return first - last > NOTICEABLE_CHANGE


def reading_of(point: CurvePoint, curve: Sequence[CurvePoint]) -> str:
    """A plain sentence on one lag, seen with the whole curve of its sample."""
    if not point.is_publishable:
        return (
            "Too little to compare: fewer than 20 separations would be expected in one of the groups "
            "if both left at the same rate."
        )
    sentences = [_comparison(point)]
    if moves_toward_one(curve):
        sentences.append(
            "The ratio moves toward 1 as the lag grows: consistent with withdrawal or decaying exposure; "
            "the curve cannot tell which."
        )
    elif sum(other.ratio is not None for other in curve) > 1:
        sentences.append("The ratio does not move toward 1 as the lag grows.")
    if point.lag_months == 0:
        sentences.append("Lag 0 overlaps the month at risk: descriptive only.")
    return " ".join(sentences)


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
