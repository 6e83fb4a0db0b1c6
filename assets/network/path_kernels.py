"""Compiled shortest-path counting, one source at a time: nearby paths and weighted ones.

Arrays as in ``kernels``. All functions return two float64 (n,): the sum over sources of each
vertex' dependency, and of its square (for the standard error of a sample). For an undirected graph
a pair is met from both of its ends.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

UNSEEN: Final = 2**30
TIE_TOLERANCE: Final = 1e-10
"""Two weighted paths whose lengths differ by less than this share of them are equally short."""


@njit(cache=True, nogil=True)
def dependencies_nearby(
    out_indptr: Any, out_indices: Any, in_indptr: Any, in_indices: Any, sources: Any, cutoff: int
) -> Any:
    """Unweighted, one source at a time, paths of at most ``cutoff`` hops (Brandes 2001, 2008).

    Costs the neighbourhood that is reached, not the graph: the choice for small cutoffs.
    """
    n = out_indptr.size - 1
    first, second = np.zeros(n, np.float64), np.zeros(n, np.float64)
    distance = np.full(n, UNSEEN, np.int32)
    paths, dependency = np.zeros(n, np.float64), np.zeros(n, np.float64)
    queue = np.empty(n, np.int32)
    for s in sources:
        queue[0] = s
        distance[s], paths[s] = 0, 1.0
        head, tail = 0, 1
        while head < tail:
            v = queue[head]
            head += 1
            following = distance[v] + 1
            if following > cutoff:
                continue
            for k in range(out_indptr[v], out_indptr[v + 1]):
                w = out_indices[k]
                if distance[w] == UNSEEN:
                    distance[w] = following
                    queue[tail] = w
                    tail += 1
                if distance[w] == following:
                    paths[w] += paths[v]
        for i in range(tail - 1, 0, -1):
            w = queue[i]
            back = (1.0 + dependency[w]) / paths[w]
            previous = distance[w] - 1
            for k in range(in_indptr[w], in_indptr[w + 1]):
                v = in_indices[k]
                if distance[v] == previous:
                    dependency[v] += paths[v] * back
            first[w] += dependency[w]
            second[w] += dependency[w] * dependency[w]
        for i in range(tail):
            v = queue[i]
            distance[v], paths[v], dependency[v] = UNSEEN, 0.0, 0.0
    return first, second


@njit(cache=True, nogil=True)
def _pop(keys: Any, vertices: Any, size: int) -> int:
    """Remove the root of a binary heap of ``size`` entries; returns the new size."""
    size -= 1
    key, vertex = keys[size], vertices[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[at], vertices[at] = keys[child], vertices[child]
        at = child
    keys[at], vertices[at] = key, vertex
    return size


@njit(cache=True, nogil=True)
def _push(keys: Any, vertices: Any, size: int, key: float, vertex: int) -> int:
    """Add an entry to a binary heap of ``size`` entries; returns the new size."""
    at = size
    while at > 0:
        parent = (at - 1) // 2
        if keys[parent] <= key:
            break
        keys[at], vertices[at] = keys[parent], vertices[parent]
        at = parent
    keys[at], vertices[at] = key, vertex
    return size + 1


@njit(cache=True, nogil=True)
def dependencies_weighted(
    out_indptr: Any,
    out_indices: Any,
    out_lengths: Any,
    in_indptr: Any,
    in_indices: Any,
    in_lengths: Any,
    sources: Any,
) -> Any:
    """Weighted, along arcs of positive length (Brandes 2001 on Dijkstra's order)."""
    n = out_indptr.size - 1
    first, second = np.zeros(n, np.float64), np.zeros(n, np.float64)
    distance = np.full(n, np.inf)
    settled = np.zeros(n, np.bool_)
    paths, dependency = np.zeros(n, np.float64), np.zeros(n, np.float64)
    order = np.empty(n, np.int32)
    keys, vertices = np.empty(out_indices.size + 1, np.float64), np.empty(out_indices.size + 1, np.int32)
    for s in sources:
        distance[s], paths[s] = 0.0, 1.0
        size, found = _push(keys, vertices, 0, 0.0, s), 0
        while size > 0:
            v = vertices[0]
            size = _pop(keys, vertices, size)
            if settled[v]:
                continue
            settled[v] = True
            order[found] = v
            found += 1
            for k in range(out_indptr[v], out_indptr[v + 1]):
                w = out_indices[k]
                if settled[w]:
                    continue
                along = distance[v] + out_lengths[k]
                slack = TIE_TOLERANCE * along
                if along < distance[w] - slack:
                    distance[w], paths[w] = along, paths[v]
                    size = _push(keys, vertices, size, along, w)
                elif along <= distance[w] + slack:
                    paths[w] += paths[v]
        for i in range(found - 1, 0, -1):
            w = order[i]
            back = (1.0 + dependency[w]) / paths[w]
            for k in range(in_indptr[w], in_indptr[w + 1]):
                v = in_indices[k]
                if abs(distance[v] + in_lengths[k] - distance[w]) <= TIE_TOLERANCE * distance[w]:
                    dependency[v] += paths[v] * back
            first[w] += dependency[w]
            second[w] += dependency[w] * dependency[w]
        for i in range(found):
            v = order[i]
            distance[v], settled[v], paths[v], dependency[v] = np.inf, False, 0.0, 0.0
    return first, second
