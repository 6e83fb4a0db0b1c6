"""A quarter's network: role labels, change since the quarter before, chart against collaboration, robustness.

Quarters do not overlap, so that what differs between two of them has changed and is not the same
weeks counted twice. A quarter is seen at the end of its last month, through the same thirteen weeks
as that month. What only sharpens a figure (bootstrap, permutations, attack curves, searches after
each removal) is done for one quarter, the newest final one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.network.formal import without_circles
from assets.network.population import Population, read_population
from assets.network.quarter_people import (
    PersonQuarter,
    level_table,
    person_quarter,
    person_table,
    role_table,
    tie_table,
)
from assets.network.quarter_units import quartile_table, unit_table
from assets.network.role_bootstrap import role_survival
from assets.network.role_networks import Context, network_of_month, read_context
from assets.network.snapshot_options import SnapshotOptions


@dataclass(frozen=True)
class MonthEnd:
    """A quarter's last month: ties and people as ``snapshot`` takes them, its table C, HR facts and loads."""

    ties: pa.Table
    people: pa.Table
    metrics: pa.Table
    context: pa.Table


@dataclass(frozen=True)
class Survival:
    """The bootstrap of one window: per label the share of resamples, in the order of person keys."""

    person_key: NDArray[np.int64]
    shares: Mapping[str, NDArray[np.float64]]
    n_resamples: int


def quarter_of(month: date) -> date:
    """First day of the calendar quarter.

    >>> quarter_of(date(2025, 6, 1))
    datetime.date(2025, 4, 1)
    """
    return date(month.year, 3 * ((month.month - 1) // 3) + 1, 1)


def quarter_ends(months: Mapping[date, bool]) -> tuple[dict[date, date], date | None]:
    """Last month of each quarter that the months reach, by quarter; and the quarter for thorough work.

    ``months``: covered months, ascending, and whether each is final. A quarter counts once its last
    month is covered. The thorough one is the newest whose last month is final, else the newest.

    >>> quarter_ends({date(2025, m, 1): m < 6 for m in (1, 2, 3, 4, 5, 6)})[1]
    datetime.date(2025, 1, 1)
    """
    ends = {quarter_of(month): month for month in sorted(months) if month.month % 3 == 0}
    final = [quarter for quarter, month in ends.items() if months[month]]
    known = final or list(ends)
    return ends, known[-1] if known else None


def bootstrap(
    ties: pa.Table, people: pa.Table, context: pa.Table, weeks: pa.Table, options: SnapshotOptions
) -> Survival:
    """How firmly each label of a window stands; needs none of the month's results."""
    population = _population(ties, people, options)
    shares, n_resamples = role_survival(population, weeks, read_context(population, context), options)
    return Survival(population.person_key, shares, n_resamples)


def quarter_tables(
    quarter: date,
    now: MonthEnd,
    before: MonthEnd | None,
    options: SnapshotOptions,
    survival: Survival | None = None,
    *,
    is_thorough: bool = False,
) -> dict[str, pa.Table]:
    """All tables of one quarter (see ``QUARTERLY``); ``before`` is the quarter before, if there is one."""
    population = _population(now.ties, now.people, options)
    earlier = None if before is None else _population(before.ties, before.people, options)
    context = _context(population, now.context)
    people = person_quarter(
        population,
        network_of_month(population, now.metrics),
        context,
        earlier,
        None if earlier is None or before is None else network_of_month(earlier, before.metrics),
        None if earlier is None or before is None else _context(earlier, before.context),
        survival=None if survival is None else _aligned(survival, population),
        n_resamples=0 if survival is None else survival.n_resamples,
        options=options,
        is_thorough=is_thorough,
    )
    return _tables(quarter, population, context, earlier, people, now.metrics, options, is_thorough)


def _tables(
    quarter: date,
    population: Population,
    context: Context,
    earlier: Population | None,
    people: PersonQuarter,
    metrics: pa.Table,
    options: SnapshotOptions,
    is_thorough: bool,
) -> dict[str, pa.Table]:
    return {
        "person_quarter": person_table(quarter, population, people),
        "person_role_quarter": role_table(quarter, population, people),
        "tie_quarter": tie_table(quarter, population, earlier),
        "org_unit_quarter": unit_table(
            quarter, population, context, earlier, people, options, is_thorough=is_thorough
        ),
        "org_unit_quartile_quarter": quartile_table(quarter, population, metrics),
        "level_quarter": level_table(quarter, population, context, people),
    }


def _population(ties: pa.Table, people: pa.Table, options: SnapshotOptions) -> Population:
    return read_population(ties, people, theta=options.theta, min_event_days=options.min_event_days)


def _context(population: Population, table: pa.Table) -> Context:
    """HR facts with a chart that is one: people in a circle of managers have no manager here."""
    found = read_context(population, table)
    return replace(found, manager=without_circles(found.manager))


def _aligned(survival: Survival, population: Population) -> dict[str, NDArray[np.float64]]:
    """The bootstrap of the same window: both orders are that of person ids."""
    if not np.array_equal(survival.person_key, population.person_key):
        raise ValueError("the bootstrap belongs to other people than the quarter")
    return dict(survival.shares)
