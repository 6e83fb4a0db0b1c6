"""Paths on large graphs: every source where that is feasible, a seeded sample of pivots elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph
from assets.network.locality import by_community

Values = NDArray[np.float64]

PARTS: Final = 8
MIN_SHARED: Final = 128
"""Fewer sources are not worth a second thread."""


def pivot_sources(n: int, pivots: int, seed: int) -> NDArray[np.int32]:
    """``pivots`` distinct vertices, uniformly drawn; the same for the same n and seed."""
    chosen = np.random.default_rng(seed).choice(n, size=min(pivots, n), replace=False)
    return np.sort(chosen).astype(np.int32)


def exact_betweenness(graph: Graph, *, cutoff: int | None = None, is_weighted: bool = False) -> Values:
    """Betweenness from every source, not normalised."""
    near = by_community(graph)
    sources = np.arange(graph.n, dtype=np.int32)
    total, _ = _dependencies(near.graph, sources, cutoff, is_weighted)
    total = near.restored(total)
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
    from assets.network.reach_kernels import reciprocal_distances

    near = by_community(graph)
    out, every = near.graph.out, np.arange(graph.n, dtype=np.int32)
    total, _ = _shared(lambda part: reciprocal_distances(out.indptr, out.indices, part), every)
    return np.asarray(near.restored(total) / (graph.n - 1), dtype=np.float64)


def sampled_harmonic(graph: Graph, pivots: int, seed: int) -> tuple[Values, Values]:
    """Mean reciprocal distance to a sample of others, and its standard error.

    A pivot does not count for itself, so its mean runs over one vertex less.
    """
    from assets.network.reach_kernels import reciprocal_distances

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
    from assets.network.lane_kernels import dependencies
    from assets.network.path_kernels import dependencies_nearby
    from assets.network.weighted_kernels import bucket_plan, dependencies_weighted

    out, into = graph.out, graph.into
    arrays = (out.indptr, out.indices, into.indptr, into.indices)
    if is_weighted:
        lengths = 1.0 / out.weights
        plan = bucket_plan(lengths)
        return _shared(
            lambda part: dependencies_weighted(out.indptr, out.indices, lengths, part, *plan), sources
        )
    if cutoff is not None:
        return _shared(lambda part: dependencies_nearby(*arrays, part, cutoff), sources)
    return _shared(lambda part: dependencies(*arrays, part), sources)


def _shared(kernel: Callable[[NDArray[np.int32]], Any], sources: NDArray[np.int32]) -> tuple[Values, Values]:
    """Run a kernel on parts of the sources, on all cores: the kernels release the interpreter.

    The parts depend on the number of sources alone, so the sums are the same on every machine.
    """
    if sources.size < MIN_SHARED:
        alone = kernel(sources)
        return alone[0], alone[1]
    with ThreadPoolExecutor(min(PARTS, os.cpu_count() or 1)) as pool:
        results = list(pool.map(kernel, np.array_split(sources, PARTS)))
    return sum(first for first, _ in results), sum(second for _, second in results)


def _error_of_mean(mean: Values, squares: Values, k: Any, population: int) -> Values:
    """Standard error of a mean of k draws without replacement, from the sum of squares."""
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.maximum(squares / k - mean**2, 0.0) * k / (k - 1)
        correction = np.maximum(1.0 - k / population, 0.0)
        return np.asarray(np.sqrt(variance / k * correction), dtype=np.float64)
