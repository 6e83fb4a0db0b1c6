"""Survival by group: what the marts show of each curve. Metric specification H5, P25, P29.

A published curve is a staircase whose steps are people. So a point of the curve is given only
where at least ``minimum`` people are at risk and at least three people resigned since the point
before; in between nothing is said, and people at risk are rounded down to fives.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from assets.outcomes.competing_risks import aalen_johansen
from assets.outcomes.log_rank import log_rank
from assets.outcomes.survival import (
    EVENT,
    Curve,
    Lives,
    at_risk,
    kaplan_meier,
    restricted_mean,
    restricted_mean_difference,
    well_observed,
)
from assets.statistics.columns import interval_fields

DAYS_PER_MONTH: Final = 365.25 / 12
HORIZON_MONTHS: Final = 12
POINTS: Final = (1, 2, 3, 6, 9, 12, 18, 24, 36, 48, 60, 84, 120, 180, 240)
"""Months of tenure, or since the landmark, at which curves are given."""
FEWEST_EVENTS: Final = 3
"""Resignations between two points that are shown: counts of 0 to 2 are one band."""
MINIMUM_EXPECTED_EVENTS: Final = 20
"""As for ratios: fewer expected events in either group allow no comparison (H9)."""
ROUNDING: Final = 5
WHOLE: Final = "all"
CAUSES: Final = {"none": 0, "voluntary": EVENT, "other": 2, "unclassified": 3}

LIVES_SQL: Final = """
select
    'org_unit' as dimension, cast(group_key as varchar) as dimension_value,
    entry_days as entry_days, exit_days as exit_days, ending
from intermediate.int_survival_spells
union all
select 'hire_year', cast(hire_year as varchar), entry_days, exit_days, ending
from intermediate.int_survival_spells
union all
select 'landmark', landmark_exposure, 0, landmark_days, landmark_ending
from intermediate.int_survival_spells
where landmark_exposure is not null and landmark_days > 0
order by all
"""
"""The lives of every group, each life once per dimension."""

CURVES: Final = pa.schema(
    [
        pa.field("dimension", pa.string(), nullable=False),
        pa.field("dimension_value", pa.string(), nullable=False),
        pa.field("months", pa.int64(), nullable=False),
        pa.field("n_persons", pa.int64(), nullable=False),
        pa.field("n_voluntary", pa.int64(), nullable=False),
        pa.field("n_at_risk", pa.int64()),
        *interval_fields("survival"),
        pa.field("reason", pa.string()),
    ]
)
SUMMARIES: Final = pa.schema(
    [
        pa.field("dimension", pa.string(), nullable=False),
        pa.field("dimension_value", pa.string(), nullable=False),
        pa.field("n_persons", pa.int64(), nullable=False),
        pa.field("n_voluntary", pa.int64(), nullable=False),
        pa.field("n_other", pa.int64(), nullable=False),
        pa.field("n_unclassified", pa.int64(), nullable=False),
        *(
            pa.field(name, pa.float64())
            for name in (
                "observed_from_months", "observed_to_months", "rmst_12", "rmst_12_standard_error",
                "median_months", "median_ci_low", "median_ci_high", "voluntary_incidence_12",
                "other_incidence_12",
            )
        ),
        *interval_fields("rmst_12_difference"),
        *(
            pa.field(name, pa.float64())
            for name in (
                "log_rank_statistic", "log_rank_p_value", "expected_events", "expected_events_other_group",
            )
        ),
        pa.field("reason", pa.string()),
        pa.field("mean_reason", pa.string()),
        pa.field("median_reason", pa.string()),
        pa.field("incidence_reason", pa.string()),
        pa.field("comparison_reason", pa.string()),
    ]
)  # fmt: skip
SCHEMAS: Final = {"survival_curves": CURVES, "survival_summaries": SUMMARIES}

NOT_COMPARED: Final = {"comparison_reason": "not_compared"}

Row = dict[str, Any]


def survival_tables(rows: pa.Table, minimum: int) -> dict[str, pa.Table]:
    """Curves and summaries of every group, and of all groups of a dimension together.

    Parameters
    ----------
    rows
        Columns of ``LIVES_SQL``: dimension, dimension_value, entry_days, exit_days, ending.
    minimum
        ``k_outcome``: the least number at risk for which anything is said.

    Returns
    -------
    dict of pa.Table
        ``SCHEMAS`` by name. Times are in months of 30.4375 days. ``reason`` says why a value is
        NULL: ``few_at_risk``, ``few_voluntary_exits``, ``not_observed_at_this_time``,
        ``few_exits_since_last_point``.
    """
    found: dict[str, list[Row]] = {name: [] for name in SCHEMAS}
    frame = pl.DataFrame(pl.from_arrow(rows))
    for (dimension,), part in frame.partition_by("dimension", as_dict=True, maintain_order=True).items():
        groups = {key[0]: each for key, each in part.partition_by("dimension_value", as_dict=True).items()}
        lives = {str(value): _lives(each) for value, each in {WHOLE: part, **groups}.items()}
        for value, each in lives.items():
            facts = {"dimension": dimension, "dimension_value": value, **_counts(each)}
            curve = _curve(each, minimum)
            found["survival_curves"] += [
                point | _only(facts, CURVES) for point in _points(each, curve, minimum)
            ]
            is_compared = (dimension, value) == ("landmark", "engaged")
            comparison = _comparison(lives, curve, minimum) if is_compared else NOT_COMPARED
            found["survival_summaries"].append(facts | _summary(each, curve) | comparison)
    return {name: pa.Table.from_pylist(found[name], schema=schema) for name, schema in SCHEMAS.items()}


def _only(facts: Row, schema: pa.Schema) -> Row:
    return {name: value for name, value in facts.items() if name in schema.names}


def _lives(part: pl.DataFrame) -> Lives:
    return Lives(
        part["entry_days"].to_numpy() / DAYS_PER_MONTH,
        part["exit_days"].to_numpy() / DAYS_PER_MONTH,
        part["ending"].replace_strict(CAUSES, return_dtype=pl.Int64).to_numpy(),
    )


def _counts(lives: Lives) -> Row:
    return {
        "n_persons": len(lives),
        **{f"n_{name}": int((lives.cause == cause).sum()) for name, cause in CAUSES.items() if cause},
    }


def _curve(lives: Lives, minimum: int) -> Curve | str:
    """The curve over the well observed stretch, or why there is none."""
    stretch = well_observed(lives, minimum)
    if stretch is None:
        return "few_at_risk"
    shown = lives.between(*stretch)
    curve = kaplan_meier(shown)
    if curve is None or curve.n_events.sum() < FEWEST_EVENTS:
        return "few_voluntary_exits"
    return curve


def _points(lives: Lives, curve: Curve | str, minimum: int) -> list[Row]:
    """One row per point of ``POINTS``: shown, or NULL with the reason."""
    if isinstance(curve, str):
        return [{"months": months, "reason": curve} for months in POINTS]
    rows: list[Row] = []
    n_shown = 0
    so_far = np.cumsum(curve.n_events)
    for months, n in zip(POINTS, at_risk(lives, np.array(POINTS, dtype=float)), strict=True):
        survival, interval = curve.at(months), curve.interval_at(months)
        before = int(np.searchsorted(curve.times, months, side="right"))
        n_events = int(so_far[before - 1]) if before else 0
        reason = None
        if survival is None or months > curve.observed_to or n < minimum:
            reason = "not_observed_at_this_time"
        elif n_events - n_shown < FEWEST_EVENTS:
            reason = "few_exits_since_last_point"
        row: Row = {"months": months, "reason": reason}
        if reason is None:
            n_shown = n_events
            row |= {
                "n_at_risk": int(n) // ROUNDING * ROUNDING,
                "survival": survival,
                "survival_ci_low": interval.low if interval else None,
                "survival_ci_high": interval.high if interval else None,
            }
        rows.append(row)
    return rows


def _summary(lives: Lives, curve: Curve | str) -> Row:
    if isinstance(curve, str):
        return {"reason": curve, "mean_reason": curve, "median_reason": curve, "incidence_reason": curve}
    row: Row = {"observed_from_months": curve.observed_from, "observed_to_months": curve.observed_to}
    if curve.observed_from > 0:
        reason = "not_observed_from_the_start"
        return row | {"mean_reason": reason, "median_reason": reason, "incidence_reason": reason}
    row |= _median(curve)
    mean = restricted_mean(curve, HORIZON_MONTHS)
    incidence = aalen_johansen(lives)
    if mean is None or incidence is None:
        reason = "not_observed_for_twelve_months"
        return row | {"mean_reason": reason, "incidence_reason": reason}
    is_early = lives.exit <= HORIZON_MONTHS
    n_resigned = int((is_early & (lives.cause == EVENT)).sum())
    n_left_otherwise = int((is_early & (lives.cause > EVENT)).sum())
    reason = "few_exits_in_twelve_months"
    if n_resigned < FEWEST_EVENTS:
        return row | {"mean_reason": reason, "incidence_reason": reason}
    row |= {"rmst_12": mean.value, "rmst_12_standard_error": mean.standard_error}
    if n_left_otherwise < FEWEST_EVENTS:
        return row | {"incidence_reason": reason}
    resigned, left_otherwise = incidence.at(HORIZON_MONTHS)
    return row | {"voluntary_incidence_12": resigned, "other_incidence_12": left_otherwise}


def _median(curve: Curve) -> Row:
    if curve.median is None:
        return {"median_reason": "not_reached"}
    low, high = curve.median_interval
    return {"median_months": curve.median, "median_ci_low": low, "median_ci_high": high}


def _comparison(lives: dict[str, Lives], curve: Curve | str, minimum: int) -> Row:
    """Engaged minus not engaged since the landmark; only on the row of the engaged."""
    if "not_engaged" not in lives:
        return {"comparison_reason": "nobody_to_compare_with"}
    test = log_rank(lives["engaged"], lives["not_engaged"])
    if test is None:
        return {"comparison_reason": "no_voluntary_exits"}
    expected = {
        "expected_events": test.expected_first,
        "expected_events_other_group": test.expected_second,
    }
    if min(test.expected_first, test.expected_second) < MINIMUM_EXPECTED_EVENTS:
        return expected | {"comparison_reason": "too_few_expected_events"}
    found: Row = {"log_rank_statistic": test.statistic, "log_rank_p_value": test.p_value}
    other = _curve(lives["not_engaged"], minimum)
    if isinstance(curve, str) or isinstance(other, str):
        return expected | found
    means = [restricted_mean(each, HORIZON_MONTHS) for each in (curve, other)]
    if means[0] is not None and means[1] is not None:
        difference = restricted_mean_difference(means[0], means[1])
        found |= {
            "rmst_12_difference": difference.value,
            "rmst_12_difference_ci_low": difference.interval.low,
            "rmst_12_difference_ci_high": difference.interval.high,
        }
    return expected | found
