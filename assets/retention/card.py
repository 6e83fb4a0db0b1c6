"""The retention card: one row per question, with everything that has to stand beside a ratio (H9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from assets.outcomes.lag_curve import movement_of
from assets.retention import figures
from assets.retention.adjusted import Proportionality
from assets.retention.card_columns import QUESTIONS, SCHEMA, WHOLE
from assets.retention.estimates import Estimate
from assets.retention.marginal_structural import MarginalStructural
from assets.retention.reading import contagion_reading, of_many, reading_of
from assets.statistics.false_discovery import q_values

STRATIFICATION: Final = "tenure_level"

Row = Mapping[str, Any]
Card = dict[str, Any]


def engaged_card(
    question: str,
    lag: int,
    curve: Sequence[Row],
    strata: Row | None,
    adjusted: Estimate,
    proportional: Proportionality | None,
    weighted: MarginalStructural | None,
    negative: Estimate | None,
    share_left: float,
    landmark: Row | None = None,
    n_unclassified_exits: int | None = None,
) -> Card:
    """The card of a question with two arms.

    Parameters
    ----------
    question
        A key of ``QUESTIONS``.
    lag
        The headline lag in months.
    curve
        Rows of ``outcomes.retention_by_engagement`` of the common sample; empty for a question
        that is a variant of another, which then shows no rates of its own.
    strata
        Row of ``int_retention_stratified`` at the lag, or None.
    adjusted, proportional, weighted, negative
        What the models gave; None where the question has no such model.
    share_left
        Share of the people at risk who left, for the E-value.
    landmark
        Row of ``outcomes.survival_summaries`` that compares the engaged from the landmark.
    n_unclassified_exits
        Exits of the people at risk of which HR does not say the kind; None where not told.
    """
    card = _empty(question, lag)
    headline = next((row for row in curve if row["lag_months"] == lag), None)
    card["is_publishable"] = headline["is_publishable"] if headline else adjusted.reason is None
    card["n_population"] = adjusted.n_persons
    card["n_unclassified_exits"] = n_unclassified_exits
    if headline:
        card |= figures.observed(headline)
        card["n_population"] = min(headline["n_persons_engaged"], headline["n_persons_not_engaged"])
    if headline and card["is_publishable"]:
        card |= figures.lagged(headline, next((row for row in curve if row["lag_months"] == 0), None))
        card["lag_curve"] = ", ".join(
            f"{row['lag_months']}: {figures.short(row['rate_ratio'] if row['is_publishable'] else None)}"
            for row in sorted(curve, key=lambda row: int(row["lag_months"]))
        )
    if headline and not card["is_publishable"]:
        adjusted, proportional, weighted, landmark = figures.blocked(adjusted, proportional, weighted)
    card |= figures.adjusted(adjusted, share_left)
    if strata is not None:
        card |= figures.stratified(strata, card["is_publishable"])
    if proportional is not None:
        card |= figures.proportional(proportional) | figures.months_stayed(landmark)
    if weighted is not None:
        card |= figures.weighted(weighted)
    if negative is not None:
        card |= figures.ratio("negative_outcome_ratio", negative)
        card |= {"negative_outcome": negative.term, "negative_outcome_reason": negative.reason}
    card["reading"] = reading_of(card, movement_of(figures.points(curve)))
    return card


def part_card(
    lag: int,
    dimension: str,
    population: str,
    curve: Sequence[Row],
    adjusted: Estimate,
    alike_p_value: float | None,
    share_left: float,
) -> Card:
    """The card of the main question in one part of the workforce; ``curve`` is the part's own."""
    card = engaged_card("engaged", lag, curve, None, adjusted, None, None, None, share_left)
    nothing_raw = {name: None for name in card if name.startswith("raw_retention_gap")}
    return card | nothing_raw | {
        "dimension": dimension, "population": population, "alike_p_value": alike_p_value,
        "negative_exposure_reason": None,
    }  # fmt: skip


def dose_card(question: str, lag: int, estimate: Estimate) -> Card:
    """The card of a question about an amount: one adjusted ratio per doubling."""
    card = _empty(question, lag)
    card["n_population"] = estimate.n_persons
    card["is_publishable"] = estimate.reason is None
    card |= figures.adjusted(estimate, 0.0)
    card |= {"e_value": None, "e_value_ci": None}
    card["reading"] = reading_of(card)
    return card


def contagion_card(lag: int, found: tuple[Estimate, Estimate, Estimate]) -> Card:
    """The card of lost colleagues: its ratio is the one within teams and months.

    ``found`` are the naive, the adjusted and the ratio within teams and months.
    """
    naive, adjusted, within = found
    card = dose_card("lost_colleagues", lag, within)
    return card | {"reading": contagion_reading(card, naive, adjusted)}


def counted(cards: list[Card]) -> list[Card]:
    """The cards with how many ratios were computed, and the parts' adjusted for that (q)."""
    n_cards = sum(card["adjusted_hazard_ratio"] is not None for card in cards)
    parts = [card for card in cards if card["dimension"] != WHOLE]
    for card in cards:
        card["n_cards"] = n_cards
    for card, q in zip(parts, q_values([card["adjusted_p_value"] for card in parts]), strict=True):
        card["q_value"] = q
        card["reading"] += of_many(card)
    return cards


def _empty(question: str, lag: int) -> Card:
    return {
        **dict.fromkeys(SCHEMA.names),
        "question": question,
        "exposure_definition": QUESTIONS[question],
        "dimension": WHOLE,
        "population": WHOLE,
        "lag_months": lag,
        "negative_exposure_reason": "no_source",
    }
