"""What a retention card asks and the columns that it has."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from assets.statistics.columns import interval_fields

QUESTIONS: Final = {
    "engaged": "Engaged: contributed in at least two whole weeks of a window of three months. The window "
    "ends so many months (the lag) before the month in which somebody may leave; over a leave the last known "
    "state holds for up to three months.",
    "engaged_without_carrying": "The same, but a window with fewer than 20 eligible days is unobserved.",
    "contributions": "Number of contributions in the window, per doubling of one plus it.",
    "network_strength": "Strength of ties at the end of the window, per doubling of one plus it.",
    "network_effective_size": "Contacts less their redundancy (effective size) at the end of the window, per "
    "doubling of one plus it.",
    "network_pagerank": "PageRank of incoming ties at the end of the window, over its mean, per doubling of "
    "one plus it.",
    "lost_colleagues": "Share of tie weight, before the window, with people who resigned and left in the 91 "
    "days before the month at risk, per ten points.",
}
"""Each question and its definition of exposure."""
WHOLE: Final = "organisation"
"""Dimension and population of a card about everybody."""

SCHEMA: Final = pa.schema(
    [
        pa.field("question", pa.string(), nullable=False),
        pa.field("exposure_definition", pa.string(), nullable=False),
        pa.field("dimension", pa.string(), nullable=False),
        pa.field("population", pa.string(), nullable=False),
        pa.field("lag_months", pa.int32(), nullable=False),
        pa.field("event_clock", pa.string()),
        pa.field("n_population", pa.int64(), nullable=False),
        *(pa.field(f"n_persons_{arm}", pa.int64()) for arm in ("engaged", "not_engaged")),
        *(pa.field(f"n_events_{arm}", pa.int64()) for arm in ("engaged", "not_engaged")),
        *(pa.field(f"person_years_{arm}", pa.float64()) for arm in ("engaged", "not_engaged", "unobserved")),
        *(pa.field(f"expected_events_{arm}", pa.float64()) for arm in ("engaged", "not_engaged")),
        pa.field("observed_share", pa.float64()),
        pa.field("n_unclassified_exits", pa.int64()),
        *interval_fields("crude_rate_ratio"),
        *interval_fields("lagged_rate_ratio"),
        pa.field("lag_curve", pa.string()),
        *interval_fields("mh_rate_ratio"),
        pa.field("mh_stratification", pa.string()),
        pa.field("mh_heterogeneity_p_value", pa.float64()),
        pa.field("mh_reason", pa.string()),
        *interval_fields("adjusted_hazard_ratio"),
        pa.field("adjusted_covariates", pa.string()),
        pa.field("adjusted_reason", pa.string()),
        pa.field("adjusted_p_value", pa.float64()),
        pa.field("q_value", pa.float64()),
        pa.field("n_cards", pa.int64()),
        pa.field("alike_p_value", pa.float64()),
        pa.field("n_teams", pa.int64()),
        pa.field("proportionality_p_value", pa.float64()),
        pa.field("ratio_reported", pa.string()),  # overall or by_tenure
        pa.field("ratios_by_tenure", pa.string()),
        pa.field("proportionality_reason", pa.string()),
        *interval_fields("rmst_12_difference"),
        pa.field("rmst_reason", pa.string()),
        *interval_fields("msm_odds_ratio"),
        pa.field("msm_weight_mean", pa.float64()),
        pa.field("msm_weight_low", pa.float64()),
        pa.field("msm_weight_high", pa.float64()),
        pa.field("msm_reason", pa.string()),
        *interval_fields("negative_outcome_ratio"),
        pa.field("negative_outcome", pa.string()),
        pa.field("negative_outcome_reason", pa.string()),
        pa.field("negative_exposure_reason", pa.string()),
        pa.field("e_value", pa.float64()),
        pa.field("e_value_ci", pa.float64()),
        *interval_fields("raw_retention_gap"),
        pa.field("raw_retention_gap_banner", pa.string()),
        pa.field("is_publishable", pa.bool_(), nullable=False),
        pa.field("reading", pa.string(), nullable=False),
    ]
)
"""Columns of ``outcomes.retention_cards``."""
