"""The retention card: one row per question, with everything that has to stand beside a ratio (H9)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from assets.outcomes.lag_curve import CurvePoint, movement_of
from assets.outcomes.retention import MINIMUM_EXPECTED_EVENTS
from assets.outcomes.sensitivity import e_value, e_value_of_interval, risk_ratio_of_hazard_ratio
from assets.retention.adjusted import NOT_PROPORTIONAL, Proportionality
from assets.retention.estimates import Estimate
from assets.retention.marginal_structural import MarginalStructural
from assets.retention.reading import contagion_reading, of_many, reading_of
from assets.statistics.columns import interval_fields
from assets.statistics.false_discovery import q_values

QUESTIONS: Final = {
    "engaged": "Contributions in at least two whole weeks of the three months that end the lag before "
    "the month at risk; over a leave the last known state holds for up to three months.",
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
STRATIFICATION: Final = "tenure_level"
TOO_FEW: Final = "too_few_expected_events"
RARE: Final = 0.15
"""Share of people who left below which hazard and risk ratios are nearly the same."""

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

Row = Mapping[str, Any]


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
) -> dict[str, Any]:
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
    """
    card = _empty(question, lag)
    headline = next((row for row in curve if row["lag_months"] == lag), None)
    card["is_publishable"] = headline["is_publishable"] if headline else adjusted.reason is None
    card["n_population"] = adjusted.n_persons
    if headline:
        card |= _observed(headline)
        card["n_population"] = min(headline["n_persons_engaged"], headline["n_persons_not_engaged"])
    if headline and card["is_publishable"]:
        card |= _lagged(headline, next((row for row in curve if row["lag_months"] == 0), None))
        card["lag_curve"] = ", ".join(
            f"{row['lag_months']}: {_short(row['rate_ratio'] if row['is_publishable'] else None)}"
            for row in sorted(curve, key=lambda row: int(row["lag_months"]))
        )
    if headline and not card["is_publishable"]:
        adjusted, proportional, weighted, landmark = _blocked(adjusted, proportional, weighted)
    card |= _adjusted(adjusted, share_left)
    if strata is not None:
        card |= _stratified(strata, card["is_publishable"])
    if proportional is not None:
        card |= _proportional(proportional) | _months_stayed(landmark)
    if weighted is not None:
        card |= _weighted(weighted)
    if negative is not None:
        card |= _ratio("negative_outcome_ratio", negative)
        card |= {"negative_outcome": negative.term, "negative_outcome_reason": negative.reason}
    card["reading"] = reading_of(card, movement_of(_points(curve)))
    return card


def _blocked(
    adjusted: Estimate, proportional: Proportionality | None, weighted: MarginalStructural | None
) -> tuple[Estimate, Proportionality | None, MarginalStructural | None, Row]:
    """Nothing of what a card below the rule (H9) would show, with the reason.

    The models rest on a larger sample than the curve and may hold by themselves; a card that says
    that there is too little to compare shows no comparison all the same.
    """

    def emptied(found: Estimate) -> Estimate:
        """The estimate without a number."""
        return replace(found, reason=TOO_FEW, ratio=None, low=None, high=None, p_value=None)

    months = ("rmst_12_difference", "rmst_12_difference_ci_low", "rmst_12_difference_ci_high")
    no_months = {**dict.fromkeys(months), "comparison_reason": TOO_FEW}
    return (
        emptied(adjusted),
        proportional and Proportionality(None, TOO_FEW, ()),
        weighted and MarginalStructural(emptied(weighted.estimate), None),
        no_months,
    )


def part_card(
    lag: int,
    dimension: str,
    population: str,
    curve: Sequence[Row],
    adjusted: Estimate,
    alike_p_value: float | None,
    share_left: float,
) -> dict[str, Any]:
    """The card of the main question in one part of the workforce; ``curve`` is the part's own."""
    card = engaged_card("engaged", lag, curve, None, adjusted, None, None, None, share_left)
    nothing_raw = {name: None for name in card if name.startswith("raw_retention_gap")}
    return card | nothing_raw | {
        "dimension": dimension, "population": population, "alike_p_value": alike_p_value,
        "negative_exposure_reason": None,
    }  # fmt: skip


def counted(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cards with how many ratios were computed, and the parts' adjusted for that (q)."""
    n_cards = sum(card["adjusted_hazard_ratio"] is not None for card in cards)
    parts = [card for card in cards if card["dimension"] != WHOLE]
    for card in cards:
        card["n_cards"] = n_cards
    for card, q in zip(parts, q_values([card["adjusted_p_value"] for card in parts]), strict=True):
        card["q_value"] = q
        card["reading"] += of_many(card)
    return cards


def _points(curve: Sequence[Row]) -> list[CurvePoint]:
    return [
        CurvePoint(
            r["lag_months"],
            r["rate_engaged"],
            r["rate_not_engaged"],
            r["rate_ratio"],
            r["rate_ratio_ci_low"],
            r["rate_ratio_ci_high"],
            r["is_publishable"],
            r["log_change_error"],
        )
        for r in curve
    ]


def dose_card(question: str, lag: int, estimate: Estimate) -> dict[str, Any]:
    """The card of a question about an amount: one adjusted ratio per doubling."""
    card = _empty(question, lag)
    card["n_population"] = estimate.n_persons
    card["is_publishable"] = estimate.reason is None
    card |= _adjusted(estimate, 0.0)
    card |= {"e_value": None, "e_value_ci": None}
    card["reading"] = reading_of(card)
    return card


def contagion_card(lag: int, found: tuple[Estimate, Estimate, Estimate]) -> dict[str, Any]:
    """The card of lost colleagues: its ratio is the one within teams and months.

    ``found`` are the naive, the adjusted and the ratio within teams and months.
    """
    naive, adjusted, within = found
    card = dose_card("lost_colleagues", lag, within)
    return card | {"reading": contagion_reading(card, naive, adjusted)}


def _empty(question: str, lag: int) -> dict[str, Any]:
    return {
        **dict.fromkeys(SCHEMA.names),
        "question": question,
        "exposure_definition": QUESTIONS[question],
        "dimension": WHOLE,
        "population": WHOLE,
        "lag_months": lag,
        "negative_exposure_reason": "no_source",
    }


def _observed(row: Row) -> dict[str, Any]:
    names = [
        "event_clock", "n_persons_engaged", "n_persons_not_engaged", "n_events_engaged",
        "n_events_not_engaged", "person_years_engaged", "person_years_not_engaged", "person_years_unobserved",
        "expected_events_engaged", "expected_events_not_engaged", "observed_share", "raw_retention_gap",
        "raw_retention_gap_ci_low", "raw_retention_gap_ci_high", "raw_retention_gap_banner",
    ]  # fmt: skip
    return {name: row[name] for name in names}


def _lagged(headline: Row, at_once: Row | None) -> dict[str, Any]:
    parts = ("", "_ci_low", "_ci_high")
    found = {f"lagged_rate_ratio{part}": headline[f"rate_ratio{part}"] for part in parts}
    if at_once is not None and at_once["is_publishable"]:
        found |= {f"crude_rate_ratio{part}": at_once[f"rate_ratio{part}"] for part in parts}
    return found


def _stratified(row: Row, is_publishable: bool) -> dict[str, Any]:
    from scipy.special import chdtrc

    reason = row["reason"]
    expected = (row["expected_events_engaged"], row["expected_events_not_engaged"])
    if reason is None and not (is_publishable and min(expected) >= MINIMUM_EXPECTED_EVENTS):
        reason = TOO_FEW  # strata that compare nothing are skipped, so fewer may be left than on the card
    found = {"mh_reason": reason, "mh_stratification": row["stratification"]}
    if reason is not None:
        return found
    p_value = None
    if row["heterogeneity"] is not None and row["heterogeneity_freedom"] > 0:
        p_value = float(chdtrc(row["heterogeneity_freedom"], row["heterogeneity"]))
    return {
        **found,
        "mh_rate_ratio": row["mh_rate_ratio"],
        "mh_rate_ratio_ci_low": row["mh_rate_ratio_ci_low"],
        "mh_rate_ratio_ci_high": row["mh_rate_ratio_ci_high"],
        "mh_heterogeneity_p_value": p_value,
    }


def _adjusted(estimate: Estimate, share_left: float) -> dict[str, Any]:
    found = {
        **_ratio("adjusted_hazard_ratio", estimate),
        "adjusted_covariates": estimate.covariates,
        "adjusted_reason": estimate.reason,
        "adjusted_p_value": estimate.p_value,
        "n_teams": estimate.n_teams,
    }
    if estimate.ratio is None or estimate.interval is None:
        return found
    risks = [
        risk_ratio_of_hazard_ratio(value, is_rare=share_left < RARE)
        for value in (estimate.ratio, *estimate.interval)
    ]
    limit = e_value_of_interval(*sorted(risks[1:]))
    return {**found, "e_value": e_value(risks[0]), "e_value_ci": limit if math.isfinite(limit) else None}


def _proportional(found: Proportionality) -> dict[str, Any]:
    reported = None
    if found.p_value is not None:
        reported = "by_tenure" if found.p_value < NOT_PROPORTIONAL else "overall"
    texts = [
        f"{e.term.removeprefix('tenure_').replace('_', ' ')} "
        + (f"{e.ratio:.2f} ({e.low:.2f} to {e.high:.2f})" if e.ratio is not None else "too few separations")
        for e in found.by_tenure
    ]
    return {
        "proportionality_p_value": found.p_value,
        "proportionality_reason": found.reason,
        "ratio_reported": reported,
        "ratios_by_tenure": "; ".join(texts) if found.p_value is not None else None,
    }


def _months_stayed(landmark: Row | None) -> dict[str, Any]:
    """Months stayed of twelve, engaged minus not engaged: what speaks where one ratio does not."""
    if landmark is None:
        return {"rmst_reason": "no_landmark"}
    names = ("rmst_12_difference", "rmst_12_difference_ci_low", "rmst_12_difference_ci_high")
    found: dict[str, Any] = {name: landmark[name] for name in names}
    if found["rmst_12_difference"] is None:
        found["rmst_reason"] = landmark["comparison_reason"] or landmark["mean_reason"] or "no_landmark"
    return found


def _weighted(found: MarginalStructural) -> dict[str, Any]:
    weights = found.weights
    return {
        **_ratio("msm_odds_ratio", found.estimate),
        "msm_reason": found.estimate.reason,
        "msm_weight_mean": weights.mean if weights else None,
        "msm_weight_low": weights.minimum if weights else None,
        "msm_weight_high": weights.maximum if weights else None,
    }


def _ratio(name: str, estimate: Estimate) -> dict[str, float | None]:
    return {name: estimate.ratio, f"{name}_ci_low": estimate.low, f"{name}_ci_high": estimate.high}


def _short(value: float | None) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:.2f}"
