"""Structural holes: constraint, effective size, efficiency (Burt 1992), ego clustering.

``constraint_wholenet`` normalises alters' ties in the whole network (as igraph does);
``constraint_ego`` inside each ego network only (as Burt's original and UCINET's default). Same
graph, different values: never mix them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.network.engine import Engine, uses_kernels
from assets.network.graph import Graph, symmetrised

Values = NDArray[np.float64]


@dataclass(frozen=True)
class EgoStructure:
    """What the common neighbours of a vertex and its alters say; NaN where undefined."""

    triangles: NDArray[np.int64]
    local_clustering: Values
    constraint: Values
    effective_size: Values


def ego_structure(graph: Graph, *, engine: Engine = "auto") -> EgoStructure:
    """Triangles, clustering, constraint and effective size of every vertex of an undirected graph.

    Weights matter for the constraint only; effective size is the binary one, ``n - 2 t / n`` for
    ``n`` alters with ``t`` ties among them (Borgatti 1997). Isolates: NaN, triangles 0.
    """
    if graph.is_directed:
        raise ValueError("ego structure is defined on an undirected graph; symmetrise first")
    alters = graph.out.degrees
    if uses_kernels(graph, engine):
        from assets.network.kernels import common_neighbours

        out = graph.out
        triangles, constraint = common_neighbours(out.indptr, out.indices, out.weights)
    else:
        constraint = _igraph_constraint(graph)
        triangles = _triangles(graph)
    pairs = alters * (alters - 1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        clustering = np.where(alters >= 2, triangles / pairs, np.nan)
        effective = np.where(alters > 0, alters - 2.0 * triangles / alters, np.nan)
    constraint = np.where(alters > 0, constraint, np.nan)
    return EgoStructure(triangles, clustering, constraint, effective)


def constraint(graph: Graph, *, engine: Engine = "auto") -> Values:
    """Burt's constraint over the whole network, > 0, can exceed 1; NaN for isolates.

    ``sum_j (p_ij + sum_q p_iq p_qj)^2`` over alters j, with p from ``W + W^T``.
    """
    return ego_structure(
        graph if not graph.is_directed else symmetrised(graph, "sum"), engine=engine
    ).constraint


def effective_size(graph: Graph, *, engine: Engine = "auto") -> Values:
    """Non-redundant alters, 1..n, on ties either way for a directed graph; NaN without alters."""
    return ego_structure(
        graph if not graph.is_directed else symmetrised(graph, "weak"), engine=engine
    ).effective_size


def efficiency(graph: Graph, *, engine: Engine = "auto") -> Values:
    """Effective size per alter, 0..1; NaN without alters."""
    undirected = graph if not graph.is_directed else symmetrised(graph, "weak")
    alters = undirected.out.degrees
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(alters > 0, effective_size(undirected, engine=engine) / alters, np.nan)


def constraint_ego(graph: Graph) -> Values:
    """Constraint with p_qj from ties inside ego's own network only; NaN for isolates.

    One small dense matrix per ego: seconds for ten thousand people, minutes beyond.
    """
    z = _both_ways(graph)
    result = np.full(graph.n, np.nan)
    for ego in range(graph.n):
        alters = _alters(z, ego)
        if alters.size == 0:
            continue
        local = _among(z, np.r_[ego, alters])
        p = local / local.sum(axis=1, keepdims=True)
        invested = p[0] + p[0] @ p
        result[ego] = float(np.sum(invested[1:] ** 2))
    return result


def effective_size_valued(graph: Graph) -> Values:
    """Burt's valued effective size: ``sum_j [1 - sum_q p_iq m_jq]``, q other than i and j.

    ``z = W + W^T``, ``p`` its row shares, ``m_jq = z_jq / max_k z_jk``. NaN without alters.
    """
    z = _both_ways(graph)
    strengths = np.asarray(z.sum(axis=1)).ravel()
    strongest = np.maximum.reduceat(np.r_[z.data, 0.0], z.indptr[:-1]) if graph.n else np.empty(0)
    result = np.full(graph.n, np.nan)
    for ego in range(graph.n):
        alters = _alters(z, ego)
        if alters.size == 0:
            continue
        p = z.data[z.indptr[ego] : z.indptr[ego + 1]] / strengths[ego]
        m = _among(z, alters) / strongest[alters][:, None]
        result[ego] = float(np.sum(1.0 - m @ p))
    return result


def _both_ways(graph: Graph) -> Any:
    """``W + W^T`` as a sparse matrix with ascending columns."""
    from scipy.sparse import csr_array

    arcs = csr_array((graph.weight, (graph.src, graph.dst)), shape=(graph.n, graph.n))
    z = csr_array(arcs + arcs.T)
    z.sort_indices()
    return z


def _alters(z: Any, ego: int) -> NDArray[np.int64]:
    return np.asarray(z.indices[z.indptr[ego] : z.indptr[ego + 1]], dtype=np.int64)


def _among(z: Any, vertices: NDArray[np.int64]) -> Values:
    """The dense part of the matrix on these vertices."""
    return np.asarray(z[vertices][:, vertices].toarray(), dtype=np.float64)


def _igraph_constraint(graph: Graph) -> Values:
    if graph.n_edges == 0:
        return np.full(graph.n, np.nan)
    return np.asarray(graph.igraph.constraint(weights=graph.weight.tolist()), dtype=np.float64)


def _triangles(graph: Graph) -> NDArray[np.int64]:
    alters = graph.out.degrees
    clustering = np.asarray(graph.igraph.transitivity_local_undirected(mode="zero"), dtype=np.float64)
    return np.rint(clustering * alters * (alters - 1) / 2).astype(np.int64)
