"""Compiled loops over compressed rows for what plain igraph is too slow for: triangles and triads.

Every function takes the arrays of :class:`assets.network.graph.Adjacency` (neighbours ascending, no
loops, no duplicates), releases the interpreter's lock and is compiled once (the result is cached
beside this file or in numba's cache folder). Paths have modules of their own:
``path_kernels``, ``lane_kernels`` and ``reach_kernels``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


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


@njit(cache=True, nogil=True)
def group_tie_counts(src: Any, dst: Any, group: Any, n_groups: int) -> Any:
    """Ties of each group with others, and inside; two int64 (groups,). Each tie once per group."""
    external, internal = np.zeros(n_groups, np.int64), np.zeros(n_groups, np.int64)
    for e in range(src.size):
        a, b = group[src[e]], group[dst[e]]
        if a == b:
            internal[a] += 1
        else:
            external[a] += 1
            external[b] += 1
    return external, internal


@njit(cache=True, nogil=True)
def largest_while_adding(indptr: Any, indices: Any, order: Any) -> Any:
    """Largest component after each vertex of ``order`` is added to an empty graph; int64 (n,)."""
    n = order.size
    parent, size = np.arange(n), np.zeros(n, np.int64)
    result = np.empty(n, np.int64)
    largest = 0
    for step in range(n):
        top = order[step]
        size[top] = 1
        for k in range(indptr[order[step]], indptr[order[step] + 1]):
            other = np.int64(indices[k])
            if size[other] == 0:
                continue
            while parent[other] != other:
                parent[other] = parent[parent[other]]
                other = parent[other]
            if other != top:
                if size[top] < size[other]:
                    top, other = other, top
                parent[other] = top
                size[top] += size[other]
        largest = max(largest, size[top])
        result[step] = largest
    return result


@njit(cache=True, nogil=True)
def propagated_labels(indptr: Any, indices: Any, sweeps: int) -> Any:
    """A label per vertex: in each sweep the most frequent one among its neighbours; int64 (n,).

    A vertex keeps its label unless another is more frequent. Serves the order in memory only.
    """
    n = indptr.size - 1
    label, count = np.arange(n), np.zeros(n, np.int64)
    for _ in range(sweeps):
        for v in range(n):
            best, most = label[v], 0
            for k in range(indptr[v], indptr[v + 1]):
                count[label[indices[k]]] += 1
            most = count[best]
            for k in range(indptr[v], indptr[v + 1]):
                other = label[indices[k]]
                if count[other] > most:
                    best, most = other, count[other]
            for k in range(indptr[v], indptr[v + 1]):
                count[label[indices[k]]] = 0
            label[v] = best
    return label
