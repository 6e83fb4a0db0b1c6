"""What a design can show at all, and its effect month by month."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from assets.initiatives import reading
from assets.initiatives.difference_in_differences import event_study
from assets.initiatives.estimability import NotEstimableError
from assets.initiatives.measures import AIMS, GUARDRAILS, measure_of
from assets.initiatives.panel import Panel, comparison, require_months
from assets.initiatives.power import (
    design_effect,
    intraclass_correlation,
    minimum_detectable_change,
    persons_per_arm,
)
from assets.initiatives.registry import Initiative, month_start

Row = dict[str, Any]
FIVE_POINTS: Final = 0.05


def design_row(
    initiative: Initiative, panel: Panel | None, reason: str | None, headline: str, effects: list[Row]
) -> Row:
    """One row of ``tables.DESIGNS``: units, power, guardrails."""
    if reason is None and initiative.primary_metric not in AIMS:
        reason = "unknown_primary_metric"
    own = next((row for row in effects if row["is_headline"]), {})
    reason = reason or own.get("reason")
    error = own.get("standard_error")
    detectable = minimum_detectable_change(error) if error else None
    row: Row = {
        "initiative_id": initiative.id,
        "headline_method": headline,
        "is_causal": initiative.is_causal,
        "minimum_detectable_change": detectable,
        "can_be_evaluated": reason is None,
        "guardrails": _guardrails(effects),
        "reason": reason,
    }
    needed = None
    if panel is not None:
        row |= _counts(panel)
        clustering = _clustering(panel)
        row |= clustering
        needed = clustering.get("persons_per_arm_for_5_points")
    scale = str(own.get("scale") or "proportion")
    row["reading"] = reading.design_reading(initiative, detectable, scale, needed)
    return row


def _counts(panel: Panel) -> Row:
    target = panel.is_target
    return {
        "n_target_units": int(target.sum()),
        "n_comparison_units": int((~target).sum()),
        "n_units_too_small": panel.excluded.too_small,
        "n_units_in_another_initiative": panel.excluded.in_another_initiative,
        "n_target_persons": int(panel.weights[target].sum()),
        "n_comparison_persons": int(panel.weights[~target].sum()),
    }


def _clustering(panel: Panel) -> Row:
    """Similarity of people within a unit in the baseline month, and what it costs."""
    base = panel.months == panel.initiative.baseline
    if not base.any() or not len(panel.unit_keys):
        return {}
    trials = panel.sums["n_persons"][:, base][:, 0]
    successes = panel.sums["n_participants"][:, base][:, 0]
    observed = trials > 0
    correlation = intraclass_correlation(successes[observed], trials[observed])
    if correlation is None:
        return {}
    effect = design_effect(float(trials[observed].mean()), correlation)
    before = float(successes[observed].sum() / trials[observed].sum())
    after = before + FIVE_POINTS if before + FIVE_POINTS <= 1 else before - FIVE_POINTS
    return {
        "intraclass_correlation": correlation,
        "design_effect": effect,
        "persons_per_arm_for_5_points": persons_per_arm(before, after, effect),
    }


def _guardrails(effects: list[Row]) -> str:
    """Which guardrails got worse beyond doubt, held, or cannot be judged."""
    words = []
    for row in effects:
        if row["outcome"] not in GUARDRAILS:
            continue
        name = reading.OUTCOME_WORDS[row["outcome"]]
        low, high = row.get("effect_ci_low"), row.get("effect_ci_high")
        sign = measure_of(row["outcome"]).worse
        if low is None or high is None:
            words.append(f"{name}: not known")
        elif (low > 0 and sign > 0) or (high < 0 and sign < 0):
            words.append(f"{name}: worse")
        else:
            words.append(f"{name}: no worsening shown")
    return "; ".join(words)


def event_rows(initiative: Initiative, panel: Panel | None) -> list[Row]:
    """Effects and levels by month for every aim, where the comparison exists."""
    rows: list[Row] = []
    if panel is None:
        return rows
    for outcome in AIMS:
        try:
            require_months(panel, panel.during)
            rows += _event_months(initiative, panel, outcome)
        except NotEstimableError:
            continue
    return rows


def _event_months(initiative: Initiative, panel: Panel, outcome: str) -> list[Row]:
    months = panel.before | panel.during | panel.after
    compared = comparison(panel, outcome, months)
    start, reference = int(panel.before.sum()), int(panel.before.sum()) - 1
    study = event_study(compared.outcome, compared.is_target, start, reference, compared.weights)
    target = compared.is_target
    levels = {
        side: compared.weights[mask] / compared.weights[mask].sum() @ compared.outcome[mask]
        for side, mask in (("target", target), ("comparison", ~target))
    }
    at = {int(m): i for i, m in enumerate(study.months)}
    rows = []
    for column, number in enumerate(compared.months.tolist()):
        i = at.get(column)
        rows.append(
            {
                "initiative_id": initiative.id,
                "outcome": outcome,
                "month_start": month_start(number),
                "months_since_start": number - initiative.first,
                "effect": 0.0 if i is None else float(study.effects[i]),
                "standard_error": None if i is None else float(study.standard_errors[i]),
                "effect_ci_low": None if i is None else float(study.lows[i]),
                "effect_ci_high": None if i is None else float(study.highs[i]),
                "is_reference": i is None,
                "target_level": float(levels["target"][column]),
                "comparison_level": float(levels["comparison"][column]),
                "n_target_persons": int(np.sum(compared.weights[target])),
                "n_comparison_persons": int(np.sum(compared.weights[~target])),
            }
        )
    return rows
