"""Single ties: shared neighbours, strong and diverse ties. Metric specification, B5.

Granovetter 1973 and Onnela 2007: bridges have few shared neighbours; Hansen 1999: weak ties find,
strong ties transfer complex knowledge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assets.network.engine import Engine, uses_kernels
from assets.network.graph import Graph

TOP_QUARTILE: Final = 75.0
STRONG_OVERLAP: Final = 0.25
DIVERSE_OVERLAP: Final = 0.10

Values = NDArray[np.float64]


@dataclass(frozen=True)
class TieTypes:
    """One entry per ego and alter, both ways round, sorted by ego and alter.

    ``strength_percentile`` is the tie's mid-rank among the ego's own ties; ``kind`` is ``strong``,
    ``diverse`` or ``other``.
    """

    ego: NDArray[np.int32]
    alter: NDArray[np.int32]
    overlap: Values
    strength_percentile: Values
    kind: NDArray[np.str_]


def neighbourhood_overlap(graph: Graph, *, engine: Engine = "auto") -> Values:
    """Shared neighbours over all neighbours of the two ends, each end left out; 0..1 per edge.

    ``|N(a)-b and N(b)-a| / |N(a)-b or N(b)-a|``, 0 where neither has another neighbour. Entries
    follow the edges of the undirected graph.
    """
    if graph.is_directed:
        raise ValueError("overlap is defined on an undirected graph; symmetrise first")
    common = _common_neighbours(graph, engine)
    alters = graph.out.degrees
    union = alters[graph.src] + alters[graph.dst] - 2 - common
    return np.where(union > 0, common / np.maximum(union, 1), 0.0)


def tie_types(graph: Graph, *, engine: Engine = "auto") -> TieTypes:
    """Strong: top quartile of the ego's ties and overlap >= .25; diverse: top quartile and < .10."""
    rows, columns, weights = graph.arcs
    overlap_of_edge = neighbourhood_overlap(graph, engine=engine)
    low, high = np.minimum(rows, columns).astype(np.int64), np.maximum(rows, columns)
    overlap = overlap_of_edge[np.searchsorted(graph.arc_keys(), low * graph.n + high)]
    percentile = _percentile_within(rows, weights, graph.n)
    is_top = percentile >= TOP_QUARTILE
    kind = np.select(
        [is_top & (overlap >= STRONG_OVERLAP), is_top & (overlap < DIVERSE_OVERLAP)],
        ["strong", "diverse"],
        default="other",
    )
    return TieTypes(rows, columns, overlap, percentile, kind)


def _common_neighbours(graph: Graph, engine: Engine) -> NDArray[np.int64]:
    if uses_kernels(graph, engine):
        from assets.network.kernels import common_neighbours_of_edges

        per_arc = common_neighbours_of_edges(graph.out.indptr, graph.out.indices)
        rows, columns, _ = graph.arcs
        found: NDArray[np.int64] = per_arc[rows < columns]
        return found
    from scipy.sparse import csr_array

    out = graph.out
    matrix = csr_array((np.ones(out.indices.size), out.indices, out.indptr), shape=(graph.n, graph.n))
    shared: Any = matrix @ matrix
    if graph.n_edges == 0:
        return np.empty(0, dtype=np.int64)
    return np.asarray(shared[graph.src, graph.dst]).ravel().astype(np.int64)


def _percentile_within(group: NDArray[np.int32], values: Values, n: int) -> Values:
    """Mid-rank percentile of each value inside its group."""
    order = np.lexsort((values, group))
    sorted_group, sorted_values = group[order].astype(np.int64), values[order]
    size = np.bincount(group, minlength=n)
    first = np.cumsum(size) - size
    new_block = np.r_[True, (np.diff(sorted_group) != 0) | (np.diff(sorted_values) != 0)]
    block = np.cumsum(new_block) - 1 if order.size else np.empty(0, dtype=np.int64)
    start = np.flatnonzero(new_block) if order.size else np.empty(0, dtype=np.int64)
    width = np.diff(np.r_[start, order.size])
    rank = start[block] + width[block] / 2 - first[sorted_group] if order.size else np.empty(0)
    result = np.empty(order.size)
    result[order] = 100.0 * rank / size[sorted_group] if order.size else rank
    return result
