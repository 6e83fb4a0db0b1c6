"""Communities: modularity of given groups, Leiden's own, and how alike two partitions are.

Metric specification, D3. Modularity has a resolution limit: small teams can be merged.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph
from assets.network.lean_igraph import load_igraph

Partition = NDArray[np.int64]


@dataclass(frozen=True)
class Communities:
    """The best of several Leiden runs.

    ``membership`` numbers communities by falling size (ties: by their first vertex); an isolate has
    a number of its own, but ``n_communities`` counts those of two people or more. ``stability`` is
    the mean adjusted Rand index over pairs of runs, NaN for one run.
    """

    membership: Partition
    modularity: float
    n_communities: int
    stability: float


def modularity(graph: Graph, groups: NDArray[Any]) -> float:
    """Newman's Q of a partition of an undirected graph, weights included; NaN without edges.

    ``sum_c (W_c / W - (S_c / 2W)^2)``, -0.5..1, resolution 1. Newman 2006.
    """
    if graph.is_directed:
        raise ValueError("modularity is defined on an undirected graph; symmetrise first")
    total = float(graph.weight.sum())
    if total <= 0:
        return float("nan")
    _, group = np.unique(groups, return_inverse=True)
    n_groups = int(group.max()) + 1
    inside = group[graph.src] == group[graph.dst]
    within = np.bincount(group[graph.src[inside]], weights=graph.weight[inside], minlength=n_groups)
    rows, _, weights = graph.arcs
    strength = np.bincount(group[rows], weights=weights, minlength=n_groups)
    return float(np.sum(within / total - (strength / (2 * total)) ** 2))


def leiden(graph: Graph, *, restarts: int = 50, seed: int = 1) -> Communities:
    """Communities of highest modularity over ``restarts`` seeded Leiden runs (Traag et al. 2019).

    Each run goes on until nothing improves. The seed fixes the result for a given vertex order.
    """
    if graph.n_edges == 0:
        return Communities(np.arange(graph.n, dtype=np.int64), float("nan"), 0, float("nan"))
    weights = graph.weight.tolist()
    runs: list[Partition] = []
    for restart in range(max(restarts, 1)):
        with seeded_igraph(seed * 1_000_003 + restart):
            found = graph.igraph.community_leiden(
                objective_function="modularity", weights=weights, n_iterations=-1
            )
        runs.append(np.asarray(found.membership, dtype=np.int64))
    scores = np.array([modularity(graph, run) for run in runs])
    # Symmetric graphs have several optima: the one that keeps early vertices together wins.
    optima = [_by_first_vertex(runs[i]) for i in np.flatnonzero(scores >= scores.max() - 1e-12)]
    membership = _by_size(min(optima, key=lambda run: run.tolist()))
    n_communities = int(np.sum(np.bincount(membership) > 1))
    return Communities(membership, float(scores.max()), n_communities, _mean_agreement(runs))


def normalised_mutual_information(left: NDArray[Any], right: NDArray[Any]) -> float:
    """``2 I / (H1 + H2)``, 0..1; 1 for equal partitions, also for two of one class."""
    table = _contingency(left, right)
    n = table.sum()
    joint, rows, columns = table / n, table.sum(axis=1) / n, table.sum(axis=0) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.nansum(joint * np.log(joint / np.outer(rows, columns)))
        entropy = -np.nansum(rows * np.log(rows)) - np.nansum(columns * np.log(columns))
    return float(2 * information / entropy) if entropy > 0 else 1.0


def adjusted_rand(left: NDArray[Any], right: NDArray[Any]) -> float:
    """Rand index corrected for chance: 1 equal, 0 as chance. Hubert & Arabie 1985."""
    table = _contingency(left, right)

    def pairs(counts: NDArray[np.float64]) -> float:
        return float(np.sum(counts * (counts - 1) / 2))

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    every = pairs(np.array([table.sum()]))
    expected = rows * columns / every if every else 0.0
    most = (rows + columns) / 2
    return (both - expected) / (most - expected) if most != expected else 1.0


def _contingency(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
    if len(left) != len(right):
        raise ValueError(f"partitions of {len(left)} and {len(right)} vertices cannot be compared")
    _, first = np.unique(left, return_inverse=True)
    _, second = np.unique(right, return_inverse=True)
    table = np.zeros((int(first.max()) + 1, int(second.max()) + 1))
    np.add.at(table, (first, second), 1)
    return table


def _mean_agreement(runs: list[Partition]) -> float:
    """Mean adjusted Rand index over pairs of runs; each run against its successor beyond 12 runs."""
    if len(runs) < 2:
        return float("nan")
    if len(runs) <= 12:
        pairs = [(i, j) for i in range(len(runs)) for j in range(i)]
    else:
        pairs = [(i, (i + 1) % len(runs)) for i in range(len(runs))]
    return float(np.mean([adjusted_rand(runs[i], runs[j]) for i, j in pairs]))


def _by_first_vertex(membership: Partition) -> Partition:
    _, first, number = np.unique(membership, return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.int64)
    rank[np.argsort(first)] = np.arange(first.size)
    return rank[number]


def _by_size(membership: Partition) -> Partition:
    labels, first, number, sizes = np.unique(
        membership, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    rank = np.empty(labels.size, dtype=np.int64)
    rank[order] = np.arange(labels.size)
    return rank[number]


@contextmanager
def seeded_igraph(seed: int) -> Iterator[None]:
    """igraph draws from one generator of the process: lend it a seeded one, then put it back."""
    igraph = load_igraph()
    igraph.set_random_number_generator(random.Random(seed))
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)
