"""Where nodes are drawn: computed once, so that every tool shows the same picture."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from assets.network.communities import seeded_igraph
from assets.network.graph import Graph

FORCE_VERTICES: Final = 2_000
"""Up to here Fruchterman-Reingold places every node by forces; beyond, communities first."""
_GOLDEN_ANGLE: Final = np.pi * (3.0 - np.sqrt(5.0))


def layout(graph: Graph, community: NDArray[np.int64], *, seed: int = 1) -> NDArray[np.float64]:
    """Coordinates, float64 (n, 2), within -1..1; the same for the same graph and seed.

    Large graphs: communities are placed by forces between them, each node on a spiral around its
    community's centre, the best connected inside.
    """
    if graph.n == 0:
        return np.empty((0, 2))
    if graph.n <= FORCE_VERTICES:
        return _scaled(_forces(graph, seed))
    number, group = np.unique(community, return_inverse=True)
    a, b = group[graph.src], group[graph.dst]
    between = Graph.from_edges(number.size, a, b, graph.weight, is_directed=False)
    sizes = np.bincount(group).astype(np.float64)
    centres = _scaled(_forces(between, seed)) * np.sqrt(sizes.sum()) * 2.0
    order = np.lexsort((-graph.out.degrees, group))
    rank = np.empty(graph.n)
    rank[order] = np.arange(graph.n) - (np.cumsum(sizes) - sizes)[group[order]]
    radius, angle = np.sqrt(rank), rank * _GOLDEN_ANGLE
    return _scaled(centres[group] + np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))


def _forces(graph: Graph, seed: int) -> NDArray[np.float64]:
    with seeded_igraph(seed):
        found = graph.igraph.layout_fruchterman_reingold(
            weights=np.sqrt(graph.weight).tolist() if graph.n_edges else None, grid=False
        )
    return np.asarray(found.coords, dtype=np.float64).reshape(graph.n, 2)


def _scaled(points: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = points - (points.max(axis=0) + points.min(axis=0)) / 2
    extent = float(np.abs(centred).max())
    return np.asarray(centred / extent if extent > 0 else centred, dtype=np.float64)
