"""Published figures of the metric specification, sections D1 to D3, for groups and the whole."""

import numpy as np
import pytest

from assets.network import centrality, communities, mixing, structural_holes
from assets.network.graph import symmetrised
from tests.factories.graphs import brokerage_digraph, from_csv


def test_ei_index_against_chance():
    graph, groups = brokerage_digraph()
    mixed = mixing.mixing(graph, groups)
    assert (mixed.total_external, mixed.total_internal) == (7, 7)
    assert mixed.total_ei_index == 0.0
    assert mixed.total_ei_expected == pytest.approx(0.5)
    assert mixed.total_ei_p_value == pytest.approx(0.0071, abs=1e-4)  # exact over 560 labellings
    assert mixed.external.tolist() == [4, 5, 5]
    assert mixed.internal.tolist() == [3, 3, 1]
    np.testing.assert_allclose(mixed.ei_index, [0.1429, 0.2500, 0.6667], atol=1e-4)
    np.testing.assert_allclose(mixed.ei_expected, [0.6667, 0.6667, 0.8462], atol=1e-4)


def test_ei_index_of_units_counts_each_external_tie_once_per_unit():
    graph, groups = brokerage_digraph()
    mixed = mixing.mixing(graph, groups, permutations=0)
    assert mixed.external.sum() == 2 * mixed.total_external
    assert mixed.internal.sum() + mixed.total_external == graph.n_edges
    assert np.isnan(mixed.total_ei_p_value)


def test_sampled_p_value_agrees_with_the_exact_one(monkeypatch):
    graph, groups = brokerage_digraph()
    exact = mixing.mixing(graph, groups)
    monkeypatch.setattr(mixing, "MAX_EXACT_LABELLINGS", 0)
    draws = 4_000
    sampled = mixing.mixing(graph, groups, permutations=draws, seed=3)
    tolerance = 3 * np.sqrt(exact.ei_p_value * (1 - exact.ei_p_value) / draws) + 1 / draws
    assert (np.abs(sampled.ei_p_value - exact.ei_p_value) <= tolerance).all()
    assert sampled.total_ei_p_value == pytest.approx(exact.total_ei_p_value, abs=0.005)


def test_modularity_of_the_brokerage_example():
    graph, groups = brokerage_digraph()
    assert communities.modularity(symmetrised(graph, "weak"), groups) == pytest.approx(0.1556, abs=1e-4)


def test_karate_club():
    graph, _ = from_csv("karate", is_directed=False)
    assert communities.leiden(graph, restarts=50, seed=1).modularity == pytest.approx(0.4198, abs=1e-4)
    assert centrality.coreness(graph).max() == 4
    between = centrality.betweenness(graph).values
    assert between[0] == pytest.approx(231.0714, abs=1e-4)
    assert between[33] == pytest.approx(160.5516, abs=1e-4)
    assert structural_holes.constraint(graph)[0] == pytest.approx(0.1554, abs=1e-4)


def test_density_falls_with_size_by_nature():
    graph, _ = brokerage_digraph()
    assert mixing.density(graph) == pytest.approx(14 / 56)
    assert mixing.density(symmetrised(graph, "weak")) == pytest.approx(14 / 28)
