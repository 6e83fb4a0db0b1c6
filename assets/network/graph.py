"""The graph as a value: vertices ordered by id, edges as sorted arrays.

Everything in this package computes on these arrays. Vertices are ordered by their pseudonymous id,
never by key or by arrival: Leiden with one seed and another vertex order gives another partition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Symmetrisation = Literal["mutual", "max", "mean", "sum", "weak"]

MANY_EDGES: Final = 100_000
"""From here edges are built by a compiled pass; below, loading it would cost more than it saves."""


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


@dataclass(frozen=True)
class PairWeights:
    """The unordered pairs of a directed graph on n vertices, ascending.

    ``keys`` = low * n + high; ``up`` is the weight of low > high, ``down`` of high > low, NaN where
    there is no such arc.
    """

    keys: NDArray[np.int64]
    up: NDArray[np.float64]
    down: NDArray[np.float64]


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
        summed = _summed_many if sources.size >= MANY_EDGES else _summed_few
        first, second, total = summed(n, sources, targets, weights)
        return cls(n, first, second, total, is_directed)

    @property
    def n_edges(self) -> int:
        """Arcs of a directed graph, edges of an undirected one."""
        return int(self.src.size)

    @cached_property
    def out(self) -> Adjacency:
        """Successors of each vertex (all neighbours, if undirected)."""
        rows = _rows(self.n, self.src, self.dst, self.weight)
        if self.is_directed:
            return rows
        matrix = _matrix(self.n, rows)
        return _adjacency(matrix + matrix.T.tocsr())

    @cached_property
    def into(self) -> Adjacency:
        """Predecessors of each vertex (all neighbours, if undirected)."""
        return _adjacency(_matrix(self.n, self.out).T.tocsr()) if self.is_directed else self.out

    @cached_property
    def pairs(self) -> PairWeights:
        """Each pair of vertices with an arc either way, once; see :class:`PairWeights`."""
        rows = np.repeat(np.arange(self.n, dtype=np.int64), self.into.degrees)
        forward, backward = self.src < self.dst, self.into.indices > rows
        upward = self.arc_keys()[forward]
        downward = rows[backward] * max(self.n, 1) + self.into.indices[backward]
        keys = distinct(np.concatenate([upward, downward]))
        up, down = np.full(keys.size, np.nan), np.full(keys.size, np.nan)
        up[np.searchsorted(keys, upward)] = self.weight[forward]
        down[np.searchsorted(keys, downward)] = self.into.weights[backward]
        return PairWeights(keys, up, down)

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
    n, pairs = max(graph.n, 1), graph.pairs
    up, down = np.nan_to_num(pairs.up), np.nan_to_num(pairs.down)
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
            weight = np.ones(pairs.keys.size)
    keep = weight > 0
    return Graph(
        n=graph.n,
        src=(pairs.keys[keep] // n).astype(np.int32),
        dst=(pairs.keys[keep] % n).astype(np.int32),
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


def distinct(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The distinct values, ascending.

    For millions of keys: numpy's own ``unique`` hashes integers, which does not fit the processor's cache.
    """
    ordered = np.sort(values)
    return ordered[_firsts(ordered)]


def _firsts(ordered: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a new value begins in ascending values."""
    return np.r_[True, ordered[1:] != ordered[:-1]] if ordered.size else np.empty(0, dtype=bool)


def _summed_few(
    n: int, src: NDArray[np.int32], dst: NDArray[np.int32], weight: NDArray[np.float64] | None
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """The same as :func:`assets.network.edge_kernels.summed_pairs`, without compiled code."""
    weights = np.ones(src.size) if weight is None else weight
    keep = (src != dst) & (weights > 0)
    key = src[keep].astype(np.int64) * max(n, 1) + dst[keep]
    order = np.argsort(key, kind="stable")
    key, weights = key[order], weights[keep][order]
    first = np.flatnonzero(_firsts(key))
    summed = np.add.reduceat(weights, first) if key.size else np.empty(0)
    unique = key[first]
    return (unique // max(n, 1)).astype(np.int32), (unique % max(n, 1)).astype(np.int32), summed


def _summed_many(
    n: int, src: NDArray[np.int32], dst: NDArray[np.int32], weight: NDArray[np.float64] | None
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    from assets.network.edge_kernels import MAX_EDGES, MAX_VERTICES, summed_pairs

    if src.size > MAX_EDGES:
        raise GraphInputError(
            f"{src.size:,} edges; at most {MAX_EDGES:,} fit one graph, so split them by time"
        )
    return (summed_pairs if n <= MAX_VERTICES else _summed_few)(n, src, dst, weight)


def _rows(
    n: int, rows: NDArray[np.int32], columns: NDArray[np.int32], weights: NDArray[np.float64]
) -> Adjacency:
    """Compressed rows of arcs that are sorted by row and column."""
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n), out=indptr[1:])
    return Adjacency(indptr, columns.astype(np.int32), weights)


def _matrix(n: int, rows: Adjacency) -> Any:
    from scipy.sparse import csr_array

    return csr_array((rows.weights, rows.indices, rows.indptr), shape=(n, n))


def _adjacency(matrix: Any) -> Adjacency:
    """Compressed rows of a sparse matrix; transposing one and adding two are linear in arcs."""
    matrix.sort_indices()
    return Adjacency(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data)


def _checked(
    n: int, src: Any, dst: Any, weight: Any
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64] | None]:
    """Ends and weights that can be edges; the weights are None where each is 1."""
    ends = [_integers(end) for end in (src, dst)]
    weights = None if weight is None else np.asarray(weight, dtype=np.float64)
    n_weights = ends[0].size if weights is None else weights.size
    if not ends[0].size == ends[1].size == n_weights:
        raise GraphInputError(
            f"sources ({ends[0].size}), targets ({ends[1].size}) and weights ({n_weights}) "
            "must have one entry per edge"
        )
    for name, end in zip(("source", "target"), ends, strict=True):
        if end.size and (end.min() < 0 or end.max() >= n):
            row = int(np.flatnonzero((end < 0) | (end >= n))[0])
            raise GraphInputError(
                f"edge {row}: {name} {int(end[row])} is not a vertex; vertices are 0 to {n - 1}"
            )
    sources, targets = (end.astype(np.int32, copy=False) for end in ends)
    if weights is None or not weights.size:
        return sources, targets, None
    lowest, highest = weights.min(), weights.max()
    # A NaN makes the smallest value NaN, and no comparison with NaN holds.
    if not (lowest >= 0 and highest < np.inf):
        bad = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
        row = int(bad[0])
        raise GraphInputError(
            f"edge {row}: weight {weights[row]} ({bad.size} such edges); weights are finite and not negative"
        )
    return sources, targets, None if lowest == highest == 1 else weights


def _integers(ends: Any) -> NDArray[Any]:
    """Vertex numbers as int32 or int64, whichever they came in."""
    numbers = np.asarray(ends)
    return numbers if numbers.dtype in (np.int32, np.int64) else numbers.astype(np.int64)
