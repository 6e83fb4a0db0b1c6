"""Compiled shortest-path counting: Brandes' accumulation from many sources.

Arrays as in ``kernels``. All functions return two float64 (n,): the sum over sources of each
vertex' dependency, and of its square (for the standard error of a sample). For an undirected graph
a pair is met from both of its ends.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

LANES: Final = 8
"""Sources that one search carries side by side: one cache line of path counts per vertex."""
UNSEEN: Final = 2**30
PULL_FROM: Final = 8
"""A level is pulled once this many times its arcs exceed all arcs."""
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
def _gather(v: int, indptr: Any, indices: Any, values: Any, mark: Any, level: int, into: Any) -> None:
    """Add up ``values`` of those neighbours of ``v`` that carry ``level``, lane by lane."""
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
    for k in range(indptr[v], indptr[v + 1]):
        u = indices[k]
        if mark[u] == level:
            a0 += values[u, 0]
            a1 += values[u, 1]
            a2 += values[u, 2]
            a3 += values[u, 3]
            a4 += values[u, 4]
            a5 += values[u, 5]
            a6 += values[u, 6]
            a7 += values[u, 7]
    into[0], into[1], into[2], into[3] = a0, a1, a2, a3
    into[4], into[5], into[6], into[7] = a4, a5, a6, a7


@njit(cache=True, nogil=True)
def _push_level(
    indptr: Any, indices: Any, members: Any, first: int, tail: int, level: int, state: Any
) -> int:
    """Reach the next level along the arcs of ``members[first:tail]``; returns the new tail."""
    distance, paths, front, _, listed, n_seen, batch = state
    following = level + 1
    end = tail
    for i in range(first, end):
        v = members[i]
        for k in range(indptr[v], indptr[v + 1]):
            w = indices[k]
            if n_seen[w] == batch and listed[w] != following:
                continue
            for lane in range(batch):
                reach = front[v, lane]
                if reach > 0.0 and distance[w, lane] >= following:
                    if distance[w, lane] == UNSEEN:
                        distance[w, lane] = following
                        n_seen[w] += 1
                        if listed[w] != following:
                            listed[w] = following
                            members[tail] = w
                            tail += 1
                    paths[w, lane] += reach
    return tail


@njit(cache=True, nogil=True)
def _pull_level(indptr: Any, indices: Any, members: Any, tail: int, level: int, state: Any) -> int:
    """Every vertex that misses a source asks its predecessors; returns the new tail."""
    distance, paths, front, mark, _, n_seen, batch = state
    gathered = np.zeros(LANES, np.float64)
    for v in range(mark.size):
        if n_seen[v] == batch:
            continue
        _gather(v, indptr, indices, front, mark, level, gathered)
        is_new = False
        for lane in range(batch):
            if gathered[lane] > 0.0 and distance[v, lane] == UNSEEN:
                distance[v, lane] = level + 1
                paths[v, lane] = gathered[lane]
                n_seen[v] += 1
                is_new = True
        if is_new:
            members[tail] = v
            tail += 1
    return tail


@njit(cache=True, nogil=True)
def _accumulate(
    indptr: Any, indices: Any, members: Any, bounds: Any, last: int, state: Any, first: Any, second: Any
) -> None:
    """From the last level back: each vertex collects from its successors one level on."""
    distance, paths, back, mark, _, _, batch = state
    gathered = np.zeros(LANES, np.float64)
    dependency = np.zeros((bounds[last + 1], LANES), np.float64)
    for level in range(last, 0, -1):
        begin, end = bounds[level], bounds[level + 1]
        if level < last:
            for i in range(begin, end):
                v = members[i]
                _gather(v, indptr, indices, back, mark, level + 1, gathered)
                for lane in range(batch):
                    if distance[v, lane] == level:
                        through = paths[v, lane] * gathered[lane]
                        dependency[i, lane] = through
                        first[v] += through
                        second[v] += through * through
        # A vertex may stand on two levels, for two sources: its values of the level after this one
        # were needed until here.
        for i in range(begin, end):
            v = members[i]
            mark[v] = level
            for lane in range(LANES):
                here = distance[v, lane] == level
                back[v, lane] = (1.0 + dependency[i, lane]) / paths[v, lane] if here else 0.0


@njit(cache=True, nogil=True)
def dependencies(out_indptr: Any, out_indices: Any, in_indptr: Any, in_indices: Any, sources: Any) -> Any:
    """Unweighted, uncut, eight sources side by side in every pass over the arcs (Brandes 2001).

    A level with few arcs ahead is pushed along them; one with many is pulled by the vertices that
    still miss a source, without a branch per source.
    """
    n = out_indptr.size - 1
    first, second = np.zeros(n, np.float64), np.zeros(n, np.float64)
    distance = np.full((n, LANES), UNSEEN, np.int32)
    paths, front = np.zeros((n, LANES), np.float64), np.zeros((n, LANES), np.float64)
    mark, listed = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    n_seen = np.zeros(n, np.int32)
    members = np.empty(n * LANES, np.int32)
    bounds = np.zeros(n + 3, np.int64)
    for begin in range(0, sources.size, LANES):
        batch = min(LANES, sources.size - begin)
        state = (distance, paths, front, mark, listed, n_seen, batch)
        tail = 0
        for lane in range(batch):
            s = sources[begin + lane]
            distance[s, lane], paths[s, lane], front[s, lane], mark[s] = 0, 1.0, 1.0, 0
            n_seen[s] += 1
            members[tail] = s
            tail += 1
        bounds[1] = tail
        level = 0
        while bounds[level + 1] > bounds[level]:
            ahead = 0
            for i in range(bounds[level], bounds[level + 1]):
                ahead += out_indptr[members[i] + 1] - out_indptr[members[i]]
            if ahead * PULL_FROM < out_indices.size:
                tail = _push_level(out_indptr, out_indices, members, bounds[level], tail, level, state)
            else:
                tail = _pull_level(in_indptr, in_indices, members, tail, level, state)
            level += 1
            bounds[level + 1] = tail
            for i in range(bounds[level], tail):
                v = members[i]
                mark[v] = level
                for lane in range(LANES):
                    front[v, lane] = paths[v, lane] if distance[v, lane] == level else 0.0
        _accumulate(out_indptr, out_indices, members, bounds, level - 1, state, first, second)
        for i in range(tail):
            v = members[i]
            mark[v], listed[v], n_seen[v] = -1, -1, 0
            for lane in range(LANES):
                distance[v, lane], paths[v, lane], front[v, lane] = UNSEEN, 0.0, 0.0
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
