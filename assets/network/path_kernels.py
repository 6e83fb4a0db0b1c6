"""Compiled counting of nearby shortest paths, one source at a time.

Arrays as in ``kernels``. Returns two float64 (n,): the sum over sources of each
vertex' dependency, and of its square (for the standard error of a sample). For an undirected graph
a pair is met from both of its ends.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

UNSEEN: Final = 2**30


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
