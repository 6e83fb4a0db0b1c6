"""Whether two groups leave at the same pace: the log-rank test with delayed entry.

Mantel 1966; hypergeometric variance, no continuity correction. Metric specification H5.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from assets.outcomes.survival import EVENT, Lives, at_risk


class LogRank(NamedTuple):
    """Chi-square with one degree of freedom, its p, and the events expected under equal paces."""

    statistic: float
    p_value: float
    expected_first: float
    expected_second: float


def log_rank(first: Lives, second: Lives) -> LogRank | None:
    """Compare two groups over all times at which both are observed; None if nothing can differ.

    That is: without an event at a time at which both groups are at risk.
    """
    events = [np.sort(lives.exit[lives.cause == EVENT]) for lives in (first, second)]
    times = np.unique(np.concatenate(events))
    n1, n2 = (at_risk(lives, times).astype(float) for lives in (first, second))
    d1, d2 = (
        (np.searchsorted(each, times, side="right") - np.searchsorted(each, times, side="left")).astype(float)
        for each in events
    )
    n, d = n1 + n2, d1 + d2
    expected = float((d * n1 / n).sum()) if len(times) else 0.0
    inner = n > 1
    spread = n1[inner] * n2[inner] / n[inner] ** 2
    variance = float((spread * d[inner] * (n[inner] - d[inner]) / (n[inner] - 1)).sum())
    if variance <= 0:
        return None
    statistic = (float(d1.sum()) - expected) ** 2 / variance
    p_value = math.erfc(math.sqrt(statistic / 2))
    return LogRank(statistic, p_value, expected, float(d.sum()) - expected)
