"""The shape of a graph as a whole: its components and how far triads close."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assets.network import structural_holes
from assets.network.graph import Graph


def component_sizes(graph: Graph) -> NDArray[np.int64]:
    """Number of vertices of each component, direction ignored; isolates are components of one."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    matrix = csr_array((np.ones(graph.n_edges), (graph.src, graph.dst)), shape=(graph.n, graph.n))
    _, label = connected_components(matrix, directed=False)
    return np.bincount(label).astype(np.int64) if graph.n else np.empty(0, dtype=np.int64)


def transitivity(graph: Graph) -> float:
    """Three times the triangles over the connected triples; NaN without triples."""
    alters = graph.out.degrees
    triples = float(np.sum(alters * (alters - 1) / 2))
    if triples == 0:
        return float("nan")
    return float(structural_holes.ego_structure(graph).triangles.sum() / triples)
