"""One month's network as tables: people, units, pairs of units, the organisation.

Gates of the metric specification: person metrics are NULL below 30 people or 60 % coverage, group
metrics below 30 ties, modularity below 100 people; people who are not measured keep their row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.network import brokerage, centrality, communities, mixing, structural_holes, ties, unit_flows
from assets.network.graph import Graph
from assets.network.network_tables import SCHEMAS, as_table, masked
from assets.network.population import NO_UNIT, Population, read_population
from assets.network.roles import hubs, information_brokers


@dataclass(frozen=True)
class SnapshotOptions:
    """What a snapshot depends on beside its inputs; all of it is part of the fingerprint."""

    theta: float = 0.5
    min_event_days: int = 2
    seed: int = 1
    min_nodes: int = 30
    min_coverage: float = 0.6
    min_ties: int = 30
    min_modularity_nodes: int = 100
    cutoff: int = 3
    exact_vertices: int = centrality.EXACT_VERTICES
    pivots: int = centrality.DEFAULT_PIVOTS
    weighted_exact_vertices: int = 5_000
    weighted_pivots: int = 64
    permutations: int = 1_000
    leiden_restarts: int = 10


@dataclass(frozen=True)
class Snapshot:
    """Tables of one month by name (see :data:`SCHEMAS`), and counts a person wants to see."""

    month: date
    tables: dict[str, pa.Table]
    facts: dict[str, Any]


@dataclass(frozen=True)
class PersonMetrics:
    """Table C for every person, in the order of the population; NaN where undefined."""

    columns: dict[str, NDArray[Any]]
    methods: dict[str, str]


def snapshot(
    month: date, tie_table: pa.Table, people: pa.Table, options: SnapshotOptions | None = None
) -> Snapshot:
    """Every network metric of one month.

    ``month`` is the first day of the month; inputs as in
    :func:`assets.network.population.read_population`. The result does not depend on the order of
    rows or keys. Raises ``GraphInputError`` on inputs that cannot be a network.
    """
    chosen = options or SnapshotOptions()
    population = read_population(tie_table, people, theta=chosen.theta, min_event_days=chosen.min_event_days)
    return snapshot_of(month, population, chosen)


def snapshot_of(month: date, population: Population, chosen: SnapshotOptions) -> Snapshot:
    """The tables of a population that is already read; see :func:`snapshot`."""
    metrics = person_metrics(population, chosen)
    mixed = mixing.mixing(
        population.mutual, population.group, permutations=chosen.permutations, seed=chosen.seed
    )
    found = communities.leiden(population.mutual, restarts=chosen.leiden_restarts, seed=chosen.seed)
    tables = {
        "person_month": _person_table(month, population, metrics, found, chosen),
        "org_unit_month": _unit_table(month, population, metrics, mixed, chosen),
        "org_unit_pair_month": _pair_table(month, population),
        "organisation_month": _organisation_table(month, population, mixed, found, chosen),
    }
    facts = {
        "people": population.n,
        "arcs": population.directed.n_edges,
        "ties": population.mutual.n_edges,
        "graph coverage": population.coverage,
        "ties to people outside": population.n_unknown_ends,
        "betweenness": metrics.methods["betweenness"],
    }
    return Snapshot(month, tables, facts)


def person_metrics(population: Population, options: SnapshotOptions) -> PersonMetrics:
    """Table C on the whole graph: every person, measured or not, isolates included."""
    directed, mutual, group = population.directed, population.mutual, population.group
    pivots = options.pivots if population.n > options.exact_vertices else None
    scale = centrality.betweenness_scale(mutual) or np.nan
    between = centrality.betweenness(mutual, cutoff=options.cutoff, pivots=pivots, seed=options.seed)
    # A weighted search costs about five unweighted ones: sampled earlier, and from fewer pivots.
    few = options.pivots if population.n > options.weighted_exact_vertices else None
    few = options.weighted_pivots if population.n > options.exact_vertices else few
    weighted = centrality.betweenness(mutual, is_weighted=True, pivots=few, seed=options.seed)
    harmonic = centrality.harmonic_centrality(mutual, pivots=pivots, seed=options.seed)
    ego = structural_holes.ego_structure(mutual)
    roles = brokerage.gould_fernandez(population.flow, group)
    alters = centrality.degree(mutual)
    error = between.standard_error
    with np.errstate(invalid="ignore", divide="ignore"):
        efficiency = np.where(alters > 0, ego.effective_size / alters, np.nan)
    columns: dict[str, NDArray[Any]] = {
        "network_size": alters,
        "degree_in": centrality.degree_in(directed),
        "degree_out": centrality.degree_out(directed),
        "strength_in": centrality.strength_in(directed),
        "strength_out": centrality.strength_out(directed),
        "degree_centrality": centrality.degree_centrality(mutual),
        "betweenness": between.values / scale,
        "betweenness_weighted": weighted.values / scale,
        "betweenness_se": np.full(population.n, np.nan) if error is None else error / scale,
        "harmonic_centrality": harmonic.values,
        "pagerank": centrality.pagerank(directed),
        "coreness": centrality.coreness(mutual),
        "local_clustering": ego.local_clustering,
        "effective_size": ego.effective_size,
        "efficiency": efficiency,
        "constraint_wholenet": ego.constraint,
        "is_articulation": centrality.articulation_points(mutual),
        "ei_index_person": brokerage.ei_index_person(mutual, group),
        "participation_coef": brokerage.participation_coefficient(mutual, group),
        "reach2": centrality.reach_within_two(mutual),
        **{f"gf_{role}": roles.counts[:, i] for i, role in enumerate(brokerage.ROLES)},
        "gf_total": roles.total,
    }
    return PersonMetrics(columns, {"betweenness": between.method, "harmonic": harmonic.method})


def _person_table(
    month: date,
    population: Population,
    metrics: PersonMetrics,
    found: communities.Communities,
    options: SnapshotOptions,
) -> pa.Table:
    is_open = population.n >= options.min_nodes and population.coverage >= options.min_coverage
    shown = population.is_measured & is_open
    columns: dict[str, Any] = {
        "month_start": [month] * population.n,
        "person_key": population.person_key,
        "group_key": population.group,
        "is_measured": population.is_measured,
    }
    for name, values in {**metrics.columns, "community": found.membership}.items():
        columns[name] = masked(values, shown)
    for name in ("betweenness", "harmonic"):
        method = metrics.methods[name]
        columns[f"{name}_method"] = [method if is_shown else None for is_shown in shown.tolist()]
    return as_table("person_month", columns)


def _unit_table(
    month: date,
    population: Population,
    metrics: PersonMetrics,
    mixed: mixing.Mixing,
    options: SnapshotOptions,
) -> pa.Table:
    mutual, group = population.mutual, population.group
    labels, number = np.unique(group, return_inverse=True)
    sizes = np.bincount(number, minlength=labels.size)
    _, without_external = mixing.share_without_external(mutual, group)
    n_ties = mixed.external + mixed.internal
    enough = n_ties >= options.min_ties
    excess = np.where(enough, mixed.ei_excess, np.nan)
    columns = metrics.columns
    measured = population.is_measured
    hub = hubs(columns["pagerank"], columns["coreness"], group, measured)
    broker = information_brokers(columns["betweenness"], columns["constraint_wholenet"], measured)

    def members(where: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(number[where], minlength=labels.size).astype(np.int64)

    possible = sizes * (sizes - 1) / 2
    degrees = np.bincount(number, weights=columns["network_size"], minlength=labels.size)
    table = as_table(
        "org_unit_month",
        {
            "month_start": [month] * labels.size,
            "org_unit_key": labels,
            "n_nodes": sizes,
            "n_ties": n_ties,
            "density": np.where(enough & (possible > 0), mixed.internal / np.maximum(possible, 1), np.nan),
            "mean_degree": degrees / sizes,
            "ei_index": np.where(enough, mixed.ei_index, np.nan),
            "ei_expected": np.where(enough, mixed.ei_expected, np.nan),
            "ei_excess": excess,
            "ei_p_value": np.where(enough, mixed.ei_p_value, np.nan),
            "n_external_ties": mixed.external,
            "n_internal_ties": mixed.internal,
            "share_without_external": without_external,
            "n_units_reached": mixing.units_reached(mutual, group),
            "silo_flag": mixing.silo_flags(excess, mixed.ei_p_value, without_external),
            "n_hubs": None if hub is None else members(hub),
            "n_brokers": None if broker is None else members(broker),
            "n_articulation": members(columns["is_articulation"]),
            "n_isolates": members(columns["network_size"] == 0),
        },
    )
    return table.filter(pa.array(labels != NO_UNIT))


def _pair_table(month: date, population: Population) -> pa.Table:
    flows = unit_flows.unit_flows(population.directed, population.group)
    table = as_table(
        "org_unit_pair_month",
        {
            "month_start": [month] * flows.weight.size,
            "from_org_unit_key": flows.from_unit,
            "to_org_unit_key": flows.to_unit,
            "weight": flows.weight,
            "n_ties": flows.n_ties,
            "n_people_from": flows.n_people_from,
            "n_people_to": flows.n_people_to,
            "n_from": flows.n_from,
            "n_to": flows.n_to,
            "flow": flows.flow,
            "flow_ratio": flows.flow_ratio,
            "bridge_dependency": flows.bridge_dependency,
        },
    )
    return table.filter(pa.array((flows.from_unit != NO_UNIT) & (flows.to_unit != NO_UNIT)))


def _organisation_table(
    month: date,
    population: Population,
    mixed: mixing.Mixing,
    found: communities.Communities,
    options: SnapshotOptions,
) -> pa.Table:
    mutual = population.mutual
    components = component_sizes(mutual)
    big_enough = population.n >= options.min_modularity_nodes
    enough = mutual.n_edges >= options.min_ties
    nan = float("nan")
    row: dict[str, Any] = {
        "month_start": month,
        "n_nodes": population.n,
        "n_arcs": population.directed.n_edges,
        "n_ties": mutual.n_edges,
        "n_isolates": int((centrality.degree(mutual) == 0).sum()),
        "n_components": components.size,
        "largest_component": int(components.max(initial=0)),
        "reciprocity": ties.reciprocity(population.directed),
        "density": mixing.density(mutual) if enough else nan,
        "transitivity": transitivity(mutual),
        "modularity_formal": communities.modularity(mutual, population.group) if big_enough else nan,
        "modularity_detected": found.modularity if big_enough else nan,
        "n_communities": found.n_communities if big_enough else None,
        "graph_coverage": population.coverage,
        "ei_index": mixed.total_ei_index if enough else nan,
        "ei_expected": mixed.total_ei_expected if enough else nan,
        "ei_p_value": mixed.total_ei_p_value if enough else nan,
    }
    return as_table("organisation_month", {name: [value] for name, value in row.items()})


def component_sizes(graph: Graph) -> NDArray[np.int64]:
    """Number of vertices of each component, direction ignored; isolates are components of one."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    matrix = csr_array((np.ones(graph.n_edges), (graph.src, graph.dst)), shape=(graph.n, graph.n))
    _, label = connected_components(matrix, directed=False)
    return np.bincount(label).astype(np.int64) if graph.n else np.empty(0, dtype=np.int64)


def transitivity(graph: Graph) -> float:
    """Three times the triangles over the connected triples; NaN without triples."""
    alters = graph.out.degrees
    triples = float(np.sum(alters * (alters - 1) / 2))
    if triples == 0:
        return float("nan")
    return float(structural_holes.ego_structure(graph).triangles.sum() / triples)


__all__ = ["SCHEMAS", "Snapshot", "SnapshotOptions", "snapshot"]
