"""Each method of the effect table: from a panel to one estimate, or the reason why there is none."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from assets.initiatives import randomisation
from assets.initiatives.clustered_regression import ClusteredFit
from assets.initiatives.difference_in_differences import did, event_study, log_odds
from assets.initiatives.estimability import NotEstimableError
from assets.initiatives.group_time import averaged, group_time_effects
from assets.initiatives.interrupted_time_series import interrupted_series
from assets.initiatives.matching import Estimate, lagged_outcome_estimate
from assets.initiatives.measures import measure_of
from assets.initiatives.panel import Comparison, Flags, Panel, comparison, require_months

ANTICIPATION: Final = 1
"""Months before the start that are left out; the same number stands in the SQL of the registry."""
WILD_DRAWS: Final = 999
ANCOVA_PRE_MONTHS: Final = 6
SUSTAINED_MONTHS: Final = (3, 6, 9)


@dataclass(frozen=True)
class Found:
    """What a method found. Errors, limits and p-values are None where a method has none."""

    effect: float
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_clustered: float | None = None
    p_randomisation: float | None = None
    p_wild_bootstrap: float | None = None
    inference: str = "clustered"
    """clustered, randomisation, influence, paired, autoregressive, binomial."""
    scale: str | None = None
    n_target_units: int | None = None
    n_comparison_units: int | None = None
    n_target_persons: int | None = None
    n_comparison_persons: int | None = None
    n_months_before: int | None = None
    n_months_after: int | None = None
    target_before: float | None = None
    target_after: float | None = None
    comparison_before: float | None = None
    comparison_after: float | None = None
    lead_p_value: float | None = None
    breakdown: float | None = None


def difference(panel: Panel, outcome: str) -> Found:
    """Difference in differences over the whole months of the initiative."""
    return _difference(panel, outcome, panel.during)


def sustained(months_after: int) -> Callable[[Panel, str], Found]:
    """The same comparison for one month after the end (metric specification I8)."""

    def method(panel: Panel, outcome: str) -> Found:
        """The comparison for that month; ``NotEstimableError`` if it has not come yet."""
        end = panel.initiative.end
        wanted = (
            np.zeros(len(panel.months), dtype=bool) if end is None else panel.months == end + months_after - 1
        )
        if not wanted.any():
            raise NotEstimableError("not_yet_ended")
        return _difference(panel, outcome, wanted)

    return method


def difference_of_log_odds(panel: Panel, outcome: str) -> Found:
    """The same on the logit scale: a bounded rate near its ceiling cannot rise by the same points."""
    measure = measure_of(outcome)
    if measure.scale != "proportion":
        raise NotEstimableError("not_applicable")
    months = panel.before | panel.during
    compared = comparison(panel, outcome, months)
    trials = panel.sums[measure.denominator][compared.rows][:, months]
    changed = replace(compared, outcome=log_odds(compared.outcome * trials, trials))
    return replace(_estimate(panel, changed, panel.during[months]), scale="log_odds")


def _difference(panel: Panel, outcome: str, after: Flags) -> Found:
    require_months(panel, after)
    months = panel.before | after
    return _estimate(panel, comparison(panel, outcome, months), after[months])


def _estimate(panel: Panel, compared: Comparison, after: Flags) -> Found:
    fit = did(compared.outcome, compared.is_target, after, compared.weights)
    low, high = fit.interval()
    found = Found(
        float(fit.coefficients[0]), float(fit.standard_errors[0]), low, high, fit.p_value(), fit.p_value(),
        **_counts(compared, after),
    )  # fmt: skip
    found = replace(found, **_levels(compared, after))
    found = _with_randomisation(panel, compared, after, found, fit)
    return found


def _with_randomisation(
    panel: Panel, compared: Comparison, after: Flags, found: Found, fit: ClusteredFit
) -> Found:
    if fit.n_clusters > randomisation.LARGEST_PERMUTATION:
        return found
    changes = compared.outcome[:, after].mean(axis=1) - compared.outcome[:, ~after].mean(axis=1)
    seed = _seed(panel)
    result = randomisation.permuted(changes, compared.is_target, compared.weights, seed)
    found = replace(found, p_randomisation=result.p_value)
    if not randomisation.is_few(compared.is_target):
        return found
    wild = randomisation.wild_bootstrap_p(
        compared.outcome, compared.is_target, after, compared.weights, WILD_DRAWS, seed
    )
    return replace(
        found,
        p_value=result.p_value,
        p_wild_bootstrap=wild,
        low=result.low if np.isfinite(result.low) else None,
        high=result.high if np.isfinite(result.high) else None,
        inference="randomisation",
    )


def _seed(panel: Panel) -> int:
    return zlib.crc32(panel.initiative.id.encode())


def _counts(compared: Comparison, after: Flags) -> dict[str, Any]:
    target = compared.is_target
    return {
        "n_target_units": int(target.sum()),
        "n_comparison_units": int((~target).sum()),
        "n_target_persons": int(compared.weights[target].sum()),
        "n_comparison_persons": int(compared.weights[~target].sum()),
        "n_months_before": int((~after).sum()),
        "n_months_after": int(after.sum()),
    }


def _levels(compared: Comparison, after: Flags) -> dict[str, Any]:
    levels: dict[str, Any] = {}
    for side, mask in (("target", compared.is_target), ("comparison", ~compared.is_target)):
        share = compared.weights[mask] / compared.weights[mask].sum()
        for period, months in (("before", ~after), ("after", after)):
            levels[f"{side}_{period}"] = float(share @ compared.outcome[mask][:, months].mean(axis=1))
    return levels


def with_leads(panel: Panel, outcome: str, found: Found) -> Found:
    """The estimate with the test of the months before the start and its sensitivity."""
    months = panel.before | panel.during
    compared = comparison(panel, outcome, months)
    start = int(panel.before.sum())
    study = event_study(
        compared.outcome, compared.is_target, start, start - 1, compared.weights, seed=_seed(panel)
    )
    return replace(found, lead_p_value=study.lead_p_value, breakdown=study.breakdown)


def staggered(panel: Panel, outcome: str) -> Found:
    """Group-time effects of the phase that this initiative is, against units not yet treated."""
    if panel.initiative.n_phases < 2:
        raise NotEstimableError("not_staggered")
    require_months(panel, panel.during, 1)
    # no gap in the months: an effect refers to its own distance from the start
    wanted = np.ones(len(panel.months), dtype=bool)
    compared = comparison(panel, outcome, wanted, with_other_phases=True)
    first = int(compared.months[0])
    starts = np.where(compared.starts < 10**5, compared.starts - first, compared.starts)
    effects = group_time_effects(compared.outcome, starts, compared.weights, ANTICIPATION)
    own = panel.initiative.first - first
    end = panel.initiative.end
    last = (end - first) if end is not None else len(compared.months)
    mine = [e for e in effects if e.start == own and e.month < last]
    average = averaged(mine, {own: 1.0})
    controls = compared.starts > panel.initiative.first
    return Found(
        average.effect, average.standard_error, average.low, average.high, average.p_value,
        average.p_value, inference="influence",
        n_target_units=int(compared.is_target.sum()), n_comparison_units=int(controls.sum()),
        n_target_persons=int(compared.weights[compared.is_target].sum()),
        n_comparison_persons=int(compared.weights[controls].sum()),
        n_months_before=int(panel.before.sum()), n_months_after=len(mine),
    )  # fmt: skip


def ancova(panel: Panel, outcome: str) -> Found:
    """Effect given mean and trend of at least six months before (lagged outcomes as covariates)."""
    require_months(panel, panel.during, ANCOVA_PRE_MONTHS)
    months = panel.before | panel.during
    compared = comparison(panel, outcome, months)
    after = panel.during[months]
    level, slope = history(compared.outcome[:, ~after])
    found = lagged_outcome_estimate(
        compared.outcome[:, after].mean(axis=1), np.column_stack([level, slope]), compared.is_target,
        np.arange(len(compared.rows)), compared.weights,
    )  # fmt: skip
    return from_estimate(found, compared, after, "clustered")


def history(before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean level and slope per month of each unit; ``before`` has shape (units, months before the start)."""
    t = np.arange(before.shape[1]) - (before.shape[1] - 1) / 2
    return before.mean(axis=1), before @ t / float(t @ t)


def from_estimate(found: Estimate, compared: Comparison, after: Flags, inference: str) -> Found:
    """A plain estimate with the counts of its comparison."""
    return Found(
        found.effect, found.standard_error, found.low, found.high, found.p_value, found.p_value,
        inference=inference, **_counts(compared, after), **_levels(compared, after),
    )  # fmt: skip


def interrupted(panel: Panel, outcome: str) -> Found:
    """The targets' own series before and since the start, without comparison."""
    measure = measure_of(outcome)
    rows = panel.is_target
    if not rows.any():
        raise NotEstimableError("too_few_treated_units")
    wanted = panel.months < panel.initiative.end if panel.initiative.end is not None else panel.months > 0
    numerator = np.nansum(panel.sums[measure.numerator][rows][:, wanted], axis=0)
    denominator = np.nansum(panel.sums[measure.denominator][rows][:, wanted], axis=0)
    if (denominator == 0).any():
        raise NotEstimableError("outcome_not_measured")
    months = panel.months[wanted]
    start = int((months < panel.initiative.first).sum())
    series = interrupted_series(
        measure.factor * numerator / denominator, start, (months % 12 + 1).astype(np.int64)
    )
    return Found(
        series.effect, series.standard_error, series.low, series.high, series.p_value,
        inference="autoregressive", n_target_units=int(rows.sum()),
        n_target_persons=int(panel.weights[rows].sum()), n_months_before=start,
        n_months_after=len(months) - start,
    )  # fmt: skip
