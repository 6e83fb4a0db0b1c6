"""What is said of each survival curve: shown points, hidden ones with their reason, comparisons."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from assets.outcomes.survival import Lives, kaplan_meier, restricted_mean
from assets.outcomes.survival_tables import DAYS_PER_MONTH, POINTS, survival_tables

COLUMNS = ("dimension", "dimension_value", "entry_days", "exit_days", "ending")


def of(*rows: tuple) -> pa.Table:
    return pl.DataFrame(list(rows), schema=list(COLUMNS), orient="row").to_arrow()


def tables(rows: list[tuple]) -> tuple[dict, dict]:
    found = survival_tables(of(*rows), 10)
    curves = {
        (r["dimension"], r["dimension_value"], r["months"]): r for r in found["survival_curves"].to_pylist()
    }
    summaries = {(r["dimension"], r["dimension_value"]): r for r in found["survival_summaries"].to_pylist()}
    return curves, summaries


def landmark(seed: int, n: int, per_month: dict[str, float]) -> list[tuple]:
    random = np.random.default_rng(seed)
    rows = []
    for value, hazard in per_month.items():
        for time in random.exponential(1 / hazard, n) * DAYS_PER_MONTH:
            ending = random.choice(["voluntary", "voluntary", "other"]) if time < 400 else "none"
            rows.append(("landmark", value, 0, int(min(time, 400)) + 1, str(ending)))
    return rows


def test_a_comparison_from_the_landmark_has_every_figure() -> None:
    rows = landmark(5, 400, {"engaged": 0.02, "not_engaged": 0.04})
    curves, summaries = tables(rows)
    engaged, quiet = summaries["landmark", "engaged"], summaries["landmark", "not_engaged"]
    assert engaged["comparison_reason"] is None and quiet["comparison_reason"] == "not_compared"
    assert engaged["rmst_12_difference"] == pytest.approx(engaged["rmst_12"] - quiet["rmst_12"])
    assert engaged["rmst_12_difference_ci_low"] > 0 and engaged["log_rank_p_value"] < 0.001
    everybody = summaries["landmark", "all"]
    assert everybody["n_persons"] == 800
    assert everybody["n_voluntary"] + everybody["n_other"] == sum(row[4] != "none" for row in rows)
    assert 0 < engaged["voluntary_incidence_12"] < 1 - curves["landmark", "engaged", 12]["survival"]
    lives = Lives(
        np.zeros(400),
        np.array([row[3] for row in rows if row[1] == "engaged"]) / DAYS_PER_MONTH,
        np.array([int(row[4] == "voluntary") for row in rows if row[1] == "engaged"]),
    )
    curve = kaplan_meier(lives.between(0, engaged["observed_to_months"]))
    assert curve is not None
    assert curves["landmark", "engaged", 6]["survival"] == pytest.approx(curve.at(6))
    assert engaged["rmst_12"] == pytest.approx(restricted_mean(curve, 12).value)  # type: ignore[union-attr]


def test_too_few_expected_events_show_no_comparison() -> None:
    _, summaries = tables(landmark(6, 40, {"engaged": 0.01, "not_engaged": 0.01}))
    row = summaries["landmark", "engaged"]
    assert row["comparison_reason"] == "too_few_expected_events"
    assert row["log_rank_p_value"] is None and row["rmst_12_difference"] is None


def test_between_two_shown_points_at_least_three_people_resigned() -> None:
    rows = landmark(7, 60, {"engaged": 0.03})
    curves, _ = tables(rows)
    exits = np.array([row[3] for row in rows if row[4] == "voluntary"]) / DAYS_PER_MONTH
    shown = [months for months in POINTS if curves["landmark", "engaged", months]["survival"] is not None]
    hidden = {curves["landmark", "engaged", months]["reason"] for months in set(POINTS) - set(shown)}
    assert len(shown) >= 2
    assert hidden <= {"few_exits_since_last_point", "not_observed_at_this_time"}
    for first, last in zip([0, *shown], shown, strict=False):
        assert ((exits > first) & (exits <= last)).sum() >= 3
    for months in shown:
        n_at_risk = sum(row[3] / DAYS_PER_MONTH >= months for row in rows)
        assert n_at_risk >= 10
        assert curves["landmark", "engaged", months]["n_at_risk"] == n_at_risk // 5 * 5


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([("org_unit", "1", 0, 900, "none")] * 30, "few_voluntary_exits"),
        ([("org_unit", "1", 0, 900, "unclassified")] * 30, "few_voluntary_exits"),
        ([("org_unit", "1", 0, 900, "voluntary")] * 9, "few_at_risk"),
    ],
)
def test_nobody_left_unknown_reasons_and_small_groups_give_reasons(rows: list[tuple], reason: str) -> None:
    curves, summaries = tables(rows)
    row = summaries["org_unit", "1"]
    assert (row["reason"], row["mean_reason"], row["median_reason"]) == (reason, reason, reason)
    assert row["rmst_12"] is None and row["median_months"] is None
    assert {each["reason"] for each in curves.values()} == {reason}
    assert all(each["survival"] is None for each in curves.values())


def test_one_exit_and_everybody_gone() -> None:
    one = [("org_unit", "1", 0, 900, "none")] * 29 + [("org_unit", "1", 0, 100, "voluntary")]
    curves, summaries = tables(one)
    assert summaries["org_unit", "1"]["reason"] == "few_voluntary_exits"
    assert all(each["survival"] is None for each in curves.values())  # one exit is never shown
    gone = [("org_unit", "1", 0, 100, "voluntary")] * 30
    _, summaries = tables(gone)
    assert summaries["org_unit", "1"]["rmst_12"] == pytest.approx(100 / DAYS_PER_MONTH)
    assert summaries["org_unit", "1"]["median_months"] == pytest.approx(100 / DAYS_PER_MONTH)
    assert summaries["org_unit", "1"]["incidence_reason"] == "few_exits_in_twelve_months"
    late = [("org_unit", "1", 0, 700, "voluntary")] * 30
    assert tables(late)[1]["org_unit", "1"]["mean_reason"] == "few_exits_in_twelve_months"


def test_staff_that_was_there_before_says_nothing_of_the_first_year() -> None:
    random = np.random.default_rng(3)
    rows = [
        ("hire_year", "2015", 1000, 1000 + int(days), "voluntary" if days < 500 else "none")
        for days in np.minimum(random.exponential(600, 80) + 1, 500)
    ]
    curves, summaries = tables(rows)
    row = summaries["hire_year", "2015"]
    assert row["observed_from_months"] == pytest.approx(1000 / DAYS_PER_MONTH)
    assert (row["rmst_12"], row["mean_reason"]) == (None, "not_observed_from_the_start")
    assert curves["hire_year", "2015", 12]["reason"] == "not_observed_at_this_time"
    assert curves["hire_year", "2015", 36]["survival"] is not None


def test_no_lives_make_empty_tables() -> None:
    found = survival_tables(of(("org_unit", "1", 0, 1, "none")).slice(0, 0), 10)
    assert {name: table.num_rows for name, table in found.items()} == {
        "survival_curves": 0,
        "survival_summaries": 0,
    }
