"""Treated against untreated units, before against after. Metric specification I4, I8 and P30.

Outcomes are panels of units x months without gaps; treatment begins in the same month for all
treated units (``group_time`` handles staggered starts).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from assets.initiatives.clustered_regression import (
    ClusteredFit,
    Flags,
    Floats,
    Ints,
    fixed_effects_fit,
)
from assets.initiatives.estimability import NotEstimableError
from assets.initiatives.randomisation import LARGEST_PERMUTATION, moved_apart_p
from assets.statistics.distributions import student_quantile

LOGIT_MARGIN: Final = 0.5
"""Added to successes and failures before the logit, so that 0 and 1 stay finite (Haldane, Anscombe)."""

SHARE_OF_ERROR: Final = 0.025
"""Of the 5 %: half for the trend before the start, half for the effect."""


class EventStudy(NamedTuple):
    """Effects by month relative to the reference month; all arrays have shape (months - 1,).

    ``lead_p_value`` tests that both sides moved together before the start, by permuting which units are
    treated (``randomisation.moved_apart_p``; above 2,000 units by F from the clustered errors); NULL (None)
    with a single month before. A large value does not prove parallel trends. ``breakdown`` is in multiples
    of the largest change between neighbouring months before the start, that change and the effect both at
    the worse end of what their errors allow: with trend violations below it after the start the average
    effect keeps its sign.
    """

    months: Ints
    effects: Floats
    standard_errors: Floats
    lows: Floats
    highs: Floats
    lead_p_value: float | None
    largest_lead_change: float | None
    breakdown: float | None
    trend_per_month: float | None
    """Slope of the leads, by which the groups already drifted apart."""


def did(outcome: Floats, is_treated: Flags, is_after: Flags, weights: Floats | None = None) -> ClusteredFit:
    """The difference in differences, its clustered error and t(G-1) interval.

    Parameters
    ----------
    outcome
        Shape (units, months).
    is_treated
        Shape (units,), bool.
    is_after
        Shape (months,), bool; months that belong to neither side are left out by the caller.
    weights
        Shape (units,), fixed before the start; all equal if None.

    Raises
    ------
    NotEstimableError
        Without months before or after, or with fewer than two units on a side.
    """
    treated, after = np.asarray(is_treated, dtype=bool), np.asarray(is_after, dtype=bool)
    require_both_sides(treated, after)
    column = (treated[:, None] & after[None, :]).astype(np.float64)[:, :, None]
    return fixed_effects_fit(np.asarray(outcome, dtype=np.float64), column, weights)


def require_both_sides(treated: Flags, after: Flags) -> None:
    """Refuse a comparison that lacks one of its four corners."""
    if after.all():
        raise NotEstimableError("no_pre_period")
    if not after.any():
        raise NotEstimableError("post_period_too_short")
    if treated.sum() < 2:
        raise NotEstimableError("too_few_treated_units")
    if (~treated).sum() < 2:
        raise NotEstimableError("no_control_units" if treated.all() else "too_few_control_units")


def log_odds(successes: Floats, trials: Floats) -> Floats:
    """Empirical log odds, finite at 0 and 1: participation is bounded, so its scale decides the result."""
    return np.asarray(np.log((successes + LOGIT_MARGIN) / (trials - successes + LOGIT_MARGIN)))


def event_study(
    outcome: Floats, is_treated: Flags, start: int, reference: int, weights: Floats | None = None, *,
    seed: int = 0,
) -> EventStudy:  # fmt: skip
    """Effects month by month against a reference month before the start, with a test of the leads.

    Parameters
    ----------
    outcome
        Shape (units, months).
    is_treated
        Shape (units,), bool.
    start
        Column of the first treated month.
    reference
        Column to compare with, before ``start``.
    seed
        Of the permutations for the test of the leads.
    """
    treated = np.asarray(is_treated, dtype=bool)
    months = outcome.shape[1]
    require_both_sides(treated, np.arange(months) >= start)
    others = np.array([m for m in range(months) if m != reference])
    columns = np.zeros((*outcome.shape, len(others)))
    columns[:, others, np.arange(len(others))] = treated[:, None]
    fit = fixed_effects_fit(np.asarray(outcome, dtype=np.float64), columns, weights)
    half = student_quantile(0.975, fit.n_clusters - 1) * fit.standard_errors
    leads = others < start
    largest, slope = _leads(fit, others, leads, reference)
    worst = _largest_change_with_error(fit, others, leads, reference)
    return EventStudy(
        others,
        fit.coefficients,
        fit.standard_errors,
        fit.coefficients - half,
        fit.coefficients + half,
        _lead_p(outcome, treated, weights, fit, leads, seed),
        largest,
        _breakdown(fit, ~leads, worst),
        slope,
    )


def _lead_p(
    outcome: Floats, treated: Flags, weights: Floats | None, fit: ClusteredFit, leads: Flags, seed: int
) -> float | None:
    if not leads.any():
        return None
    if len(treated) > LARGEST_PERMUTATION:
        return fit.joint_p_value(np.flatnonzero(leads).tolist())
    return moved_apart_p(outcome[:, : int(leads.sum()) + 1], treated, weights, seed)


def _leads(
    fit: ClusteredFit, months: Ints, leads: Flags, reference: int
) -> tuple[float | None, float | None]:
    """The largest change between neighbouring months before the start, the slope."""
    if not leads.any():
        return None, None
    path = {int(m): float(b) for m, b in zip(months[leads], fit.coefficients[leads], strict=True)}
    path[reference] = 0.0
    ordered = sorted(path)
    values = np.array([path[m] for m in ordered])
    return float(np.abs(np.diff(values)).max()), float(np.polyfit(ordered, values, 1)[0])


def _largest_change_with_error(fit: ClusteredFit, months: Ints, leads: Flags, reference: int) -> float | None:
    """Upper limit of the largest true change between neighbouring months before the start.

    Each change with its own clustered error; all limits hold together with 97.5 % (Bonferroni). None
    without leads.
    """
    position = {int(m): i for i, m in enumerate(months) if leads[i]}
    ordered = sorted([*position, reference])
    if len(ordered) < 2:
        return None
    steps = np.zeros((len(ordered) - 1, len(months)))
    for row, (before, after) in enumerate(pairwise(ordered)):
        if after in position:
            steps[row, position[after]] = 1.0
        if before in position:
            steps[row, position[before]] = -1.0
    changes = np.abs(steps @ fit.coefficients)
    errors = np.sqrt(np.maximum(np.einsum("ri,ij,rj->r", steps, fit.covariance, steps), 0.0))
    quantile = student_quantile(1 - SHARE_OF_ERROR / (2 * len(steps)), fit.n_clusters - 1)
    return float((changes + quantile * errors).max())


def _breakdown(fit: ClusteredFit, after: Flags, largest: float | None) -> float | None:
    """Relative magnitudes after Rambachan and Roth (2023), honest but cautious.

    If the trends may drift apart by ``m`` times the largest change before the start each month, the
    average effect over T months is off by at most ``m * largest * (T + 1) / 2``. Half of the 5 % is spent
    on the change before the start (``largest`` is its upper limit), half on the effect, so that together
    the interval around the effect covers in at least 95 % (Bonferroni; their hybrid method is narrower).
    0 where the effect is in doubt without any drift, None without leads.
    """
    t = int(after.sum())
    if largest is None or t == 0:
        return None
    share = np.full(t, 1 / t)
    mean = float(share @ fit.coefficients[after])
    error = float(np.sqrt(share @ fit.covariance[np.ix_(after, after)] @ share))
    margin = abs(mean) - student_quantile(1 - SHARE_OF_ERROR / 2, fit.n_clusters - 1) * error
    if margin <= 0:
        return 0.0
    return None if largest == 0 else margin / (largest * (t + 1) / 2)
