"""All models of retention over one warehouse: the cards, and every estimate behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from assets.outcomes.retention import HEADLINE_LAG
from assets.retention import card, estimates
from assets.retention.adjusted import adjusted, by_level, dose, negative_outcome, proportionality
from assets.retention.estimates import Estimate
from assets.retention.marginal_structural import marginal_structural
from assets.retention.person_months import ROWS_SQL, UNOBSERVED, PersonMonths, person_months_of
from assets.statistics.clustered import Floats

CURVE_SQL: Final = (
    "select * from outcomes.retention_by_engagement where sample = 'common' order by lag_months"
)
STRATA_SQL: Final = "select * from intermediate.int_retention_stratified where stratification = $name"
PERMISSION_SQL: Final = """
select count(*) from reference.sources where has_network and not has_retention and kind = 'collaboration'
"""
STRENGTH_SQL: Final = """
select network.strength_in + network.strength_out as strength
from intermediate.int_retention_exposures as exposures
inner join intermediate.int_retention_baselines as baselines
    on exposures.spell_key = baselines.spell_key and exposures.window_month = baselines.window_month
inner join intermediate.int_retention_windows as windows
    on exposures.spell_key = windows.spell_key and exposures.window_month = windows.window_month
left join network.person_month as network
    on exposures.person_key = network.person_key
    and exposures.window_month = network.month_start
    and network.is_measured
where exposures.lag_months = $lag
order by exposures.spell_key, exposures.month_start
"""
"""Strength of ties at the end of each window, in the order of ``ROWS_SQL``."""

SCHEMAS: Final = {"retention_cards": card.SCHEMA, "retention_estimates": estimates.SCHEMA}
"""Tables of schema ``outcomes`` and their columns."""

Row = Mapping[str, Any]


def study_from(
    connection: duckdb.DuckDBPyConnection, on_model: Callable[[str], None] = lambda name: None
) -> dict[str, pa.Table]:
    """Read what SQL prepared and estimate; tables by the names of ``SCHEMAS``.

    ``on_model(name)`` is called before each model.
    """
    curve = _dicts(connection, CURVE_SQL)
    lag = next((int(row["lag_months"]) for row in curve if row["is_headline"]), HEADLINE_LAG)
    rows = person_months_of(connection.execute(ROWS_SQL, {"lag": lag}).to_arrow_table())
    strata = _dicts(connection, STRATA_SQL, {"name": card.STRATIFICATION})
    strength, reason = None, "purpose_missing"
    if connection.execute(PERMISSION_SQL).fetchall()[0][0] == 0:
        found = connection.execute(STRENGTH_SQL, {"lag": lag}).to_arrow_table()["strength"]
        strength, reason = np.asarray(found.to_numpy(zero_copy_only=False)).astype(np.float64), "no_source"
    return study(rows, lag, curve, strata, strength, reason, on_model)


def study(
    rows: PersonMonths,
    lag: int,
    curve: Sequence[Row],
    strata: Sequence[Row],
    strength: Floats | None,
    strength_reason: str,
    on_model: Callable[[str], None] = lambda name: None,
) -> dict[str, pa.Table]:
    """Every question's models and its card.

    Parameters
    ----------
    rows
        Person-months at risk at the headline lag.
    lag
        That lag, in months.
    curve
        Rows of ``outcomes.retention_by_engagement``, common sample.
    strata
        Rows of ``int_retention_stratified`` of one stratification.
    strength
        Shape (rows,): strength of ties at the end of the window, NaN where not measured; None
        where it must not be used, for ``strength_reason``.
    """
    at_lag = next((row for row in strata if row["lag_months"] == lag), None)
    left = len(np.unique(rows.person[rows.event])) / max(len(np.unique(rows.person)), 1)
    on_model("adjusted ratios")
    main = adjusted(rows, rows.exposure)
    without = adjusted(rows, rows.own_exposure, "without_carrying")
    on_model("ratios by tenure and level")
    proportional = proportionality(rows)
    level_p, levels = by_level(rows)
    on_model("weighted model")
    weighted = marginal_structural(rows)
    on_model("negative control and amounts")
    negative = negative_outcome(rows)
    seen = np.where(rows.own_exposure == UNOBSERVED, np.nan, rows.contributions)
    amount = dose(rows, seen, "dose", "contributions")
    ties = Estimate("dose", "network_strength", reason=strength_reason)
    if strength is not None and len(strength) == len(rows) and not bool(np.isnan(strength).all()):
        ties = dose(rows, strength, "dose", "network_strength")
    cards = [
        card.engaged_card("engaged", lag, curve, at_lag, main[0], proportional, weighted, negative, left),
        card.engaged_card("engaged_without_carrying", lag, [], None, without[0], None, None, None, left),
        card.dose_card("contributions", lag, amount),
        card.dose_card("network_strength", lag, ties),
    ]
    interaction = Estimate("by_level", "all levels alike", p_value=level_p, n_persons=main[0].n_persons)
    if level_p is None:
        interaction = Estimate(
            "by_level", "all levels alike", reason=levels[0].reason if levels else "no_events"
        )
    found = {
        "engaged": [*main, *proportional.by_tenure, interaction, *levels, weighted.estimate, negative],
        "engaged_without_carrying": without,
        "contributions": [amount],
        "network_strength": [ties],
    }
    listed = [estimate.row(question) for question, many in found.items() for estimate in many]
    return {
        "retention_cards": pa.Table.from_pylist(cards, schema=card.SCHEMA),
        "retention_estimates": pa.Table.from_pylist(listed, schema=estimates.SCHEMA),
    }


def _dicts(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    table: pa.Table = connection.execute(query, parameters or {}).to_arrow_table()
    return list(table.to_pylist())
