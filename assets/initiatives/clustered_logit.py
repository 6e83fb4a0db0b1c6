"""Logistic regression on person-months with an intercept per month, and errors clustered by team.

The discrete-time hazard model: of the people who have not had the event yet, who has it this
month? Intercepts of months are kept as counts, never as columns, so that a million rows cost a
few arrays. Cluster-robust covariance with the factor ``G/(G-1) (N-1)/(N-K)``, t with G-1 degrees
of freedom, as for the linear models.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from assets.initiatives.clustered_regression import ClusteredFit
from assets.initiatives.estimability import NotEstimableError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_STEPS: Final = 50
TOLERANCE: Final = 1e-10
LARGEST_COEFFICIENT: Final = 20.0
"""On columns of unit standard deviation: beyond it the likelihood has no maximum (separation)."""
SINGULAR: Final = 1e9


def clustered_logit(event: Ints, columns: Floats, month: Ints, cluster: Ints) -> ClusteredFit:
    """Log-odds of the event by columns, given the month.

    Parameters
    ----------
    event, month, cluster
        Shape (rows,): 0 or 1; months and clusters as any whole numbers.
    columns
        Shape (rows, k). Months in which everybody or nobody has the event say nothing about
        the coefficients and are left out.

    Returns
    -------
    ClusteredFit
        Coefficients (k,) and their covariance, without those of the months.

    Raises
    ------
    NotEstimableError
        ``no_variation`` (no events, or a column that never changes), ``collinear``,
        ``too_few_clusters`` (fewer than two), ``separation``, ``not_converged``.
    """
    event, columns, months, clusters = _informative(event, columns, month, cluster)
    n, k = columns.shape
    n_months, n_clusters = int(months.max()) + 1, int(clusters.max()) + 1
    if n_clusters < 2:
        raise NotEstimableError("too_few_clusters")
    spread = columns.std(axis=0)
    if (spread == 0).any():
        raise NotEstimableError("no_variation")
    x = (columns - columns.mean(axis=0)) / spread
    theta = np.concatenate([_log_odds(event, months, n_months), np.zeros(k)])
    theta, bread, fitted = _maximise(event, x, months, theta)
    if np.abs(theta[n_months:]).max(initial=0) > LARGEST_COEFFICIENT:
        raise NotEstimableError("separation")
    scores = _cluster_scores(event - fitted, x, months, clusters, n_clusters)
    factor = n_clusters / (n_clusters - 1) * (n - 1) / (n - n_months - k)
    covariance = factor * (bread @ scores.T @ scores @ bread)[n_months:, n_months:]
    return ClusteredFit(theta[n_months:] / spread, covariance / np.outer(spread, spread), n_clusters, n)


def _informative(event: Ints, columns: Floats, month: Ints, cluster: Ints) -> tuple[Ints, Floats, Ints, Ints]:
    _, months = np.unique(month, return_inverse=True)
    n, d = np.bincount(months), np.bincount(months, weights=event)
    kept = ((d > 0) & (d < n))[months] if len(months) else np.zeros(0, dtype=bool)
    if not kept.any():
        raise NotEstimableError("no_variation")
    return (
        event[kept],
        columns[kept],
        np.unique(months[kept], return_inverse=True)[1],
        np.unique(cluster[kept], return_inverse=True)[1],
    )


def _log_odds(event: Ints, months: Ints, n_months: int) -> Floats:
    share = np.bincount(months, weights=event, minlength=n_months) / np.bincount(months, minlength=n_months)
    return np.asarray(np.log(share / (1 - share)))


def _maximise(event: Ints, x: Floats, months: Ints, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Newton's steps; the estimate, the inverse information and the fitted probabilities."""
    n_months = len(theta) - x.shape[1]
    for _ in range(MOST_STEPS):
        fitted = 1 / (1 + np.exp(-(theta[:n_months][months] + x @ theta[n_months:])))
        information = _information(fitted * (1 - fitted), x, months, n_months)
        if not np.isfinite(information).all() or np.linalg.cond(information) > SINGULAR:
            is_far = np.abs(theta[n_months:]).max(initial=0) > LARGEST_COEFFICIENT / 2
            raise NotEstimableError("separation" if is_far else "collinear")
        bread: Floats = np.asarray(np.linalg.inv(information), dtype=np.float64)
        step = bread @ _score(event - fitted, x, months, n_months)
        if np.abs(step).max() < TOLERANCE:
            return theta, bread, fitted
        theta = theta + np.clip(step, -5, 5)
    raise NotEstimableError("not_converged")


def _information(w: Floats, x: Floats, months: Ints, n_months: int) -> Floats:
    k = x.shape[1]
    found = np.zeros((n_months + k, n_months + k))
    found[np.arange(n_months), np.arange(n_months)] = np.bincount(months, weights=w, minlength=n_months)
    for column in range(k):
        cross = np.bincount(months, weights=w * x[:, column], minlength=n_months)
        found[:n_months, n_months + column] = found[n_months + column, :n_months] = cross
    found[n_months:, n_months:] = x.T @ (x * w[:, None])
    return found


def _score(residuals: Floats, x: Floats, months: Ints, n_months: int) -> Floats:
    return np.concatenate([np.bincount(months, weights=residuals, minlength=n_months), x.T @ residuals])


def _cluster_scores(residuals: Floats, x: Floats, months: Ints, clusters: Ints, n_clusters: int) -> Floats:
    """Shape (clusters, months + k)."""
    n_months = int(months.max()) + 1
    cells = clusters * n_months + months
    of_months = np.bincount(cells, weights=residuals, minlength=n_clusters * n_months)
    of_columns = [np.bincount(clusters, weights=residuals * column, minlength=n_clusters) for column in x.T]
    return np.column_stack([of_months.reshape(n_clusters, n_months), *of_columns])
