"""The graph as a value: vertices ordered by id, edges as sorted arrays.

Everything in this package computes on these arrays. Vertices are ordered by their pseudonymous id,
never by key or by arrival: Leiden with one seed and another vertex order gives another partition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Symmetrisation = Literal["mutual", "max", "mean", "sum", "weak"]


class GraphInputError(ValueError):
    """Edges or attributes from which no graph can be made; the message says which and what to do."""


@dataclass(frozen=True)
class Adjacency:
    """Compressed rows: the neighbours of ``v`` are ``indices[indptr[v]:indptr[v + 1]]``, ascending."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    weights: NDArray[np.float64]

    @property
    def degrees(self) -> NDArray[np.int64]:
        """Number of neighbours of each vertex."""
        return np.diff(self.indptr)


@dataclass(frozen=True, eq=False)
class Graph:
    """A simple weighted graph on the vertices ``0 .. n - 1``.

    ``src``, ``dst`` (int32) and ``weight`` (float64, > 0) hold every arc once, sorted by source and
    target; an undirected edge stands once, with ``src < dst``. No self-loops, no duplicates.
    Make one with :meth:`from_edges`; the constructor takes arrays that already obey this.
    """

    n: int
    src: NDArray[np.int32]
    dst: NDArray[np.int32]
    weight: NDArray[np.float64]
    is_directed: bool = True

    @classmethod
    def from_edges(
        cls,
        n: int,
        src: Sequence[int] | NDArray[Any],
        dst: Sequence[int] | NDArray[Any],
        weight: Sequence[float] | NDArray[Any] | None = None,
        *,
        is_directed: bool = True,
    ) -> Graph:
        """A graph from edges in any order.

        Parallel edges are summed, self-loops and edges of weight 0 dropped (neither is a tie).
        Raises :class:`GraphInputError` on end points outside ``0 .. n - 1`` and on weights that are
        negative, NaN or infinite.

        >>> g = Graph.from_edges(3, [2, 0, 0, 1], [0, 1, 1, 1], [1.0, 2.0, 3.0, 9.0])
        >>> g.src.tolist(), g.dst.tolist(), g.weight.tolist()
        ([0, 2], [1, 0], [5.0, 1.0])
        """
        sources, targets, weights = _checked(n, src, dst, weight)
        if not is_directed:
            sources, targets = np.minimum(sources, targets), np.maximum(sources, targets)
        keep = (sources != targets) & (weights > 0)
        key = sources[keep] * np.int64(max(n, 1)) + targets[keep]
        order = np.argsort(key, kind="stable")
        key, weights = key[order], weights[keep][order]
        first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if key.size else np.empty(0, np.int64)
        unique = key[first]
        summed = np.add.reduceat(weights, first) if key.size else np.empty(0)
        return cls(
            n=n,
            src=(unique // max(n, 1)).astype(np.int32),
            dst=(unique % max(n, 1)).astype(np.int32),
            weight=summed.astype(np.float64),
            is_directed=is_directed,
        )

    @property
    def n_edges(self) -> int:
        """Arcs of a directed graph, edges of an undirected one."""
        return int(self.src.size)

    @cached_property
    def out(self) -> Adjacency:
        """Successors of each vertex (all neighbours, if undirected)."""
        if self.is_directed:
            return _adjacency(self.n, self.src, self.dst, self.weight, is_sorted=True)
        return _adjacency(
            self.n,
            np.concatenate([self.src, self.dst]),
            np.concatenate([self.dst, self.src]),
            np.concatenate([self.weight, self.weight]),
        )

    @cached_property
    def into(self) -> Adjacency:
        """Predecessors of each vertex (all neighbours, if undirected)."""
        return _adjacency(self.n, self.dst, self.src, self.weight) if self.is_directed else self.out

    @cached_property
    def arcs(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
        """Source, target and weight of every arc; an undirected edge gives one each way."""
        rows = np.repeat(np.arange(self.n, dtype=np.int32), self.out.degrees)
        return rows, self.out.indices, self.out.weights

    @cached_property
    def igraph(self) -> Any:
        """The same graph for igraph, edge weights as attribute ``weight`` (strength, not distance)."""
        from assets.network.lean_igraph import load_igraph

        edges: Any = np.column_stack([self.src, self.dst]) if self.n_edges else []
        graph = load_igraph().Graph(n=self.n, edges=edges, directed=self.is_directed)
        graph.es["weight"] = self.weight.tolist()
        return graph

    def arc_keys(self) -> NDArray[np.int64]:
        """One ascending int64 per edge, ``src * n + dst``: membership tests by binary search."""
        return self.src.astype(np.int64) * self.n + self.dst

    def without(self, vertices: Sequence[int] | NDArray[Any]) -> Graph:
        """The graph after deleting ``vertices``; the others keep their order and are renumbered."""
        keep = np.ones(self.n, dtype=bool)
        keep[np.asarray(vertices, dtype=np.int64)] = False
        return self.induced(keep)

    def induced(self, keep: NDArray[np.bool_]) -> Graph:
        """The subgraph on the vertices where ``keep`` (bool, length n) holds, renumbered in order."""
        number = np.cumsum(keep) - 1
        inside = keep[self.src] & keep[self.dst]
        return Graph(
            n=int(keep.sum()),
            src=number[self.src[inside]].astype(np.int32),
            dst=number[self.dst[inside]].astype(np.int32),
            weight=self.weight[inside],
            is_directed=self.is_directed,
        )


def symmetrised(graph: Graph, how: Symmetrisation = "mutual") -> Graph:
    """An undirected graph from a directed one (metric specification, B3).

    ``mutual``: geometric mean ``sqrt(W_ab W_ba)``, no edge where one way is missing; ``max`` for
    reach; ``mean`` (``(W_ab + W_ba) / 2``) for load; ``sum``, ``W_ab + W_ba``; ``weak``: weight 1
    wherever an arc exists either way.

    >>> g = Graph.from_edges(2, [0, 1], [1, 0], [2.5, 0.4])
    >>> [round(float(symmetrised(g, how).weight[0]), 2) for how in ("mutual", "max", "mean")]
    [1.0, 2.5, 1.45]
    """
    if not graph.is_directed:
        return graph
    n = max(graph.n, 1)
    low, high = np.minimum(graph.src, graph.dst), np.maximum(graph.src, graph.dst)
    forward = graph.src < graph.dst
    pairs, index = np.unique(low.astype(np.int64) * n + high, return_inverse=True)
    up, down = np.zeros(pairs.size), np.zeros(pairs.size)
    up[index[forward]] = graph.weight[forward]
    down[index[~forward]] = graph.weight[~forward]
    weight: NDArray[np.float64]
    match how:
        case "mutual":
            weight = np.sqrt(up) * np.sqrt(down)
        case "max":
            weight = np.maximum(up, down)
        case "mean":
            weight = (up + down) / 2
        case "sum":
            weight = up + down
        case "weak":
            weight = np.ones(pairs.size)
    keep = weight > 0
    return Graph(
        n=graph.n,
        src=(pairs[keep] // n).astype(np.int32),
        dst=(pairs[keep] % n).astype(np.int32),
        weight=weight[keep],
        is_directed=False,
    )


def positions(sorted_ids: NDArray[Any], ids: NDArray[Any]) -> NDArray[np.int64]:
    """Where each of ``ids`` stands in ``sorted_ids`` (ascending, unique); -1 where it is absent.

    This join by value is the only way attributes and edges meet vertices in this package.

    >>> positions(np.array(["a", "c"]), np.array(["c", "b", "a"])).tolist()
    [1, -1, 0]
    """
    if sorted_ids.size == 0:
        return np.full(ids.size, -1, dtype=np.int64)
    found = np.searchsorted(sorted_ids, ids)
    found = np.minimum(found, sorted_ids.size - 1)
    return np.where(sorted_ids[found] == ids, found, -1).astype(np.int64)


def _adjacency(
    n: int,
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    weights: NDArray[np.float64],
    *,
    is_sorted: bool = False,
) -> Adjacency:
    if not is_sorted:
        order = np.argsort(rows.astype(np.int64) * max(n, 1) + columns, kind="stable")
        rows, columns, weights = rows[order], columns[order], weights[order]
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n), out=indptr[1:])
    return Adjacency(indptr, columns.astype(np.int32), weights)


def _checked(
    n: int, src: Any, dst: Any, weight: Any
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    sources, targets = np.asarray(src, dtype=np.int64), np.asarray(dst, dtype=np.int64)
    weights = np.ones(sources.size) if weight is None else np.asarray(weight, dtype=np.float64)
    if not sources.size == targets.size == weights.size:
        raise GraphInputError(
            f"sources ({sources.size}), targets ({targets.size}) and weights ({weights.size}) "
            "must have one entry per edge"
        )
    for name, ends in (("source", sources), ("target", targets)):
        outside = np.flatnonzero((ends < 0) | (ends >= n))
        if outside.size:
            row = int(outside[0])
            raise GraphInputError(
                f"edge {row}: {name} {int(ends[row])} is not a vertex; vertices are 0 to {n - 1}"
            )
    bad = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
    if bad.size:
        row = int(bad[0])
        raise GraphInputError(
            f"edge {row}: weight {weights[row]} ({bad.size} such edges); weights are finite and not negative"
        )
    return sources, targets, weights
