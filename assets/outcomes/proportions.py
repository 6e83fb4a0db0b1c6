"""Uncertainty of shares and of differences between two shares.

Wilson (1927) for one proportion; Newcombe (1998), method 10, for the difference of two
independent ones. Metric specification 0.9 and H10.
"""

from __future__ import annotations

import math
from typing import NamedTuple

Z_95 = 1.959963984540054
"""Two-sided 95 % point of the standard normal distribution."""


class Interval(NamedTuple):
    """A 95 % confidence interval; ``high`` is infinite where there is no upper bound."""

    low: float
    high: float

    def covers(self, value: float) -> bool:
        """Whether the value lies in the interval, its limits included."""
        return self.low <= value <= self.high


class Difference(NamedTuple):
    """A difference and its 95 % interval."""

    value: float
    interval: Interval


def wilson_interval(successes: int, trials: int) -> Interval | None:
    """Wilson's score interval of ``successes / trials``; None if there were no trials.

    Examples
    --------
    >>> [round(limit, 4) for limit in wilson_interval(20, 1000)]
    [0.013, 0.0307]
    """
    _refuse_impossible(successes, trials)
    if trials == 0:
        return None
    share = successes / trials
    z2 = Z_95**2 / trials
    centre = share + z2 / 2
    half = Z_95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials))
    low = 0.0 if successes == 0 else (centre - half) / (1 + z2)
    high = 1.0 if successes == trials else (centre + half) / (1 + z2)
    return Interval(low, high)


def newcombe_difference(
    successes_1: int, trials_1: int, successes_0: int, trials_0: int
) -> Difference | None:
    """Share 1 minus share 0 with Newcombe's method 10; None if either group is empty.

    Examples
    --------
    >>> found = newcombe_difference(950, 1000, 730, 1000)
    >>> round(found.value, 4), round(found.interval.low, 4), round(found.interval.high, 4)
    (0.22, 0.1893, 0.2507)
    """
    first, second = wilson_interval(successes_1, trials_1), wilson_interval(successes_0, trials_0)
    if first is None or second is None:
        return None
    share_1, share_0 = successes_1 / trials_1, successes_0 / trials_0
    value = share_1 - share_0
    return Difference(
        value,
        Interval(
            value - math.hypot(share_1 - first.low, second.high - share_0),
            value + math.hypot(first.high - share_1, share_0 - second.low),
        ),
    )


def _refuse_impossible(successes: int, trials: int) -> None:
    if not 0 <= successes <= trials:
        raise ValueError(f"expected 0 <= successes <= trials, got {successes} of {trials}")
