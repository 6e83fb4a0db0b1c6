"""Units x months of one metric and its drivers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from assets.success.drivers import DRIVERS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MetricPanel:
    """One metric of the units that report it; NaN where a value is not there.

    ``values`` has shape (units, months); ``months`` are consecutive month numbers (12 x year + month - 1),
    ``drivers`` maps a name of ``drivers.DRIVERS`` to an array of the same shape.
    """

    metric: str
    entity_type: str
    unit: str | None
    higher_is_better: bool | None
    purposes: frozenset[str]
    unit_keys: Ints
    months: Ints
    values: Floats
    drivers: dict[str, Floats]
    n_persons: int
    """Persons of these units, mean over the months."""


def month_number(days: pl.Series) -> Ints:
    """12 x year + month - 1 of dates."""
    numbers = days.dt.year().cast(pl.Int64) * 12 + days.dt.month().cast(pl.Int64) - 1
    return numbers.to_numpy().astype(np.int64)


def panels(values: pl.DataFrame, drivers: pl.DataFrame) -> list[MetricPanel]:
    """The panel of every metric, by name and kind of entity.

    Parameters
    ----------
    values
        Columns of ``int_success_values``, only rows that may be compared.
    drivers
        Columns of ``fct_success_driver_month``.
    """
    found = []
    for (metric, entity_type), rows in sorted(
        values.partition_by("metric", "entity_type", as_dict=True).items(), key=lambda item: item[0]
    ):
        found.append(_panel(str(metric), str(entity_type), rows, drivers))
    return found


def _panel(metric: str, entity_type: str, rows: pl.DataFrame, drivers: pl.DataFrame) -> MetricPanel:
    keys = np.unique(rows["org_unit_key"].to_numpy()).astype(np.int64)
    first, last = month_number(rows["month_start"]).min(), month_number(rows["month_start"]).max()
    own = drivers.filter(pl.col("org_unit_key").is_in(keys.tolist()))
    if own.height:
        first = min(first, month_number(own["month_start"]).min())
    months = np.arange(first, last + 1)
    one = rows.row(0, named=True)
    of_months = rows.group_by("month_start").agg(pl.col("n_population").sum())["n_population"]
    return MetricPanel(
        metric,
        entity_type,
        one["unit"],
        one["higher_is_better"],
        frozenset(purpose for purpose in ("engagement", "network") if rows[f"has_{purpose}"].all()),
        keys,
        months,
        _matrix(rows, "value", keys, months),
        {name: _matrix(own, name, keys, months) for name in DRIVERS},
        round(float(of_months.mean())),  # type: ignore[arg-type]
    )


def _matrix(rows: pl.DataFrame, column: str, keys: Ints, months: Ints) -> Floats:
    result = np.full((len(keys), len(months)), np.nan)
    at = month_number(rows["month_start"]) - months[0]
    inside = at < len(months)
    unit = np.searchsorted(keys, rows["org_unit_key"].to_numpy())
    result[unit[inside], at[inside]] = rows[column].cast(pl.Float64).fill_null(np.nan).to_numpy()[inside]
    return result


def lagged(driver: Floats, lag: int) -> Floats:
    """The driver ``lag`` months before each month; NaN before the first."""
    result = np.full_like(driver, np.nan)
    result[:, lag:] = driver[:, : driver.shape[1] - lag]
    return result
