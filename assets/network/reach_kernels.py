"""Compiled reach: who is within two hops, and reciprocal distances by bit-parallel search.

Arrays as in ``kernels``. Then et al. 2014 for the many searches in one pass.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

LANES: Final = 8
"""Words of 64 sources that one breadth-first search carries: one cache line per vertex."""
SOURCES_PER_SEARCH: Final = 64 * LANES


@njit(cache=True, nogil=True)
def count_within_two(indptr: Any, indices: Any) -> Any:
    """Distinct vertices at distance 1 or 2 along the given arcs; int64 (n,)."""
    n = indptr.size - 1
    counts = np.zeros(n, np.int64)
    stamp = np.full(n, -1, np.int32)
    for v in range(n):
        stamp[v] = v
        found = 0
        for k in range(indptr[v], indptr[v + 1]):
            u = indices[k]
            if stamp[u] != v:
                stamp[u] = v
                found += 1
            for h in range(indptr[u], indptr[u + 1]):
                w = indices[h]
                if stamp[w] != v:
                    stamp[w] = v
                    found += 1
        counts[v] = found
    return counts


@njit(cache=True, nogil=True)
def _bits(word: Any) -> Any:
    """Number of ones in a 64-bit word."""
    x = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True)
def _is_empty(rows: Any, v: Any) -> Any:
    """Whether none of a row's words has a bit."""
    low = rows[v, 0] | rows[v, 1] | rows[v, 2] | rows[v, 3]
    return (low | rows[v, 4] | rows[v, 5] | rows[v, 6] | rows[v, 7]) == np.uint64(0)


@njit(cache=True, nogil=True)
def _take_over(
    begin: Any, end: Any, indices: Any, front: Any, is_lit: Any, missing: Any, v: Any, into: Any
) -> Any:
    """Bits of the neighbours' fronts that ``v`` misses, moved to ``into``; returns how many.

    The eight words are named, not looped over, so that they stay in registers. Where nothing is
    found, ``into`` is left as it was: the caller marks the rows that count.
    """
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = np.uint64(0)
    for k in range(begin, end):
        u = np.uintp(indices[np.uintp(k)])
        if is_lit[u]:
            a0 |= front[u, 0]
            a1 |= front[u, 1]
            a2 |= front[u, 2]
            a3 |= front[u, 3]
            a4 |= front[u, 4]
            a5 |= front[u, 5]
            a6 |= front[u, 6]
            a7 |= front[u, 7]
    a0, a1, a2, a3 = a0 & missing[v, 0], a1 & missing[v, 1], a2 & missing[v, 2], a3 & missing[v, 3]
    a4, a5, a6, a7 = a4 & missing[v, 4], a5 & missing[v, 5], a6 & missing[v, 6], a7 & missing[v, 7]
    if (a0 | a1 | a2 | a3 | a4 | a5 | a6 | a7) == np.uint64(0):
        return 0
    into[v, 0], into[v, 1], into[v, 2], into[v, 3] = a0, a1, a2, a3
    into[v, 4], into[v, 5], into[v, 6], into[v, 7] = a4, a5, a6, a7
    reached = 0
    for lane in range(LANES):
        missing[v, lane] &= ~into[v, lane]
        reached += _bits(into[v, lane])
    return reached


@njit(cache=True, nogil=True)
def _begin(sources: Any, missing: Any, front: Any, is_lit: Any) -> None:
    """One bit per source: everybody misses all of them, each source holds its own and is lit."""
    zero, one = np.uint64(0), np.uint64(1)
    for lane in range(LANES):
        every = zero
        for bit in range(max(0, min(64, sources.size - 64 * lane))):
            every |= one << np.uint64(bit)
        missing[:, lane] = every
    front[:, :] = zero
    is_lit[:] = False
    for i in range(sources.size):
        own = one << np.uint64(i % 64)
        front[sources[i], i // 64] |= own
        missing[sources[i], i // 64] &= ~own
        is_lit[sources[i]] = True


@njit(cache=True, nogil=True)
def reciprocal_distances(indptr: Any, indices: Any, sources: Any) -> Any:
    """Sum of ``1 / d(v, s)`` and of its square over all ``sources`` s, for every v; two float64 (n,).

    Distances run along the given arcs from v to s. 512 searches share each pass: a vertex holds
    one bit per source, and takes over its neighbours' bits until none is missing. A neighbour that
    was reached by nothing new in the pass before is dark: its row is not even read.
    """
    n = indptr.size - 1
    first, second = np.zeros(n, np.float64), np.zeros(n, np.float64)
    missing = np.empty((n, LANES), np.uint64)
    front, following = np.empty((n, LANES), np.uint64), np.empty((n, LANES), np.uint64)
    is_lit, is_lit_next = np.empty(n, np.bool_), np.empty(n, np.bool_)
    active = np.empty(n, np.int32)
    for begin in range(0, sources.size, SOURCES_PER_SEARCH):
        _begin(sources[begin : begin + SOURCES_PER_SEARCH], missing, front, is_lit)
        active[:] = np.arange(n)
        n_active, level, grew = n, 0, True
        while grew:
            level += 1
            grew = False
            kept = 0
            is_lit_next[:] = False
            for i in range(n_active):
                v = np.uintp(active[i])
                reached = _take_over(indptr[v], indptr[v + 1], indices, front, is_lit, missing, v, following)
                if reached:
                    grew = True
                    is_lit_next[v] = True
                    first[v] += reached / level
                    second[v] += reached / (level * level)
                    if _is_empty(missing, v):
                        continue
                active[kept] = v
                kept += 1
            n_active = kept
            front, following = following, front
            is_lit, is_lit_next = is_lit_next, is_lit
    return first, second
