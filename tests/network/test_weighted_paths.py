"""Weighted shortest paths: buckets, heap and igraph count the same, whatever the lengths."""

from __future__ import annotations

import numpy as np
import pytest

from assets.network import centrality
from assets.network.graph import Graph
from assets.network.weighted_kernels import MAX_BUCKETS, bucket_plan, dependencies_weighted
from tests.factories.graphs import random_graph, undirected


def dependencies(graph: Graph, plan: tuple[float, int]) -> np.ndarray:
    lengths = 1.0 / graph.out.weights
    every = np.arange(graph.n, dtype=np.int32)
    first, second = dependencies_weighted(graph.out.indptr, graph.out.indices, lengths, every, *plan)
    assert (second >= 0).all()
    return first if graph.is_directed else first / 2


def reweighted(graph: Graph, weight: np.ndarray) -> Graph:
    return Graph(graph.n, graph.src, graph.dst, weight, graph.is_directed)


@pytest.mark.parametrize("is_directed", [False, True])
@pytest.mark.parametrize("kind", ["equal", "few values", "continuous", "hundredfold"])
def test_buckets_heap_and_igraph_agree(is_directed, kind):
    for seed in range(60):
        graph = random_graph(seed, is_directed=is_directed, is_weighted=False, n=30 + seed)
        rng = np.random.default_rng(seed)
        m = graph.n_edges
        weight = {
            "equal": np.full(m, 0.7),
            "few values": rng.choice([0.5, 1.0, 2.0, 4.0], m),
            "continuous": rng.lognormal(0, 1, m),
            "hundredfold": 10.0 ** rng.uniform(-1, 1, m),
        }[kind]
        graph = reweighted(graph, weight)
        plan = bucket_plan(1.0 / graph.out.weights)
        if m:
            assert plan[1] > 0, "such lengths go into buckets"
        expected = graph.igraph.betweenness(directed=is_directed, weights=(1 / weight).tolist() or None)
        np.testing.assert_allclose(dependencies(graph, plan), expected, atol=1e-8, err_msg=f"{seed}")
        np.testing.assert_allclose(dependencies(graph, (1.0, 0)), expected, atol=1e-8, err_msg=f"{seed}")


def test_lengths_too_far_apart_go_through_the_heap():
    assert bucket_plan(np.array([1.0, 2.0 * MAX_BUCKETS])) == (1.0, 0)
    assert bucket_plan(np.empty(0)) == (1.0, 0)
    width, ring = bucket_plan(np.array([0.25, 1.0]))
    assert width < 0.25
    assert ring == 8
    far = undirected(4, [(0, 1), (1, 2), (2, 3)], [1.0, 1e-6, 1e6])
    assert centrality.betweenness(far, is_weighted=True, engine="kernels").values.tolist() == [0, 2, 2, 0]


def test_harmonic_is_unweighted_because_lengths_of_strong_ties_would_exceed_one():
    """Metric specification, P2: with lengths 1/W person a of the weighted example has 2.7778."""
    graph = undirected(4, [(0, 1), (0, 2), (1, 2), (0, 3)], [4, 1, 2, 3])
    lengths = (1 / graph.weight).tolist()
    assert graph.igraph.harmonic_centrality(mode="all", weights=lengths)[0] == pytest.approx(2.7778, abs=1e-4)
    found = centrality.harmonic_centrality(graph).values
    np.testing.assert_allclose(found, [1.0, 5 / 6, 5 / 6, 2 / 3])


def test_eigenvector_is_zero_outside_the_dominant_component():
    graph = undirected(5, [(0, 1), (1, 2), (3, 4)])
    np.testing.assert_allclose(centrality.eigenvector(graph), [0.7071, 1, 0.7071, 0, 0], atol=1e-4)
