"""Reachability by strong components against networkx, and sampled least upper bounds against all pairs."""

import networkx as nx
import numpy as np
import pytest

from assets.network import condensation as module
from assets.network.condensation import condensation
from assets.network.hierarchy import hierarchy_dimensions
from tests.factories.graphs import directed, random_graphs


@pytest.mark.parametrize("block", [8, 8_192])
def test_reachable_pairs_against_networkx(monkeypatch, block):
    monkeypatch.setattr(module, "BLOCK", block)
    for seed, graph in random_graphs(60, is_directed=True, is_weighted=False):
        peer = nx.DiGraph()
        peer.add_nodes_from(range(graph.n))
        peer.add_edges_from(zip(graph.src.tolist(), graph.dst.tolist(), strict=True))
        reach = {v: nx.descendants(peer, v) for v in peer}
        one_way = sum((j in reach[i]) != (i in reach[j]) for i in peer for j in peer if i < j)
        mutual = sum(j in reach[i] and i in reach[j] for i in peer for j in peer if i < j)
        found = condensation(graph)
        assert found.one_way_pairs() == one_way, seed
        assert found.mutual_pairs() == mutual, seed
        matrix = found.reach_matrix()
        for i in range(graph.n):
            below = {j for j in range(graph.n) if matrix[found.part[i], found.part[j]]}
            assert below == reach[i] | {i}, seed


def test_arcs_between_components_run_upwards():
    for _, graph in random_graphs(40, is_directed=True, is_weighted=False):
        found = condensation(graph)
        assert (found.src < found.dst).all()
        assert found.sizes.sum() == graph.n


def test_sampled_least_upper_bounds_stay_within_their_error():
    rng = np.random.default_rng(2)
    n = 300
    upper = rng.integers(0, n, 500)
    lower = np.minimum(upper + rng.integers(1, 60, 500), n - 1)
    graph = directed(n, [(int(a), int(b)) for a, b in zip(upper, lower, strict=True) if a != b])
    exact = hierarchy_dimensions(graph)
    sampled = hierarchy_dimensions(graph, exact_parts=0, pairs=1_500, seed=4)
    assert exact.method == "exact" and exact.standard_error is None
    assert sampled.method == "sampled_1500_pairs_seed4"
    assert 0.05 < exact.least_upper_boundedness < 0.95
    gap = abs(sampled.least_upper_boundedness - exact.least_upper_boundedness)
    assert gap < 4 * sampled.standard_error
    assert sampled.hierarchy == exact.hierarchy
