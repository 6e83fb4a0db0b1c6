"""One sorted, summed arc per ordered pair: the compiled pass, the plain one, and dictionaries agree."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from assets.network import graph as graph_module
from assets.network.graph import Graph, GraphInputError, distinct
from tests.factories.graphs import random_graph


def random_edges(seed: int) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """Edges with loops, repeats, weights of 0 and, every third time, one hub."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 60)), int(rng.integers(0, 400))
    src, dst = rng.integers(0, n, m), rng.integers(0, n, m)
    if seed % 3 == 0:
        src[: m // 2] = 0
    return n, src, dst, rng.choice([0.0, 0.25, 1.0, 3.5], m)


def by_hand(src, dst, weight, is_directed: bool) -> dict[tuple[int, int], float]:
    sums: dict[tuple[int, int], float] = defaultdict(float)
    for a, b, w in zip(src.tolist(), dst.tolist(), weight.tolist(), strict=True):
        if a != b and w > 0:
            sums[(a, b) if is_directed or a < b else (b, a)] += w
    return dict(sorted(sums.items()))


@pytest.mark.parametrize("is_directed", [True, False])
def test_compiled_and_plain_edge_building_agree_with_a_dictionary(is_directed, monkeypatch):
    for seed in range(120):
        n, src, dst, weight = random_edges(seed)
        expected = by_hand(src, dst, weight, is_directed)
        for many in (0, 10**9):
            monkeypatch.setattr(graph_module, "MANY_EDGES", many)
            found = Graph.from_edges(n, src, dst, weight, is_directed=is_directed)
            pairs = zip(found.src.tolist(), found.dst.tolist(), strict=True)
            assert dict(zip(pairs, found.weight.tolist(), strict=True)) == expected, seed


@pytest.mark.parametrize("n", [1, 2, 1_024, 1_025, 70_000, 3_000_000])
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_compiled_and_plain_edge_building_agree_whatever_the_number_of_buckets(n, kind, monkeypatch):
    rng = np.random.default_rng(n)
    for weight in (None, np.ones(20_000), rng.choice([0.0, 0.5, 3.0], 20_000)):
        src, dst = (np.minimum(rng.geometric(1e-3, 20_000), rng.integers(1, n + 1, 20_000)) for _ in "ab")
        src[:5_000] = n
        found = []
        for many in (0, 10**9):
            monkeypatch.setattr(graph_module, "MANY_EDGES", many)
            given = src.copy(), dst.copy(), None if weight is None else weight.copy()
            found.append(Graph.from_edges(n, (src - 1).astype(kind), (dst - 1).astype(kind), weight))
            for before, after in zip(given, (src, dst, weight), strict=True):
                np.testing.assert_array_equal(before, after)
        compiled, plain = found
        for name in ("src", "dst", "weight"):
            np.testing.assert_array_equal(getattr(compiled, name), getattr(plain, name))
        assert compiled.src.dtype == compiled.dst.dtype == np.int32


def test_more_vertices_than_buckets_allow_are_sorted_plainly(monkeypatch):
    monkeypatch.setattr(graph_module, "MANY_EDGES", 0)
    monkeypatch.setattr("assets.network.edge_kernels.MAX_VERTICES", 2)
    graph = Graph.from_edges(3, [2, 0, 0], [0, 1, 1], [1.0, 2.0, 3.0])
    assert list(zip(graph.src, graph.dst, graph.weight, strict=True)) == [(0, 1, 5.0), (2, 0, 1.0)]


@pytest.mark.parametrize(
    ("edges", "says"),
    [
        (([0, 1], [1, 5], [1.0, 1.0]), "edge 1: target 5 is not a vertex; vertices are 0 to 2"),
        (([0, -1], [1, 2], [1.0, 1.0]), "edge 1: source -1 is not a vertex"),
        (([0, 1], [1, 2], [1.0, np.nan]), r"edge 1: weight nan \(1 such edges\)"),
        (([0, 1], [1, 2], [np.inf, 1.0]), "edge 0: weight inf"),
        (([0, 1], [1, 2], [1.0, -2.0]), "edge 1: weight -2.0"),
        (([0], [1, 2], [1.0]), "must have one entry per edge"),
    ],
)
def test_refused_edges_are_named(edges, says):
    with pytest.raises(GraphInputError, match=says):
        Graph.from_edges(3, *edges)


def test_more_edges_than_can_be_counted_are_refused(monkeypatch):
    monkeypatch.setattr(graph_module, "MANY_EDGES", 0)
    monkeypatch.setattr("assets.network.edge_kernels.MAX_EDGES", 1)
    with pytest.raises(GraphInputError, match="2 edges; at most 1 fit one graph, so split them by time"):
        Graph.from_edges(3, [0, 1], [1, 2])


def test_neighbours_both_ways_agree_with_dense_matrices():
    for seed in range(60):
        for is_directed in (True, False):
            graph = random_graph(seed, is_directed=is_directed, is_weighted=True)
            matrix = np.zeros((graph.n, graph.n))
            matrix[graph.src, graph.dst] = graph.weight
            matrix = matrix if is_directed else matrix + matrix.T
            for rows, expected in ((graph.out, matrix), (graph.into, matrix.T)):
                for v in range(graph.n):
                    begin, end = rows.indptr[v], rows.indptr[v + 1]
                    assert rows.indices[begin:end].tolist() == np.flatnonzero(expected[v]).tolist()
                    assert rows.weights[begin:end].tolist() == expected[v][expected[v] > 0].tolist()


def test_pairs_hold_both_directions():
    for seed in range(60):
        graph = random_graph(seed, is_directed=True, is_weighted=True)
        arcs = by_hand(graph.src, graph.dst, graph.weight, True)
        low, high = graph.pairs.keys // max(graph.n, 1), graph.pairs.keys % max(graph.n, 1)
        assert set(zip(low.tolist(), high.tolist(), strict=True)) == {(min(p), max(p)) for p in arcs}
        for a, b, up, down in zip(low, high, graph.pairs.up, graph.pairs.down, strict=True):
            np.testing.assert_equal([up, down], [arcs.get((a, b), np.nan), arcs.get((b, a), np.nan)])


def test_distinct_values():
    values = np.random.default_rng(2).integers(-50, 50, 1_000)
    assert distinct(values).tolist() == sorted(set(values.tolist()))
    assert distinct(np.empty(0, dtype=np.int64)).tolist() == []
