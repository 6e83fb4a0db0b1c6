"""The figures of a retention card, each from the result it rests on, or the reason why there is none (H9)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from assets.outcomes.lag_curve import CurvePoint
from assets.outcomes.retention import MINIMUM_EXPECTED_EVENTS
from assets.outcomes.sensitivity import e_value, e_value_of_interval, risk_ratio_of_hazard_ratio
from assets.retention.adjusted import NOT_PROPORTIONAL, Proportionality
from assets.retention.estimates import Estimate
from assets.retention.marginal_structural import MarginalStructural

TOO_FEW: Final = "too_few_expected_events"
RARE: Final = 0.15
"""Share of people who left below which hazard and risk ratios are nearly the same."""

Row = Mapping[str, Any]
Figures = dict[str, Any]
"""Some columns of ``card_columns.SCHEMA``."""


def blocked(
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


def points(curve: Sequence[Row]) -> list[CurvePoint]:
    """The lags of a curve as its reading takes them; rows of ``retention_by_engagement``."""
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


def observed(row: Row) -> Figures:
    """What was counted at the headline lag, with the raw gap."""
    names = [
        "event_clock", "n_persons_engaged", "n_persons_not_engaged", "n_events_engaged",
        "n_events_not_engaged", "person_years_engaged", "person_years_not_engaged", "person_years_unobserved",
        "expected_events_engaged", "expected_events_not_engaged", "observed_share", "raw_retention_gap",
        "raw_retention_gap_ci_low", "raw_retention_gap_ci_high", "raw_retention_gap_banner",
    ]  # fmt: skip
    return {name: row[name] for name in names}


def lagged(headline: Row, at_once: Row | None) -> Figures:
    """The ratio at the headline lag, and the one without lag where that holds by itself."""
    parts = ("", "_ci_low", "_ci_high")
    found = {f"lagged_rate_ratio{part}": headline[f"rate_ratio{part}"] for part in parts}
    if at_once is not None and at_once["is_publishable"]:
        found |= {f"crude_rate_ratio{part}": at_once[f"rate_ratio{part}"] for part in parts}
    return found


def stratified(row: Row, is_publishable: bool) -> Figures:
    """Mantel and Haenszel's ratio of a row of ``int_retention_stratified``."""
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


def adjusted(estimate: Estimate, share_left: float) -> Figures:
    """The hazard ratio and its E-value; ``share_left`` says whether leaving is rare."""
    found = {
        **ratio("adjusted_hazard_ratio", estimate),
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


def proportional(found: Proportionality) -> Figures:
    """Whether one ratio speaks for all tenures, and what each says."""
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


def months_stayed(landmark: Row | None) -> Figures:
    """Months stayed of twelve, engaged minus not engaged: what speaks where one ratio does not."""
    if landmark is None:
        return {"rmst_reason": "no_landmark"}
    names = ("rmst_12_difference", "rmst_12_difference_ci_low", "rmst_12_difference_ci_high")
    found: dict[str, Any] = {name: landmark[name] for name in names}
    if found["rmst_12_difference"] is None:
        found["rmst_reason"] = landmark["comparison_reason"] or landmark["mean_reason"] or "no_landmark"
    return found


def weighted(found: MarginalStructural) -> Figures:
    """The ratio of the weighted model and how its weights are spread."""
    weights = found.weights
    return {
        **ratio("msm_odds_ratio", found.estimate),
        "msm_reason": found.estimate.reason,
        "msm_weight_mean": weights.mean if weights else None,
        "msm_weight_low": weights.minimum if weights else None,
        "msm_weight_high": weights.maximum if weights else None,
    }


def ratio(name: str, estimate: Estimate) -> dict[str, float | None]:
    """An estimate as the columns of a ratio with its interval."""
    return {name: estimate.ratio, f"{name}_ci_low": estimate.low, f"{name}_ci_high": estimate.high}


def short(value: float | None) -> str:
    """Two digits, or a dash where there is no number."""
    return "–" if value is None or not np.isfinite(value) else f"{value:.2f}"
