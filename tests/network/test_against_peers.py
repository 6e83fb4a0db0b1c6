"""Each algorithm against an independent implementation on hundreds of seeded random graphs.

Shapes (see the factory): sparse with isolates, dense, star, complete, one hub, two communities and
one bridge, long path, loops only; directed or not, weighted or not.
"""

from collections import Counter
from fractions import Fraction

import igraph
import networkx as nx
import numpy as np
import pytest

from assets.network import brokerage, centrality, communities, mixing, structural_holes
from assets.network.graph import Graph, symmetrised
from assets.network.graph_shape import component_sizes, transitivity
from assets.network.sampling import sampled_betweenness, sampled_harmonic
from assets.network.ties import reciprocity
from tests.factories.graphs import bottleneck_graph, random_graph, random_graphs

KINDS = [(False, False), (False, True), (True, False), (True, True)]
COUNT = 160
each_kind = pytest.mark.parametrize(("is_directed", "is_weighted"), KINDS)


def nx_graph(graph: Graph) -> nx.Graph:
    result = nx.DiGraph() if graph.is_directed else nx.Graph()
    result.add_nodes_from(range(graph.n))
    for a, b, w in zip(graph.src.tolist(), graph.dst.tolist(), graph.weight.tolist(), strict=True):
        result.add_edge(a, b, weight=w, length=1 / Fraction(w))  # exact: networkx compares with ==
    return result


def dense(graph: Graph) -> np.ndarray:
    matrix = np.zeros((graph.n, graph.n))
    rows, columns, weights = graph.arcs
    matrix[rows, columns] = weights
    return matrix


@each_kind
def test_betweenness(is_directed, is_weighted):
    for seed, graph in random_graphs(COUNT, is_directed=is_directed, is_weighted=is_weighted):
        lengths = (1 / graph.weight).tolist() if is_weighted and graph.n_edges else None
        expected = graph.igraph.betweenness(directed=is_directed, weights=lengths)
        found = centrality.betweenness(graph, is_weighted=is_weighted, engine="kernels").values
        np.testing.assert_allclose(found, expected, atol=1e-9, err_msg=f"seed {seed}")
        if seed % 4 == 0:
            peer = nx.betweenness_centrality(
                nx_graph(graph), normalized=False, weight="length" if is_weighted else None
            )
            np.testing.assert_allclose(found, [peer[v] for v in range(graph.n)], atol=1e-9)


@pytest.mark.parametrize("is_directed", [False, True])
@pytest.mark.parametrize("cutoff", [1, 2, 3, 4])
def test_bounded_betweenness(is_directed, cutoff):
    for seed, graph in random_graphs(COUNT, is_directed=is_directed, is_weighted=False):
        expected = graph.igraph.betweenness(directed=is_directed, cutoff=cutoff)
        found = centrality.betweenness(graph, cutoff=cutoff, engine="kernels").values
        np.testing.assert_allclose(found, expected, atol=1e-9, err_msg=f"seed {seed}")


@pytest.mark.parametrize("is_directed", [False, True])
def test_all_pivots_give_the_exact_betweenness_on_larger_graphs(is_directed):
    """Enough vertices that levels are both pushed and pulled, and the last batch is not full."""
    for seed in range(16):
        graph = random_graph(seed, is_directed=is_directed, is_weighted=False, n=150 + seed)
        found, error = sampled_betweenness(graph, graph.n, seed=1)
        np.testing.assert_allclose(found, graph.igraph.betweenness(directed=is_directed), atol=1e-8)
        np.testing.assert_allclose(error, 0, atol=1e-7)


@pytest.mark.parametrize("is_directed", [False, True])
def test_harmonic_and_reach(is_directed):
    for seed, graph in random_graphs(COUNT, is_directed=is_directed, is_weighted=False):
        expected = graph.igraph.harmonic_centrality(mode="out")
        found = centrality.harmonic_centrality(graph, engine="kernels").values
        np.testing.assert_allclose(found, expected, atol=1e-12, err_msg=f"seed {seed}")
        reach = centrality.reach_within_two(graph, engine="kernels")
        np.testing.assert_array_equal(reach, centrality.reach_within_two(graph, engine="igraph"))


def test_harmonic_with_more_sources_than_one_search_carries():
    graph = random_graph(6, is_directed=False, is_weighted=False, n=1_200)
    found = centrality.harmonic_centrality(graph, engine="kernels").values
    np.testing.assert_allclose(found, graph.igraph.harmonic_centrality(mode="all"), atol=1e-12)


@each_kind
def test_pagerank(is_directed, is_weighted):
    for seed, graph in random_graphs(COUNT, is_directed=is_directed, is_weighted=is_weighted):
        weights = graph.weight.tolist() if is_weighted else None
        expected = graph.igraph.pagerank(weights=weights)
        np.testing.assert_allclose(centrality.pagerank(graph), expected, atol=1e-8, err_msg=f"seed {seed}")


@pytest.mark.parametrize("is_weighted", [False, True])
def test_ego_structure(is_weighted):
    for seed, graph in random_graphs(COUNT, is_directed=False, is_weighted=is_weighted):
        fast = structural_holes.ego_structure(graph, engine="kernels")
        slow = structural_holes.ego_structure(graph, engine="igraph")
        np.testing.assert_array_equal(fast.triangles, slow.triangles, err_msg=f"seed {seed}")
        np.testing.assert_allclose(fast.constraint, slow.constraint, atol=1e-10)
        np.testing.assert_allclose(fast.constraint, brute_constraint(dense(graph)), atol=1e-10)
        np.testing.assert_allclose(fast.effective_size, brute_effective_size(dense(graph)), atol=1e-10)
        peer = nx.triangles(nx_graph(graph))
        assert fast.triangles.tolist() == [peer[v] for v in range(graph.n)]


def brute_constraint(z: np.ndarray) -> list[float]:
    result = []
    for i in range(len(z)):
        alters = np.flatnonzero(z[i])
        p = np.divide(z, z.sum(axis=1, keepdims=True), out=np.zeros_like(z), where=z > 0)
        total = sum((p[i, j] + sum(p[i, q] * p[q, j] for q in alters if q != j)) ** 2 for j in alters)
        result.append(total if alters.size else np.nan)
    return result


def brute_effective_size(z: np.ndarray) -> list[float]:
    result = []
    for i in range(len(z)):
        alters = np.flatnonzero(z[i])
        among = (z[np.ix_(alters, alters)] > 0).sum() / 2
        result.append(alters.size - 2 * among / alters.size if alters.size else np.nan)
    return result


@pytest.mark.parametrize("is_directed", [False, True])
def test_valued_effective_size(is_directed):
    """Against networkx asked node by node: without ``nodes=`` its 3.6.1 gives other values."""
    for seed, graph in random_graphs(64, is_directed=is_directed, is_weighted=True):
        found = structural_holes.effective_size_valued(graph)
        z = dense(graph) + dense(graph).T
        for i in range(graph.n):
            alters = np.flatnonzero(z[i])
            expected = sum(
                1 - sum(z[i, q] / z[i].sum() * z[j, q] / z[j].max() for q in alters if q != j) for j in alters
            )
            assert found[i] == pytest.approx(expected if alters.size else np.nan, nan_ok=True), seed


@pytest.mark.parametrize("engine", ["igraph", "kernels"])
@pytest.mark.parametrize("is_directed", [False, True])
def test_gould_fernandez(is_directed, engine):
    for seed, graph in random_graphs(COUNT, is_directed=is_directed, is_weighted=False):
        groups = np.random.default_rng(seed).integers(0, 4, graph.n)
        found = brokerage.gould_fernandez(graph, groups, engine=engine)
        np.testing.assert_array_equal(found.counts, brute_brokerage(graph, groups), err_msg=f"seed {seed}")


def brute_brokerage(graph: Graph, groups: np.ndarray) -> np.ndarray:
    arcs = set(zip(graph.arcs[0].tolist(), graph.arcs[1].tolist(), strict=True))
    after: dict[int, list[int]] = {}
    for a, b in arcs:
        after.setdefault(a, []).append(b)
    counts = np.zeros((graph.n, 5), dtype=np.int64)
    for a, b in arcs:
        for c in after.get(b, []):
            if c == a or (a, c) in arcs:
                continue
            ga, gb, gc = groups[a], groups[b], groups[c]
            if ga == gb == gc:
                role = 0
            elif ga == gc:
                role = 1
            elif gb == gc:
                role = 2
            elif ga == gb:
                role = 3
            else:
                role = 4
            counts[b, role] += 1
    return counts


def test_expected_brokerage_is_the_mean_over_shuffled_labels():
    graph = random_graph(1, is_directed=True, is_weighted=False, n=14)
    rng = np.random.default_rng(3)
    groups = rng.integers(0, 3, graph.n)
    observed = brokerage.gould_fernandez(graph, groups)
    draws = np.array(
        [brokerage.gould_fernandez(graph, rng.permutation(groups)).counts.sum(axis=0) for _ in range(3_000)]
    )
    expected = observed.total.sum() * brokerage.role_probabilities(groups)
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert (np.abs(draws.mean(axis=0) - expected) <= 4 * error + 1e-9).all()


@each_kind
def test_person_mixing(is_directed, is_weighted):
    for seed, graph in random_graphs(64, is_directed=is_directed, is_weighted=is_weighted):
        groups = np.random.default_rng(seed).integers(0, 3, graph.n) * 7
        matrix = dense(graph)
        linked = (matrix + matrix.T) > 0
        same = groups[:, None] == groups[None, :]
        external, internal = (linked & ~same).sum(axis=1), (linked & same).sum(axis=1)
        with np.errstate(invalid="ignore"):
            expected = np.where(linked.any(axis=1), (external - internal) / (external + internal), np.nan)
        np.testing.assert_allclose(brokerage.ei_index_person(graph, groups), expected)
        found = brokerage.participation_coefficient(graph, groups)
        for i in range(graph.n):
            total = matrix[i].sum()
            shares = [matrix[i, groups == g].sum() / total for g in np.unique(groups)] if total else []
            value = 1 - sum(share**2 for share in shares) if shares else np.nan
            assert found[i] == pytest.approx(value, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("is_weighted", [False, True])
def test_modularity_components_transitivity(is_weighted):
    for seed, graph in random_graphs(COUNT, is_directed=False, is_weighted=is_weighted):
        groups = np.random.default_rng(seed).integers(0, 4, graph.n)
        if graph.n_edges:
            expected = graph.igraph.modularity(groups.tolist(), weights=graph.weight.tolist())
            assert communities.modularity(graph, groups) == pytest.approx(expected, abs=1e-12)
        else:
            assert np.isnan(communities.modularity(graph, groups))
        assert sorted(component_sizes(graph)) == sorted(graph.igraph.connected_components().sizes())
        expected = graph.igraph.transitivity_undirected()
        assert transitivity(graph) == pytest.approx(expected, nan_ok=True)


def test_reciprocity():
    for _, graph in random_graphs(COUNT, is_directed=True, is_weighted=True):
        expected = graph.igraph.reciprocity() if graph.n_edges else np.nan
        assert reciprocity(graph) == pytest.approx(expected, nan_ok=True)


def test_partitions_compared():
    rng = np.random.default_rng(0)
    for _ in range(100):
        left, right = rng.integers(0, rng.integers(2, 6), (2, 30))
        for method, mine in (
            ("nmi", communities.normalised_mutual_information),
            ("adjusted_rand", communities.adjusted_rand),
        ):
            expected = igraph.compare_communities(left.tolist(), right.tolist(), method=method)
            assert mine(left, right) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("threshold", [0, 3_000])
def test_ei_counts_of_groups(monkeypatch, threshold):
    monkeypatch.setattr(mixing, "KERNEL_VERTICES", threshold)
    for seed, graph in random_graphs(64, is_directed=True, is_weighted=False):
        groups = np.random.default_rng(seed).integers(0, 4, graph.n)
        mixed = mixing.mixing(graph, groups, permutations=0)
        touched: Counter[tuple[int, bool]] = Counter()
        for a, b in zip(groups[graph.src], groups[graph.dst], strict=True):
            for g in {a, b}:
                touched[g, a != b] += 1
        assert mixed.external.tolist() == [touched[g, True] for g in mixed.group_labels]
        assert mixed.internal.tolist() == [touched[g, False] for g in mixed.group_labels]


@pytest.mark.parametrize("how", ["mutual", "max", "mean", "sum", "weak"])
def test_symmetrisation(how):
    rules = {
        "mutual": lambda a, b: np.sqrt(a * b),
        "max": np.maximum,
        "mean": lambda a, b: (a + b) / 2,
        "sum": np.add,
        "weak": lambda a, b: ((a + b) > 0).astype(float),
    }
    for _, graph in random_graphs(COUNT, is_directed=True, is_weighted=True):
        matrix = dense(graph)
        np.testing.assert_allclose(dense(symmetrised(graph, how)), rules[how](matrix, matrix.T))


def test_sampled_betweenness_finds_structural_bottlenecks():
    """Judged where degree says nothing: low-degree people alone join dense blocks in a ring."""
    graph = bottleneck_graph(n_blocks=12, block=60, bridges=2, seed=4)
    exact = centrality.betweenness(graph, engine="kernels").values
    degree = centrality.degree(graph)
    assert np.corrcoef(rank(exact), rank(degree))[0, 1] < 0.8
    bridges = {b * 60 + i for b in range(12) for i in range(2)}
    top_exact = set(np.argsort(-exact)[:24].tolist())
    assert not bridges & set(np.argsort(-degree)[:24].tolist())
    estimate, error = sampled_betweenness(graph, 96, seed=1)
    top_sampled = set(np.argsort(-estimate)[:24].tolist())
    assert len(top_exact & top_sampled) >= 20
    assert (error[list(bridges)] > 0).all()


def test_standard_errors_match_the_spread_of_repeated_samples():
    graph = random_graph(5, is_directed=False, is_weighted=False, n=400)
    exact = centrality.betweenness(graph, engine="kernels").values
    harmonic = centrality.harmonic_centrality(graph, engine="kernels").values
    between = np.array([sampled_betweenness(graph, 64, seed=seed) for seed in range(150)])
    closeness = np.array([sampled_harmonic(graph, 64, seed=seed) for seed in range(150)])
    for draws, truth in ((between, exact), (closeness, harmonic)):
        claimed = (draws[:, 1] ** 2).mean()
        seen = ((draws[:, 0] - truth) ** 2).mean()
        assert claimed == pytest.approx(seen, rel=0.12)
        assert draws[:, 0].mean() == pytest.approx(truth.mean(), rel=0.01)


def rank(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values))
