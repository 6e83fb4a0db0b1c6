"""Hierarchy, formal against informal, QAP, robustness, change: sections D5 to D9."""

from itertools import permutations

import networkx as nx
import numpy as np
import pytest

from assets.network import centrality, unit_flows
from assets.network.change import network_change
from assets.network.formal import (
    chart_distances,
    checked_chart,
    formal_graph,
    formal_informal,
    mean_chart_distance,
)
from assets.network.graph import GraphInputError
from assets.network.hierarchy import hierarchy_dimensions
from assets.network.qap import qap
from assets.network.robustness import (
    attack_curve,
    critical_people,
    efficiency,
    efficiency_without,
    fragmentation,
    key_person_loss,
    removal_effects,
)
from tests.factories.graphs import (
    brokerage_digraph,
    directed,
    from_csv,
    kite,
    random_graph,
    random_graphs,
    star,
    undirected,
)

CHART = np.array([-1, 0, 0, 1, 1, 2, 2])
LIVED = [(0, 1), (1, 3), (1, 4), (3, 4), (3, 5), (5, 6), (2, 5), (4, 6)]


@pytest.mark.parametrize(
    ("n", "arcs", "expected"),
    [
        (7, [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6)], (1, 1, 1, 1, 1)),
        (7, [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (4, 3), (5, 6)], (0.5238, 0.9, 0.8333, 0.9412, 1.0)),
        (4, [(0, 2), (0, 3), (1, 2), (1, 3)], (1, 1, 0.6667, 0.8889, 0.3333)),
    ],
)
def test_krackhardt_dimensions(n, arcs, expected):
    found = hierarchy_dimensions(directed(n, arcs))
    measured = (
        found.connectedness,
        found.hierarchy,
        found.efficiency_k94,
        found.efficiency_ucinet,
        found.least_upper_boundedness,
    )
    np.testing.assert_allclose(measured, expected, atol=1e-4)


def test_krackhardt_dimensions_of_the_brokerage_example():
    found = hierarchy_dimensions(brokerage_digraph()[0])
    assert (found.connectedness, found.hierarchy, found.least_upper_boundedness) == (1, 0, 1)
    assert found.efficiency_k94 == pytest.approx(0.6667, abs=1e-4)
    assert found.efficiency_ucinet == pytest.approx(0.8571, abs=1e-4)


def test_the_managers_of_the_high_tech_firm_form_a_pure_hierarchy():
    """Reports-to of Krackhardt's study points from report to manager: reversed, an out-tree."""
    reports, _ = from_csv("ht_reports", is_directed=True)
    found = hierarchy_dimensions(directed(reports.n, list(zip(reports.dst, reports.src, strict=True))))
    assert found.connectedness == found.hierarchy == found.least_upper_boundedness == 1
    assert found.efficiency_k94 == found.efficiency_ucinet == 1


def test_krackhardt_dimensions_against_brute_force():
    for seed, graph in random_graphs(80, is_directed=True, is_weighted=False):
        found = hierarchy_dimensions(graph)
        peer = nx.DiGraph()
        peer.add_nodes_from(range(graph.n))
        peer.add_edges_from(zip(graph.src.tolist(), graph.dst.tolist(), strict=True))
        reach = {v: nx.descendants(peer, v) | {v} for v in peer}
        pairs = [(i, j) for i in peer for j in peer if i < j]
        either = [(i, j) for i, j in pairs if j in reach[i] or i in reach[j]]
        one_way = [(i, j) for i, j in either if (j in reach[i]) != (i in reach[j])]
        expected = len(one_way) / len(either) if either else np.nan
        assert found.hierarchy == pytest.approx(expected, nan_ok=True), seed
        missing = most = 0
        for component in nx.weakly_connected_components(peer):
            k = len(component)
            most += (k - 1) * (k - 2) / 2
            for i, j in ((i, j) for i in component for j in component if i < j):
                above = [c for c in component if i in reach[c] and j in reach[c]]
                missing += not any(all(c in reach[other] for other in above) for c in above)
        expected = 1 - missing / most if most else np.nan
        assert found.least_upper_boundedness == pytest.approx(expected, nan_ok=True), seed


def test_formal_against_informal():
    found = formal_informal(undirected(7, LIVED), CHART)
    assert (found.n_both, found.n_formal_only, found.n_informal_only) == (4, 2, 4)
    assert found.jaccard == pytest.approx(0.4)
    assert found.informal_outside_formal == pytest.approx(0.5)
    assert found.unused_formal == pytest.approx(1 / 3)
    assert found.qap.r == pytest.approx(0.3721, abs=1e-4)
    assert found.qap.is_exact and found.qap.n_permutations == 5040
    assert found.qap.p_value == pytest.approx(0.1127, abs=1e-4)
    assert found.mean_distance_informal == pytest.approx(2.0)
    assert found.mean_distance_all == pytest.approx(2.2857, abs=1e-4)
    siblings = formal_informal(undirected(7, LIVED), CHART, variant="reports_and_siblings")
    assert siblings.jaccard == pytest.approx(0.5455, abs=1e-4)


def test_chart_distances_against_breadth_first_search():
    rng = np.random.default_rng(4)
    for _ in range(60):
        n = int(rng.integers(2, 25))
        chart = np.array([-1 if v == 0 or rng.random() < 0.1 else int(rng.integers(0, v)) for v in range(n)])
        order = rng.permutation(n)
        shuffled = np.full(n, -1)
        shuffled[order] = np.where(chart >= 0, order[np.maximum(chart, 0)], -1)
        a, b = np.triu_indices(n, 1)
        distances = np.array(formal_graph(shuffled).igraph.distances())[a, b]
        expected = np.where(np.isinf(distances), -1, distances)
        np.testing.assert_array_equal(chart_distances(shuffled, a, b), expected)
        reachable = expected[expected >= 0]
        mean = reachable.mean() if reachable.size else np.nan
        assert mean_chart_distance(shuffled) == pytest.approx(mean, nan_ok=True)


def test_a_manager_circle_is_refused_and_a_self_managed_root_is_not():
    with pytest.raises(GraphInputError, match="form a circle"):
        checked_chart(np.array([1, 2, 0, -1]))
    with pytest.raises(GraphInputError, match="manager 9 of vertex 1 is not a vertex"):
        checked_chart(np.array([-1, 9]))
    assert checked_chart(np.array([0, 0])).tolist() == [-1, 0]


def test_qap_against_all_orders_by_matrix():
    for seed in (1, 3, 9, 12):
        left = random_graph(seed, is_directed=True, is_weighted=False, n=5)
        right = random_graph(seed + 40, is_directed=True, is_weighted=False, n=5)
        x, y = np.zeros((5, 5)), np.zeros((5, 5))
        x[left.src, left.dst], y[right.src, right.dst] = 1, 1
        off = ~np.eye(5, dtype=bool)
        found = qap(left, right)
        if np.std(x[off]) == 0 or np.std(y[off]) == 0:
            assert np.isnan(found.r)
            continue
        r = np.corrcoef(x[off], y[off])[0, 1]
        all_r = [np.corrcoef(x[off], y[np.ix_(p, p)][off])[0, 1] for p in map(list, permutations(range(5)))]
        assert found.r == pytest.approx(r)
        assert found.p_value == pytest.approx(np.mean(np.array(all_r) >= r - 1e-9))


def test_sampled_qap_includes_the_identity_and_finds_a_copy():
    graph = random_graph(4, is_directed=False, is_weighted=False, n=30)
    found = qap(graph, graph, permutations=199)
    assert found.r == pytest.approx(1.0)
    assert found.p_value == pytest.approx(1 / 200)


def test_removals_on_the_kite():
    graph = kite()
    effects = removal_effects(graph)
    np.testing.assert_allclose(effects.fragmentation_loss[[7, 8, 5, 6]], [0.3889, 0.2222, 0, 0], atol=1e-4)
    assert effects.largest_component[[7, 8]].tolist() == [7, 8]
    assert efficiency(graph) == pytest.approx(0.6463, abs=1e-4)
    left = efficiency_without(graph, np.array([7, 8, 5, 6, 3, 9]))
    np.testing.assert_allclose(left, [0.5139, 0.6111, 0.6014, 0.6014, 0.6065, 0.7130], atol=1e-4)
    assert critical_people(graph).tolist() == [False] * 7 + [True, True, False]


def test_attack_on_the_kite():
    curve = attack_curve(kite(), random_runs=100, seed=1)
    assert curve.order == [7, 3, 0, 6, 1, 2, 8, 4, 5]
    assert curve.largest_component == [7, 6, 5, 2, 2, 2, 1, 1, 1]
    assert curve.robustness == pytest.approx(0.27)
    assert curve.robustness < curve.random_robustness < 0.5


def test_removals_against_deleting_each_vertex():
    for seed, graph in random_graphs(120, is_directed=False, is_weighted=False):
        effects = removal_effects(graph)
        for v in range(graph.n):
            rest = graph.without([v])
            if rest.n >= 2:
                assert effects.fragmentation[v] == pytest.approx(fragmentation(rest), abs=1e-12), (seed, v)
            sizes = rest.igraph.connected_components().sizes()
            assert effects.largest_component[v] == max(sizes, default=0), (seed, v)


def test_key_person_loss_rounds_up():
    loss = key_person_loss(star(100))
    assert [entry.n_removed for entry in loss] == [1, 3, 5]
    assert loss[0].largest_component == 1
    assert np.isnan(loss[0].mean_distance)


def test_unit_flow_against_expectation():
    graph, groups = brokerage_digraph()
    flows = unit_flows.unit_flows(graph, groups)
    found = {
        (u, v): (w, f, r)
        for u, v, w, f, r in zip(
            flows.from_unit, flows.to_unit, flows.weight, flows.flow, flows.flow_ratio, strict=True
        )
    }
    # B sends 3 arcs inside, b1>a3, b1>c2, b2>c1; A receives 3 inside, b1>a3, c2>a2; 14 arcs in all.
    assert found[1, 0] == (1.0, pytest.approx(1 / 9), pytest.approx(1 / (6 * 5 / 14)))
    assert found[1, 2] == (2.0, pytest.approx(2 / 6), pytest.approx(2 / (6 * 4 / 14)))


def test_bridge_dependency_names_single_points_of_failure():
    # Unit 0 = {0, 1, 2}, unit 1 = {3, 4, 5}: person 0 carries 6 of 7 between them.
    graph = directed(6, [(0, 3), (4, 0), (1, 5), (0, 1)], [2, 4, 1, 50])
    flows = unit_flows.unit_flows(graph, np.array([0, 0, 0, 1, 1, 1]))
    np.testing.assert_allclose(flows.bridge_dependency, [6 / 7, 6 / 7])
    assert flows.n_people_from.tolist() == [2, 1]
    assert flows.n_people_to.tolist() == [2, 1]


def test_flow_that_hangs_on_one_person_makes_that_person_critical():
    arcs = [(0, 3), (0, 4), (0, 5), (1, 3), (2, 4)]
    cycle = [(a, b) for block in ((0, 1, 2), (3, 4, 5)) for a in block for b in block if a != b]
    graph = directed(6, arcs + cycle, [9, 9, 9, 1, 1] + [1] * len(cycle))
    groups = np.array([0, 0, 0, 1, 1, 1])
    mutual = undirected(6, arcs + cycle)
    assert critical_people(mutual, directed=graph, groups=groups).tolist() == [True] + [False] * 5
    assert not critical_people(mutual).any()


def test_change_splits_into_behaviour_and_membership():
    before = undirected(4, [(0, 1), (1, 2), (2, 3)])
    after = undirected(4, [(0, 1), (0, 2), (2, 3)])
    ids_before, ids_after = np.array(["a", "b", "c", "d"]), np.array(["a", "b", "c", "e"])
    found = network_change(before, ids_before, after, ids_after)
    # All: ab, bc, cd against ab, ac, ce; continuing a, b, c: ab, bc against ab, ac.
    assert found.n_continuing == 3
    assert (found.jaccard_all, found.jaccard_continuing) == (1 / 5, 1 / 3)
    assert found.persistence == 0.5 and found.turnover_lost == 0.5 and found.turnover_new == 0.5
    assert found.behaviour + found.membership == pytest.approx(1 - found.jaccard_all)


def test_nothing_changes_between_equal_quarters():
    graph = random_graph(4, is_directed=False, is_weighted=True, n=20)
    ids = np.array([f"{v:02d}" for v in range(20)])
    found = network_change(graph, ids, graph, ids)
    assert (found.persistence, found.behaviour, found.membership, found.turnover_new) == (1, 0, 0, 0)


def test_classic_advice_network_has_its_published_hub():
    """Krackhardt's high-tech managers: manager 2 is asked by most colleagues, 18 of 20."""
    advice, ids = from_csv("ht_advice", is_directed=True)
    asked = centrality.degree_in(advice)
    assert ids[int(np.argmax(asked))] == "2"
    assert int(asked.max()) == 18
    assert advice.n_edges == 190
