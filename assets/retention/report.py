"""A retention card as a page that a person can read; every missing number says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from assets.publish.disclosure import REASONS as WITHHELD
from assets.retention.adjusted import ALL_ALIKE
from assets.retention.card_columns import QUESTIONS, WHOLE
from assets.statistics.estimability import REASONS
from assets.wording import percent

Row = Mapping[str, Any]

TITLES: Final = {
    "engaged": "Do engaged people leave less often?",
    "engaged_without_carrying": "The same, leaves unobserved instead of carried over",
    "contributions": "Does it go with how much people contribute?",
    "network_strength": "Does it go with how strongly people are tied?",
    "network_effective_size": "Does it go with how many separate contacts people have?",
    "network_pagerank": "Does it go with how much people are turned to?",
    "lost_colleagues": "Do people leave after colleagues they worked with left?",
}
"""The question of each card, in the order of the page."""
FIGURES: Final = (
    ("Without lag, not adjusted (descriptive)", "crude_rate_ratio", None),
    ("At the lag, not adjusted", "lagged_rate_ratio", None),
    ("Within strata (Mantel-Haenszel)", "mh_rate_ratio", "mh_reason"),
    ("Adjusted model", "adjusted_hazard_ratio", "adjusted_reason"),
    ("Weighted model", "msm_odds_ratio", "msm_reason"),
    ("Negative control", "negative_outcome_ratio", "negative_outcome_reason"),
)
"""What a line says, its ratio, and the column that says why there is none."""
WITHIN: Final = "Within team and month"
"""What the ratio of lost colleagues compares."""
VARIANT: Final = {"adjusted_hazard_ratio"}
"""What the cards of variants and amounts have."""


def report(cards: Sequence[Row], estimates: Sequence[Row]) -> str:
    """Markdown from rows of ``fct_retention_card`` and ``fct_retention_estimate``."""
    parts = ["# Retention by engagement", "Associations: nothing here was randomised."]
    by_question = {str(card["question"]): card for card in cards if card["dimension"] == WHOLE}
    for question, title in TITLES.items():
        if question in by_question:
            parts += _page(title, by_question[question], [e for e in estimates if e["question"] == question])
    of_parts = [card for card in cards if card["dimension"] != WHOLE]
    if of_parts:
        parts += _parts(of_parts)
    return "\n\n".join(parts) + "\n"


def _page(title: str, card: Row, estimates: Sequence[Row]) -> list[str]:
    parts = [f"## {title}", card["reading"] or _why(card["suppression_reason"]), QUESTIONS[card["question"]]]
    parts.append(_comparisons(card))
    if card["question"] != "engaged":
        return parts
    groups = [e for e in estimates if e["method"] == "by_tenure"]
    if any(e["ratio"] is not None for e in groups):
        lines = ["| Within | Ratio | 95 % interval |", "|---|---|---|"]
        lines += [
            f"| {_term(e)} | {_figure(e, 'ratio', None)} |" for e in groups if e["term"] in _shown(groups)
        ]
        parts.append("\n".join(lines))
    return [*parts, "\n".join(f"* {line}" for line in _facts(card))]


def _comparisons(card: Row) -> str:
    """A line per method, or one sentence where no method gives a ratio, all for the same reason."""
    shown = [f for f in FIGURES if card["question"] == "engaged" or f[1] in VARIANT]
    missing = {_missing(card, name, reason) for _, name, reason in shown}
    if len(missing) == 1 and None not in missing:
        return f"No ratio by any method: {missing.pop()}."
    lines = ["| Comparison | Ratio | 95 % interval |", "|---|---|---|"]
    for label, name, reason in shown:
        label = WITHIN if card["question"] == "lost_colleagues" else label
        lines.append(f"| {label} | {_figure(card, name, reason)} |")
    return "\n".join(lines)


def _parts(cards: Sequence[Row]) -> list[str]:
    """A line per part of the workforce; org units by name where the card has one."""
    lines = [
        "| Part | At the lag, not adjusted | 95 % interval | Adjusted | 95 % interval | q |",
        "|---|---|---|---|---|---|",
    ]
    for card in cards:
        name = card.get("population_name") or card["population"]
        crude, adjusted = (
            _figure(card, "lagged_rate_ratio", None),
            _figure(card, "adjusted_hazard_ratio", "adjusted_reason"),
        )
        lines.append(
            f"| {card['dimension'].replace('_', ' ')}: {name} | {crude} | {adjusted} | "
            f"{_number(card['q_value'], 3)} |"
        )
    return [
        "## The same in parts of the workforce",
        "One attribute at a time, as it was before the exposure. Values with too few separations are put "
        f"together. {cards[0]['n_cards']} ratios were computed for this page: a few of them differ from 1 by "
        "chance alone, and q allows for that over all parts.",
        "\n".join(lines),
    ]


def _shown(groups: Sequence[Row]) -> set[str]:
    return {e["term"] for e in groups if e["term"] != ALL_ALIKE}


def _term(estimate: Row) -> str:
    return str(estimate["term"]).replace("tenure_", "tenure ").replace("_", " ")


def _facts(card: Row) -> list[str]:
    years, expected = (
        [_number(card[f"{measure}_{arm}"], 0) for arm in ("engaged", "not_engaged")]
        for measure in ("person_years", "expected_events")
    )
    found = [
        f"Separations: {_count(card, 'n_events_engaged')} engaged in {years[0]} person-years, "
        f"{_count(card, 'n_events_not_engaged')} not engaged in {years[1]}; expected at equal rates "
        f"{expected[0]} and {expected[1]}",
        f"Exits of unknown kind, never taken for resignations: {_count(card, 'n_unclassified_exits')}",
        f"Dated to the {card['event_clock']}; engagement known for {percent(card['observed_share'])} "
        "of the time",
        f"Rate ratio by lag in months: {card['lag_curve'] or _why(card['suppression_reason'])}",
    ]
    if card["proportionality_p_value"] is not None:
        found.append(
            f"One ratio for all tenures: p = {card['proportionality_p_value']:.3f}; "
            f"read {'the ratios by tenure' if card['ratio_reported'] == 'by_tenure' else 'the one above'}"
        )
    if card["rmst_12_difference"] is not None:
        found.append(
            f"Months stayed of twelve since the landmark, engaged minus not engaged, not adjusted: "
            f"{card['rmst_12_difference']:+.2f} ({card['rmst_12_difference_ci_low']:+.2f} to "
            f"{card['rmst_12_difference_ci_high']:+.2f})"
        )
    if card["msm_weight_mean"] is not None:
        found.append(
            f"Weights of the weighted model: mean {card['msm_weight_mean']:.2f}, "
            f"{card['msm_weight_low']:.2f} to {card['msm_weight_high']:.2f} before truncation"
        )
    if card["e_value"] is not None:
        found.append(f"E-value {card['e_value']:.2f}, of the interval {_number(card['e_value_ci'], 2)}")
    found.append(f"Negative exposure (compulsory-training log-ins): {_why(card['negative_exposure_reason'])}")
    if card["raw_retention_gap"] is not None:
        found.append(
            f"Raw gap: {100 * card['raw_retention_gap']:+.1f} points "
            f"({100 * card['raw_retention_gap_ci_low']:+.1f} to "
            f"{100 * card['raw_retention_gap_ci_high']:+.1f}). {card['raw_retention_gap_banner']}"
        )
    return found


def _figure(row: Row, name: str, reason: str | None) -> str:
    """Two cells: the ratio and its interval, or why there is none."""
    missing = _missing(row, name, reason)
    if missing is not None:
        return f"– | {missing}"
    low, high = row[f"{name}_ci_low"], row[f"{name}_ci_high"]
    return f"{row[name]:.2f} | {low:.2f} to " + ("no upper bound" if high is None else f"{high:.2f}")


def _missing(row: Row, name: str, reason: str | None) -> str | None:
    """Why there is no ratio; None where there is one."""
    if row[name] is not None:
        return None
    return _why((row[reason] if reason else None) or row["suppression_reason"])


def _why(reason: str | None) -> str:
    return "not defined" if reason is None else REASONS.get(reason) or WITHHELD.get(reason, reason)


def _count(card: Row, name: str) -> str:
    value = card[name]
    return str(card.get(f"{name}_band") or "–") if value is None else f"{value:,}"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"
