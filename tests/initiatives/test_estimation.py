"""From counts to the effect table: bad data keeps its row with a reason, planted effects come back."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from assets.initiatives.estimability import REASONS
from assets.initiatives.estimation import METHODS, Inputs, estimate_all
from assets.initiatives.measures import AIMS, SUMS
from assets.initiatives.registry import initiatives_of, month_start
from assets.initiatives.report import METHOD_WORDS, Findings, report

FIRST_MONTH = 12 * 2024
START, END, MONTHS = 8, 14, 18


def registry_row(**changes):
    row = {
        "initiative_id": "I1", "name": "Working out loud", "assignment": "random",
        "primary_metric": "participation_rate", "is_preregistered": True, "n_targets": 8,
        "n_known_targets": 8, "n_target_units": 8, "n_target_persons": 0, "programme": "I1",
        "n_phases": 1, "first_month": month_start(FIRST_MONTH + START),
        "end_month": month_start(FIRST_MONTH + END), "baseline_month": month_start(FIRST_MONTH + START - 2),
        "study_from": month_start(FIRST_MONTH),
    }  # fmt: skip
    return row | changes


def units_frame(sides, initiative="I1", shared=(), starts=None):
    return pl.DataFrame(
        {
            "initiative_id": [initiative] * len(sides),
            "unit_key": list(range(len(sides))),
            "side": sides,
            "phase_start": [
                None
                if side == "comparison"
                else month_start(FIRST_MONTH + (starts or [START] * len(sides))[i])
                for i, side in enumerate(sides)
            ],
            "is_in_another_initiative": [i in shared for i in range(len(sides))],
        },
        schema_overrides={"phase_start": pl.Date},
    )


def unit_months_frame(sides, effect=0.0, size=20, seed=1, initiative="I1", months=MONTHS):
    """Binomial participation around 0.6; ``effect`` from START to END in targeted units."""
    rng = np.random.default_rng(seed)
    rows = []
    for unit, side in enumerate(sides):
        level = 0.6 + rng.normal(0, 0.05)
        for month in range(months):
            share = level + (effect if side == "target" and START <= month < END else 0.0)
            joined = int(rng.binomial(size, min(1.0, share)))
            for population in ("baseline", "current"):
                row = dict.fromkeys(SUMS, 0) | {
                    "initiative_id": initiative, "population": population, "unit_key": unit,
                    "month_start": month_start(FIRST_MONTH + month), "n_persons": size,
                    "n_participants": joined, "n_creators": joined // 2, "n_contributions": 3 * joined,
                    "n_active_days": 2 * joined, "eligible_days": 20 * size, "n_timed": 3 * joined,
                    "n_after_hours": joined // 3, "n_threads": joined, "n_answered": joined // 2,
                    "gini_contribution": 0.5 + 0.01 * rng.normal(),
                }  # fmt: skip
                rows.append(row)
    return pl.DataFrame(rows)


CELLS = pl.DataFrame(
    {
        "initiative_id": ["I1", "I1"],
        "baseline_month": [date(2024, 7, 1)] * 2,
        "last_month": [date(2025, 2, 1)] * 2,
        "age_band": ["25-34", "35-44"],
        "job_family": ["Engineering", None],
        "location": ["Porto", "Porto"],
        "n_before": [400, 600],
        "n_participants_before": [340, 390],
        "n_creators_before": [0, 0],
        "n_after": [700, 300],
        "n_participants_after": [686, 264],
        "n_creators_after": [0, 0],
    }
)
PERSONS = units_frame(["target"]).with_columns(
    pl.lit("Porto").alias("location"), pl.lit("L1").alias("level"), pl.lit("Engineering").alias("job_family"),
    pl.lit("25-34").alias("age_band"), pl.lit(20).alias("tenure_months"),
)  # fmt: skip


def estimated(registry, units, unit_months, cells=CELLS, persons=None, person_months=None, minimum=5):
    frames = {
        "units": units,
        "unit_months": unit_months,
        "cells": cells,
        "persons": PERSONS.clear() if persons is None else persons,
        "person_months": unit_months.clear() if person_months is None else person_months,
    }
    rows = pa.Table.from_pylist([registry] if isinstance(registry, dict) else registry)
    return estimate_all(initiatives_of(rows), Inputs(frames), minimum)


def one(tables, method, outcome="participation_rate", table="initiative_effects"):
    (row,) = [r for r in tables[table].to_pylist() if (r["method"], r["outcome"]) == (method, outcome)]
    return row


SIDES = ["target"] * 8 + ["comparison"] * 8


def test_a_planted_effect_comes_back_by_every_method_that_the_design_allows():
    tables = estimated(registry_row(), units_frame(SIDES), unit_months_frame(SIDES, effect=0.2))
    for method in ("did", "did_current", "ancova"):
        row = one(tables, method)
        assert row["effect_ci_low"] < 0.2 < row["effect_ci_high"], method
        assert row["effect_ci_low"] > 0, method
        assert (row["n_target_units"], row["n_comparison_units"]) == (8, 8)
    headline = one(tables, "did")
    assert headline["is_headline"] and headline["inference"] == "randomisation"
    assert headline["p_value_holm"] == headline["p_value"] == headline["p_value_randomisation"] < 0.01
    assert "through the initiative" in headline["reading"]
    after = one(tables, "sustained_3")
    assert after["effect_ci_low"] < 0 < after["effect_ci_high"]  # it ends with the initiative
    assert one(tables, "sustained_6")["reason"] == "not_yet_ended"


def test_every_method_and_outcome_has_one_row_and_every_missing_number_a_reason():
    tables = estimated(registry_row(), units_frame(SIDES), unit_months_frame(SIDES))
    rows = tables["initiative_effects"].to_pylist()
    keys = [(r["method"], r["outcome"]) for r in rows]
    assert len(set(keys)) == len(keys) == len(METHODS) * len(AIMS) + 4
    assert all((r["effect"] is None) == (r["reason"] is not None) for r in rows)
    assert {r["reason"] for r in rows} - {None} <= set(REASONS)
    assert set(METHODS) == set(METHOD_WORDS)


def test_only_chance_allows_causal_words():
    for assignment, method in (("targeted", "did_matched"), ("self_selected", "did_matched"), (None, "did")):
        tables = estimated(
            registry_row(assignment=assignment), units_frame(SIDES), unit_months_frame(SIDES, effect=0.2)
        )
        assert "associated" in one(tables, "did")["reading"]
        assert one(tables, method)["is_headline"]
        assert tables["initiative_designs"].to_pylist()[0]["is_causal"] is False


@pytest.mark.parametrize(
    ("registry", "units", "months", "reason"),
    [
        ({"n_known_targets": 0, "n_target_units": 0}, SIDES, MONTHS, "unknown_targets"),
        ({"n_target_persons": 2}, SIDES, MONTHS, "not_applicable"),
        ({"baseline_month": date(2023, 11, 1)}, SIDES, MONTHS, "too_few_treated_units"),
        ({}, SIDES, START, "not_started"),
        ({}, ["target"] * 8, MONTHS, "no_control_units"),
        ({}, ["target", *["comparison"] * 8], MONTHS, "too_few_treated_units"),
        ({}, ["target"] * 8 + ["comparison"], MONTHS, "too_few_control_units"),
    ],
)
def test_bad_registries_and_thin_data_give_a_reason(registry, units, months, reason):
    tables = estimated(
        registry_row(**registry), units_frame(units), unit_months_frame(units, effect=0.2, months=months)
    )
    row = one(tables, "did")
    assert row["effect"] is None
    expected = {reason, "no_pre_period"} if reason == "too_few_treated_units" else {reason}
    assert row["reason"] in expected
    assert row["reading"].startswith("Against untargeted units over the same months: not estimated")
    assert tables["initiative_designs"].to_pylist()[0]["can_be_evaluated"] is False


def test_without_months_before_the_start_there_is_no_effect():
    late = unit_months_frame(SIDES, effect=0.2).filter(
        pl.col("month_start") >= month_start(FIRST_MONTH + START)
    )
    row = one(estimated(registry_row(), units_frame(SIDES), late.filter(population="current")), "did")
    assert (row["effect"], row["reason"]) == (None, "no_pre_period")


def test_units_of_another_initiative_and_small_units_are_left_out_and_counted():
    shared = units_frame(SIDES, shared=(0, 8))
    tables = estimated(registry_row(), shared, unit_months_frame(SIDES))
    row = one(tables, "did")
    assert (row["n_target_units"], row["n_comparison_units"]) == (7, 7)
    assert tables["initiative_designs"].to_pylist()[0]["n_units_in_another_initiative"] == 2
    everything = units_frame(SIDES, shared=range(8))
    assert one(estimated(registry_row(), everything, unit_months_frame(SIDES)), "did")["reason"] == (
        "overlapping_initiatives"
    )
    small = estimated(registry_row(), units_frame(SIDES), unit_months_frame(SIDES, size=4))
    assert one(small, "did")["reason"] == "too_few_treated_units"
    assert small["initiative_designs"].to_pylist()[0]["n_units_too_small"] == 16


def test_a_metric_that_nobody_measures_is_no_headline():
    tables = estimated(registry_row(primary_metric="happiness"), units_frame(SIDES), unit_months_frame(SIDES))
    assert not any(r["is_headline"] for r in tables["initiative_effects"].to_pylist())
    assert tables["initiative_designs"].to_pylist()[0]["reason"] == "unknown_primary_metric"


def test_an_outcome_that_no_source_holds_says_so():
    silent = unit_months_frame(SIDES).with_columns(pl.lit(0).alias("n_threads"))
    row = one(estimated(registry_row(), units_frame(SIDES), silent), "did", "thread_response_rate")
    assert (row["effect"], row["reason"]) == (None, "outcome_not_measured")
    survey = one(estimated(registry_row(), units_frame(SIDES), silent), "did", "survey_item")
    assert survey["reason"] == "outcome_not_measured"


def test_phases_are_compared_with_units_not_yet_treated():
    sides = ["target"] * 8 + ["other_phase"] * 8
    starts = [START] * 8 + [END] * 8
    registry = registry_row(assignment="phased", programme="phased:x", n_phases=2)
    tables = estimated(registry, units_frame(sides, starts=starts), unit_months_frame(sides, effect=0.2))
    row = one(tables, "group_time")
    assert row["is_headline"] and row["effect_ci_low"] < 0.2 < row["effect_ci_high"]
    assert one(tables, "did")["reason"] == "no_control_units"


def test_holm_counts_the_headlines_of_the_whole_registry():
    both = pl.concat([unit_months_frame(SIDES, 0.2), unit_months_frame(SIDES, 0.0, seed=2, initiative="I2")])
    units = pl.concat([units_frame(SIDES), units_frame(SIDES, "I2")])
    tables = estimated([registry_row(), registry_row(initiative_id="I2")], units, both)
    headlines = [r for r in tables["initiative_effects"].to_pylist() if r["is_headline"]]
    first, second = sorted(headlines, key=lambda r: r["p_value"])
    assert first["p_value_holm"] == pytest.approx(2 * first["p_value"])
    assert second["p_value_holm"] == pytest.approx(max(second["p_value"], first["p_value_holm"]))


def test_self_selected_people_are_matched_exactly_on_place_and_level():
    rng = np.random.default_rng(9)
    n, months = 600, 14
    propensity = rng.random(n)
    level = 0.3 + 0.4 * propensity
    treated = rng.random(n) < 0.1 + 0.4 * propensity
    persons = pl.DataFrame(
        {
            "initiative_id": ["I1"] * n, "unit_key": np.arange(n),
            "side": np.where(treated, "target", "comparison"),
            "phase_start": [month_start(FIRST_MONTH + START) if t else None for t in treated],
            "is_in_another_initiative": [False] * n, "location": rng.choice(["Porto", "Austin"], n),
            "level": rng.choice(["L1", "L2"], n), "job_family": rng.choice(["Engineering", "Sales"], n),
            "age_band": rng.choice(["25-34", "35-44"], n), "tenure_months": rng.integers(1, 90, n),
        },
        schema_overrides={"phase_start": pl.Date},
    )  # fmt: skip
    rows = []
    for month in range(months):
        share = level + np.where(treated & (month >= START), 0.25, 0.0)
        joined = (rng.random(n) < share).astype(np.int64)
        frame = pl.DataFrame({name: np.zeros(n, dtype=np.int64) for name in SUMS}).with_columns(
            pl.lit("I1").alias("initiative_id"), pl.lit("baseline").alias("population"),
            pl.Series("unit_key", np.arange(n)),
            pl.lit(month_start(FIRST_MONTH + month)).alias("month_start"),
            pl.lit(1).alias("n_persons"), pl.Series("n_participants", joined),
        )  # fmt: skip
        rows.append(frame)
    registry = registry_row(assignment="self_selected", n_target_units=0, n_target_persons=8)
    months_frame = pl.concat(rows)
    tables = estimated(
        registry, units_frame(SIDES).clear(), unit_months_frame(SIDES).clear(), CELLS.clear(), persons,
        months_frame,
    )  # fmt: skip
    plain = one(tables, "did")
    assert plain["effect_ci_low"] < 0.25 < plain["effect_ci_high"]
    balance = [r for r in tables["initiative_balance"].to_pylist() if r["outcome"] == "participation_rate"]
    assert {"earlier months", "later months", "tenure"} <= {r["covariate"] for r in balance}
    assert max(abs(r["difference_before"]) for r in balance) > 0.1
    matched = one(tables, "did_matched")
    if balance[0]["is_balanced"]:
        assert matched["effect_ci_low"] < 0.25 < matched["effect_ci_high"]
    else:
        assert matched["reason"] == "not_balanced"


def test_the_report_tells_the_answer_and_every_reason():
    tables = estimated(registry_row(), units_frame(SIDES), unit_months_frame(SIDES, effect=0.2))
    registry = registry_row() | {
        "starts_on": date(2024, 9, 1), "ends_on": date(2025, 2, 28), "registered_on": date(2024, 8, 1),
        "hypothesis": "More people contribute", "n_unknown_targets": 1,
    }  # fmt: skip

    def published(name):
        return [r | {"suppression_reason": r.get("reason")} for r in tables[name].to_pylist()]

    page = report(
        Findings(
            registry,
            effects=published("initiative_effects"),
            months=published("initiative_event_months"),
            composition=published("initiative_composition"),
            design=published("initiative_designs"),
        )
    )
    assert "# I1: Working out loud" in page and "1 of 8 targets do not exist" in page
    assert "participation changed through the initiative by +" in page
    assert "from 73 % to 95 %" in page and "+4.5 points because the mix of people changed" in page
    assert "- Against units whose phase has not begun: not estimated, all units start together" in page
    assert "no survey item" not in page and "The survey item: not measured" in page
    assert "No difference shown in the months before (p " in page
    moved = [r | {"lead_p_value": 0.004} for r in published("initiative_effects")]
    warned = report(Findings(registry, effects=moved))
    assert "The groups already moved apart in the months before (p 0.004)" in warned
    assert "No difference shown" not in warned
