"""Compiled edge building: from events in any order to one sorted, summed arc per ordered pair."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

MAX_EDGES: Final = 2**31 - 1
"""Places are counted in 32 bits: that keeps the counters of 100,000 vertices in the fast cache."""


@njit(cache=True, nogil=True)
def _bounds(ends: Any, weight: Any, other: Any, n: int) -> Any:
    """Where the block of each end begins once the edges that count are ordered by it; int32 (n + 1,)."""
    bounds = np.zeros(n + 1, np.int32)
    for e in range(ends.size):
        if ends[e] != other[e] and weight[e] > 0:
            bounds[ends[e] + 1] += 1
    for v in range(n):
        bounds[v + 1] += bounds[v]
    return bounds


@njit(cache=True, nogil=True)
def summed_pairs(n: int, src: Any, dst: Any, weight: Any) -> Any:
    """Source (int32), target (int32) and summed weight (float64) per ordered pair, sorted by both ends.

    Loops and weights of 0 are dropped. Ordered by counting, first by target, then by source: the cost
    is linear in edges, whatever their order. Weights of one pair are added in the order of arrival.
    """
    by_target, by_source = _bounds(dst, weight, src, n), _bounds(src, weight, dst, n)
    m = by_target[n]
    first_ends, first_weights = np.empty(m, np.int32), np.empty(m, np.float64)
    fill = by_target[:-1].copy()
    for e in range(src.size):
        if src[e] != dst[e] and weight[e] > 0:
            k = fill[dst[e]]
            fill[dst[e]] += 1
            first_ends[k], first_weights[k] = src[e], weight[e]
    targets, weights = np.empty(m, np.int32), np.empty(m, np.float64)
    fill = by_source[:-1].copy()
    for target in range(n):
        for i in range(by_target[target], by_target[target + 1]):
            k = fill[first_ends[i]]
            fill[first_ends[i]] += 1
            targets[k], weights[k] = target, first_weights[i]
    return _merged(by_source, targets, weights)


@njit(cache=True, nogil=True)
def _merged(by_source: Any, targets: Any, weights: Any) -> Any:
    """Equal neighbours in sorted rows become one, with the sum of their weights.

    Written without a branch on equality: whether an edge repeats the last one cannot be predicted.
    """
    n, m = by_source.size - 1, targets.size
    pair_sources, pair_targets = np.empty(m, np.int32), np.empty(m, np.int32)
    sums = np.zeros(m, np.float64)
    at, last_source, last_target = -1, -1, -1
    for source in range(n):
        for k in range(by_source[source], by_source[source + 1]):
            target = targets[k]
            at += (source != last_source) | (target != last_target)
            pair_sources[at], pair_targets[at] = source, target
            sums[at] += weights[k]
            last_source, last_target = source, target
    size = at + 1
    return pair_sources[:size].copy(), pair_targets[:size].copy(), sums[:size].copy()
