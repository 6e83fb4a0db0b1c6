"""Reading what the estimators need from the working file; everything else is pure."""

from __future__ import annotations

from typing import Final

import duckdb
import polars as pl
import pyarrow as pa

from assets.initiatives.diffusion import DIFFUSION_TABLE, TARGETS_SQL, WAITING_SQL, diffusion
from assets.initiatives.estimation import Inputs, estimate_all
from assets.initiatives.panel import UNIT_MONTHS_SQL, UNITS_SQL
from assets.initiatives.registry import INITIATIVES_SQL, initiatives_of
from assets.initiatives.tables import SCHEMAS

CELLS_SQL: Final = "select * from intermediate.int_initiative_cells order by all"
PERSONS_SQL: Final = """
select
    initiative_id, person_key as unit_key, case when is_target then 'target' else 'comparison' end as side,
    case when is_target then first_month end as phase_start, is_in_another_initiative,
    location, level, job_family, age_band, tenure_months
from intermediate.int_initiative_persons
order by initiative_id, person_key
"""
PERSON_MONTHS_SQL: Final = """
select
    persons.initiative_id, 'baseline' as population, persons.person_key as unit_key, months.month_start,
    1 as n_persons, cast(months.n_contributions > 0 as bigint) as n_participants,
    cast(months.n_creations > 0 as bigint) as n_creators, months.n_contributions, months.n_active_days,
    months.eligible_days, cast(null as bigint) as n_timed, cast(null as bigint) as n_after_hours,
    cast(null as bigint) as n_threads, cast(null as bigint) as n_answered,
    cast(null as double) as gini_contribution
from intermediate.int_initiative_persons as persons
inner join intermediate.int_initiative_person_months as months using (person_key)
where
    months.is_eligible and months.month_start >= persons.study_from and months.month_start < persons.study_to
order by persons.initiative_id, unit_key, months.month_start
"""
QUERIES: Final = {
    "units": UNITS_SQL,
    "unit_months": UNIT_MONTHS_SQL,
    "cells": CELLS_SQL,
    "persons": PERSONS_SQL,
    "person_months": PERSON_MONTHS_SQL,
}


def estimate_from(connection: duckdb.DuckDBPyConnection, minimum: int) -> dict[str, pa.Table]:
    """All initiative tables from the working file; empty ones where the registry is empty.

    Adoption beside adopting contacts is described without a registry too.

    ``minimum`` is the least number of persons of a unit that may be compared.
    """
    registry = connection.execute(INITIATIVES_SQL).to_arrow_table()
    described = {DIFFUSION_TABLE: _diffusion(connection, registry["initiative_id"].to_pylist())}
    if not registry.num_rows:
        return {name: schema.empty_table() for name, schema in SCHEMAS.items()} | described
    frames = {
        name: pl.DataFrame(pl.from_arrow(connection.execute(query).to_arrow_table()))
        for name, query in QUERIES.items()
    }
    return estimate_all(initiatives_of(registry), Inputs(frames), minimum) | described


def _diffusion(connection: duckdb.DuckDBPyConnection, initiatives: list[str]) -> pa.Table:
    person_months = connection.execute(WAITING_SQL).to_arrow_table()
    return diffusion(person_months, connection.execute(TARGETS_SQL).to_arrow_table(), initiatives)
