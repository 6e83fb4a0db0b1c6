"""Treated units or people beside similar untreated ones. Metric specification I5 and P30.

Propensity by logistic regression, nearest neighbour on its logit without replacement, exact
within strata, caliper 0.2 standard deviations; then the difference in differences of the pairs
(effect on the treated). Balance is judged by standardised mean differences. Matching removes only
differences in what was measured; matching on earlier outcomes can itself create regression to
the mean, so the unmatched estimate and the one with the earlier outcome as covariate stand beside.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from assets.initiatives.estimability import NotEstimableError
from assets.statistics.distributions import student_p, student_quantile

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

CALIPER: Final = 0.2
"""In standard deviations of the logit of the propensity."""
LARGEST_DIFFERENCE: Final = 0.1
"""Standardised difference from which covariates count as unbalanced."""
ITERATIONS: Final = 50
SEPARATED_LOGIT: Final = 15.0
"""A fitted log odds beyond this means a probability of 0 or 1: nobody there is comparable."""
FEWEST_PAIRS: Final = 2


class Pairs(NamedTuple):
    """Row numbers of matched treated and controls, same order; treated rows without a partner."""

    treated: Ints
    controls: Ints
    unmatched: Ints
    logit: Floats


class Estimate(NamedTuple):
    """An effect with its error, 95 % interval and two-sided p."""

    effect: float
    standard_error: float
    low: float
    high: float
    p_value: float
    n: int


def standardised_difference(treated: Floats, controls: Floats) -> float | None:
    """``(m1 - m0) / sqrt((v1 + v0) / 2)`` with variances of n - 1; None without variation.

    Examples
    --------
    >>> found = standardised_difference(
    ...     np.array([30., 32, 35, 28, 40, 33]), np.array([45., 38, 50, 41, 36, 47])
    ... )
    >>> round(found, 4)
    -2.0292
    """
    if min(len(treated), len(controls)) < 2:
        return None
    spread = float(np.sqrt((treated.var(ddof=1) + controls.var(ddof=1)) / 2))
    difference = float(treated.mean() - controls.mean())
    if spread == 0:
        return 0.0 if difference == 0 else None
    return difference / spread


def logistic_fit(x: Floats, y: Floats) -> Floats:
    """Coefficients (k + 1,), intercept first, of a logistic regression; checked for convergence.

    Parameters
    ----------
    x
        Shape (n, k), standardised columns are best.
    y
        Shape (n,), 0 or 1.

    Raises
    ------
    NotEstimableError
        ``no_variation`` (a constant column, or only one class), ``collinear``, ``separation``,
        ``not_converged``.
    """
    n = len(y)
    if len(np.unique(y)) < 2 or (x.shape[1] and (np.ptp(x, axis=0) == 0).any()):
        raise NotEstimableError("no_variation")
    design = np.column_stack([np.ones(n), x])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise NotEstimableError("collinear")
    b = np.zeros(design.shape[1])
    for _ in range(ITERATIONS):
        logit = design @ b
        if np.abs(logit).max() > SEPARATED_LOGIT:
            raise NotEstimableError("separation")
        p = 1 / (1 + np.exp(-logit))
        information = design.T @ (design * (p * (1 - p))[:, None])
        step = np.linalg.solve(information, design.T @ (y - p))
        b = b + step
        if np.abs(step).max() < 1e-8:
            if np.abs(design @ b).max() > SEPARATED_LOGIT:
                raise NotEstimableError("separation")
            return b
    raise NotEstimableError("not_converged")


def matched(x: Floats, is_treated: Flags, strata: Ints) -> Pairs:
    """Pair each treated row with the nearest untreated one of its stratum, once.

    Parameters
    ----------
    x
        Shape (n, k), covariates from before the start.
    is_treated
        Shape (n,), bool.
    strata
        Shape (n,), codes within which matching is exact.

    Raises
    ------
    NotEstimableError
        From the propensity fit, or ``no_overlap`` with fewer than two pairs.
    """
    treated = np.asarray(is_treated, dtype=bool)
    spread = x.std(axis=0)
    if (spread == 0).any():
        raise NotEstimableError("no_variation")
    standardised = (x - x.mean(axis=0)) / spread
    logit = _logit(standardised, logistic_fit(standardised, treated.astype(np.float64)))
    caliper = CALIPER * float(logit.std(ddof=1))
    pairs, unmatched = [], []
    for stratum in np.unique(strata[treated]):
        free = np.flatnonzero((strata == stratum) & ~treated)
        # the hardest to match first: the highest propensities
        wanted = np.flatnonzero((strata == stratum) & treated)
        for row in wanted[np.argsort(-logit[wanted], kind="stable")].tolist():
            distance = np.abs(logit[free] - logit[row])
            if len(free) and distance.min() <= caliper:
                nearest = int(distance.argmin())
                pairs.append((row, int(free[nearest])))
                free = np.delete(free, nearest)
            else:
                unmatched.append(row)
    if len(pairs) < FEWEST_PAIRS:
        raise NotEstimableError("no_overlap")
    rows = np.array(pairs, dtype=np.int64)
    return Pairs(rows[:, 0], rows[:, 1], np.array(unmatched, dtype=np.int64), logit)


def _logit(x: Floats, b: Floats) -> Floats:
    return np.asarray(b[0] + x @ b[1:])


def paired_difference(changes: Floats, pairs: Pairs) -> Estimate:
    """Mean over pairs of the change of the treated minus that of its partner; t(pairs - 1)."""
    gaps = changes[pairs.treated] - changes[pairs.controls]
    n = len(gaps)
    error = float(gaps.std(ddof=1) / np.sqrt(n))
    return _estimate(float(gaps.mean()), error, n - 1, n)


def lagged_outcome_estimate(
    after: Floats, before: Floats, is_treated: Flags, clusters: Ints, weights: Floats | None = None
) -> Estimate:
    """Effect with earlier outcomes as covariates (ANCOVA), errors clustered, t(G-1).

    Parameters
    ----------
    after
        Shape (n,), outcome after the start.
    before
        Shape (n, k), covariates from before the start, e.g. mean and slope of the outcome.
    is_treated
        Shape (n,), bool.
    clusters
        Shape (n,), codes; one per row if rows are the units.
    """
    n = len(after)
    weights = np.ones(n) if weights is None else weights
    x = np.column_stack([np.asarray(is_treated, dtype=np.float64), np.ones(n), before])
    if n <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        raise NotEstimableError("collinear")
    bread = np.linalg.inv(x.T @ (x * weights[:, None]))
    b = bread @ (x.T @ (weights * after))
    scores = x * (weights * (after - x @ b))[:, None]
    codes = np.unique(clusters, return_inverse=True)[1]
    sums = np.zeros((int(codes.max()) + 1, x.shape[1]))
    np.add.at(sums, codes, scores)
    g = len(sums)
    factor = g / (g - 1) * (n - 1) / (n - x.shape[1])
    covariance = factor * bread @ (sums.T @ sums) @ bread
    return _estimate(float(b[0]), float(np.sqrt(covariance[0, 0])), g - 1, n)


def _estimate(effect: float, error: float, freedom: int, n: int) -> Estimate:
    half = student_quantile(0.975, freedom) * error
    p = student_p(effect / error, freedom) if error > 0 else (1.0 if effect == 0 else 0.0)
    return Estimate(effect, error, effect - half, effect + half, p, n)
