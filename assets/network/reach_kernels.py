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
def reciprocal_distances(indptr: Any, indices: Any, sources: Any) -> Any:
    """Sum of ``1 / d(v, s)`` and of its square over all ``sources`` s, for every v; two float64 (n,).

    Distances run along the given arcs from v to s. 512 searches share each pass: a vertex holds
    one bit per source, and takes over its neighbours' bits until none is missing.
    """
    n = indptr.size - 1
    first, second = np.zeros(n, np.float64), np.zeros(n, np.float64)
    missing = np.empty((n, LANES), np.uint64)
    front, following = np.empty((n, LANES), np.uint64), np.empty((n, LANES), np.uint64)
    gathered = np.empty(LANES, np.uint64)
    zero, one = np.uint64(0), np.uint64(1)
    for begin in range(0, sources.size, SOURCES_PER_SEARCH):
        batch = min(SOURCES_PER_SEARCH, sources.size - begin)
        for lane in range(LANES):
            every = zero
            for bit in range(max(0, min(64, batch - 64 * lane))):
                every |= one << np.uint64(bit)
            missing[:, lane] = every
        front[:, :] = zero
        for i in range(batch):
            s = sources[begin + i]
            own = one << np.uint64(i % 64)
            front[s, i // 64] |= own
            missing[s, i // 64] &= ~own
        level = 0
        grew = True
        while grew:
            level += 1
            grew = False
            for v in range(n):
                wanted = zero
                for lane in range(LANES):
                    wanted |= missing[v, lane]
                    gathered[lane] = zero
                if wanted != zero:
                    for k in range(indptr[v], indptr[v + 1]):
                        u = indices[k]
                        left = zero
                        for lane in range(LANES):
                            gathered[lane] |= front[u, lane]
                            left |= missing[v, lane] & ~gathered[lane]
                        if left == zero:
                            break
                reached = 0
                for lane in range(LANES):
                    new = gathered[lane] & missing[v, lane]
                    following[v, lane] = new
                    missing[v, lane] &= ~new
                    reached += _bits(new)
                if reached:
                    grew = True
                    first[v] += reached / level
                    second[v] += reached / (level * level)
            front, following = following, front
    return first, second
