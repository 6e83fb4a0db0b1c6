"""Paths on large graphs: every source where that is feasible, a seeded sample of pivots elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph

Values = NDArray[np.float64]


def pivot_sources(n: int, pivots: int, seed: int) -> NDArray[np.int32]:
    """``pivots`` distinct vertices, uniformly drawn; the same for the same n and seed."""
    chosen = np.random.default_rng(seed).choice(n, size=min(pivots, n), replace=False)
    return np.sort(chosen).astype(np.int32)


def exact_betweenness(graph: Graph, *, cutoff: int | None = None, is_weighted: bool = False) -> Values:
    """Betweenness from every source, not normalised."""
    sources = np.arange(graph.n, dtype=np.int32)
    total, _ = _dependencies(graph, sources, cutoff, is_weighted)
    return total if graph.is_directed else total / 2


def sampled_betweenness(
    graph: Graph, pivots: int, seed: int, *, cutoff: int | None = None, is_weighted: bool = False
) -> tuple[Values, Values]:
    """Betweenness scaled up from a sample of sources, and its standard error.

    Each vertex' dependency on a random source has mean ``betweenness / n``; the error is that of a
    mean of ``pivots`` draws without replacement. NaN error for one pivot.
    """
    sources = pivot_sources(graph.n, pivots, seed)
    total, squares = _dependencies(graph, sources, cutoff, is_weighted)
    k = sources.size
    scale = graph.n / (1.0 if graph.is_directed else 2.0)
    mean = total / k
    return scale * mean, scale * _error_of_mean(mean, squares, k, graph.n)


def exact_harmonic(graph: Graph) -> Values:
    """Mean reciprocal distance to all other vertices, from every source."""
    from assets.network.kernels import reciprocal_distances

    total, _ = reciprocal_distances(graph.out.indptr, graph.out.indices, np.arange(graph.n, dtype=np.int32))
    return np.asarray(total / (graph.n - 1), dtype=np.float64)


def sampled_harmonic(graph: Graph, pivots: int, seed: int) -> tuple[Values, Values]:
    """Mean reciprocal distance to a sample of others, and its standard error.

    A pivot does not count for itself, so its mean runs over one vertex less.
    """
    from assets.network.kernels import reciprocal_distances

    sources = pivot_sources(graph.n, pivots, seed)
    total, squares = reciprocal_distances(graph.out.indptr, graph.out.indices, sources)
    others = np.full(graph.n, float(sources.size))
    others[sources] -= 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / others
    return mean, _error_of_mean(mean, squares, others, graph.n - 1)


def _dependencies(
    graph: Graph, sources: NDArray[np.int32], cutoff: int | None, is_weighted: bool
) -> tuple[Values, Values]:
    from assets.network import path_kernels

    out, into = graph.out, graph.into
    arrays = (out.indptr, out.indices, into.indptr, into.indices)
    found: Any
    if is_weighted:
        found = path_kernels.dependencies_weighted(
            out.indptr, out.indices, 1.0 / out.weights, into.indptr, into.indices, 1.0 / into.weights, sources
        )
    elif cutoff is not None:
        found = path_kernels.dependencies_nearby(*arrays, sources, cutoff)
    else:
        found = path_kernels.dependencies(*arrays, sources)
    return found[0], found[1]


def _error_of_mean(mean: Values, squares: Values, k: Any, population: int) -> Values:
    """Standard error of a mean of k draws without replacement, from the sum of squares."""
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.maximum(squares / k - mean**2, 0.0) * k / (k - 1)
        correction = np.maximum(1.0 - k / population, 0.0)
        return np.asarray(np.sqrt(variance / k * correction), dtype=np.float64)
