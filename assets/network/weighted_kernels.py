"""Compiled weighted shortest-path counting: Brandes 2001 on an order of settled vertices.

Two orders give the same counts: a binary heap (Dijkstra 1959), which takes any positive lengths, and
buckets narrower than the shortest arc (Dinitz 1978), whose cost is linear in arcs. No arc joins two
vertices of one such bucket, so each of its vertices is final when the bucket is opened.
Arrays as in ``kernels``; lengths are positive.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

TIE_TOLERANCE: Final = 1e-10
"""Two paths whose lengths differ by less than this share of them are equally short."""
MAX_BUCKETS: Final = 4_096
"""Longest arc over shortest arc, up to which sweeping empty buckets costs less than a heap."""
NOBODY: Final = -1
NARROWER: Final = 1.0 - 1e-9
"""Rounding must not put both ends of the shortest arc into one bucket."""


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
def _settle_by_heap(
    indptr: Any,
    indices: Any,
    lengths: Any,
    s: Any,
    distance: Any,
    paths: Any,
    order: Any,
    before: Any,
    heap: Any,
) -> int:
    """Distances, numbers of shortest paths and the order of settling from ``s``; how many are reached.

    ``before`` = (last entry of a vertex' list of predecessors, their vertices, earlier entries).
    """
    keys, vertices, settled = heap
    last, who, earlier = before
    noted = 0
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
        for k in range(indptr[v], indptr[v + 1]):
            w = indices[k]
            if settled[w]:
                continue
            along = distance[v] + lengths[k]
            slack = TIE_TOLERANCE * along
            if along < distance[w] - slack:
                distance[w], paths[w] = along, paths[v]
                size = _push(keys, vertices, size, along, w)
                last[w], who[noted], earlier[noted] = noted, v, NOBODY
                noted += 1
            elif along <= distance[w] + slack:
                paths[w] += paths[v]
                who[noted], earlier[noted] = v, last[w]
                last[w] = noted
                noted += 1
    for i in range(found):
        settled[order[i]] = False
    return found


@njit(cache=True, nogil=True)
def _link(head: Any, following: Any, previous: Any, slot: int, v: int) -> None:
    """Put ``v`` at the front of a bucket's list."""
    first = head[slot]
    following[v], previous[v] = first, -1
    if first >= 0:
        previous[first] = v
    head[slot] = v


@njit(cache=True, nogil=True)
def _unlink(head: Any, following: Any, previous: Any, slot: int, v: int) -> None:
    """Take ``v`` out of its bucket's list."""
    before, after = previous[v], following[v]
    if before >= 0:
        following[before] = after
    else:
        head[slot] = after
    if after >= 0:
        previous[after] = before


@njit(cache=True, nogil=True)
def _settle_by_buckets(
    indptr: Any,
    indices: Any,
    lengths: Any,
    s: Any,
    distance: Any,
    paths: Any,
    order: Any,
    before: Any,
    buckets: Any,
) -> int:
    """As :func:`_settle_by_heap`; the buckets form a ring longer than the longest arc."""
    head, following, previous, per_length = buckets
    last, who, earlier = before
    ring, noted = head.size - 1, 0
    distance[s], paths[s] = 0.0, 1.0
    _link(head, following, previous, 0, s)
    found, waiting, now = 0, 1, 0
    while waiting > 0:
        slot = now & ring
        while head[slot] >= 0:
            v = head[slot]
            _unlink(head, following, previous, slot, v)
            waiting -= 1
            order[found] = v
            found += 1
            from_here = distance[v]
            for k in range(indptr[v], indptr[v + 1]):
                w = indices[k]
                along = from_here + lengths[k]
                slack = TIE_TOLERANCE * along
                known = distance[w]
                if along < known - slack:
                    if known < np.inf:
                        _unlink(head, following, previous, np.int64(known * per_length) & ring, w)
                    else:
                        waiting += 1
                    distance[w], paths[w] = along, paths[v]
                    _link(head, following, previous, np.int64(along * per_length) & ring, w)
                    last[w], who[noted], earlier[noted] = noted, v, NOBODY
                    noted += 1
                elif along <= known + slack:
                    paths[w] += paths[v]
                    who[noted], earlier[noted] = v, last[w]
                    last[w] = noted
                    noted += 1
        now += 1
    return found


@njit(cache=True, nogil=True)
def _accumulate(
    paths: Any, order: Any, before: Any, found: int, dependency: Any, first: Any, second: Any
) -> None:
    """Dependencies back along the order of settling, added to ``first``, their squares to ``second``."""
    last, who, earlier = before
    for i in range(found - 1, 0, -1):
        w = order[i]
        back = (1.0 + dependency[w]) / paths[w]
        entry = last[w]
        while entry != NOBODY:
            v = who[entry]
            dependency[v] += paths[v] * back
            entry = earlier[entry]
        first[w] += dependency[w]
        second[w] += dependency[w] * dependency[w]


@njit(cache=True, nogil=True)
def dependencies_weighted(
    indptr: Any, indices: Any, lengths: Any, sources: Any, width: float, ring: int
) -> Any:
    """Sum over ``sources`` of each vertex' dependency, and of its square; two float64 (n,).

    ``width`` and ``ring`` as :func:`bucket_plan` gives them; a ring of 0 asks for the heap.
    """
    n, m = indptr.size - 1, indices.size
    first, second, dependency = np.zeros(n), np.zeros(n), np.zeros(n)
    distance, paths = np.full(n, np.inf), np.zeros(n)
    order = np.empty(n, np.int32)
    before = (np.empty(n, np.int32), np.empty(m, np.int32), np.empty(m, np.int32))
    entries, links = (1, n) if ring else (m + 1, 1)
    heap = (np.empty(entries), np.empty(entries, np.int32), np.zeros(n, np.bool_))
    links_of = (np.empty(links, np.int32), np.empty(links, np.int32))
    buckets = (np.full(max(ring, 1), NOBODY, np.int32), links_of[0], links_of[1], 1.0 / width)
    for s in sources:
        if ring:
            found = _settle_by_buckets(indptr, indices, lengths, s, distance, paths, order, before, buckets)
        else:
            found = _settle_by_heap(indptr, indices, lengths, s, distance, paths, order, before, heap)
        _accumulate(paths, order, before, found, dependency, first, second)
        for i in range(found):
            v = order[i]
            distance[v], paths[v], dependency[v] = np.inf, 0.0, 0.0
    return first, second


def bucket_plan(lengths: Any) -> tuple[float, int]:
    """Width of a bucket and number of buckets in the ring (a power of two).

    (1, 0) where a heap is the better choice: without arcs, or where lengths differ too much.
    """
    if lengths.size == 0:
        return 1.0, 0
    width = float(lengths.min()) * NARROWER
    if not width > 0 or float(lengths.max()) / width > MAX_BUCKETS:
        return 1.0, 0
    needed = int(float(lengths.max()) / width) + 2
    return width, 1 << (needed - 1).bit_length()
