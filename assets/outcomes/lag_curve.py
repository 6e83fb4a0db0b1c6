"""What a curve of rate ratios over lags says, in a sentence. Metric specification H3, H9, P22.

Wording is "associated with": nothing here was randomised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

NOTICEABLE_CHANGE: Final = 0.10
"""Change of the log ratio between the shortest and the longest lag worth a word (about 10 %)."""
FIRST_LAG: Final = 1
"""Shortest lag whose window does not overlap the month at risk."""
NORMAL: Final = 1.959964
LOWER_BOUND: Final = 1e-9
"""Stands for a ratio of 0 when its logarithm is compared."""


class CurvePoint(NamedTuple):
    """One lag of the curve; rates per 100 person-years; None where undefined.

    ``high`` is None where the interval has no upper bound. ``change_error`` is the standard error of the log
    ratio minus that at lag 1.
    """

    lag_months: int
    rate_engaged: float | None
    rate_not_engaged: float | None
    ratio: float | None
    low: float | None
    high: float | None
    is_publishable: bool
    change_error: float | None = None


class _Movement(NamedTuple):
    """Log ratios at both ends of the curve, and whether they differ by more than their errors."""

    start: float
    end: float
    is_beyond_error: bool

    @property
    def is_toward_one(self) -> bool:
        """Noticeably nearer to 1 at the end, also where it went beyond 1 (0.32, later 1.1)."""
        return self.is_beyond_error and abs(self.start) - abs(self.end) > NOTICEABLE_CHANGE

    @property
    def crosses(self) -> bool:
        """From one side of 1 to the other."""
        return self.start * self.end < 0 and abs(self.end) > NOTICEABLE_CHANGE / 2


def moves_toward_one(curve: Sequence[CurvePoint]) -> bool:
    """Whether the ratio is nearer to 1 at the longest lag than at the shortest, by more than the errors.

    The shortest lag is 1: at lag 0 the window ends with the month at risk, in which whoever leaves has
    fewer days to be seen, so that even without any withdrawal the ratio begins below 1. Lags without a
    ratio that may be shown are left out; fewer than two say nothing.
    """
    found = _movement(curve)
    return found is not None and found.is_toward_one


def movement_of(curve: Sequence[CurvePoint]) -> str:
    """The sentence on how the ratio moves as the lag grows; empty with fewer than two ratios."""
    found = _movement(curve)
    if found is None:
        return ""
    if found.is_toward_one:
        where = "to 1 and somewhat beyond it" if found.crosses else "to 1"
        return (
            f"The ratio moves {where} as the lag grows: consistent with withdrawal or decaying exposure; "
            "the curve cannot tell which."
        )
    if found.crosses and found.is_beyond_error:
        return (
            "The ratio passes 1 as the lag grows and ends on its other side: what is seen at short lags "
            "does not last; the curve cannot tell why."
        )
    if found.is_beyond_error:
        return "The ratio does not move to 1 as the lag grows."
    return "The ratio does not move to 1 by more than its error as the lag grows."


def _movement(curve: Sequence[CurvePoint]) -> _Movement | None:
    """From the shortest lag of at least a month to the longest; None with fewer than two ratios.

    Where it is not known how the events of both ends overlap, the interval of the change is MOVER's (Zou
    and Donner 2008) from the intervals of both, as if they were independent, which makes it too wide.
    """
    known = sorted(
        (
            point
            for point in curve
            if point.lag_months >= FIRST_LAG and point.ratio is not None and point.is_publishable
        ),
        key=lambda point: point.lag_months,
    )
    if len(known) < 2:
        return None
    (start, low, high), (end, end_low, end_high) = _logs(known[0]), _logs(known[-1])
    change, error = end - start, known[-1].change_error
    if known[0].lag_months == FIRST_LAG and error is not None:
        return _Movement(start, end, abs(change) > NORMAL * error)
    below = change - math.hypot(end - end_low, high - start)
    above = change + math.hypot(end_high - end, start - low)
    return _Movement(start, end, not below <= 0 <= above)


def _logs(point: CurvePoint) -> tuple[float, float, float]:
    """Log ratio and its limits, without bound where there is none."""
    assert point.ratio is not None
    ratio, low = (math.log(max(value, LOWER_BOUND)) for value in (point.ratio, point.low or 0.0))
    return ratio, low, math.inf if point.high is None else math.log(max(point.high, LOWER_BOUND))


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
