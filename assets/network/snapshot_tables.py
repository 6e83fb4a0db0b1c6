"""Metrics of one month as rows of the network tables, with the gates of the metric specification."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.network import brokerage, centrality, communities, mixing, ties, unit_flows
from assets.network.graph_shape import component_sizes, transitivity
from assets.network.network_tables import as_table, masked
from assets.network.person_metrics import PersonMetrics
from assets.network.population import NO_UNIT, Population
from assets.network.roles import hubs, information_brokers, load_concentration
from assets.network.snapshot_options import SnapshotOptions
from assets.network.table_schemas import CHANNELS


def person_table(
    month: date,
    population: Population,
    metrics: PersonMetrics,
    found: communities.Communities,
    options: SnapshotOptions,
) -> pa.Table:
    """``person_month``: table C; NULL below 30 people or 60 % coverage and for who is not measured."""
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
    for name, method in metrics.methods.items():
        columns[f"{name}_method"] = [method if is_shown else None for is_shown in shown.tolist()]
    return as_table("person_month", columns)


def unit_table(
    month: date,
    population: Population,
    metrics: PersonMetrics,
    mixed: mixing.Mixing,
    options: SnapshotOptions,
) -> pa.Table:
    """``org_unit_month``: shares of ties are NULL below 30 of them; people of no unit have no row."""
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
            "ei_p_method": [mixed.p_method if is_enough else None for is_enough in enough.tolist()],
            "ei_index_weighted": np.where(enough, mixed.ei_index_weighted, np.nan),
            "n_external_ties": mixed.external,
            "n_internal_ties": mixed.internal,
            "share_without_external": without_external,
            "n_units_reached": mixing.units_reached(mutual, group),
            "silo_flag": mixing.silo_flags(excess, mixed.ei_p_value, without_external),
            "n_hubs": None if hub is None else members(hub),
            "n_brokers": None if broker is None else members(broker),
            "n_articulation": members(columns["is_articulation"]),
            "n_isolates": members(columns["network_size"] == 0),
            **{
                f"gf_{role}": undominated_sums(columns[f"gf_{role}"], number, labels.size)
                for role in (*brokerage.ROLES, "total")
            },
        },
    )
    return table.filter(pa.array(labels != NO_UNIT))


def undominated_sums(values: NDArray[Any], number: NDArray[np.int64], n_groups: int) -> NDArray[np.float64]:
    """Sum per group; NaN where one member holds over half of it, or two over three quarters.

    Metric specification, 0.8: such a sum tells what one person did.
    """
    order = np.lexsort((-values, number))
    given, group = values[order].astype(np.float64), number[order]
    rank = np.arange(given.size) - np.searchsorted(group, np.arange(n_groups))[group]
    total = np.bincount(group, weights=given, minlength=n_groups)
    first = np.bincount(group[rank < 1], weights=given[rank < 1], minlength=n_groups)
    two = np.bincount(group[rank < 2], weights=given[rank < 2], minlength=n_groups)
    return np.where((first > 0.5 * total) | (two > 0.75 * total), np.nan, total)


def pair_table(month: date, population: Population) -> pa.Table:
    """``org_unit_pair_month``: one row per ordered pair of units with weight between them."""
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


def organisation_table(
    month: date,
    population: Population,
    mixed: mixing.Mixing,
    found: communities.Communities,
    options: SnapshotOptions,
) -> pa.Table:
    """``organisation_month``: one row; modularity is NULL below 100 people."""
    mutual = population.mutual
    components = component_sizes(mutual)
    big_enough = population.n >= options.min_modularity_nodes
    enough = mutual.n_edges >= options.min_ties
    nan = float("nan")
    strength_in = centrality.strength_in(population.directed)
    mix = ties.channel_shares(population.channel_weight)
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
        **_communities(population, found, options, is_shown=big_enough),
        "graph_coverage": population.coverage,
        "blind_spot_rate": 1.0 - population.coverage,
        "ei_index": mixed.total_ei_index if enough else nan,
        "ei_expected": mixed.total_ei_expected if enough else nan,
        "ei_p_value": mixed.total_ei_p_value if enough else nan,
        "ei_p_method": mixed.p_method if enough else None,
        "ei_index_weighted": mixing.ei_index_weighted(mutual, population.group) if enough else nan,
        **{f"share_{channel}": mix.get(channel, nan) for channel in CHANNELS},
        "load_concentration": load_concentration(strength_in, population.is_measured),
    }
    return as_table("organisation_month", {name: [value] for name, value in row.items()})


def _communities(
    population: Population, found: communities.Communities, options: SnapshotOptions, *, is_shown: bool
) -> dict[str, Any]:
    """Formal and detected modularity and how alike the two partitions are; NULL in small networks."""
    mutual, group = population.mutual, population.group
    names = ("modularity_formal", "modularity_detected", "n_communities", "community_nmi")
    hidden = (*names, "community_adjusted_rand", "community_stability", "community_method")
    if not is_shown or mutual.n_edges == 0:
        return {**dict.fromkeys(hidden), "n_communities": 0 if is_shown else None}
    return {
        "modularity_formal": communities.modularity(mutual, group),
        "modularity_detected": found.modularity,
        "n_communities": found.n_communities,
        "community_nmi": communities.normalised_mutual_information(found.membership, group),
        "community_adjusted_rand": communities.adjusted_rand(found.membership, group),
        "community_stability": found.stability,
        "community_method": f"leiden_modularity_{options.leiden_restarts}_runs_seed{options.seed}",
    }
