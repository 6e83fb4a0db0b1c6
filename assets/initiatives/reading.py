"""Effects in plain sentences: what was found, by which comparison, and what it cannot show."""

from __future__ import annotations

from typing import Final

from assets.initiatives.composition import Split
from assets.initiatives.estimability import REASONS
from assets.initiatives.methods import Found
from assets.initiatives.registry import Initiative
from assets.wording import percent

OUTCOME_WORDS: Final = {
    "participation_rate": "participation",
    "contribution_rate": "the share of people who post or reply",
    "contributions_per_20_days": "contributions per 20 workdays",
    "active_days_per_20": "active days per 20 workdays",
    "after_hours_share": "the share of messages written out of hours",
    "thread_response_rate": "the share of posts answered within seven days",
    "gini_contribution": "inequality of contributions",
    "survey_item": "the survey item",
}
METHOD_WORDS: Final = {
    "raw_change": "Before and after, nothing else considered",
    "standardised_change": "Before and after, with the mix of people held as it was",
    "did": "Against untargeted units over the same months",
    "did_logit": "The same in log odds",
    "did_current": "The same with whoever is there now",
    "group_time": "Against units whose phase has not begun",
    "did_matched": "Against matched units or people",
    "ancova": "Given the earlier level and trend",
    "interrupted_series": "Against the targets' own earlier trend, at the last month",
    "sustained_3": "Three months after the end",
    "sustained_6": "Six months after the end",
    "sustained_9": "Nine months after the end",
}
LEADS_DIFFER: Final = 0.05
"""Below this p the groups moved apart before the start already."""
UNITS: Final = {"proportion": " points", "log_odds": " (log odds)"}


def effect_reading(initiative: Initiative, method: str, outcome: str, found: Found, scale: str) -> str:
    """One row of the effect table in words."""
    words, way = OUTCOME_WORDS[outcome], METHOD_WORDS[method]
    value = amount(found.effect, scale)
    if method in ("raw_change", "standardised_change"):
        return f"{way}: {words} changed by {value}{_interval(found, scale)}. No comparison group."
    is_open = found.low is None or found.high is None or found.low <= 0 <= found.high
    verb = "differs by" if is_open else _verb(initiative)
    sentence = f"{way}: {words} {verb} {value}{_interval(found, scale)}."
    if found.low is None or found.high is None:
        return f"{sentence} Too few units for a 95 % interval ({p_text(found.p_value)})."
    if found.low <= 0 <= found.high:
        return f"{sentence} The interval covers 0: no effect is shown."
    notes = [sentence]
    if found.lead_p_value is not None and found.lead_p_value < LEADS_DIFFER:
        notes.append("The groups already moved apart before the start.")
    if not initiative.is_causal and found.breakdown is not None and found.breakdown < 1:
        notes.append("Trends that differ less than they did before the start could explain it.")
    return " ".join(notes)


def missing_reading(method: str, reason: str) -> str:
    """Why a row holds no number."""
    return f"{METHOD_WORDS.get(method, method)}: not estimated, {REASONS[reason]}."


def composition_reading(split: Split, outcome: str) -> str:
    """Did people change, or did other people come?"""
    words = OUTCOME_WORDS[outcome]
    change, behaviour, mix = (
        amount(part, "proportion") for part in (split.change, split.rate_effect, split.composition_effect)
    )
    text = (
        f"Among the targets {words} went from {percent(split.before)} to {percent(split.after)} ({change}): "
        f"{behaviour} because people of the same kind do more or less, {mix} because the mix of people "
        "changed (age band, job family, location)."
    )
    if abs(split.composition_effect) > abs(split.rate_effect):
        return f"{text} Most of the change is the mix, not behaviour."
    return text


def design_reading(initiative: Initiative, detectable: float | None, scale: str, needed: int | None) -> str:
    """What the design can show, whatever the result."""
    chosen = {
        "random": "Targets were chosen at random: a difference is an effect of the initiative.",
        "phased": "A phased roll-out whose order was not drawn: differences are associated with it.",
        "targeted": "Targets were chosen for their state: extremes move back to the middle by themselves.",
        "self_selected": "Targets chose themselves: they may differ in what nobody measured.",
    }.get(
        initiative.assignment or "", "How targets were chosen is not told: read differences as associations."
    )
    parts = [chosen]
    if not initiative.is_preregistered:
        parts.append("It was not written down before it began: exploratory.")
    if initiative.n_unknown_targets:
        parts.append(f"{initiative.n_unknown_targets} targets do not exist and are left out.")
    if detectable is None:
        parts.append("It cannot be evaluated with the units at hand.")
    else:
        parts.append(
            f"A true change of {amount(detectable, scale)[1:]} would be found in four of five cases."
        )
    if needed is not None:
        parts.append(f"To see 5 points, {needed:,} people per arm would be needed.")
    return " ".join(parts)


def p_text(value: float | None) -> str:
    """A p-value for people."""
    if value is None:
        return "p not known"
    return "p below 0.001" if value < 0.001 else f"p {value:.3f}"


def amount(value: float, scale: str) -> str:
    """A signed amount with its unit."""
    return f"{_number(value, scale)}{UNITS.get(scale, '')}"


def span(low: float, high: float, scale: str) -> str:
    """Two signed amounts with their unit."""
    return f"{_number(low, scale)} to {amount(high, scale)}"


def _number(value: float, scale: str) -> str:
    return f"{100 * value:+.1f}" if scale == "proportion" else f"{value:+.2f}"


def _verb(initiative: Initiative) -> str:
    return "changed through the initiative by" if initiative.is_causal else "differs, associated with it, by"


def _interval(found: Found, scale: str) -> str:
    if found.low is None or found.high is None:
        return ""
    return f" (95 % interval {span(found.low, found.high, scale)})"
