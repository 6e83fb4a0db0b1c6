"""One month's network as tables: people, units, pairs of units, the organisation.

Gates of the metric specification: person metrics are NULL below 30 people or 60 % coverage, group
metrics below 30 ties, modularity below 100 people; people who are not measured keep their row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from assets.network import communities, mixing
from assets.network.person_metrics import person_metrics
from assets.network.population import Population, read_population
from assets.network.snapshot_options import SnapshotOptions, for_month
from assets.network.snapshot_tables import organisation_table, pair_table, person_table, unit_table


@dataclass(frozen=True)
class Snapshot:
    """Tables of one month by name (see ``MONTHLY``), and counts a person wants to see."""

    month: date
    tables: dict[str, pa.Table]
    facts: dict[str, Any]


def snapshot(
    month: date,
    tie_table: pa.Table,
    people: pa.Table,
    options: SnapshotOptions | None = None,
    *,
    is_thorough: bool = True,
) -> Snapshot:
    """Every network metric of one month.

    ``month`` is the first day of the month; inputs as in
    :func:`assets.network.population.read_population`. Past months are not ``is_thorough``: see
    :func:`assets.network.snapshot_options.for_month`. The result does not depend on the order of
    rows or keys. Raises ``GraphInputError`` on inputs that cannot be a network.
    """
    chosen = options or SnapshotOptions()
    population = read_population(tie_table, people, theta=chosen.theta, min_event_days=chosen.min_event_days)
    return snapshot_of(month, population, for_month(chosen, population.n, is_thorough=is_thorough))


def snapshot_of(month: date, population: Population, chosen: SnapshotOptions) -> Snapshot:
    """The tables of a population that is already read; see :func:`snapshot`."""
    found = communities.leiden(population.mutual, restarts=chosen.leiden_restarts, seed=chosen.seed)
    metrics = person_metrics(population, chosen, found.membership)
    mixed = mixing.mixing(
        population.mutual, population.group, permutations=chosen.permutations, seed=chosen.seed
    )
    tables = {
        "person_month": person_table(month, population, metrics, found, chosen),
        "org_unit_month": unit_table(month, population, metrics, mixed, chosen),
        "org_unit_pair_month": pair_table(month, population),
        "organisation_month": organisation_table(month, population, mixed, found, chosen),
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


__all__ = ["Snapshot", "SnapshotOptions", "snapshot", "snapshot_of"]
