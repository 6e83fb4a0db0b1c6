"""Vertices renumbered so that neighbours lie close together in memory.

Path searches touch each vertex' row once per arc. With people of one community side by side most of
these rows are in the processor's cache: on 100,000 people searches take half the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph

SWEEPS: Final = 4


@dataclass(frozen=True)
class Renumbered:
    """The same graph under other numbers: vertex v is ``number[v]`` there."""

    graph: Graph
    number: NDArray[np.int64]

    def restored(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values of the renumbered graph in the order of the original one."""
        return values[self.number]


def by_community(graph: Graph, membership: NDArray[np.int64] | None = None) -> Renumbered:
    """Communities one after the other; found by label propagation if none are given."""
    if membership is None:
        from assets.network.kernels import propagated_labels

        membership = propagated_labels(graph.out.indptr, graph.out.indices, SWEEPS)
    number = np.empty(graph.n, dtype=np.int64)
    number[np.argsort(membership, kind="stable")] = np.arange(graph.n)
    moved = Graph.from_edges(
        graph.n, number[graph.src], number[graph.dst], graph.weight, is_directed=graph.is_directed
    )
    return Renumbered(moved, number)
