"""How close a digraph is to a pure hierarchy: Krackhardt's four dimensions (1994). D6.

Arcs run from superior to subordinate; an out-tree scores 1 on all four.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph, symmetrised

MAX_VERTICES: Final = 3_000
"""Reachability is kept as a dense matrix; beyond this many vertices hierarchy and LUB are NaN."""


@dataclass(frozen=True)
class HierarchyDimensions:
    """Each 0..1, NaN where the denominator is 0.

    ``efficiency_k94`` divides the surplus edges by ``sum (k-1)(k-2)/2`` over components,
    ``efficiency_ucinet`` by ``sum (k-1)^2``: the literature has both.
    """

    connectedness: float
    hierarchy: float
    efficiency_k94: float
    efficiency_ucinet: float
    least_upper_boundedness: float


def hierarchy_dimensions(graph: Graph) -> HierarchyDimensions:
    """The four dimensions of a directed graph.

    Connectedness: ordered pairs joined ignoring direction. Hierarchy: unordered pairs reachable one
    way only, over pairs reachable at all. Least upper boundedness: pairs inside a component that
    have a superior of both (oneself included) whom every other common superior reaches.

    >>> tree = Graph.from_edges(7, [0, 0, 1, 1, 2, 2], [1, 2, 3, 4, 5, 6])
    >>> hierarchy_dimensions(tree).least_upper_boundedness
    1.0
    """
    weak = symmetrised(graph, "weak")
    label = component_labels(weak)
    sizes = np.bincount(label).astype(np.float64) if graph.n else np.empty(0)
    n = graph.n
    surplus = weak.n_edges - float(np.sum(sizes - 1))
    most = float(np.sum((sizes - 1) * (sizes - 2) / 2))
    reach = reachability(graph) if 0 < n <= MAX_VERTICES else None
    return HierarchyDimensions(
        connectedness=_ratio(float(np.sum(sizes * (sizes - 1))), n * (n - 1.0)),
        hierarchy=float("nan") if reach is None else _hierarchy(reach),
        efficiency_k94=1.0 - _ratio(surplus, most),
        efficiency_ucinet=1.0 - _ratio(surplus, float(np.sum((sizes - 1) ** 2))),
        least_upper_boundedness=float("nan")
        if reach is None
        else 1.0 - _ratio(_without_lub(reach, label), most),
    )


def component_labels(graph: Graph) -> NDArray[np.int64]:
    """Component number of each vertex, direction ignored."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if graph.n == 0:
        return np.empty(0, dtype=np.int64)
    matrix = csr_array((np.ones(graph.n_edges), (graph.src, graph.dst)), shape=(graph.n, graph.n))
    _, label = connected_components(matrix, directed=False)
    return np.asarray(label, dtype=np.int64)


def reachability(graph: Graph) -> NDArray[np.bool_]:
    """Dense (n, n): whether a directed path leads from row to column; every vertex reaches itself."""
    reach = np.eye(graph.n, dtype=bool)
    reach[graph.src, graph.dst] = True
    while True:
        # float32 products go through BLAS; a row sum stays far below its exact integers.
        further = (reach.astype(np.float32) @ reach.astype(np.float32)) > 0
        if np.array_equal(further, reach):
            return reach
        reach = further


def _hierarchy(reach: NDArray[np.bool_]) -> float:
    upper = np.triu_indices(reach.shape[0], 1)
    one, other = reach[upper], reach.T[upper]
    return _ratio(float(np.sum(one ^ other)), float(np.sum(one | other)))


def _without_lub(reach: NDArray[np.bool_], label: NDArray[np.int64]) -> float:
    """Unordered pairs of one component without a least upper bound.

    The pair (i, j) has one iff some common superior c is reached by all common superiors, that is
    iff the number of superiors of c equals the number of common superiors of i and j.
    """
    as_float = reach.astype(np.float32)
    superiors = as_float.sum(axis=0)
    common = as_float.T @ as_float
    missing = 0
    for i in range(reach.shape[0] - 1):
        others = np.flatnonzero(label[i + 1 :] == label[i]) + i + 1
        if others.size == 0:
            continue
        above_i = np.flatnonzero(reach[:, i])
        is_common = reach[np.ix_(above_i, others)]
        fits = superiors[above_i][:, None] == common[i, others][None, :]
        missing += int(others.size - np.count_nonzero((is_common & fits).any(axis=0)))
    return float(missing)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
