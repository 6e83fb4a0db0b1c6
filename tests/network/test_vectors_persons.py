"""Published figures of the metric specification, sections C1 and C2, for single people."""

import numpy as np
import pytest

from assets.network import brokerage, centrality, communities, mixing, structural_holes
from assets.network.graph import symmetrised
from assets.network.graph_shape import transitivity
from tests.factories.graphs import brokerage_digraph, complete, cycle, directed, kite, star, undirected

# fmt: off
# degree, betweenness, normalised, closeness, harmonic, eigenvector, PageRank, constraint whole,
# constraint ego, effective size, efficiency, core, clustering
KITE = {
    "Andre":    (4,0.8333, 0.0231, 0.5294, 0.6759, 0.7322, 0.1019, 0.5412, 0.7044, 2.0000, 0.5000, 3, 0.6667),
    "Beverly":  (4,0.8333, 0.0231, 0.5294, 0.6759, 0.7322, 0.1019, 0.5412, 0.7044, 2.0000, 0.5000, 3, 0.6667),
    "Carol":    (3,0.0000, 0.0000, 0.5000, 0.6204, 0.5942, 0.0794, 0.6641, 0.9259, 1.0000, 0.3333, 3, 1.0000),
    "Diane":    (6,3.6667, 0.1019, 0.6000, 0.7870, 1.0000, 0.1471, 0.4702, 0.4985, 3.3333, 0.5556, 3, 0.5333),
    "Ed":       (3,0.0000, 0.0000, 0.5000, 0.6204, 0.5942, 0.0794, 0.6641, 0.9259, 1.0000, 0.3333, 3, 1.0000),
    "Fernando": (5,8.3333, 0.2315, 0.6429, 0.7593, 0.8268, 0.1289, 0.4451, 0.5542, 3.0000, 0.6000, 3, 0.5000),
    "Garth":    (5,8.3333, 0.2315, 0.6429, 0.7593, 0.8268, 0.1289, 0.4451, 0.5542, 3.0000, 0.6000, 3, 0.5000),
    "Heather":  (3,14.000, 0.3889, 0.6000, 0.6667, 0.4072, 0.0952, 0.4311, 0.6111, 2.3333, 0.7778, 2, 0.3333),
    "Ike":      (2,8.0000, 0.2222, 0.4286, 0.5185, 0.0999, 0.0857, 0.5000, 0.5000, 2.0000, 1.0000, 1, 0.0000),
    "Jane":     (1,0.0000, 0.0000, 0.3103, 0.3796, 0.0232, 0.0514, 1.0000, 1.0000, 1.0000, 1.0000, 1, np.nan),
}
# fmt: on


@pytest.mark.parametrize("engine", ["igraph", "kernels"])
def test_kite_person_metrics(engine):
    graph = kite()
    between = centrality.betweenness(graph, engine=engine).values
    measured = np.column_stack(
        [
            centrality.degree(graph),
            between,
            between / centrality.betweenness_scale(graph),
            centrality.closeness(graph),
            centrality.harmonic_centrality(graph, engine=engine).values,
            centrality.eigenvector(graph),
            centrality.pagerank(graph),
            structural_holes.constraint(graph, engine=engine),
            structural_holes.constraint_ego(graph),
            structural_holes.effective_size(graph, engine=engine),
            structural_holes.efficiency(graph, engine=engine),
            centrality.coreness(graph),
            centrality.local_clustering(graph, engine=engine),
        ]
    )
    np.testing.assert_allclose(measured, np.array(list(KITE.values())), atol=1e-4)


def test_kite_textbook_reading():
    graph, names = kite(), list(KITE)
    assert names[int(np.argmax(centrality.degree(graph)))] == "Diane"
    assert names[int(np.argmax(centrality.betweenness(graph).values))] == "Heather"
    closeness = centrality.closeness(graph)
    assert {names[i] for i in np.flatnonzero(closeness == closeness.max())} == {"Fernando", "Garth"}
    assert [names[i] for i in np.flatnonzero(centrality.articulation_points(graph))] == ["Heather", "Ike"]


@pytest.mark.parametrize("engine", ["igraph", "kernels"])
def test_kite_bounded_betweenness(engine):
    bounded = centrality.betweenness(kite(), cutoff=3, engine=engine).values
    expected = [0.8333, 0.8333, 0, 3.6667, 0, 5.8333, 5.8333, 9, 3, 0]
    np.testing.assert_allclose(bounded, expected, atol=1e-4)


def test_kite_as_a_whole():
    graph = kite()
    assert mixing.density(graph) == pytest.approx(0.4)
    assert transitivity(graph) == pytest.approx(0.5789, abs=1e-4)
    assert graph.igraph.diameter() == 4
    assert graph.igraph.average_path_length() == pytest.approx(1.9778, abs=1e-4)
    assert communities.modularity(graph, np.array([0] * 7 + [1] * 3)) == pytest.approx(0.1667, abs=1e-4)
    best = communities.leiden(graph, restarts=50, seed=1)
    assert best.modularity == pytest.approx(0.2222, abs=1e-4)
    groups = {frozenset(np.flatnonzero(best.membership == c).tolist()) for c in range(best.n_communities)}
    assert groups == {frozenset({0, 2, 3, 5}), frozenset({1, 4, 6}), frozenset({7, 8, 9})}


@pytest.mark.parametrize("engine", ["igraph", "kernels"])
def test_star_cycle_and_complete_graph(engine):
    def betweenness(graph):
        return centrality.betweenness(graph, engine=engine).values

    def constraint(graph):
        return structural_holes.constraint(graph, engine=engine)

    assert betweenness(star(5)).tolist() == [6, 0, 0, 0, 0]
    np.testing.assert_allclose(constraint(star(5)), [0.25, 1, 1, 1, 1])
    np.testing.assert_allclose(betweenness(cycle(5)), 1.0)
    np.testing.assert_allclose(constraint(cycle(5)), 0.5)
    np.testing.assert_allclose(betweenness(complete(5)), 0.0)
    np.testing.assert_allclose(constraint(complete(5)), 0.7656, atol=1e-4)


@pytest.mark.parametrize("engine", ["igraph", "kernels"])
def test_weighted_example(engine):
    graph = undirected(4, [(0, 1), (0, 2), (1, 2), (0, 3)], [4, 1, 2, 3])
    assert centrality.strength_out(graph).tolist() == [8, 6, 3, 3]
    np.testing.assert_allclose(
        structural_holes.constraint(graph, engine=engine), [0.5660, 0.7785, 1.2994, 1.0], atol=1e-4
    )
    np.testing.assert_allclose(
        structural_holes.effective_size_valued(graph), [2.4375, 1.5833, 1, 1], atol=1e-4
    )
    weighted = centrality.betweenness(graph, is_weighted=True, engine=engine).values
    np.testing.assert_allclose(weighted, [2, 2, 0, 0])


def test_pagerank_of_a_chain():
    rank = centrality.pagerank(directed(3, [(0, 1), (1, 2)]))
    np.testing.assert_allclose(rank, [0.1844, 0.3412, 0.4744], atol=1e-4)


# fmt: off
BROKERS = {  # coordinator, consultant, gatekeeper, representative, liaison, total, E, I
    "a1": (1,0, 0, 0, 0, 1, 0, 2), "a2": (1,0, 1, 1, 1, 4, 2, 2), "a3": (1,0, 1, 1, 1, 4, 2, 2),
    "b1": (1,0, 2, 2, 2, 7, 4, 2), "b2": (1,0, 0, 1, 0, 2, 1, 2), "b3": (1,0, 0, 0, 0, 1, 0, 2),
    "c1": (0,1, 2, 0, 1, 4, 3, 1), "c2": (0,0, 0, 1, 1, 2, 2, 1),
}
# fmt: on


@pytest.mark.parametrize("engine", ["igraph", "kernels"])
def test_brokerage_roles_of_the_worked_example(engine):
    graph, groups = brokerage_digraph()
    found = brokerage.gould_fernandez(graph, groups, engine=engine)
    external, internal = brokerage.external_and_internal(graph, groups)
    table = np.column_stack([found.counts, found.total, external, internal])
    assert table.tolist() == [list(row) for row in BROKERS.values()]
    assert found.counts.sum(axis=0).tolist() == [6, 1, 6, 6, 6]
    ei = brokerage.ei_index_person(graph, groups)
    np.testing.assert_allclose(ei, [-1, 0, 0, 0.3333, -0.3333, -1, 0.5, 0.3333], atol=1e-4)


@pytest.mark.parametrize("engine", ["igraph", "kernels"])
def test_structure_of_the_brokerage_example(engine):
    graph, _ = brokerage_digraph()
    weak = symmetrised(graph, "weak")
    np.testing.assert_allclose(
        structural_holes.effective_size(graph, engine=engine),
        [1, 2.5, 2.5, 4, 1.6667, 1, 2.5, 1.6667],
        atol=1e-4,
    )
    np.testing.assert_allclose(
        structural_holes.constraint(weak, engine=engine),
        [0.7812, 0.5130, 0.4970, 0.4311, 0.6427, 0.7847, 0.4848, 0.5525],
        atol=1e-4,
    )
    between = centrality.betweenness(graph, engine=engine).values
    np.testing.assert_allclose(between, [1, 12, 10, 22, 7, 1.5, 7.5, 4])


def test_percentiles_share_ties():
    shown = centrality.mid_rank_percentile([0, 0, 0, 1, 2, 2, 5, 8, 13, 40])
    assert shown.tolist() == [15, 15, 15, 35, 50, 50, 65, 75, 85, 95]
