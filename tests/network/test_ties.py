"""Interaction weights, decay, existence, reciprocity, overlap and tie types: sections B1 to B7."""

import numpy as np
import pytest

from assets.network.dyads import neighbourhood_overlap, tie_types
from assets.network.graph import Graph, GraphInputError, symmetrised
from assets.network.ties import (
    TieArrays,
    channel_mix,
    directed_ties,
    flow_ties,
    graph_coverage,
    interaction_weight,
    mutual_ties,
    reciprocity_dyad,
    rolling_strength,
)
from tests.factories.graphs import kite, random_graphs, undirected

WORKED = [
    ("direct_message", {"size": 2, "age_days": 0}, 1.0),
    ("reply", {"age_days": 7}, 0.8409),
    ("mention", {"size": 4, "age_days": 14}, 0.1414),
    ("reaction", {"age_days": 28}, 0.1),
    ("meeting", {"size": 5, "hours": 1.0, "age_days": 14}, 0.1768),
    ("meeting", {"size": 2, "hours": 0.5}, 0.5),
    ("mail", {"size": 3, "age_days": 56}, 0.0667),
    ("meeting", {"size": 25, "hours": 1.0}, 0.0),
]


def test_weights_of_the_worked_dyad():
    weights = [interaction_weight(kind, **how) for kind, how, _ in WORKED]
    np.testing.assert_allclose(weights, [expected for *_, expected in WORKED], atol=1e-4)
    assert sum(weights) == pytest.approx(2.8258, abs=1e-4)


@pytest.mark.parametrize(
    ("kind", "largest"),
    [("direct_message", 8), ("thread", 10), ("mention", 10), ("meeting", 20), ("mail", 8), ("praise", 5)],
)
def test_crowds_count_for_nobody(kind, largest):
    assert interaction_weight(kind, size=largest) > 0
    assert interaction_weight(kind, size=largest + 1) == 0


def test_meetings_over_four_hours_do_not_count_and_two_hours_are_the_most():
    assert interaction_weight("meeting", size=2, hours=4.1) == 0
    assert (
        interaction_weight("meeting", size=2, hours=4) == interaction_weight("meeting", size=2, hours=2) == 2
    )


@pytest.mark.parametrize("half_life", [14, 28, 56])
def test_recursion_equals_the_sum_over_the_window(half_life):
    new = np.random.default_rng(1).random((40, 5))
    found = rolling_strength(new, half_life_days=half_life)
    for week in (0, 12, 13, 39):
        ages = 7 * np.arange(min(week + 1, 13))
        direct = sum(new[week - i] * 0.5 ** (age / half_life) for i, age in enumerate(ages))
        np.testing.assert_allclose(found[week], direct, atol=1e-12)


def ties(rows, **more):
    src, dst, weight, days = zip(*rows, strict=True)
    return TieArrays(np.array(src), np.array(dst), np.array(weight, float), np.array(days), **more)


def test_tie_needs_strength_and_two_event_days():
    given = ties([(0, 1, 0.5, 2), (1, 2, 0.49, 5), (2, 0, 9.0, 1)])
    graph = directed_ties(3, given)
    assert list(zip(graph.src.tolist(), graph.dst.tolist(), strict=True)) == [(0, 1)]


def test_mutual_tie_is_thresholded_after_symmetrising():
    """2.5 one way and 0.4 the other: no arc back, yet a mutual tie of strength 1."""
    given = ties([(0, 1, 2.5, 3), (1, 0, 0.4, 1)])
    assert directed_ties(2, given).n_edges == 1
    mutual = mutual_ties(2, given)
    assert mutual.weight.tolist() == [pytest.approx(1.0)]
    assert mutual_ties(2, ties([(0, 1, 2.5, 3)])).n_edges == 0


def test_three_ways_to_symmetrise():
    graph = Graph.from_edges(2, [0, 1], [1, 0], [2.5, 0.4])
    found = [float(symmetrised(graph, how).weight[0]) for how in ("mutual", "max", "mean")]
    np.testing.assert_allclose(found, [1.0, 2.5, 1.45])


def test_flow_reverses_mentions_reactions_and_praise():
    given = ties(
        [(0, 1, 3.0, 4)],
        components={"reply": np.array([1.0]), "mention": np.array([0.7]), "reaction": np.array([1.3])},
    )
    graph = flow_ties(2, given)
    arcs = dict(zip(zip(graph.src.tolist(), graph.dst.tolist(), strict=True), graph.weight, strict=True))
    assert arcs == {(0, 1): pytest.approx(1.0), (1, 0): pytest.approx(2.0)}


def test_reciprocity_of_a_dyad():
    found = reciprocity_dyad([2.5, 1.0, 3.0, 0.0], [0.4, 1.0, 0.0, 0.0])
    np.testing.assert_allclose(found, [1 - 2.1 / 2.9, 1.0, 0.0, np.nan])


def test_overlap_on_the_kite():
    graph = kite()
    edges = list(zip(graph.src.tolist(), graph.dst.tolist(), strict=True))
    for engine in ("igraph", "kernels"):
        overlap = dict(zip(edges, neighbourhood_overlap(graph, engine=engine), strict=True))
        expected = {(0, 2): 0.6667, (3, 6): 0.5, (5, 6): 0.3333, (5, 7): 0.2, (7, 8): 0, (8, 9): 0}
        for edge, value in expected.items():
            assert overlap[edge] == pytest.approx(value, abs=1e-4)


def test_overlap_against_sets():
    for seed, graph in random_graphs(120, is_directed=False, is_weighted=False):
        around = [
            set(graph.out.indices[graph.out.indptr[v] : graph.out.indptr[v + 1]]) for v in range(graph.n)
        ]
        expected = []
        for a, b in zip(graph.src.tolist(), graph.dst.tolist(), strict=True):
            left, right = around[a] - {b}, around[b] - {a}
            expected.append(len(left & right) / len(left | right) if left | right else 0.0)
        for engine in ("igraph", "kernels"):
            found = neighbourhood_overlap(graph, engine=engine)
            np.testing.assert_allclose(found, expected, atol=1e-12, err_msg=f"seed {seed}")


def test_strong_and_diverse_ties():
    """Ego 0: its strongest tie lies inside a clique, the tie of 5 is a bridge to a stranger."""
    clique = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    graph = undirected(7, [*clique, (0, 4), (5, 6), (4, 5)], [9, 1, 1, 1, 1, 1, 1, 5, 1])
    types = tie_types(graph)
    kind = {(int(e), int(a)): str(k) for e, a, k in zip(types.ego, types.alter, types.kind, strict=True)}
    assert kind[0, 1] == "strong"
    assert kind[5, 6] == "diverse"
    assert kind[0, 2] == kind[6, 5] == "other"  # an only tie is in nobody's top quartile


def test_channel_mix_and_coverage():
    mix = channel_mix({"reply": np.array([1.0, 2.0]), "mail": np.array([np.nan, 1.0])})
    assert mix == {"reply": 0.75, "mail": 0.25}
    assert channel_mix({"reply": np.array([])}) == {}
    assert graph_coverage(8, np.array([1, 1, 5])) == 0.25
    assert np.isnan(graph_coverage(0, np.array([])))


@pytest.mark.parametrize(
    ("src", "weight", "message"),
    [
        ([0, 3], [1, 1], "edge 1: source 3 is not a vertex; vertices are 0 to 2"),
        ([0, 1], [1, -2], "edge 1: weight -2.0"),
        ([0, 1], [np.nan, 1], "edge 0: weight nan"),
        ([0, 1], [1, np.inf], "edge 1: weight inf"),
        ([0, 1], [1], "must have one entry per edge"),
    ],
)
def test_bad_edges_are_refused_with_row_and_value(src, weight, message):
    with pytest.raises(GraphInputError, match=message):
        Graph.from_edges(3, src, [1, 2], weight)


def test_loops_zero_weights_and_duplicates():
    graph = Graph.from_edges(3, [0, 0, 1, 2, 1], [1, 1, 1, 0, 2], [1, 2, 5, 0, 1])
    assert graph.src.tolist() == [0, 1]
    assert graph.weight.tolist() == [3.0, 1.0]
