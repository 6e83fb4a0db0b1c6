"""Role labels (Cross & Prusak 2002 for the names; cut-offs are our own, metric specification C3).

A label describes a period, never a person, and a single month gives a candidate only.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assets.network.centrality import mid_rank_percentile

HUB_PERCENTILE: Final = 99.0
BROKER_BETWEENNESS_PERCENTILE: Final = 95.0
BROKER_CONSTRAINT_PERCENTILE: Final = 10.0

Mask = NDArray[np.bool_]


def percentile_among(values: Any, measured: Mask) -> NDArray[np.float64]:
    """Mid-rank percentile among measured people; NaN for the others."""
    return mid_rank_percentile(np.where(measured, np.asarray(values, dtype=np.float64), np.nan))


def can_reach(percentile: float, n: int) -> bool:
    """Whether a mid-rank percentile of that height exists among n: at most ``100 (n - 0.5) / n``."""
    return n > 0 and 100.0 * (n - 0.5) / n >= percentile


def hubs(pagerank: Any, coreness: Any, group: NDArray[np.int64], measured: Mask) -> Mask | None:
    """PageRank percentile >= 99 in the organisation and the highest coreness of the own unit.

    None below 50 measured people, where no percentile reaches 99.
    """
    if not can_reach(HUB_PERCENTILE, int(measured.sum())):
        return None
    core = np.asarray(coreness, dtype=np.int64)
    _, number = np.unique(group, return_inverse=True)
    highest = np.zeros(int(number.max()) + 1, dtype=np.int64)
    np.maximum.at(highest, number[measured], core[measured])
    result: Mask = (
        measured & (percentile_among(pagerank, measured) >= HUB_PERCENTILE) & (core == highest[number])
    )
    return result


def information_brokers(betweenness: Any, constraint: Any, measured: Mask) -> Mask | None:
    """Bounded betweenness percentile >= 95 and constraint percentile <= 10; None below 10 people."""
    if not can_reach(BROKER_BETWEENNESS_PERCENTILE, int(measured.sum())):
        return None
    between = percentile_among(betweenness, measured)
    hole = percentile_among(constraint, measured)
    with np.errstate(invalid="ignore"):
        result: Mask = (
            measured & (between >= BROKER_BETWEENNESS_PERCENTILE) & (hole <= BROKER_CONSTRAINT_PERCENTILE)
        )
    return result
