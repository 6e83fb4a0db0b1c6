"""One initiative as a readable page: from rows of the published tables to Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from assets.initiatives.estimability import REASONS
from assets.initiatives.measures import AIMS, GUARDRAILS, UNMEASURED_GUARDRAIL
from assets.initiatives.reading import LEADS_DIFFER, METHOD_WORDS, OUTCOME_WORDS, amount, p_text, span
from assets.wording import percent

Row = Mapping[str, Any]
TABLES: Final = {
    "effects": "fct_initiative_effect",
    "months": "fct_initiative_event_month",
    "weeks": "fct_initiative_participation_week",
    "composition": "fct_initiative_composition",
    "balance": "fct_initiative_balance",
    "design": "fct_initiative_design",
}
"""Published tables behind a report; all have ``initiative_id``."""
POPULATION_WORDS: Final = {
    "all_eligible": "everybody eligible",
    "constant_panel": "people there all the time",
    "joiners": "people hired since",
}
WITHHELD: Final = "withheld: too few people"


@dataclass(frozen=True)
class Findings:
    """Everything published about one initiative: its registry row and the rows of ``TABLES``."""

    registry: Row
    effects: Sequence[Row] = ()
    months: Sequence[Row] = ()
    weeks: Sequence[Row] = ()
    composition: Sequence[Row] = ()
    balance: Sequence[Row] = ()
    design: Sequence[Row] = field(default_factory=tuple)

    @property
    def metric(self) -> str:
        """The primary metric if it is measured, else participation."""
        named = self.registry["primary_metric"]
        return named if named in AIMS else "participation_rate"


def report(found: Findings) -> str:
    """The page as Markdown."""
    sections = (
        _registry(found), _answer(found), _curve(found), _composition(found), _methods(found), _before(found),
        _balance(found), _others(found), _guardrails(found), _limits(found),
    )  # fmt: skip
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _registry(found: Findings) -> list[str]:
    row = found.registry
    until = f"to {row['ends_on']}" if row["ends_on"] else "and still running"
    when = (
        f"written down on {row['registered_on']}"
        if row["registered_on"]
        else "without a date of registration"
    )
    metric = row["primary_metric"] or "not told"
    lines = [
        f"# {row['initiative_id']}: {row['name'] or 'without a name'}",
        "",
        f"{row['starts_on']} {until}; assignment {row['assignment'] or 'not told'}; {when}.",
        f"To change: {OUTCOME_WORDS.get(metric, metric)}. Expected: {row['hypothesis'] or 'not told'}.",
    ]
    if row["n_unknown_targets"]:
        lines.append(
            f"{row['n_unknown_targets']} of {row['n_targets']} targets do not exist in the organisation."
        )
    return lines


def _answer(found: Findings) -> list[str]:
    lines = ["## The answer", ""]
    headline = next((row for row in found.effects if row["is_headline"]), None)
    if headline is None:
        return [*lines, f"None: {REASONS['unknown_primary_metric']} ({', '.join(AIMS)})."]
    lines.append(_told(headline))
    if headline.get("p_value_holm") is not None:
        lines.append(f"{p_text(headline['p_value_holm'])}, corrected for all initiatives of the registry.")
    return lines


def _told(row: Row) -> str:
    """The reading of a row, or why it has none."""
    if row["effect"] is None:
        why = REASONS.get(row["suppression_reason"] or "", WITHHELD)
        return f"{METHOD_WORDS[row['method']]}: not estimated, {why}."
    return str(row["reading"])


def _curve(found: Findings) -> list[str]:
    """Participation in 28 days at the last week before the start and the last of the initiative."""
    start, end = found.registry["starts_on"], found.registry["ends_on"]
    lines = [
        "## Participation within 28 days",
        "",
        "| who | targets before | at the end | comparison before | at the end |",
        "|---|---|---|---|---|",
    ]
    for population, words in POPULATION_WORDS.items():
        cells = []
        for side in ("target", "comparison"):
            rows = [r for r in found.weeks if r["side"] == side and r["population"] == population]
            cells.append(_last(rows, None, start))
            cells.append(_last(rows, start, end))
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    return lines if found.weeks else []


def _last(rows: Iterable[Row], after: date | None, until: date | None) -> str:
    inside = [
        r for r in rows
        if (after is None or r["week_end"] > after) and (until is None or r["week_end"] <= until)
    ]  # fmt: skip
    if not inside:
        return "–"
    last = max(inside, key=lambda r: r["week_end"])
    if last["participation_rate"] is None:
        return "withheld"
    return f"{percent(last['participation_rate'])} of {last['n_population']}"


def _composition(found: Findings) -> list[str]:
    lines = ["## Did people change, or did other people come?", ""]
    rows = [r for r in found.composition if r["outcome"] == found.metric] or list(found.composition)[:1]
    for row in rows:
        lines.append(
            row["reading"]
            if row["change"] is not None
            else f"Not split: {REASONS.get(row['suppression_reason'] or '', WITHHELD)}."
        )
    return lines if rows else []


def _methods(found: Findings) -> list[str]:
    words = OUTCOME_WORDS[found.metric]
    lines = [
        f"## {words[0].upper()}{words[1:]} by every method",
        "",
        "| method | estimate | 95 % interval | p | units | rests on |",
        "|---|---|---|---|---|---|",
    ]
    order = list(METHOD_WORDS)
    rows = [r for r in found.effects if r["outcome"] == found.metric]
    rows.sort(key=lambda r: order.index(r["method"]))
    for row in rows:
        if row["effect"] is None:
            continue
        name = METHOD_WORDS[row["method"]] + (" **(headline)**" if row["is_headline"] else "")
        scale = row["scale"]
        interval = (
            span(row["effect_ci_low"], row["effect_ci_high"], scale)
            if row["effect_ci_low"] is not None and row["effect_ci_high"] is not None
            else "none"
        )
        p = "" if row["p_value"] is None else p_text(row["p_value"]).removeprefix("p ")
        units = (
            ""
            if row["n_target_units"] is None
            else f"{row['n_target_units']} / {row['n_comparison_units'] or 0}"
        )
        lines.append(
            f"| {name} | {amount(row['effect'], scale)} | {interval} | {p} | {units} | {row['inference']} |"
        )
    return [*lines, "", *(f"- {_told(row)}" for row in rows if row["effect"] is None)]


def _before(found: Findings) -> list[str]:
    row = next((r for r in found.effects if r["outcome"] == found.metric and r["method"] == "did"), None)
    if row is None or row["effect"] is None:
        return []
    lines = ["## Before the start", ""]
    if row["lead_p_value"] is None:
        lines.append("Too few months or units to test whether the groups moved together before.")
    elif row["lead_p_value"] < LEADS_DIFFER:
        lines.append(
            f"The groups already moved apart in the months before ({p_text(row['lead_p_value'])}): what "
            "moved them then may explain the difference."
        )
    else:
        lines.append(
            f"No difference shown in the months before ({p_text(row['lead_p_value'])}). "
            "A large p proves nothing."
        )
    if row["trend_breakdown"]:  # 0: the interval covers 0 anyway
        lines.append(
            f"The effect stands as long as trends diverge by less than {row['trend_breakdown']:.1f} times "
            "the largest monthly divergence seen before the start."
        )
    return lines


def _balance(found: Findings) -> list[str]:
    rows = [r for r in found.balance if r["outcome"] == found.metric]
    if not rows:
        return []
    lines = ["## Matched controls", "", "| covariate | difference before | after matching |", "|---|---|---|"]
    for row in rows:
        before, after = (
            "–" if row[name] is None else f"{row[name]:.2f}"
            for name in ("difference_before", "difference_after")
        )
        lines.append(f"| {row['covariate']} | {before} | {after} |")
    return [*lines, "", "Differences in standard deviations; from 0.1 on the matched estimate is not given."]


def _others(found: Findings) -> list[str]:
    rows = [
        r
        for r in found.effects
        if r["outcome_role"] == "secondary" and r["method"] == "did" and r["effect"] is not None
    ]
    if not rows:
        return []
    return ["## Other outcomes (exploratory)", "", *(f"- {row['reading']}" for row in rows)]


def _guardrails(found: Findings) -> list[str]:
    lines = ["## What must not get worse", ""]
    for row in found.effects:
        if row["outcome"] in GUARDRAILS or row["outcome"] == UNMEASURED_GUARDRAIL:
            name = OUTCOME_WORDS[row["outcome"]].capitalize()
            text = _told(row) if row["effect"] is not None else f"{name}: not measured or not comparable."
            lines.append(f"- {text}")
    return lines if len(lines) > 2 else []


def _limits(found: Findings) -> list[str]:
    lines = ["## What this design can show", ""]
    for row in found.design:
        counts = (
            f"{row['n_target_units']} targeted and {row['n_comparison_units']} comparison units; "
            f"left out: {row['n_units_too_small']} too small, "
            f"{row['n_units_in_another_initiative']} in another initiative."
        )
        if row["n_target_units"] is not None:
            lines.append(counts)
        lines.append(str(row["reading"] or WITHHELD))
    return lines if len(lines) > 2 else []
