"""The lag curve: withdrawal looks like an effect, the lag and the gate on expected events answer it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from assets.outcomes.exposure import exposure_levels
from assets.outcomes.lag_curve import CurvePoint, movement_of, moves_toward_one, reading_of
from assets.outcomes.person_time import DAYS_PER_YEAR, Arm, rate_ratio
from assets.outcomes.retention import SCHEMA, retention_by_engagement
from tests.factories.withdrawal import simulated_counts, withdrawal_vector_counts

NO_GAP = pa.table({"index_date": [], "exposure": [], "n_persons": [], "n_retained": []})


def counts(*rows: tuple[int, str, int, float], sample: str = "common", history: int = 18) -> pa.Table:
    """Rows of lag, exposure, events and person-years."""
    return pa.Table.from_pylist(
        [
            {
                "lag_months": lag,
                "exposure": exposure,
                "sample": sample,
                "n_events": events,
                "employed_days": years * DAYS_PER_YEAR,
                "n_persons": 100,
                "event_clock": "exit",
                "history_months": history,
            }
            for lag, exposure, events, years in rows
        ]
    )


@pytest.mark.parametrize(
    ("lag", "expected", "ratio", "p_value"),
    [
        (0, (0, 569, 10, 589), (0, 0, 0.4618), 0.0023),
        (1, (0, 574, 10, 584), (0, 0, 0.4539), 0.0021),
        (2, (5, 579, 5, 579), (1, 0.2301, 4.3451), 1.0),
        (3, (5, 579, 5, 579), (1, 0.2301, 4.3451), 1.0),
    ],
)
def test_withdrawal_alone_makes_a_perfect_effect_at_short_lags(
    lag: int, expected: tuple, ratio: tuple, p_value: float
) -> None:
    found = withdrawal_vector_counts(lag)
    assert found == expected
    a, time_1, b, time_0 = found
    estimate = rate_ratio(Arm(a, time_1), Arm(b, time_0))
    assert estimate is not None
    assert (estimate.value, *estimate.interval) == pytest.approx(ratio, abs=1e-4)
    assert estimate.p_value == pytest.approx(p_value, abs=1e-4)


def test_under_a_true_null_the_lagged_ratio_covers_one_and_the_unlagged_does_not() -> None:
    rows = {
        row["lag_months"]: row for row in retention_by_engagement(simulated_counts(7), NO_GAP).to_pylist()
    }
    assert rows[0]["rate_ratio_ci_high"] < 1
    assert rows[6]["rate_ratio_ci_low"] < 1 < rows[6]["rate_ratio_ci_high"]
    assert all(row["is_publishable"] for row in rows.values())
    assert "consistent with withdrawal or decaying exposure" in rows[6]["reading"]
    assert "descriptive only" in rows[0]["reading"]
    assert [lag for lag, row in rows.items() if row["is_headline"]] == [6]


def test_without_withdrawal_the_curve_is_flat() -> None:
    table = retention_by_engagement(simulated_counts(11, withdrawal_months=0), NO_GAP).to_pylist()
    assert all(row["rate_ratio_ci_low"] < 1 < row["rate_ratio_ci_high"] for row in table)
    assert not any("withdrawal" in row["reading"] for row in table)


def test_a_row_carries_the_whole_card() -> None:
    gap = pa.Table.from_pylist(
        [
            {"index_date": date(2024, 6, 2), "exposure": "engaged", "n_persons": 1000, "n_retained": 950},
            {"index_date": date(2024, 6, 2), "exposure": "not_engaged", "n_persons": 1000, "n_retained": 730},
        ]
    )
    table = retention_by_engagement(
        counts((3, "engaged", 12, 600), (3, "not_engaged", 54, 900), (3, "unobserved", 1, 500)), gap
    )
    assert table.schema == SCHEMA
    [row] = table.to_pylist()
    assert row["rate_ratio"] == pytest.approx(1 / 3)
    assert (row["e_value"], row["e_value_ci"]) == pytest.approx((5.4495, 2.5481), abs=1e-4)
    assert row["rate_difference"] == pytest.approx(-4)
    assert row["observed_share"] == pytest.approx(0.75)
    assert row["expected_events_engaged"] == pytest.approx(66 * 600 / 1500)
    assert row["is_headline"] and row["is_publishable"]
    assert row["raw_retention_gap"] == pytest.approx(0.22)
    assert (row["raw_retention_gap_ci_low"], row["raw_retention_gap_ci_high"]) == pytest.approx(
        (0.1893, 0.2507), abs=1e-4
    )
    assert row["raw_retention_gap_banner"].startswith("Not causal")
    assert "associated with lower voluntary turnover" in row["reading"]


def test_the_gate_looks_at_expected_events_not_at_observed_ones() -> None:
    effect = retention_by_engagement(counts((3, "engaged", 2, 500), (3, "not_engaged", 60, 500)), NO_GAP)
    [row] = effect.to_pylist()
    assert row["n_events_engaged"] == 2 and row["is_publishable"]
    few = retention_by_engagement(counts((3, "engaged", 19, 100), (3, "not_engaged", 19, 900)), NO_GAP)
    [row] = few.to_pylist()
    assert not row["is_publishable"]
    assert row["reading"].startswith("Too little to compare")


def test_no_upper_bound_and_no_data_are_null() -> None:
    [row] = retention_by_engagement(counts((3, "engaged", 50, 500)), NO_GAP).to_pylist()
    assert row["rate_ratio"] is None and row["expected_events_engaged"] == 50
    assert not row["is_publishable"]
    [row] = retention_by_engagement(
        counts((3, "engaged", 50, 500), (3, "not_engaged", 0, 400)), NO_GAP
    ).to_pylist()
    assert row["rate_ratio"] is None and row["rate_ratio_ci_high"] is None
    assert row["rate_ratio_ci_low"] > 1
    assert "no upper bound" in row["reading"]
    nothing = counts((3, "engaged", 1, 1)).slice(0, 0)
    assert retention_by_engagement(nothing, NO_GAP).num_rows == 0


def test_counts_that_were_not_aggregated_are_refused() -> None:
    with pytest.raises(ValueError, match="occurs twice"):
        retention_by_engagement(counts((3, "engaged", 1, 1), (3, "engaged", 2, 1)), NO_GAP)


def test_the_last_observable_window_is_carried_three_months_and_no_further() -> None:
    days = np.array([60, 60, 10, 0, 0, 0, 0, 60])
    weeks = np.array([0, 5, 0, 0, 0, 0, 0, 1])
    assert exposure_levels(weeks, days).tolist() == [0, 1, 1, 1, 1, -1, -1, 0]


def curve_of(*ratios: float | None, width: float = 1.1) -> list[CurvePoint]:
    """Points from lag 1 on, whose intervals reach ``width`` times up and down."""
    return [
        CurvePoint(lag, 1.0, 1.0, ratio, ratio and ratio / width, ratio and ratio * width, True)
        for lag, ratio in enumerate(ratios, start=1)
    ]


def test_movement_is_toward_one_from_either_side() -> None:
    assert moves_toward_one(curve_of(0.5, 0.7, 0.95))
    assert moves_toward_one(curve_of(2.0, None, 1.1))
    assert not moves_toward_one(curve_of(0.9, 0.9, 0.89))
    assert not moves_toward_one(curve_of(0.9, 0.5))
    assert not moves_toward_one(curve_of(None, 0.5))
    flat = curve_of(0.9, 0.9, width=2)
    assert "covers 1: no difference is shown" in reading_of(flat[1], flat)


def test_a_movement_within_the_errors_is_none() -> None:
    """MOVER by hand: 0.5 (0.25 to 1) and 1 (0.5 to 2) differ by a factor of 2 (0.75 to 5.3)."""
    change, error = np.log(2), np.hypot(np.log(2), np.log(2))
    assert np.exp(change - error) == pytest.approx(0.75, abs=0.005)
    assert not moves_toward_one(curve_of(0.5, 1.0, width=2))
    assert "does not move to 1 by more than its error" in movement_of(curve_of(0.5, 1.0, width=2))
    # the same with 1.4 up and down: a factor of 2 (1.24 to 3.2)
    assert np.exp(change - np.hypot(np.log(1.4), np.log(1.4))) > 1
    assert moves_toward_one(curve_of(0.5, 1.0, width=1.4))


def test_a_ratio_of_0_moves_as_far_as_its_upper_limit_tells() -> None:
    """The withdrawal vector: at lag 1 nobody of the engaged left (0 to 0.4539), later 1.0."""
    later = CurvePoint(3, 1.0, 1.0, 1.0, 0.2301, 4.3451, True)
    assert moves_toward_one([CurvePoint(1, 0.0, 1.7, 0.0, 0.0, 0.4539, True), later])
    assert not moves_toward_one([CurvePoint(1, 0.0, 1.7, 0.0, 0.0, 1.2, True), later])
    unbounded = CurvePoint(1, 1.0, 0.0, 3.0, 0.8, None, True)
    assert not moves_toward_one([unbounded, later])


def paired_counts(events: np.ndarray, years: tuple[float, float], lag: int = 6) -> pa.Table:
    """Counts at lag 1 and a later one of events (2, 2): engaged or not at the first, at the later lag."""
    table = counts(
        *[(1, name, int(events[i].sum()), years[i]) for i, name in enumerate(ARMS)],
        *[(lag, name, int(events[:, i].sum()), years[i]) for i, name in enumerate(ARMS)],
    )
    return table.append_column(
        "n_events_engaged_at_lag_1", pa.array([int(events[0].sum()), 0, int(events[0, 0]), int(events[0, 1])])
    )


ARMS = ("engaged", "not_engaged")


def test_both_ends_of_the_curve_count_the_same_events_once() -> None:
    """The error of the change against 4,000 draws of events whose exposures at both lags go together."""
    rng = np.random.default_rng(21)
    mean = np.array([[90.0, 12.0], [20.0, 60.0]])
    changes, errors = [], []
    for _ in range(4_000):
        events = rng.poisson(mean)
        (a, b), (c, d) = events.sum(axis=1), events.sum(axis=0)
        changes.append(np.log(c / d) - np.log(a / b))
        if len(errors) < 200:
            rows = retention_by_engagement(paired_counts(events, (800, 700)), NO_GAP).to_pylist()
            assert rows[0]["log_change_error"] is None
            errors.append(rows[1]["log_change_error"])
    assert np.mean(errors) == pytest.approx(np.std(changes), rel=0.05)
    apart = np.sqrt((1 / mean.sum(axis=1)).sum() + (1 / mean.sum(axis=0)).sum())
    assert np.mean(errors) < 0.75 * apart, "as if they were independent it would be much larger"


def test_a_movement_that_only_the_paired_error_shows() -> None:
    """A ratio of 0.57 that becomes 0.79: 0.32 in logs with an error of 0.12, or of 0.21 without the pairs."""
    table = paired_counts(np.array([[88, 8], [22, 62]]), (1600, 800))
    paired = retention_by_engagement(table, NO_GAP).to_pylist()[1]
    alone = retention_by_engagement(table.drop_columns("n_events_engaged_at_lag_1"), NO_GAP).to_pylist()[1]
    assert paired["log_change_error"] == pytest.approx(0.123, abs=5e-4)
    assert "consistent with withdrawal" in paired["reading"]
    assert alone["log_change_error"] is None
    assert "does not move to 1 by more than its error" in alone["reading"]


def test_lag_0_overlaps_the_month_at_risk_and_takes_no_part_in_the_movement() -> None:
    points = curve_of(0.9, 0.9, 0.92)
    begins_low = CurvePoint(0, 1.0, 1.0, 0.3, 0.28, 0.32, True)
    assert not moves_toward_one([begins_low, *points])
    assert movement_of([begins_low, *points]) == movement_of(points)


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        ((0.32, 0.6, 1.1), "moves to 1 and somewhat beyond it"),
        ((2.5, 0.85), "moves to 1 and somewhat beyond it"),
        ((0.32, 1.02), "moves to 1 as the lag grows"),
        ((0.8, 1.4), "passes 1 as the lag grows"),
        ((0.98, 1.03), "does not move to 1 by more than its error"),
        ((0.9, 0.5), "does not move to 1 as"),
        ((0.5,), ""),
    ],
)
def test_a_ratio_that_overshoots_1_is_not_said_to_stay_away_from_it(ratios: tuple, said: str) -> None:
    curve = curve_of(*ratios)
    assert said in movement_of(curve) and bool(said) == bool(movement_of(curve))
    assert movement_of(curve) in reading_of(curve[-1], curve)


def test_a_lag_below_the_rule_takes_no_part_in_the_movement() -> None:
    ends = [CurvePoint(1, 1.0, 1.0, 0.3, 0.1, 0.9, False), CurvePoint(3, 1.0, 1.0, 0.9, 0.5, 2.0, True)]
    assert movement_of(ends) == ""
