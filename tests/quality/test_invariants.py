"""Check K19 judges every proportion that the registry of metrics knows."""

from __future__ import annotations

import duckdb
import pytest

from assets.publish.metrics import read_registry
from assets.quality.invariants import CHECKS, PROPORTION

OTHER_UNITS = frozenset(
    {
        "reply_depth", "unique_repliers", "recognition_received_rate", "harmonic_centrality",
        "median_months", "mean_orgchart_distance", "mean_orgchart_distance_all", "mrqap_chart",
        "mrqap_location", "qap_r_reports", "qap_r_siblings", "fragmentation", "mean_reciprocal_distance",
        "attack_curve_r", "attack_curve_r_random",
    }
)  # fmt: skip
"""Columns of entries whose unit begins with a proportion and that say something else besides."""
ELSEWHERE = (
    "formal_informal_jaccard",
    "informal_outside",
    "unused_formal",
    "mean_distance",
    "largest_component",
)
"""Comparisons of two graphs and simulated removals: bounded by their construction."""


def test_every_registered_proportion_is_judged() -> None:
    proportions = {
        column
        for metric in read_registry().metrics
        if metric.unit.startswith("proportion 0..1")
        for columns in metric.columns.values()
        for column in columns
    }
    unjudged = {column for column in proportions if not PROPORTION.search(column)} - OTHER_UNITS
    assert not {column for column in unjudged if not column.startswith(ELSEWHERE)}
    assert len(proportions) > 90
    assert not [column for column in OTHER_UNITS if PROPORTION.search(column)]


def test_rates_that_may_exceed_one_are_not_judged() -> None:
    for column in (
        "turnover_rate",
        "separation_rate_per_100py",
        "recognition_given_rate",
        "contributions_per_20_days",
    ):
        assert not PROPORTION.search(column)


@pytest.mark.parametrize(
    ("column", "value", "is_wrong"),
    [
        ("answer_rate_7d", 1.01, True), ("answer_rate_7d", 1.0, False), ("score_value", 100.5, True),
        ("cross_unit_answer_rate_strong", -0.1, True), ("community_health_index", 1.5, True),
        ("new_hire_attrition_365d", 1.2, True), ("score_value", 73.0, False), ("ei_index", -1.1, True),
        ("recognition_reciprocity", None, False),
        ("n_defined", -1, True), ("turnover_rate", 1.4, False),
    ],
)  # fmt: skip
def test_a_value_out_of_bounds_is_found(column: str, value: float | None, is_wrong: bool) -> None:
    [check] = CHECKS
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.fct_some (n_persons integer, {column} double)")
        connection.execute("insert into marts.fct_some values (3, ?)", [value])
        rows = connection.execute(
            check.measure({"marts.fct_some": frozenset({"n_persons", column})})
        ).fetchall()
    assert any(row[2] for row in rows) == is_wrong
