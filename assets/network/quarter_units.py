"""Org units and the whole organisation in one quarter. Metric specification, D3 to D9 and section N.

Figures of a unit are those of its inner network: its members and the ties among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.network.centrality import strength_in
from assets.network.change import network_change
from assets.network.dyads import tie_types
from assets.network.formal import formal_graph, formal_informal
from assets.network.graph import Graph
from assets.network.hierarchy import hierarchy_dimensions
from assets.network.mrqap import mrqap
from assets.network.network_tables import as_table
from assets.network.population import NO_UNIT, Population
from assets.network.quarter_people import MIN_NODES, PersonQuarter
from assets.network.robustness import attack_curve, efficiency, fragmentation, key_person_loss
from assets.network.role_networks import Context
from assets.network.roles import load_concentration
from assets.network.snapshot_options import SMALL, SnapshotOptions
from assets.network.table_schemas import LOSSES, QUARTERLY, ROLE_NAMES
from assets.network.ties import reciprocity

EXACT_ATTACK: Final = 100
"""Up to this many people betweenness is found anew after each removal; beyond, after 1 or 2 %."""
ATTACK_PIVOTS: Final = 64
RANDOM_RUNS: Final = 100
QUARTILES: Final = (
    "network_size",
    "degree_in",
    "degree_out",
    "strength_in",
    "strength_out",
    "betweenness",
    "harmonic_centrality",
    "pagerank",
    "coreness",
    "local_clustering",
    "effective_size",
    "efficiency",
    "constraint_wholenet",
    "ei_index_person",
    "participation_coef",
    "reach2",
    "gf_boundary_ratio",
    "mean_reciprocity",
)
"""Metrics of table C whose quartiles stand for a unit."""


@dataclass(frozen=True)
class Unit:
    """A unit's members (bool per person), its inner graphs, the chart and the places of its members."""

    key: int
    members: NDArray[np.bool_]
    directed: Graph
    mutual: Graph
    managers: NDArray[np.int64]
    location: NDArray[Any]


def unit_table(
    quarter: date,
    population: Population,
    context: Context,
    earlier: Population | None,
    people: PersonQuarter,
    options: SnapshotOptions,
    *,
    is_thorough: bool,
) -> pa.Table:
    """One row per unit and one, with key 0, for the organisation."""
    rows = []
    for unit in _units(population, context):
        n_ties = unit.mutual.n_edges
        row: dict[str, Any] = dict.fromkeys(QUARTERLY["org_unit_quarter"].names)
        row |= {
            "quarter_start": quarter,
            "org_unit_key": unit.key,
            "n_nodes": unit.directed.n,
            "n_arcs": unit.directed.n_edges,
            "n_ties": n_ties,
            "n_measured": int((population.is_measured & unit.members).sum()),
            **_role_counts(people, unit.members, population.is_measured),
        }
        if n_ties >= options.min_ties:
            row |= _hierarchy(unit, options)
            row |= _formal(unit, options, is_thorough)
            row |= _chart_and_location(unit, options, is_thorough)
            row |= _tie_shares(unit, population)
            if earlier is not None:
                row |= _change(unit, population, earlier)
            if unit.mutual.n >= MIN_NODES:
                row |= _robustness(unit, people, population, options, is_thorough)
        rows.append(row)
    columns = {name: [row[name] for row in rows] for name in QUARTERLY["org_unit_quarter"].names}
    return as_table("org_unit_quarter", columns)


def _units(population: Population, context: Context) -> Iterator[Unit]:
    """The organisation first; members of no unit belong to it alone."""
    everyone = np.ones(population.n, dtype=bool)
    yield Unit(NO_UNIT, everyone, population.directed, population.mutual, context.manager, context.location)
    number = np.full(population.n + 1, -1, dtype=np.int64)
    for key in np.unique(population.group).tolist():
        if key == NO_UNIT:
            continue
        members = population.group == key
        number[:-1] = np.where(members, np.cumsum(members) - 1, -1)
        yield Unit(
            key,
            members,
            population.directed.induced(members),
            population.mutual.induced(members),
            number[context.manager[members]],
            context.location[members],
        )


def _hierarchy(unit: Unit, options: SnapshotOptions) -> dict[str, Any]:
    found = hierarchy_dimensions(unit.directed, seed=options.seed)
    return {
        "connectedness": found.connectedness,
        "hierarchy": found.hierarchy,
        "efficiency_k94": found.efficiency_k94,
        "efficiency_ucinet": found.efficiency_ucinet,
        "least_upper_boundedness": found.least_upper_boundedness,
        "least_upper_boundedness_method": found.method,
        "least_upper_boundedness_se": found.standard_error,
    }


def _formal(unit: Unit, options: SnapshotOptions, is_thorough: bool) -> dict[str, Any]:
    """The chart against the ties; nothing where nobody's manager is known."""
    if not (unit.managers >= 0).any():
        return {}
    permutations = options.qap_permutations if is_thorough else 0
    row: dict[str, Any] = {}
    for name, variant in (("reports", "reports"), ("siblings", "reports_and_siblings")):
        if name == "siblings" and unit.mutual.n > options.exact_vertices:
            permutations = 0  # as many siblings as ties: minutes for a p that the reports give
        found = formal_informal(
            unit.mutual,
            unit.managers,
            variant=variant,  # type: ignore[arg-type]
            permutations=permutations,
            seed=options.seed,
        )
        row |= {
            f"formal_informal_jaccard_{name}": found.jaccard,
            f"informal_outside_formal_{name}": found.informal_outside_formal,
            f"unused_formal_{name}": found.unused_formal,
            f"qap_r_{name}": found.qap.r,
            f"qap_p_value_{name}": found.qap.p_value,
        }
        if name == "reports":
            method = f"{found.qap.n_permutations}_permutations_seed{options.seed}"
            row |= {
                "mean_orgchart_distance": found.mean_distance_informal,
                "mean_orgchart_distance_all": found.mean_distance_all,
                "n_unreachable_ties": found.n_unreachable,
                "qap_method": method if found.qap.n_permutations else None,
            }
    return row


def _chart_and_location(unit: Unit, options: SnapshotOptions, is_thorough: bool) -> dict[str, Any]:
    """What a line on the chart adds to the probability of a tie at equal location, and the reverse.

    Over the members whose location is known.
    """
    known = np.array([place is not None for place in unit.location], dtype=bool)
    if not known.any():
        return {}
    is_small = unit.mutual.n <= options.exact_vertices
    found = mrqap(
        unit.mutual.induced(known),
        [
            formal_graph(unit.managers).induced(known),
            np.unique(unit.location[known].astype(str), return_inverse=True)[1],
        ],
        permutations=options.qap_permutations if is_thorough and is_small else 0,
        seed=options.seed,
    )
    return {
        "mrqap_chart": found.coefficients[0],
        "mrqap_chart_p_value": found.p_values[0],
        "mrqap_location": found.coefficients[1],
        "mrqap_location_p_value": found.p_values[1],
    }


def _tie_shares(unit: Unit, population: Population) -> dict[str, Any]:
    """Kinds of the members' ties to anybody, reciprocity inside, how concentrated the load is."""
    kinds = tie_types(unit.mutual).kind
    load = strength_in(population.directed)
    return {
        "share_strong_ties": float(np.mean(kinds == "strong")),
        "share_diverse_ties": float(np.mean(kinds == "diverse")),
        "reciprocity": reciprocity(unit.directed),
        "load_concentration": load_concentration(load, population.is_measured & unit.members),
    }


def _change(unit: Unit, population: Population, earlier: Population) -> dict[str, Any]:
    before_members = earlier.group == unit.key if unit.key != NO_UNIT else np.ones(earlier.n, dtype=bool)
    before = earlier.mutual if unit.key == NO_UNIT else earlier.mutual.induced(before_members)
    found = network_change(
        before, earlier.person_id[before_members], unit.mutual, population.person_id[unit.members]
    )
    return {
        "n_continuing": found.n_continuing,
        "n_ties_before": before.n_edges,
        "tie_persistence": found.persistence,
        "tie_turnover_lost": found.turnover_lost,
        "tie_turnover_new": found.turnover_new,
        "jaccard_all": found.jaccard_all,
        "jaccard_continuing": found.jaccard_continuing,
        "change_behaviour": found.behaviour,
        "change_membership": found.membership,
    }


def _robustness(
    unit: Unit, people: PersonQuarter, population: Population, options: SnapshotOptions, is_thorough: bool
) -> dict[str, Any]:
    """Fragmentation and reach as they are; what attacks and losses leave for the thorough quarter."""
    graph, n = unit.mutual, unit.mutual.n
    row: dict[str, Any] = {"fragmentation": fragmentation(graph)}
    if people.is_critical is not None:
        row["n_critical"] = int((people.is_critical & unit.members & population.is_measured).sum())
    if n <= options.exact_vertices:
        row["mean_reciprocal_distance"] = efficiency(graph)
    if not is_thorough:
        return row
    pivots = ATTACK_PIVOTS if n > SMALL else None
    share = 0 if n <= EXACT_ATTACK else 1 if n <= options.exact_vertices else 2
    curve = attack_curve(
        graph,
        random_runs=RANDOM_RUNS,
        seed=options.seed,
        at_once=max(1, ceil(n * share / 100)),
        pivots=pivots,
    )
    steps = f"after_{share}_percent" if share else "after_each"
    sample = f"_{pivots}_pivots_seed{options.seed}" if pivots else ""
    row |= {
        "attack_curve_r": curve.robustness,
        "attack_curve_r_random": curve.random_robustness,
        "attack_method": f"recomputed_{steps}{sample}",
    }
    for percent, loss in zip(LOSSES, key_person_loss(graph, pivots=pivots, seed=options.seed), strict=True):
        row[f"largest_component_without_top_{percent}"] = loss.largest_component
        row[f"mean_distance_without_top_{percent}"] = loss.mean_distance
    return row


def _role_counts(
    people: PersonQuarter, members: NDArray[np.bool_], measured: NDArray[np.bool_]
) -> dict[str, Any]:
    """Confirmed labels; NULL for a label that this network cannot carry."""
    counts: dict[str, Any] = {}
    for name in ROLE_NAMES:
        is_defined = people.candidates[name] is not None
        labels = np.array([label is True for label in people.confirmed[name]], dtype=bool)
        counts[f"n_{name}"] = int((labels & members & measured).sum()) if is_defined else None
    return counts


def quartile_table(quarter: date, population: Population, metrics: pa.Table) -> pa.Table:
    """Quartiles of table C per unit and for the organisation (key 0), over people with a value."""
    groups = np.asarray(metrics["group_key"].to_numpy(), dtype=np.int64)
    keys = [NO_UNIT, *(key for key in np.unique(groups).tolist() if key != NO_UNIT)]
    rows: dict[str, list[Any]] = {
        name: [] for name in ("org_unit_key", "metric", "n_nodes", "n_defined", "p25", "p50", "p75")
    }
    for metric in QUARTILES:
        values = np.asarray(metrics[metric].cast(pa.float64()).to_numpy(), dtype=np.float64)
        for key in keys:
            members = values if key == NO_UNIT else values[groups == key]
            defined = members[~np.isnan(members)]
            quartiles = np.percentile(defined, (25, 50, 75)) if defined.size else [None] * 3
            row = (key, metric, members.size, defined.size, *quartiles)
            for name, value in zip(rows, row, strict=True):
                rows[name].append(value)
    columns = {**rows, "quarter_start": [quarter] * len(rows["metric"])}
    return as_table("org_unit_quartile_quarter", columns)
