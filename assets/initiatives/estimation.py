"""From the registry and the counts to the tables of effects: every method, every outcome, one row each.

Pure: frames in, Arrow tables out. What cannot be estimated keeps its row, with NULL and a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import polars as pl
import pyarrow as pa

from assets.initiatives import matched_design, methods, reading
from assets.initiatives.composition import Cell, CellCounts, Split, merged, split_change
from assets.initiatives.design import design_row, event_rows
from assets.initiatives.estimability import NotEstimableError
from assets.initiatives.matching import LARGEST_DIFFERENCE
from assets.initiatives.measures import AIMS, GUARDRAILS, UNMEASURED_GUARDRAIL, measure_of
from assets.initiatives.methods import Found
from assets.initiatives.multiplicity import holm
from assets.initiatives.panel import Panel, panels
from assets.initiatives.registry import Initiative
from assets.initiatives.tables import SCHEMAS
from assets.outcomes.proportions import newcombe_difference

PANEL_METHODS: Final[dict[str, Callable[[Panel, str], Found]]] = {
    "did": methods.difference,
    "did_logit": methods.difference_of_log_odds,
    "group_time": methods.staggered,
    "ancova": methods.ancova,
    "interrupted_series": methods.interrupted,
    **{f"sustained_{months}": methods.sustained(months) for months in methods.SUSTAINED_MONTHS},
}
"""Methods on the people and units of the baseline month."""
BEFORE_AND_AFTER: Final = {"participation_rate": "participants", "contribution_rate": "creators"}
METHODS: Final = (
    "raw_change",
    "standardised_change",
    "did",
    "did_current",
    "did_matched",
    *list(PANEL_METHODS)[1:],
)
Row = dict[str, Any]


class Inputs:
    """What the step reads, one frame per query, cut to an initiative on demand."""

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        self._parts = {
            name: {key[0]: part for key, part in frame.partition_by("initiative_id", as_dict=True).items()}
            for name, frame in frames.items()
        }
        self._empty = {name: frame.clear() for name, frame in frames.items()}

    def of(self, name: str, initiative: Initiative) -> pl.DataFrame:
        """The rows of one initiative; ``name`` is units, unit_months, cells, persons or person_months."""
        return self._parts[name].get(initiative.id, self._empty[name])


def estimate_all(initiatives: list[Initiative], inputs: Inputs, minimum: int) -> dict[str, pa.Table]:
    """All tables of ``tables.SCHEMAS``; ``minimum`` is the least number of persons of a unit."""
    rows: dict[str, list[Row]] = {name: [] for name in SCHEMAS}
    for initiative in initiatives:
        for name, found in _of_initiative(initiative, inputs, minimum).items():
            rows[name] += found
    _correct_for_many(rows["initiative_effects"])
    return {name: pa.Table.from_pylist(rows[name], schema=schema) for name, schema in SCHEMAS.items()}


def _of_initiative(initiative: Initiative, inputs: Inputs, minimum: int) -> dict[str, list[Row]]:
    found, reason = _panels(initiative, inputs, minimum)
    panel = found.get("baseline")
    attributes = inputs.of("persons", initiative) if initiative.target_kind == "persons" else None
    has_comparison = panel is None or bool((~panel.is_target).sum() >= 2)
    headline = initiative.headline_method(has_comparison)
    effects: list[Row] = []
    balance: list[Row] = []
    splits = {outcome: _split(initiative, inputs, outcome, minimum) for outcome in BEFORE_AND_AFTER}
    for outcome in AIMS:
        for method in METHODS:
            answer = _answer(method, outcome, found, attributes, balance, splits, reason)
            effects.append(_effect_row(initiative, method, outcome, headline, answer))
    for outcome in (*GUARDRAILS, UNMEASURED_GUARDRAIL):
        answer = (
            "outcome_not_measured"
            if outcome == UNMEASURED_GUARDRAIL
            else _guarded(
                lambda o=outcome: methods.difference(_present(panel, reason), o)  # type: ignore[misc]
            )
        )
        effects.append(_effect_row(initiative, "did", outcome, headline, answer))
    return {
        "initiative_effects": effects,
        "initiative_event_months": event_rows(initiative, panel),
        "initiative_composition": [_composition_row(initiative, o, s, inputs) for o, s in splits.items()],
        "initiative_balance": balance,
        "initiative_designs": [design_row(initiative, panel, reason, headline, effects)],
    }


def _panels(initiative: Initiative, inputs: Inputs, minimum: int) -> tuple[dict[str, Panel], str | None]:
    """Panels by population, and why there is none."""
    if initiative.target_kind == "unknown":
        return {}, "unknown_targets"
    if initiative.target_kind == "mixed":
        return {}, "not_applicable"
    is_persons = initiative.target_kind == "persons"
    units = inputs.of("persons" if is_persons else "units", initiative)
    months = inputs.of("person_months" if is_persons else "unit_months", initiative)
    if units.is_empty() or months.is_empty() or months.filter(population="baseline").is_empty():
        return {}, "no_pre_period"
    return panels(initiative, units, months, 1 if is_persons else minimum), None


def _present(panel: Panel | None, reason: str | None) -> Panel:
    if panel is None:
        raise NotEstimableError(reason or "no_pre_period")
    return panel


Answer = Found | str
"""An estimate, or the reason why there is none."""


def _guarded(method: Callable[[], Found]) -> Answer:
    try:
        return method()
    except NotEstimableError as problem:
        return problem.reason


def _answer(
    method: str, outcome: str, found: Mapping[str, Panel], attributes: pl.DataFrame | None,
    balance: list[Row], splits: Mapping[str, Split | str], reason: str | None,
) -> Answer:  # fmt: skip
    if method in ("raw_change", "standardised_change"):
        return _before_and_after(method, splits.get(outcome, "not_applicable"))

    def estimated() -> Found:
        """What the method finds; ``NotEstimableError`` where it cannot find anything."""
        panel = _present(found.get("current" if method == "did_current" else "baseline"), reason)
        if method == "did":
            return methods.with_leads(panel, outcome, methods.difference(panel, outcome))
        if method == "did_current":
            return methods.difference(panel, outcome)
        if method == "did_matched":
            paired = matched_design.match(panel, outcome, attributes)
            balance.extend(_balance_rows(panel, outcome, paired))
            return matched_design.matched_difference(paired)
        return PANEL_METHODS[method](panel, outcome)

    return _guarded(estimated)


def _before_and_after(method: str, split: Split | str) -> Answer:
    if isinstance(split, str):
        return split
    counts: dict[str, Any] = {
        "n_target_persons": split.n_before,
        "inference": "binomial",
        "target_before": split.before,
    }
    if method == "standardised_change":
        return Found(
            split.standardised_change, None, split.standardised_low, split.standardised_high,
            target_after=split.standardised_after, **counts,
        )  # fmt: skip
    raw = newcombe_difference(
        round(split.after * split.n_after),
        split.n_after,
        round(split.before * split.n_before),
        split.n_before,
    )
    low, high = (raw.interval.low, raw.interval.high) if raw else (None, None)
    return Found(split.change, None, low, high, target_after=split.after, **counts)


def _split(initiative: Initiative, inputs: Inputs, outcome: str, minimum: int) -> Split | str:
    kind = BEFORE_AND_AFTER[outcome]
    cells: dict[Cell, CellCounts] = {
        tuple(row[name] or "unknown" for name in ("age_band", "job_family", "location")): CellCounts(
            row["n_before"], row[f"n_{kind}_before"], row["n_after"], row[f"n_{kind}_after"]
        )
        for row in inputs.of("cells", initiative).iter_rows(named=True)
    }
    if initiative.target_kind == "unknown":
        return "unknown_targets"
    if not cells:
        return "not_applicable" if initiative.target_kind != "org_units" else "not_started"
    if not sum(c.n_before for c in cells.values()):
        return "no_pre_period"
    try:
        return split_change(merged(cells, minimum))
    except NotEstimableError as problem:
        return problem.reason


def _composition_row(initiative: Initiative, outcome: str, split: Split | str, inputs: Inputs) -> Row:
    row: Row = {"initiative_id": initiative.id, "outcome": outcome}
    if isinstance(split, str):
        return row | {"reading": reading.missing_reading("standardised_change", split), "reason": split}
    months = inputs.of("cells", initiative)
    return row | {
        "baseline_month": months["baseline_month"][0],
        "last_month": months["last_month"][0],
        "n_persons_before": split.n_before,
        "n_persons_after": split.n_after,
        "n_dropped_persons": split.n_dropped,
        "n_cells": split.n_cells,
        "rate_before": split.before,
        "rate_after": split.after,
        "change": split.change,
        "rate_effect": split.rate_effect,
        "composition_effect": split.composition_effect,
        "standardised_after": split.standardised_after,
        "standardised_change": split.standardised_change,
        "standardised_change_ci_low": split.standardised_low,
        "standardised_change_ci_high": split.standardised_high,
        "restandardised_before": split.restandardised_before,
        "reading": reading.composition_reading(split, outcome),
        "reason": None,
    }


def _effect_row(initiative: Initiative, method: str, outcome: str, headline: str, answer: Answer) -> Row:
    is_primary = outcome == initiative.primary_metric
    role = "guardrail" if outcome not in AIMS else "primary" if is_primary else "secondary"
    row: Row = {
        "initiative_id": initiative.id,
        "method": method,
        "outcome": outcome,
        "outcome_role": role,
        "is_headline": is_primary and method == headline,
    }
    if isinstance(answer, str):
        return row | {"reading": reading.missing_reading(method, answer), "reason": answer}
    scale = answer.scale or measure_of(outcome).scale
    return row | {
        "scale": scale,
        "effect": answer.effect,
        "standard_error": answer.standard_error,
        "effect_ci_low": answer.low,
        "effect_ci_high": answer.high,
        "inference": answer.inference,
        "p_value": answer.p_value,
        "p_value_clustered": answer.p_clustered,
        "p_value_randomisation": answer.p_randomisation,
        "p_value_wild_bootstrap": answer.p_wild_bootstrap,
        "lead_p_value": answer.lead_p_value,
        "trend_breakdown": answer.breakdown,
        "reading": reading.effect_reading(initiative, method, outcome, answer, scale),
        "reason": None,
        **{
            name: getattr(answer, name)
            for name in (
                "n_target_units", "n_comparison_units", "n_target_persons", "n_comparison_persons",
                "n_months_before", "n_months_after", "target_before", "target_after", "comparison_before",
                "comparison_after",
            )
        },
    }  # fmt: skip


def _balance_rows(panel: Panel, outcome: str, paired: matched_design.Matched) -> list[Row]:
    worst = [abs(b.difference_after) for b in paired.balance if b.difference_after is not None]
    weights = paired.compared.weights
    return [
        {
            "initiative_id": panel.initiative.id,
            "outcome": outcome,
            **line._asdict(),
            "n_pairs": len(paired.pairs.treated),
            "n_unmatched": len(paired.pairs.unmatched),
            "n_target_persons": int(weights[paired.pairs.treated].sum()),
            "n_comparison_persons": int(weights[paired.pairs.controls].sum()),
            "is_balanced": max(worst, default=0.0) < LARGEST_DIFFERENCE,
        }
        for line in paired.balance
    ]


def _correct_for_many(rows: list[Row]) -> None:
    """Holm over the headline rows of all initiatives."""
    headlines = [row for row in rows if row["is_headline"]]
    for row, p in zip(headlines, holm([row.get("p_value") for row in headlines]), strict=True):
        row["p_value_holm"] = p
