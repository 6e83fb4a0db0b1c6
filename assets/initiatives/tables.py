"""The tables that the initiative step writes, with their schemas."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_ESTIMATE: Final = [
    pa.field("effect", pa.float64()),
    pa.field("standard_error", pa.float64()),
    pa.field("effect_ci_low", pa.float64()),
    pa.field("effect_ci_high", pa.float64()),
]

EFFECTS: Final = pa.schema(
    [
        pa.field("initiative_id", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("outcome_role", pa.string(), nullable=False),
        pa.field("is_headline", pa.bool_(), nullable=False),
        pa.field("scale", pa.string()),
        *_ESTIMATE,
        pa.field("inference", pa.string()),
        pa.field("p_value", pa.float64()),
        pa.field("p_value_clustered", pa.float64()),
        pa.field("p_value_randomisation", pa.float64()),
        pa.field("p_value_wild_bootstrap", pa.float64()),
        pa.field("p_value_holm", pa.float64()),
        pa.field("lead_p_value", pa.float64()),
        pa.field("trend_breakdown", pa.float64()),
        pa.field("n_target_units", pa.int64()),
        pa.field("n_comparison_units", pa.int64()),
        pa.field("n_target_persons", pa.int64()),
        pa.field("n_comparison_persons", pa.int64()),
        pa.field("n_months_before", pa.int64()),
        pa.field("n_months_after", pa.int64()),
        pa.field("target_before", pa.float64()),
        pa.field("target_after", pa.float64()),
        pa.field("comparison_before", pa.float64()),
        pa.field("comparison_after", pa.float64()),
        pa.field("reading", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
    ]
)

EVENT_MONTHS: Final = pa.schema(
    [
        pa.field("initiative_id", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("month_start", pa.date32(), nullable=False),
        pa.field("months_since_start", pa.int64(), nullable=False),
        *_ESTIMATE,
        pa.field("is_reference", pa.bool_(), nullable=False),
        pa.field("target_level", pa.float64()),
        pa.field("comparison_level", pa.float64()),
        pa.field("n_target_persons", pa.int64()),
        pa.field("n_comparison_persons", pa.int64()),
    ]
)

COMPOSITION: Final = pa.schema(
    [
        pa.field("initiative_id", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("baseline_month", pa.date32()),
        pa.field("last_month", pa.date32()),
        pa.field("n_persons_before", pa.int64()),
        pa.field("n_persons_after", pa.int64()),
        pa.field("n_dropped_persons", pa.int64()),
        pa.field("n_cells", pa.int64()),
        pa.field("rate_before", pa.float64()),
        pa.field("rate_after", pa.float64()),
        pa.field("change", pa.float64()),
        pa.field("rate_effect", pa.float64()),
        pa.field("composition_effect", pa.float64()),
        pa.field("standardised_after", pa.float64()),
        pa.field("standardised_change", pa.float64()),
        pa.field("standardised_change_ci_low", pa.float64()),
        pa.field("standardised_change_ci_high", pa.float64()),
        pa.field("restandardised_before", pa.float64()),
        pa.field("reading", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
    ]
)

BALANCE: Final = pa.schema(
    [
        pa.field("initiative_id", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("covariate", pa.string(), nullable=False),
        pa.field("target_mean", pa.float64()),
        pa.field("comparison_mean", pa.float64()),
        pa.field("difference_before", pa.float64()),
        pa.field("difference_after", pa.float64()),
        pa.field("n_pairs", pa.int64()),
        pa.field("n_unmatched", pa.int64()),
        pa.field("n_target_persons", pa.int64()),
        pa.field("n_comparison_persons", pa.int64()),
        pa.field("is_balanced", pa.bool_()),
    ]
)

DESIGNS: Final = pa.schema(
    [
        pa.field("initiative_id", pa.string(), nullable=False),
        pa.field("headline_method", pa.string(), nullable=False),
        pa.field("is_causal", pa.bool_(), nullable=False),
        pa.field("n_target_units", pa.int64()),
        pa.field("n_comparison_units", pa.int64()),
        pa.field("n_units_too_small", pa.int64()),
        pa.field("n_units_in_another_initiative", pa.int64()),
        pa.field("n_target_persons", pa.int64()),
        pa.field("n_comparison_persons", pa.int64()),
        pa.field("intraclass_correlation", pa.float64()),
        pa.field("design_effect", pa.float64()),
        pa.field("persons_per_arm_for_5_points", pa.int64()),
        pa.field("minimum_detectable_change", pa.float64()),
        pa.field("can_be_evaluated", pa.bool_()),
        pa.field("guardrails", pa.string(), nullable=False),
        pa.field("reading", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
    ]
)

SCHEMAS: Final = {
    "initiative_effects": EFFECTS,
    "initiative_event_months": EVENT_MONTHS,
    "initiative_composition": COMPOSITION,
    "initiative_balance": BALANCE,
    "initiative_designs": DESIGNS,
}
"""Tables of the schema ``outcomes`` by name. A NULL estimate has a ``reason`` of ``estimability.REASONS``."""
