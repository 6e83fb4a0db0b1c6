"""What holds on every graph, whatever hypothesis thinks of: check K19 and the ranges of table C."""

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.network import brokerage, centrality, communities, mixing, structural_holes, ties, unit_flows
from assets.network.change import network_change
from assets.network.dyads import neighbourhood_overlap
from assets.network.graph import Graph, symmetrised
from assets.network.hierarchy import hierarchy_dimensions
from assets.network.robustness import fragmentation, removal_effects
from assets.network.ties import TieArrays

quick = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
EPSILON = 1e-9


@st.composite
def graphs(draw, is_directed=None):
    n = draw(st.integers(1, 14))
    vertex = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(vertex, vertex, st.floats(0.01, 100)), max_size=50))
    kind = draw(st.booleans()) if is_directed is None else is_directed
    src, dst, weight = zip(*edges, strict=True) if edges else ((), (), ())
    return Graph.from_edges(n, src, dst, weight, is_directed=kind)


@st.composite
def grouped(draw, is_directed=None):
    graph = draw(graphs(is_directed))
    groups = draw(st.lists(st.integers(0, 4), min_size=graph.n, max_size=graph.n))
    return graph, np.array(groups)


def defined(values):
    return values[~np.isnan(values)]


def within(values, low, high):
    values = defined(np.asarray(values, dtype=float))
    return bool(((values >= low - EPSILON) & (values <= high + EPSILON)).all())


@quick
@given(graphs())
def test_ranges_of_centralities(graph):
    assert np.isclose(centrality.pagerank(graph).sum(), 1)
    assert within(centrality.harmonic_centrality(graph).values, 0, 1)
    scale = centrality.betweenness_scale(graph)
    if scale:
        for engine in ("igraph", "kernels"):
            assert within(centrality.betweenness(graph, engine=engine).values / scale, 0, 1)
    bounded = centrality.betweenness(graph, cutoff=3).values
    assert (bounded <= centrality.betweenness(graph).values + 1e-6).all()
    assert np.isclose(centrality.strength_out(graph).sum(), centrality.strength_in(graph).sum())


@quick
@given(graphs(is_directed=False))
def test_ranges_of_ego_structure(graph):
    alters = centrality.degree(graph)
    for engine in ("igraph", "kernels"):
        ego = structural_holes.ego_structure(graph, engine=engine)
        assert within(ego.local_clustering, 0, 1)
        some = alters > 0
        assert (ego.effective_size[some] >= 1 - EPSILON).all()
        assert (ego.effective_size[some] <= alters[some] + EPSILON).all()
        assert (ego.constraint[some] > 0).all()
        assert np.isnan(ego.constraint[~some]).all()
    assert within(structural_holes.efficiency(graph), 0, 1)
    assert within(neighbourhood_overlap(graph), 0, 1)
    assert (centrality.coreness(graph) <= alters).all()


@quick
@given(grouped())
def test_roles_sum_to_the_total_and_labels_do_not_change_it(case):
    graph, groups = case
    found = brokerage.gould_fernandez(graph, groups)
    assert (found.counts >= 0).all()
    fast = brokerage.gould_fernandez(graph, groups, engine="kernels")
    assert np.array_equal(found.counts, fast.counts)
    one_group = brokerage.gould_fernandez(graph, np.zeros(graph.n, dtype=int))
    assert np.array_equal(found.total, one_group.total)
    assert np.array_equal(one_group.counts[:, 0], one_group.total)
    if not graph.is_directed:
        assert np.array_equal(found.counts[:, 2], found.counts[:, 3])
    probabilities = brokerage.role_probabilities(groups)
    assert graph.n < 3 or np.isclose(probabilities.sum(), 1)


@quick
@given(grouped())
def test_internal_and_external_ties_add_up(case):
    graph, groups = case
    mixed = mixing.mixing(graph, groups, permutations=0)
    assert mixed.total_external + mixed.total_internal == graph.n_edges
    assert mixed.internal.sum() == mixed.total_internal
    assert mixed.external.sum() == 2 * mixed.total_external
    assert within(mixed.ei_index, -1, 1) and within(mixed.ei_expected, -1, 1)
    assert within(brokerage.ei_index_person(graph, groups), -1, 1)
    assert within(brokerage.participation_coefficient(graph, groups), 0, 1)
    flows = unit_flows.unit_flows(graph, groups)
    outside = groups[graph.src] != groups[graph.dst]
    assert np.isclose(flows.weight.sum(), graph.weight[outside].sum())
    assert within(flows.bridge_dependency, 0, 1)


@quick
@given(grouped(is_directed=False))
def test_partitions(case):
    graph, groups = case
    if graph.n_edges:
        assert -0.5 - EPSILON <= communities.modularity(graph, groups) <= 1
        best = communities.leiden(graph, restarts=3)
        assert best.modularity >= communities.modularity(graph, np.zeros(graph.n)) - EPSILON
    assert communities.adjusted_rand(groups, groups) == 1
    assert np.isclose(communities.normalised_mutual_information(groups, groups), 1)


@quick
@given(graphs(is_directed=True))
def test_dimensions_and_reciprocity(graph):
    found = hierarchy_dimensions(graph)
    shares = [v for name, v in found.__dict__.items() if name not in ("method", "standard_error")]
    assert within(shares, 0, 1)
    assert within([ties.reciprocity(graph)], 0, 1)
    assert symmetrised(graph, "mutual").n_edges <= symmetrised(graph, "weak").n_edges


@quick
@given(graphs(is_directed=False), graphs(is_directed=False))
def test_removal_and_change(graph, other):
    effects = removal_effects(graph)
    assert within(effects.fragmentation, 0, 1) and within([fragmentation(graph)], 0, 1)
    change = network_change(graph, np.arange(graph.n), other, np.arange(other.n))
    assert within([change.persistence, change.turnover_new, change.jaccard_all], 0, 1)
    total = change.behaviour + change.membership
    assert np.isnan(total) or np.isclose(total, 1 - change.jaccard_all)


@quick
@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 7), st.floats(0, 9), st.integers(1, 9)),
        unique_by=lambda row: row[:2],
        max_size=40,
    )
)
def test_higher_thresholds_never_add_ties(rows):
    src, dst, weight, days = (
        (np.array(column) for column in zip(*rows, strict=True)) if rows else [np.array([], int)] * 4
    )
    given_ties = TieArrays(src, dst, weight.astype(float), days)
    for build in (ties.directed_ties, ties.mutual_ties):
        loose, strict = build(8, given_ties, theta=0.5), build(8, given_ties, theta=2.0)
        assert set(strict.arc_keys().tolist()) <= set(loose.arc_keys().tolist())
        assert (strict.weight >= 2.0).all() and (loose.weight >= 0.5).all()


@quick
@given(graphs(), st.randoms(use_true_random=False))
def test_renaming_vertices_renames_the_results(graph, shuffler):
    order = list(range(graph.n))
    shuffler.shuffle(order)
    number = np.array(order)
    renamed = Graph.from_edges(
        graph.n, number[graph.src], number[graph.dst], graph.weight, is_directed=graph.is_directed
    )
    for metric in (
        lambda g: centrality.betweenness(g, engine="kernels").values,
        lambda g: centrality.betweenness(g, is_weighted=True, engine="kernels").values,
        lambda g: centrality.harmonic_centrality(g, engine="kernels").values,
        centrality.pagerank,
        structural_holes.constraint,
    ):
        np.testing.assert_allclose(metric(renamed)[number], metric(graph), atol=1e-8)


def test_tables_hold_no_nan():
    """NaN inside the package is NULL outside of it."""
    from datetime import date

    from assets.network.snapshot import snapshot
    from tests.factories.populations import population_tables

    edges, people = population_tables(n=40, within=0.1)
    for table in snapshot(date(2024, 1, 1), edges, people).tables.values():
        for name in table.column_names:
            if pa.types.is_floating(table[name].type):
                values = [v for v in table[name].to_pylist() if v is not None]
                assert not np.isnan(values).any(), name
