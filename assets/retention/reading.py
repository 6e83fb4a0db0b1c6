"""What a card says, in plain sentences. Metric specification H3, H7, H8, H9.

Nothing here was randomised: the words are "associated with" and "consistent with", never more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from assets.retention.estimates import Estimate
from assets.statistics.estimability import REASONS

PARTS_DIFFER: Final = 0.05
SHOWN_FROM: Final = 3
HALVED: Final = 0.5
"""Adjusted log ratio over crude log ratio below which covariates account for most of the difference."""
ADJUSTED_FOR: Final = {
    "full": "tenure, level, location, job family, age band, team size, resignations in the team, part time, "
    "new manager and quarter, where the data have them",
    "reduced": "tenure, level, location and job family",
    "minimal": "tenure only, because the separations are too few for more",
    "within_team": "team and month, tenure, level and age band",
    "within_team_minimal": "team and month, and tenure",
}


def reading_of(card: Mapping[str, Any], movement: str = "") -> str:
    """The sentences of one card; keys as in ``assets.retention.card_columns.SCHEMA``.

    ``movement`` says how the ratio moves with the lag (``lag_curve.movement_of``).
    """
    if card["question"] in DOSES:
        return _dose(card)
    if not card["is_publishable"]:
        return (
            "Too little to compare: fewer than 20 separations would be expected in one of the groups if both "
            "left at the same rate." + _unclassified(card)
        )
    sentences = [_crude(card), _adjusted(card), movement]
    sentences += [_by_tenure(card), _weighted(card), _negative(card), _hidden_cause(card)]
    sentences.append(_unclassified(card).strip())
    return " ".join(sentence for sentence in sentences if sentence)


def _unclassified(card: Mapping[str, Any]) -> str:
    """What became of exits of unknown kind; silent below three of them, which is one band (P29)."""
    n = card["n_unclassified_exits"] or 0
    if n < SHOWN_FROM:
        return ""
    voluntary = (card["n_events_engaged"] or 0) + (card["n_events_not_engaged"] or 0)
    share = "Nearly all" if voluntary < SHOWN_FROM else f"{100 * n / (n + voluntary):.0f} %"
    return (
        f" {share} of the exits that may have been resignations have no known kind: they end the time at "
        "risk and count as no resignation, so the rates are too low, and a ratio is wrong if the kind is "
        "missing more often in one of the groups."
    )


DOSES: Final = {
    "contributions": "Twice as many contributions",
    "network_strength": "Twice the strength of ties",
    "network_effective_size": "Twice the number of contacts that are not redundant",
    "network_pagerank": "Twice the standing among those who are turned to (PageRank)",
    "lost_colleagues": "Ten points more of tie weight with colleagues who had just resigned and left",
}
"""Questions about an amount, and how their ratio begins to be said."""


def _dose(card: Mapping[str, Any]) -> str:
    if card["adjusted_hazard_ratio"] is None:
        return f"No figure: {REASONS[card['adjusted_reason']]}."
    return (
        f"{DOSES[card['question']]}{_when(card)} {_are(card)} associated with "
        f"{_ratio(card, 'adjusted_hazard_ratio')} times the rate of leaving voluntarily, "
        f"{_sureness(card, 'adjusted_hazard_ratio')}; "
        f"adjusted for {ADJUSTED_FOR[card['adjusted_covariates']]}."
    )


def _when(card: Mapping[str, Any]) -> str:
    return "" if card["question"] == "lost_colleagues" else f", seen {card['lag_months']} months before,"


def contagion_reading(card: Mapping[str, Any], naive: Estimate, adjusted: Estimate) -> str:
    """The sentences of the card of lost colleagues, with the ratios that it must be read beside."""
    said = [_dose(card)]
    for label, found in (("Without any adjustment", naive), ("Adjusted as the other models", adjusted)):
        if found.ratio is not None:
            said.append(f"{label}: {found.ratio:.2f} ({found.low:.2f} to {found.high:.2f}).")
    if card["adjusted_hazard_ratio"] is not None:
        said.append(
            "What a team shares in a month cancels; that people who work together are alike does not, so "
            "this is not contagion."
        )
    return " ".join(said)


def of_many(card: Mapping[str, Any]) -> str:
    """What a card of one part adds about being one of many; keys as in ``card_columns.SCHEMA``."""
    q, alike = card["q_value"], card["alike_p_value"]
    if q is None:
        return ""
    text = f" One of {card['n_cards']} ratios computed: allowing for that, q = {q:.3f}."
    if alike is None:
        return text
    differ = "differ" if alike < PARTS_DIFFER else "do not show a difference"
    return f"{text} The parts of this attribute {differ} among each other (p = {alike:.3f})."


def _are(card: Mapping[str, Any]) -> str:
    return "are" if card["question"] in ("contributions", "lost_colleagues") else "is"


def _crude(card: Mapping[str, Any]) -> str:
    if card["lagged_rate_ratio"] is None:
        return ""
    now = card["crude_rate_ratio"]
    beside = "" if now is None else f", against {now:.2f} without any lag"
    return (
        f"Engaged people left voluntarily at {card['lagged_rate_ratio']:.2f} times the rate of the others, "
        f"engagement seen {card['lag_months']} months before{beside}."
    )


def _adjusted(card: Mapping[str, Any]) -> str:
    if card["adjusted_hazard_ratio"] is None:
        return f"There is no adjusted ratio: {REASONS[card['adjusted_reason']]}."
    text = (
        f"Adjusted for {ADJUSTED_FOR[card['adjusted_covariates']]}: {_ratio(card, 'adjusted_hazard_ratio')}, "
        f"{_sureness(card, 'adjusted_hazard_ratio')}."
    )
    crude = card["lagged_rate_ratio"]
    if crude and abs(math.log(card["adjusted_hazard_ratio"])) < HALVED * abs(math.log(crude)):
        text += " Most of the difference goes with these covariates rather than with engagement."
    return text


def _by_tenure(card: Mapping[str, Any]) -> str:
    if card["ratio_reported"] != "by_tenure":
        return ""
    return (
        "The ratio differs with tenure (proportional hazards do not hold), so read the ratios by tenure: "
        f"{card['ratios_by_tenure']}." + _stayed(card)
    )


def _stayed(card: Mapping[str, Any]) -> str:
    value = card["rmst_12_difference"]
    if value is None:
        return ""
    low, high = card["rmst_12_difference_ci_low"], card["rmst_12_difference_ci_high"]
    return (
        f" Of twelve months since the landmark engaged people stayed {value:+.2f} months longer "
        f"({low:+.2f} to {high:+.2f}), not adjusted."
    )


def _weighted(card: Mapping[str, Any]) -> str:
    if card["msm_odds_ratio"] is None:
        return ""
    return (
        f"Weighted for what engagement may itself have changed: {_ratio(card, 'msm_odds_ratio')}, "
        f"{_sureness(card, 'msm_odds_ratio')}."
    )


def _negative(card: Mapping[str, Any]) -> str:
    low, high = card["negative_outcome_ratio_ci_low"], card["negative_outcome_ratio_ci_high"]
    if low is None or high is None:
        return ""
    kind = {"redundancy": "redundancies", "involuntary": "involuntary exits"}[card["negative_outcome"]]
    text = f"Negative control ({kind}): {_ratio(card, 'negative_outcome_ratio')}"
    if low <= 1 <= high:
        return f"{text}, as it should be without bias, though the control may be too small to show it."
    return f"{text}, away from 1: engaged people differ in ways the model does not see."


def _hidden_cause(card: Mapping[str, Any]) -> str:
    if card["e_value_ci"] is None:
        return ""
    if card["e_value_ci"] == 1:
        return "No hidden cause is needed to explain it, for the interval covers 1."
    return (
        f"A hidden common cause would have to go with both at {card['e_value_ci']:.2f} times to take the "
        "interval to 1; this says nothing of withdrawal or misclassified engagement."
    )


def _ratio(card: Mapping[str, Any], name: str) -> str:
    return f"{card[name]:.2f} ({card[f'{name}_ci_low']:.2f} to {card[f'{name}_ci_high']:.2f})"


def _sureness(card: Mapping[str, Any], name: str) -> str:
    if card[f"{name}_ci_low"] <= 1 <= card[f"{name}_ci_high"]:
        return "no difference shown"
    return f"associated with {'lower' if card[name] < 1 else 'higher'} turnover"
