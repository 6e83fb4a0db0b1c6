"""Compiled loops over compressed rows for what plain igraph is too slow for: neighbours and reach.

Every function takes the arrays of :class:`assets.network.graph.Adjacency` (neighbours ascending, no
loops, no duplicates), releases the interpreter's lock and is compiled once (the result is cached
beside this file or in numba's cache folder). Betweenness has its own module, ``path_kernels``.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

LANES: Final = 8
"""Words of 64 sources that one breadth-first search carries: one cache line per vertex."""
SOURCES_PER_SEARCH: Final = 64 * LANES


@njit(cache=True, nogil=True)
def forward_edges(indptr: Any, indices: Any) -> Any:
    """Each edge once, from the end of lower (degree, number) to the higher, as compressed rows.

    Returns (indptr, indices, position of the arc low > high, position of the arc high > low) in the
    symmetric input. Listing triangles along these rows costs O(m^1.5), however large the hubs.
    """
    n = indptr.size - 1
    start = np.zeros(n + 1, np.int64)
    for v in range(n):
        degree = indptr[v + 1] - indptr[v]
        count = 0
        for k in range(indptr[v], indptr[v + 1]):
            u = indices[k]
            other = indptr[u + 1] - indptr[u]
            if other > degree or (other == degree and u > v):
                count += 1
        start[v + 1] = start[v] + count
    m = start[n]
    target, up, down = np.empty(m, np.int32), np.empty(m, np.int64), np.empty(m, np.int64)
    fill = start[:-1].copy()
    # Walking u in ascending order meets each v's neighbours in ascending order: one cursor per row.
    cursor = indptr[:-1].copy()
    for u in range(n):
        degree = indptr[u + 1] - indptr[u]
        for k in range(indptr[u], indptr[u + 1]):
            v = indices[k]
            back = cursor[v]
            cursor[v] += 1
            other = indptr[v + 1] - indptr[v]
            if degree > other or (degree == other and u > v):
                e = fill[v]
                fill[v] += 1
                target[e], up[e], down[e] = u, back, k
    return start, target, up, down


@njit(cache=True, nogil=True)
def common_neighbours(indptr: Any, indices: Any, weights: Any) -> Any:
    """Triangles at each vertex and Burt's constraint, in one pass over the triangles.

    For a triangle (i, q, j) the indirect investment ``p_iq p_qj`` is added to the arc i > j; the
    constraint is the sum over arcs of ``(p_ij + indirect)^2``. 0 for isolates.
    """
    n = indptr.size - 1
    start, target, up, down = forward_edges(indptr, indices)
    share = np.empty(indices.size, np.float64)
    for v in range(n):
        total = 0.0
        for k in range(indptr[v], indptr[v + 1]):
            total += weights[k]
        for k in range(indptr[v], indptr[v + 1]):
            share[k] = weights[k] / total
    indirect = np.zeros(indices.size, np.float64)
    triangles = np.zeros(n, np.int64)
    edge_to = np.full(n, -1, np.int64)
    for a in range(n):
        for e in range(start[a], start[a + 1]):
            edge_to[target[e]] = e
        for ab in range(start[a], start[a + 1]):
            b = target[ab]
            for bc in range(start[b], start[b + 1]):
                c = target[bc]
                ac = edge_to[c]
                if ac < 0:
                    continue
                triangles[a] += 1
                triangles[b] += 1
                triangles[c] += 1
                indirect[up[ab]] += share[up[ac]] * share[down[bc]]
                indirect[down[ab]] += share[up[bc]] * share[down[ac]]
                indirect[up[ac]] += share[up[ab]] * share[up[bc]]
                indirect[down[ac]] += share[down[bc]] * share[down[ab]]
                indirect[up[bc]] += share[down[ab]] * share[up[ac]]
                indirect[down[bc]] += share[down[ac]] * share[up[ab]]
        for e in range(start[a], start[a + 1]):
            edge_to[target[e]] = -1
    constraint = np.zeros(n, np.float64)
    for v in range(n):
        for k in range(indptr[v], indptr[v + 1]):
            invested = share[k] + indirect[k]
            constraint[v] += invested * invested
    return triangles, constraint


@njit(cache=True, nogil=True)
def _role(group_a: int, group_b: int, group_c: int) -> int:
    if group_a == group_b:
        return 0 if group_b == group_c else 3
    if group_a == group_c:
        return 1
    return 2 if group_b == group_c else 4


@njit(cache=True, nogil=True)
def open_two_paths(
    out_indptr: Any, out_indices: Any, in_indptr: Any, in_indices: Any, group: Any, n_groups: int
) -> Any:
    """Two-paths a > b > c with a != c by role of b, closed ones included; int64 (n, 5).

    Counted from how many predecessors and successors b has in each group, without listing them.
    """
    n = out_indptr.size - 1
    counts = np.zeros((n, 5), np.int64)
    before, after = np.zeros(n_groups, np.int64), np.zeros(n_groups, np.int64)
    for b in range(n):
        own = group[b]
        n_in, n_out = in_indptr[b + 1] - in_indptr[b], out_indptr[b + 1] - out_indptr[b]
        if n_in == 0 or n_out == 0:
            continue
        for k in range(in_indptr[b], in_indptr[b + 1]):
            before[group[in_indices[k]]] += 1
        for k in range(out_indptr[b], out_indptr[b + 1]):
            after[group[out_indices[k]]] += 1
        same = 0
        for k in range(in_indptr[b], in_indptr[b + 1]):
            g = group[in_indices[k]]
            if g != own:
                same += after[g]
        counts[b, 0] = before[own] * after[own]
        counts[b, 1] = same
        counts[b, 2] = (n_in - before[own]) * after[own]
        counts[b, 3] = before[own] * (n_out - after[own])
        counts[b, 4] = (n_in - before[own]) * (n_out - after[own]) - same
        i, j = in_indptr[b], out_indptr[b]
        while i < in_indptr[b + 1] and j < out_indptr[b + 1]:  # there and back is no brokerage
            if in_indices[i] < out_indices[j]:
                i += 1
            elif in_indices[i] > out_indices[j]:
                j += 1
            else:
                counts[b, 0 if group[in_indices[i]] == own else 1] -= 1
                i += 1
                j += 1
        for k in range(in_indptr[b], in_indptr[b + 1]):
            before[group[in_indices[k]]] = 0
        for k in range(out_indptr[b], out_indptr[b + 1]):
            after[group[out_indices[k]]] = 0
    return counts


@njit(cache=True, nogil=True)
def remove_closed(counts: Any, indptr: Any, indices: Any, has_arc: Any, group: Any) -> None:
    """Take a > b > c with a > c out of ``counts``, walking the triangles of the weak graph.

    ``indptr``, ``indices``: the symmetric closure; ``has_arc``: whether the arc of that position
    exists in the directed graph.
    """
    n = indptr.size - 1
    start, target, up, down = forward_edges(indptr, indices)
    edge_to = np.full(n, -1, np.int64)
    for x in range(n):
        for e in range(start[x], start[x + 1]):
            edge_to[target[e]] = e
        for xy in range(start[x], start[x + 1]):
            y = target[xy]
            x_y, y_x = has_arc[up[xy]], has_arc[down[xy]]
            for yz in range(start[y], start[y + 1]):
                z = target[yz]
                xz = edge_to[z]
                if xz < 0:
                    continue
                y_z, z_y = has_arc[up[yz]], has_arc[down[yz]]
                x_z, z_x = has_arc[up[xz]], has_arc[down[xz]]
                gx, gy, gz = group[x], group[y], group[z]
                if x_y and y_z and x_z:
                    counts[y, _role(gx, gy, gz)] -= 1
                if z_y and y_x and z_x:
                    counts[y, _role(gz, gy, gx)] -= 1
                if y_x and x_z and y_z:
                    counts[x, _role(gy, gx, gz)] -= 1
                if z_x and x_y and z_y:
                    counts[x, _role(gz, gx, gy)] -= 1
                if x_z and z_y and x_y:
                    counts[z, _role(gx, gz, gy)] -= 1
                if y_z and z_x and y_x:
                    counts[z, _role(gy, gz, gx)] -= 1
        for e in range(start[x], start[x + 1]):
            edge_to[target[e]] = -1


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


@njit(cache=True, nogil=True)
def common_neighbours_of_edges(indptr: Any, indices: Any) -> Any:
    """Shared neighbours of the two ends of every arc; int64, one per entry of ``indices``."""
    n = indptr.size - 1
    start, target, up, down = forward_edges(indptr, indices)
    shared = np.zeros(indices.size, np.int64)
    edge_to = np.full(n, -1, np.int64)
    for a in range(n):
        for e in range(start[a], start[a + 1]):
            edge_to[target[e]] = e
        for ab in range(start[a], start[a + 1]):
            b = target[ab]
            for bc in range(start[b], start[b + 1]):
                ac = edge_to[target[bc]]
                if ac >= 0:
                    for edge in (ab, bc, ac):
                        shared[up[edge]] += 1
                        shared[down[edge]] += 1
        for e in range(start[a], start[a + 1]):
            edge_to[target[e]] = -1
    return shared
