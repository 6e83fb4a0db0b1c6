"""Reading what the estimator needs from the working file; everything else is pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import duckdb
import polars as pl
import pyarrow as pa

from assets.success.association import DISCOVERY, Association, associations, family_q
from assets.success.drivers import DRIVERS, LAGS
from assets.success.panel import MetricPanel, panels
from assets.success.reading import association_reading
from assets.success.tables import ASSOCIATIONS

VALUES_SQL: Final = """
select metric, entity_type, org_unit_key, month_start, unit, higher_is_better, has_engagement, has_network,
    n_population, metric_value as value
from intermediate.int_success_values
where is_compared and is_large_enough and is_final and metric_value is not null
order by metric, entity_type, org_unit_key, month_start
"""
DRIVERS_SQL: Final = f"""
select org_unit_key, month_start, {", ".join(DRIVERS)}
from marts.fct_success_driver_month
order by org_unit_key, month_start
"""
REPORTED_SQL: Final = """
select distinct metric, entity_type from staging.stg_success_metrics where metric is not null order by all
"""


def associations_from(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The table of ``tables.ASSOCIATIONS`` from the working file; empty where no metric is reported."""
    reported = connection.execute(REPORTED_SQL).fetchall()
    if not reported:
        return ASSOCIATIONS.empty_table()
    values, drivers = (
        pl.DataFrame(pl.from_arrow(connection.execute(query).to_arrow_table()))
        for query in (VALUES_SQL, DRIVERS_SQL)
    )
    return association_table(panels(values, drivers), reported)


def association_table(found: Sequence[MetricPanel], reported: Sequence[tuple[str, str]]) -> pa.Table:
    """All rows; a metric that no unit of the organisation has gets rows that say so."""
    by_name = {(panel.metric, panel.entity_type): panel for panel in found}
    tested = associations(found)
    q = family_q(tested)
    n_tests = sum(one.p_value is not None for one in tested)
    rows = [
        _row(one, value, n_tests, by_name[one.metric, one.entity_type])
        for one, value in zip(tested, q, strict=True)
    ]
    rows += [
        _row(Association(metric, entity, driver, lag, 0, reason="no_units"), None, n_tests, None)
        for metric, entity in reported
        if (metric, entity) not in by_name
        for driver in DRIVERS
        for lag in LAGS
    ]
    return pa.Table.from_pylist(rows, schema=ASSOCIATIONS)


def _row(one: Association, q: float | None, n_tests: int, panel: MetricPanel | None) -> dict[str, Any]:
    unit = panel.unit if panel else None
    better = panel.higher_is_better if panel else None
    return {
        "metric": one.metric,
        "entity_type": one.entity_type,
        "driver": one.driver,
        "lag_months": one.lag,
        "unit": unit,
        "higher_is_better": better,
        "n_persons": one.n_persons,
        "n_units": one.n_units,
        "n_periods": one.n_periods,
        "n_cells": one.n_cells,
        "n_tests": n_tests,
        "inference": one.inference,
        "estimate": one.estimate,
        "estimate_ci_low": one.low,
        "estimate_ci_high": one.high,
        "standardised": one.standardised,
        "standardised_ci_low": one.standardised_low,
        "standardised_ci_high": one.standardised_high,
        "p_value": one.p_value,
        "p_value_clustered": one.p_value_clustered,
        "q_value": q,
        "is_discovery": None if q is None else q < DISCOVERY,
        "reading": association_reading(one, q, n_tests, unit, better),
        "reason": one.reason,
    }
