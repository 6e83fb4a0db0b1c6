"""Compiled edge building: from events in any order to one sorted, summed arc per ordered pair."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

SHORT_ROW: Final = 64
"""Rows up to this length are sorted by insertion: most are short, and many are nearly sorted."""


@njit(cache=True, nogil=True)
def _sort_row(targets: Any, weights: Any, begin: Any, end: Any) -> None:
    """Targets ascending, weights along with them; equal targets keep their order of arrival."""
    if end - begin > SHORT_ROW:
        order = begin + np.argsort(targets[begin:end], kind="mergesort")
        targets[begin:end] = targets[order]
        weights[begin:end] = weights[order]
        return
    for i in range(begin + 1, end):
        target, weight = targets[i], weights[i]
        k = i - 1
        while k >= begin and targets[k] > target:
            targets[k + 1], weights[k + 1] = targets[k], weights[k]
            k -= 1
        targets[k + 1], weights[k + 1] = target, weight


@njit(cache=True, nogil=True)
def summed_pairs(n: int, src: Any, dst: Any, weight: Any, is_directed: bool) -> Any:
    """Source (int32), target (int32) and summed weight (float64) per pair, sorted by both ends.

    Loops and weights of 0 are dropped; an undirected pair stands with its lower end first. Two
    passes of counting and short sorts: the cost is linear in edges, whatever their order. Weights of
    one pair are added in the order of arrival.
    """
    bounds = np.zeros(n + 1, np.int64)
    for e in range(src.size):
        a, b = src[e], dst[e]
        if a != b and weight[e] > 0:
            bounds[(a if is_directed or a < b else b) + 1] += 1
    for v in range(n):
        bounds[v + 1] += bounds[v]
    fill = bounds[:-1].copy()
    targets, weights = np.empty(bounds[n], np.int32), np.empty(bounds[n], np.float64)
    for e in range(src.size):
        a, b = src[e], dst[e]
        if a != b and weight[e] > 0:
            if not is_directed and b < a:
                a, b = b, a
            k = fill[a]
            fill[a] += 1
            targets[k], weights[k] = b, weight[e]
    sources, m = np.empty(bounds[n], np.int32), 0
    for v in range(n):
        begin, end = bounds[v], bounds[v + 1]
        _sort_row(targets, weights, begin, end)
        first = m
        for k in range(begin, end):
            if m > first and targets[m - 1] == targets[k]:
                weights[m - 1] += weights[k]
            else:
                sources[m], targets[m], weights[m] = v, targets[k], weights[k]
                m += 1
    return sources[:m].copy(), targets[:m].copy(), weights[:m].copy()
