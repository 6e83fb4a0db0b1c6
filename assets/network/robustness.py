"""What breaks when people leave: fragmentation, efficiency, attack curve, key-person loss. D8.

The remedy is redundancy, not "retain at all cost": figures about single people stay restricted.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from assets.network.centrality import betweenness, degree
from assets.network.graph import Graph
from assets.network.hierarchy import component_labels
from assets.network.removal import largest_while_removing

CRITICAL_SHARE = 0.01
CRITICAL_FLOW_SHARE = 0.5
MIN_PEOPLE_PER_SIDE = 3
TIED = 1e-9

Values = NDArray[np.float64]


@dataclass(frozen=True)
class RemovalEffects:
    """Effect of deleting each vertex alone.

    ``fragmentation``: F(G - p), share of remaining pairs without a path; ``fragmentation_loss``:
    F(G - p) - F(G); ``cut_off``: share of the others that lose the main part of p's component;
    ``largest_component``: of G - p.
    """

    fragmentation: Values
    fragmentation_loss: Values
    cut_off: Values
    largest_component: NDArray[np.int64]


@dataclass(frozen=True)
class AttackCurve:
    """Largest component after each removal, by betweenness recomputed each time, and at random.

    ``robustness`` = R = ``1/n sum_{q=1..n-1} LCC_q / n``, at most 0.5 (Schneider et al. 2011).
    """

    order: list[int]
    largest_component: list[int]
    robustness: float
    random_robustness: float


@dataclass(frozen=True)
class KeyPersonLoss:
    """State of the network after losing its ``share`` most between people at once."""

    share: float
    n_removed: int
    largest_component: int
    mean_distance: float


def fragmentation(graph: Graph) -> float:
    """Borgatti's F: share of pairs without a path, 0..1; NaN below two vertices (Borgatti 2006)."""
    if graph.n < 2:
        return float("nan")
    sizes = np.bincount(component_labels(graph)).astype(np.float64)
    return 1.0 - float(np.sum(sizes * (sizes - 1))) / (graph.n * (graph.n - 1))


def efficiency(graph: Graph) -> float:
    """Mean of 1/d over all pairs of an undirected, unweighted graph; NaN below two vertices."""
    if graph.n < 2:
        return float("nan")
    from assets.network.centrality import harmonic_centrality

    return float(harmonic_centrality(graph).values.mean())


def efficiency_without(graph: Graph, vertices: NDArray[np.int64]) -> Values:
    """E(G - p) for each of ``vertices``, over the remaining n - 1; it can exceed E(G)."""
    return np.array([efficiency(graph.without([vertex])) for vertex in vertices.tolist()])


def removal_effects(graph: Graph) -> RemovalEffects:
    """What each single removal does, for all vertices in one walk over the graph."""
    from assets.network.removal import parts_after_removal

    n = graph.n
    label = component_labels(graph)
    sizes = np.bincount(label, minlength=1).astype(np.float64)
    squares, largest_part = parts_after_removal(graph)
    own = sizes[label] if n else np.empty(0)
    connected = float(np.sum(sizes * (sizes - 1)))
    # Parts of sizes s hold sum s(s-1) = sum s^2 - sum s ordered pairs; together they are c - 1 vertices.
    remaining = connected - own * (own - 1) + squares - (own - 1)
    pairs = (n - 1) * (n - 2)
    fragmented = 1.0 - remaining / pairs if pairs > 0 else np.full(n, np.nan)
    cut_off = (own - 1 - largest_part) / (n - 1) if n > 1 else np.full(n, np.nan)
    return RemovalEffects(
        fragmentation=fragmented,
        fragmentation_loss=fragmented - fragmentation(graph),
        cut_off=cut_off,
        largest_component=np.maximum(largest_part, _largest_other(label, sizes)).astype(np.int64),
    )


def critical_people(
    graph: Graph,
    *,
    directed: Graph | None = None,
    groups: NDArray[np.int64] | None = None,
    effects: RemovalEffects | None = None,
) -> NDArray[np.bool_]:
    """People whose removal cuts off at least 1 % of the others or over half of a flow between units.

    Flows (from ``directed`` and ``groups``, if given) count with at least 3 people on each side;
    ``effects`` saves finding them again.
    """
    critical = np.asarray((effects or removal_effects(graph)).cut_off >= CRITICAL_SHARE)
    if directed is not None and groups is not None:
        from assets.network.unit_flows import people_carrying

        critical = critical | people_carrying(
            directed, groups, share=CRITICAL_FLOW_SHARE, min_people=MIN_PEOPLE_PER_SIDE
        )
    return critical


def attack_curve(
    graph: Graph,
    *,
    random_runs: int = 100,
    seed: int = 1,
    at_once: int = 1,
    pivots: int | None = None,
) -> AttackCurve:
    """Remove the vertex of highest betweenness, recompute, repeat; beside it the mean of random runs.

    Ties (difference below 1e-9) go to the higher current degree, then the lower vertex. Costs n
    betweenness computations: beyond some hundred vertices remove several ``at_once`` before
    recomputing, beyond some thousand also from sampled ``pivots``.
    """
    n = graph.n
    if n == 0:
        return AttackCurve([], [], float("nan"), float("nan"))
    left = np.arange(n)
    current, order = graph, []
    while current.n > 1:
        values = betweenness(current, pivots=pivots, seed=seed).values
        victims = _most_between(current, values, min(at_once, current.n - 1))
        order.extend(left[victims].tolist())
        left = np.delete(left, victims)
        current = current.without(victims)
    curve = largest_while_removing(graph, np.array([*order, *left.tolist()], dtype=np.int64))
    generator = np.random.default_rng(seed)
    runs = [largest_while_removing(graph, generator.permutation(n)) for _ in range(random_runs)]
    random = float(np.mean([run.sum() for run in runs])) / n**2 if runs else float("nan")
    return AttackCurve(order, curve.tolist(), float(curve.sum()) / n**2, random)


def _most_between(graph: Graph, values: Values, count: int) -> NDArray[np.int64]:
    """The ``count`` most between vertices, the first first."""
    if count == 1:
        tied = np.flatnonzero(values >= values.max() - TIED)
        return tied[[int(np.argmax(degree(graph)[tied]))]]
    return np.lexsort((np.arange(graph.n), -degree(graph), -np.round(values, 9)))[:count]


def key_person_loss(
    graph: Graph,
    *,
    shares: tuple[float, ...] = (0.01, 0.03, 0.05),
    pivots: int | None = None,
    seed: int = 1,
) -> list[KeyPersonLoss]:
    """Remove the top 1, 3 and 5 % (rounded up) by betweenness at once.

    With ``pivots`` betweenness and the mean distance (NaN without any tie) rest on a sample of them.
    """
    values = betweenness(graph, pivots=pivots, seed=seed).values
    order = np.lexsort((np.arange(graph.n), -degree(graph), -np.round(values, 9)))
    result = []
    for share in shares:
        # The product of a decimal share and n may exceed the integer it means by a last digit.
        n_removed = ceil(share * graph.n - TIED)
        rest = graph.without(order[:n_removed])
        result.append(KeyPersonLoss(share, n_removed, _largest(rest), _mean_distance(rest, pivots, seed)))
    return result


def _mean_distance(graph: Graph, pivots: int | None, seed: int) -> float:
    """Mean hops over reachable pairs; from sampled sources, if asked for."""
    if not graph.n_edges:
        return float("nan")
    if pivots is None or pivots >= graph.n:
        return float(graph.igraph.average_path_length())
    from assets.network.sampling import pivot_sources

    steps = np.array(graph.igraph.distances(source=pivot_sources(graph.n, pivots, seed).tolist()))
    reached = np.isfinite(steps) & (steps > 0)
    return float(steps[reached].mean()) if reached.any() else float("nan")


def _largest(graph: Graph) -> int:
    return int(np.bincount(component_labels(graph)).max()) if graph.n else 0


def _largest_other(label: NDArray[np.int64], sizes: Values) -> Values:
    """For each vertex the size of the largest component that it is not in."""
    if label.size == 0:
        return np.empty(0)
    order = np.argsort(-sizes, kind="stable")
    second = sizes[order[1]] if order.size > 1 else 0.0
    return np.where(label == order[0], second, sizes[order[0]])
