"""Into which parts a component falls when one vertex goes: one depth-first walk for all vertices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assets.network.engine import KERNEL_VERTICES
from assets.network.graph import Graph


def parts_after_removal(graph: Graph) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """For each vertex: sum of squared sizes of the parts that its component leaves, and the largest.

    Tarjan's low points: a child whose subtree reaches nothing above the vertex is cut off with it.
    Isolates leave nothing: 0 and 0.
    """
    n = graph.n
    indptr, indices = graph.out.indptr.tolist(), graph.out.indices.tolist()
    seen, low, size = [-1] * n, [0] * n, [1] * n
    squares, largest, cut = [0.0] * n, [0] * n, [0] * n
    component = [0] * n
    clock = 0
    for start in range(n):
        if seen[start] >= 0:
            continue
        seen[start] = low[start] = clock
        clock += 1
        stack = [(start, -1, indptr[start])]
        walked = [start]
        while stack:
            v, parent, k = stack.pop()
            if k < indptr[v + 1]:
                stack.append((v, parent, k + 1))
                w = indices[k]
                if seen[w] < 0:
                    seen[w] = low[w] = clock
                    clock += 1
                    walked.append(w)
                    stack.append((w, v, indptr[w]))
                elif w != parent:
                    low[v] = min(low[v], seen[w])
            elif parent >= 0:
                low[parent] = min(low[parent], low[v])
                size[parent] += size[v]
                if low[v] >= seen[parent]:
                    squares[parent] += float(size[v]) ** 2
                    largest[parent] = max(largest[parent], size[v])
                    cut[parent] += size[v]
        for v in walked:
            component[v] = size[start]
    for v in range(n):
        above = component[v] - 1 - cut[v]
        squares[v] += float(above) ** 2
        largest[v] = max(largest[v], above)
    return np.array(squares), np.array(largest, dtype=np.int64)


def largest_while_removing(graph: Graph, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Size of the largest component after each of the first n - 1 removals of ``order``.

    Found backwards, by adding vertices with union-find: no component is ever searched.
    """
    out = graph.out
    if graph.n > KERNEL_VERTICES:
        from assets.network.kernels import largest_while_adding

        found = largest_while_adding(out.indptr, out.indices, order[::-1].copy())
        return np.asarray(found[-2::-1], dtype=np.int64)
    n = graph.n
    parent, size = list(range(n)), [0] * n
    indptr, indices = out.indptr.tolist(), out.indices.tolist()
    largest, sizes = 0, []
    for vertex in order[:0:-1].tolist():
        size[vertex] = 1
        top = vertex
        for neighbour in indices[indptr[vertex] : indptr[vertex + 1]]:
            if size[neighbour] == 0:
                continue
            other = neighbour
            while parent[other] != other:
                parent[other] = parent[parent[other]]
                other = parent[other]
            if other != top:
                top, other = (top, other) if size[top] >= size[other] else (other, top)
                parent[other] = top
                size[top] += size[other]
        largest = max(largest, size[top])
        sizes.append(largest)
    return np.array(sizes[::-1], dtype=np.int64)
