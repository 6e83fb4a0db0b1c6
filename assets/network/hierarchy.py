"""How close a digraph is to a pure hierarchy: Krackhardt's four dimensions (1994). D6.

Arcs run from superior to subordinate; an out-tree scores 1 on all four.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assets.network.condensation import Condensation, condensation
from assets.network.graph import Graph, symmetrised

EXACT_PARTS: Final = 3_000
"""Up to this many strong components every pair is judged for a least upper bound; beyond, a sample."""
SAMPLED_PAIRS: Final = 2_000


@dataclass(frozen=True)
class HierarchyDimensions:
    """Each 0..1, NaN where the denominator is 0.

    ``efficiency_k94`` divides the surplus edges by ``sum (k-1)(k-2)/2`` over components,
    ``efficiency_ucinet`` by ``sum (k-1)^2``: the literature has both. ``method`` and
    ``standard_error`` (None if exact) are those of ``least_upper_boundedness``.
    """

    connectedness: float
    hierarchy: float
    efficiency_k94: float
    efficiency_ucinet: float
    least_upper_boundedness: float
    method: str
    standard_error: float | None


def hierarchy_dimensions(
    graph: Graph, *, exact_parts: int = EXACT_PARTS, pairs: int = SAMPLED_PAIRS, seed: int = 1
) -> HierarchyDimensions:
    """The four dimensions of a directed graph.

    Connectedness: ordered pairs joined ignoring direction. Hierarchy: unordered pairs reachable one
    way only, over pairs reachable at all. Least upper boundedness: pairs inside a component that
    have a superior of both (oneself included) whom every other common superior reaches; with more
    than ``exact_parts`` strong components it is estimated from seeded ``pairs``.

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
    condensed = condensation(graph)
    one_way = condensed.one_way_pairs()
    is_exact = condensed.n <= exact_parts
    if is_exact:
        missing, error = _without_lub(condensed, label), None
    else:
        missing, error = _sampled_without_lub(condensed, label, sizes, pairs, seed)
    return HierarchyDimensions(
        connectedness=_ratio(float(np.sum(sizes * (sizes - 1))), n * (n - 1.0)),
        hierarchy=_ratio(one_way, one_way + condensed.mutual_pairs()),
        efficiency_k94=1.0 - _ratio(surplus, most),
        efficiency_ucinet=1.0 - _ratio(surplus, float(np.sum((sizes - 1) ** 2))),
        least_upper_boundedness=1.0 - _ratio(missing, most),
        method="exact" if is_exact else f"sampled_{pairs}_pairs_seed{seed}",
        standard_error=None if error is None or not most else error / most,
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


def _without_lub(condensed: Condensation, label: NDArray[np.int64]) -> float:
    """Unordered pairs of one component without a least upper bound.

    The pair (i, j) has one iff some common superior c is reached by all common superiors, that is
    iff the number of superiors of c equals the number of common superiors of i and j. Vertices that
    reach each other have the same superiors, so strong components stand for them.
    """
    reach = condensed.reach_matrix()
    sizes = condensed.sizes.astype(np.float64)
    weak = np.zeros(condensed.n, dtype=np.int64)
    weak[condensed.part] = label
    superiors = reach.sum(axis=0)
    missing = 0.0
    for i in range(condensed.n - 1):
        others = np.flatnonzero(weak[i + 1 :] == weak[i]) + i + 1
        if others.size == 0:
            continue
        above_i = np.flatnonzero(reach[:, i])
        is_common = reach[np.ix_(above_i, others)]
        common = np.count_nonzero(is_common, axis=0)
        fits = superiors[above_i][:, None] == common[None, :]
        has_none = ~(is_common & fits).any(axis=0)
        missing += float(sizes[i] * sizes[others[has_none]].sum())
    return missing


def _sampled_without_lub(
    condensed: Condensation, label: NDArray[np.int64], sizes: NDArray[np.float64], pairs: int, seed: int
) -> tuple[float, float]:
    """Estimated pairs without a least upper bound and the standard error of the estimate.

    A pair's lowest common superior in topological order is the only one that all others can reach.
    """
    inside = sizes * (sizes - 1) / 2
    total = float(inside.sum())
    if total == 0:
        return 0.0, 0.0
    generator = np.random.default_rng(seed)
    order = np.argsort(label, kind="stable")
    start = np.cumsum(np.bincount(label)) - np.bincount(label)
    chosen = generator.choice(sizes.size, size=pairs, p=inside / total)
    into, missing = condensed.direct_superiors(), 0
    known: dict[int, set[int]] = {}
    for component in chosen.tolist():
        a, b = generator.choice(int(sizes[component]), size=2, replace=False).tolist()
        parts = [int(condensed.part[order[start[component] + k]]) for k in (a, b)]
        above = []
        for part in parts:
            if part not in known:
                known[part] = condensed.superiors(part, into)
            above.append(known[part])
        common = above[0] & above[1]
        lowest = max(common) if common else -1
        missing += lowest < 0 or not common <= condensed.superiors(lowest, into)
    share = missing / pairs
    return share * total, sqrt(share * (1 - share) / pairs) * total


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
