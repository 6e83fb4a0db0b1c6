"""The lag curve of voluntary turnover by engagement, and the raw gap shown beside it.

Turns counts (events and person-time by lag and exposure) into one table. An association, never
an effect: metric specification H3, H7, H9, H10, P20-P26.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import pyarrow as pa

from assets.outcomes.lag_curve import FIRST_LAG, CurvePoint, reading_of
from assets.outcomes.person_time import (
    DAYS_PER_YEAR,
    Arm,
    expected_events,
    rate_difference,
    rate_per_100_person_years,
    rate_ratio,
)
from assets.outcomes.proportions import newcombe_difference
from assets.outcomes.sensitivity import e_value, e_value_of_interval
from assets.statistics.columns import interval_fields

MINIMUM_EXPECTED_EVENTS: Final = 20
"""Expected events per arm, under equal rates, below which no comparison is published."""
HEADLINE_LAG: Final = 3
LONG_HISTORY_LAG: Final = 6
LONG_HISTORY_MONTHS: Final = 24
"""With this much history the headline lag is six months: behaviour shifts about five before exit."""
GAP_BANNER: Final = (
    "Not causal: people who are leaving go quiet, and tenure and job explain much of this gap. "
    "Read it only beside the lagged rates."
)

COUNTS_SQL: Final = """
select
    lag_months,
    exposure,
    sample,
    n_events,
    n_events_engaged_at_lag_1,
    employed_days,
    n_persons,
    event_clock,
    history_months
from intermediate.int_retention_exposure_counts
order by sample, lag_months, exposure
"""
"""What the first argument of ``retention_by_engagement`` holds."""

GAP_SQL: Final = """
select
    index_date,
    exposure,
    n_persons,
    n_retained
from intermediate.int_retention_gap_counts
order by exposure
"""
"""What the second argument of ``retention_by_engagement`` holds."""

SCHEMA: Final = pa.schema(
    [
        pa.field("lag_months", pa.int32(), nullable=False),
        pa.field("sample", pa.string(), nullable=False),  # common (all lags on the same rows) or own
        pa.field("event_clock", pa.string()),  # notice or exit
        pa.field("is_headline", pa.bool_(), nullable=False),
        pa.field("n_events_engaged", pa.int64(), nullable=False),
        pa.field("n_events_not_engaged", pa.int64(), nullable=False),
        pa.field("n_events_unobserved", pa.int64(), nullable=False),
        pa.field("person_years_engaged", pa.float64(), nullable=False),
        pa.field("person_years_not_engaged", pa.float64(), nullable=False),
        pa.field("person_years_unobserved", pa.float64(), nullable=False),
        pa.field("n_persons_engaged", pa.int64(), nullable=False),
        pa.field("n_persons_not_engaged", pa.int64(), nullable=False),
        pa.field("expected_events_engaged", pa.float64()),
        pa.field("expected_events_not_engaged", pa.float64()),
        pa.field("observed_share", pa.float64()),  # person-time with a known exposure / all
        *interval_fields("rate_engaged", "rate_not_engaged", "rate_ratio"),
        pa.field("p_value", pa.float64()),
        pa.field("log_change_error", pa.float64()),  # of the log ratio since lag 1; the same events
        *interval_fields("rate_difference"),
        pa.field("e_value", pa.float64()),
        pa.field("e_value_ci", pa.float64()),
        pa.field("is_publishable", pa.bool_(), nullable=False),
        pa.field("reading", pa.string(), nullable=False),
        pa.field("gap_index_date", pa.date32()),
        pa.field("n_gap_persons_engaged", pa.int64()),
        pa.field("n_gap_persons_not_engaged", pa.int64()),
        *interval_fields("raw_retention_gap"),
        pa.field("raw_retention_gap_banner", pa.string(), nullable=False),
    ]
)
"""Columns of ``outcomes.retention_by_engagement``; rates are per 100 person-years."""


class _Cell(NamedTuple):
    arm: Arm
    n_persons: int
    engaged_at_first: int | None = None
    """Of its events, those engaged at ``FIRST_LAG``."""


def retention_by_engagement(counts: pa.Table, gap_counts: pa.Table) -> pa.Table:
    """One row per sample and lag, with rates, ratio, uncertainty and a sentence that reads it.

    Parameters
    ----------
    counts
        One row per lag, exposure (engaged, not_engaged, unobserved) and sample (common, own):
        columns of ``COUNTS_SQL``. May be empty: then the result is empty. Without
        ``n_events_engaged_at_lag_1`` the errors of the curve's movement are taken as independent.
    gap_counts
        At most one row per exposure (engaged, not_engaged): columns of ``GAP_SQL``.

    Returns
    -------
    pa.Table
        Schema ``SCHEMA``, ordered by sample and lag. A value that is not defined (no events, no
        person-time, no upper bound) is NULL. The comparison stands here whatever its size;
        ``is_publishable`` says whether both arms expect at least 20 events.

    Raises
    ------
    ValueError
        If a lag, sample and exposure occurs twice: the counts were not aggregated.
    """
    cells = _cells(counts)
    gap = _gap(gap_counts)
    facts = {(row["sample"], row["lag_months"]): row for row in counts.to_pylist()}
    headline = _headline_lag(max((row["history_months"] or 0 for row in facts.values()), default=0))
    rows = [
        {
            **_comparison(cells, *key), **gap, "event_clock": facts[key]["event_clock"],
            "log_change_error": _change_error(cells, *key),
        }
        for key in sorted(facts)
    ]  # fmt: skip
    for row in rows:
        curve = [_point(other) for other in rows if other["sample"] == row["sample"]]
        row["is_headline"] = row["sample"] == "common" and row["lag_months"] == headline
        row["reading"] = reading_of(_point(row), curve)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _headline_lag(history_months: int) -> int:
    return LONG_HISTORY_LAG if history_months >= LONG_HISTORY_MONTHS else HEADLINE_LAG


def _cells(counts: pa.Table) -> dict[tuple[str, int, str], _Cell]:
    cells: dict[tuple[str, int, str], _Cell] = {}
    for row in counts.to_pylist():
        key = (row["sample"], row["lag_months"], row["exposure"])
        if key in cells:
            raise ValueError(
                f"sample {key[0]!r}, lag {key[1]}, exposure {key[2]!r} occurs twice in the counts"
            )
        arm = Arm(int(row["n_events"]), float(row["employed_days"]) / DAYS_PER_YEAR)
        cells[key] = _Cell(arm, int(row["n_persons"]), row.get("n_events_engaged_at_lag_1"))
    return cells


def _change_error(cells: dict[tuple[str, int, str], _Cell], sample: str, lag: int) -> float | None:
    """Standard error of the log ratio at ``lag`` minus that at ``FIRST_LAG``; None where it is not known.

    Both ratios count the same events, so each of them adds what it moves (delta method; events are
    independent, person-time is given).
    """
    keys = ((FIRST_LAG, "engaged"), (FIRST_LAG, "not_engaged"), (lag, "engaged"), (lag, "not_engaged"))
    found = [cells.get((sample, *key)) for key in keys]
    if lag <= FIRST_LAG or any(cell is None or not cell.arm.events for cell in found):
        return None
    a, b, c, d = (cell.arm.events for cell in found if cell is not None)
    both, left = (cell.engaged_at_first for cell in found[2:] if cell is not None)
    if both is None or left is None:
        return None
    moved = (
        (both, 1 / a - 1 / c),
        (left, 1 / a + 1 / d),
        (c - both, -1 / b - 1 / c),
        (d - left, 1 / d - 1 / b),
    )
    return math.sqrt(sum(n * by**2 for n, by in moved))


def _comparison(cells: dict[tuple[str, int, str], _Cell], sample: str, lag: int) -> dict[str, Any]:
    nothing = _Cell(Arm(0, 0.0), 0)
    engaged, quiet, unobserved = (
        cells.get((sample, lag, exposure), nothing) for exposure in ("engaged", "not_engaged", "unobserved")
    )
    observed = engaged.arm.person_years + quiet.arm.person_years
    time = observed + unobserved.arm.person_years
    expected = (expected_events(engaged.arm, quiet.arm), expected_events(quiet.arm, engaged.arm))
    return {
        "lag_months": lag,
        "sample": sample,
        "n_events_engaged": engaged.arm.events,
        "n_events_not_engaged": quiet.arm.events,
        "n_events_unobserved": unobserved.arm.events,
        "person_years_engaged": engaged.arm.person_years,
        "person_years_not_engaged": quiet.arm.person_years,
        "person_years_unobserved": unobserved.arm.person_years,
        "n_persons_engaged": engaged.n_persons,
        "n_persons_not_engaged": quiet.n_persons,
        "expected_events_engaged": expected[0],
        "expected_events_not_engaged": expected[1],
        "observed_share": observed / time if time else None,
        "is_publishable": all(value is not None and value >= MINIMUM_EXPECTED_EVENTS for value in expected),
        **_rate("engaged", engaged.arm),
        **_rate("not_engaged", quiet.arm),
        **_ratio(engaged.arm, quiet.arm),
        **_difference(engaged.arm, quiet.arm),
    }


def _rate(name: str, arm: Arm) -> dict[str, float | None]:
    rate = rate_per_100_person_years(arm)
    return {
        f"rate_{name}": rate.value if rate else None,
        f"rate_{name}_ci_low": rate.interval.low if rate else None,
        f"rate_{name}_ci_high": rate.interval.high if rate else None,
    }


def _ratio(engaged: Arm, quiet: Arm) -> dict[str, float | None]:
    ratio = rate_ratio(engaged, quiet)
    if ratio is None:
        return dict.fromkeys(
            ("rate_ratio", "rate_ratio_ci_low", "rate_ratio_ci_high", "p_value", "e_value", "e_value_ci")
        )
    return {
        "rate_ratio": _finite(ratio.value),
        "rate_ratio_ci_low": ratio.interval.low,
        "rate_ratio_ci_high": _finite(ratio.interval.high),
        "p_value": ratio.p_value,
        "e_value": _finite(e_value(ratio.value)),
        "e_value_ci": _finite(e_value_of_interval(*ratio.interval)),
    }


def _difference(engaged: Arm, quiet: Arm) -> dict[str, float | None]:
    difference = rate_difference(engaged, quiet)
    return {
        "rate_difference": difference.value if difference else None,
        "rate_difference_ci_low": difference.interval.low if difference else None,
        "rate_difference_ci_high": difference.interval.high if difference else None,
    }


def _gap(gap_counts: pa.Table) -> dict[str, Any]:
    """H10: retained share of the active minus that of the not active, as a proportion."""
    rows = {row["exposure"]: row for row in gap_counts.to_pylist()}
    engaged, quiet = rows.get("engaged"), rows.get("not_engaged")
    difference = None
    if engaged and quiet:
        difference = newcombe_difference(
            engaged["n_retained"], engaged["n_persons"], quiet["n_retained"], quiet["n_persons"]
        )
    return {
        "gap_index_date": next((row["index_date"] for row in rows.values()), None),
        "n_gap_persons_engaged": engaged["n_persons"] if engaged else None,
        "n_gap_persons_not_engaged": quiet["n_persons"] if quiet else None,
        "raw_retention_gap": difference.value if difference else None,
        "raw_retention_gap_ci_low": difference.interval.low if difference else None,
        "raw_retention_gap_ci_high": difference.interval.high if difference else None,
        "raw_retention_gap_banner": GAP_BANNER,
    }


def _point(row: dict[str, Any]) -> CurvePoint:
    return CurvePoint(
        row["lag_months"],
        row["rate_engaged"],
        row["rate_not_engaged"],
        row["rate_ratio"],
        row["rate_ratio_ci_low"],
        row["rate_ratio_ci_high"],
        row["is_publishable"],
        row["log_change_error"],
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
