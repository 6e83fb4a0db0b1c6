"""What an initiative can change and what it must not make worse, as ratios of sums per unit and month."""

from __future__ import annotations

from typing import Final, NamedTuple


class Measure(NamedTuple):
    """A ratio of two sums; ``worse`` is the sign of a change for the worse, 0 for an aim of its own."""

    numerator: str
    denominator: str
    factor: float
    scale: str
    """proportion, per_20_days or index."""
    worse: int


AIMS: Final = {
    "participation_rate": Measure("n_participants", "n_persons", 1.0, "proportion", 0),
    "contribution_rate": Measure("n_creators", "n_persons", 1.0, "proportion", 0),
    "contributions_per_20_days": Measure("n_contributions", "eligible_days", 20.0, "per_20_days", 0),
    "active_days_per_20": Measure("n_active_days", "eligible_days", 20.0, "per_20_days", 0),
}
"""Outcomes that an initiative may name as its primary metric."""

GUARDRAILS: Final = {
    "after_hours_share": Measure("n_after_hours", "n_timed", 1.0, "proportion", 1),
    "thread_response_rate": Measure("n_answered", "n_threads", 1.0, "proportion", -1),
    "gini_contribution": Measure("gini_contribution", "one", 1.0, "index", 1),
}
"""Participation can be bought with noise: these must not get worse (metric specification I8)."""

UNMEASURED_GUARDRAIL: Final = "survey_item"
"""No source carries it yet: its row says so."""

SUMS: Final = (
    "n_persons", "n_participants", "n_creators", "n_contributions", "n_active_days", "eligible_days",
    "n_timed", "n_after_hours", "n_threads", "n_answered", "gini_contribution",
)  # fmt: skip
"""Columns of a unit-month."""


def measure_of(outcome: str) -> Measure:
    """The definition of an outcome by name; raises ``KeyError`` for one that nobody knows."""
    return AIMS[outcome] if outcome in AIMS else GUARDRAILS[outcome]
