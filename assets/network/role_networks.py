"""What role labels read, from graphs or from a stored month; and the context beside the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assets.network import brokerage, centrality, structural_holes
from assets.network.graph import Graph, positions
from assets.network.population import Population
from assets.network.roles import PersonContext, PersonNetwork
from assets.network.snapshot_options import SnapshotOptions

PART_TIME: Final = 0.8
"""Below four days a week a small network may follow from the working hours alone."""
NOBODY: Final = -(2**62)
"""No person's key: the manager of people at the top."""
BOOTSTRAP_TOLERANCE: Final = 1e-8
"""PageRank of a resample serves a percentile only."""

_COLUMNS: Final = {
    "degree": "network_size",
    "degree_in": "degree_in",
    "strength_in": "strength_in",
    "strength_out": "strength_out",
    "pagerank": "pagerank",
    "coreness": "coreness",
    "betweenness": "betweenness",
    "constraint": "constraint_wholenet",
    "participation": "participation_coef",
    "boundary_ratio": "gf_boundary_ratio",
    "external_units": "n_external_units",
}


@dataclass(frozen=True)
class Graphs:
    """The three graphs of a window on the same vertices."""

    directed: Graph
    mutual: Graph
    flow: Graph


def network_of_month(population: Population, person_month: pa.Table) -> PersonNetwork:
    """From a stored month, joined by person key; NaN where the month has NULL or no row."""
    keys = np.asarray(person_month["person_key"].to_numpy(), dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    at = positions(keys[order], population.person_key)

    def column(name: str) -> NDArray[np.float64]:
        values = np.asarray(person_month[name].cast(pa.float64()).to_numpy(), dtype=np.float64)
        if values.size == 0:
            return np.full(population.n, np.nan)
        return np.where(at >= 0, values[order][np.maximum(at, 0)], np.nan)

    return PersonNetwork(
        group=population.group,
        measured=population.is_measured,
        **{field: column(name) for field, name in _COLUMNS.items()},
    )


def network_of_graphs(
    graphs: Graphs, group: NDArray[np.int64], measured: NDArray[np.bool_], options: SnapshotOptions
) -> PersonNetwork:
    """Computed anew, as a bootstrap resample needs it."""
    mutual, directed = graphs.mutual, graphs.directed
    pivots = options.pivots if mutual.n > options.exact_vertices else None
    between = centrality.betweenness(mutual, cutoff=options.cutoff, pivots=pivots, seed=options.seed)
    brokered = brokerage.gould_fernandez(graphs.flow, group)
    return PersonNetwork(
        group=group,
        measured=measured,
        degree=_real(centrality.degree(mutual)),
        degree_in=_real(centrality.degree_in(directed)),
        strength_in=centrality.strength_in(directed),
        strength_out=centrality.strength_out(directed),
        pagerank=centrality.pagerank(directed, tolerance=BOOTSTRAP_TOLERANCE),
        coreness=_real(centrality.coreness(mutual)),
        betweenness=between.values,
        constraint=structural_holes.ego_structure(mutual).constraint,
        participation=brokerage.participation_coefficient(mutual, group),
        boundary_ratio=brokerage.boundary_over_expected(brokered, group),
        external_units=_real(brokerage.external_units_reached(mutual, group)),
    )


@dataclass(frozen=True)
class Context:
    """What is known of a population beside its network, aligned with it; NaN or None where unknown.

    ``manager`` is a vertex number or -1. The last three are of the quarter, from sources permitted
    for engagement and for networks: share of events after hours, response time over that of the
    quarter before, accepted answers (0 for people without an answer).
    """

    manager: NDArray[np.int64]
    level: NDArray[Any]
    location: NDArray[Any]
    tenure_months: NDArray[np.float64]
    fte: NDArray[np.float64]
    after_hours_share: NDArray[np.float64]
    response_ratio: NDArray[np.float64]
    accepted_answers: NDArray[np.float64]

    @property
    def for_roles(self) -> PersonContext:
        """What the labels need beside the network; None where nobody has it.

        Without a single accepted answer the platform marks none: nobody is a specialist or not one.
        """
        has_fte = ~np.isnan(self.fte)
        return PersonContext(
            tenure_months=_if_known(self.tenure_months),
            is_peripheral_by_role=has_fte & (self.fte < PART_TIME) if has_fte.any() else None,
            answers_accepted=self.accepted_answers if np.nansum(self.accepted_answers) > 0 else None,
            after_hours_share=_if_known(self.after_hours_share),
            latency_ratio=_if_known(self.response_ratio),
        )


def read_context(population: Population, table: pa.Table) -> Context:
    """``table``: person_key (unique), manager_person_key, level, location, tenure_months, fte,
    after_hours_share, response_ratio, n_accepted_answers; joined by key.
    """
    keys = np.asarray(table["person_key"].to_numpy(), dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    at = positions(keys[order], population.person_key)
    rows = np.where(at >= 0, np.r_[order, -1][at], -1)

    def numbers(name: str) -> NDArray[np.float64]:
        values = np.asarray(table[name].cast(pa.float64()).to_numpy(), dtype=np.float64)
        return np.where(rows >= 0, np.r_[values, np.nan][rows], np.nan)

    known = pc.fill_null(table["manager_person_key"].cast(pa.int64()), NOBODY)
    managers = np.r_[known.to_numpy(), NOBODY].astype(np.int64)
    by_key = np.argsort(population.person_key, kind="stable")
    found = positions(population.person_key[by_key], managers[rows])

    def texts(name: str) -> NDArray[Any]:
        values = np.array([None, *table[name].to_pylist()], dtype=object)
        return np.asarray(values[rows + 1])

    return Context(
        manager=np.where(found >= 0, np.r_[by_key, -1][found], -1),
        level=texts("level"),
        location=texts("location"),
        tenure_months=numbers("tenure_months"),
        fte=numbers("fte"),
        after_hours_share=numbers("after_hours_share"),
        response_ratio=numbers("response_ratio"),
        accepted_answers=numbers("n_accepted_answers"),
    )


def _if_known(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    return None if np.isnan(values).all() else values


def _real(values: NDArray[Any]) -> NDArray[np.float64]:
    return values.astype(np.float64)
