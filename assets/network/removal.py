"""Into which parts a component falls when one vertex goes: one depth-first walk for all vertices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
