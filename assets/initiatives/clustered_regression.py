"""Least squares with fixed effects of units and periods, and errors clustered by unit.

The fixed effects are taken out by projection (Frisch, Waugh and Lovell), which gives the same
coefficients as explicit dummies; degrees of freedom count them. Metric specification I4 and P30:
small-sample factor ``G/(G-1) (N-1)/(N-K)``, K with all dummies; t with G-1 degrees of freedom.
"""

from __future__ import annotations

import numpy as np

from assets.initiatives.estimability import NotEstimableError
from assets.statistics.clustered import SINGULAR, ClusteredFit, Flags, Floats, Ints

__all__ = ["ClusteredFit", "Flags", "Floats", "Ints", "fixed_effects_fit", "without_unit_and_period_means"]


def without_unit_and_period_means(columns: Floats, weights: Floats) -> Floats:
    """Columns of a balanced panel with weighted unit and period means removed.

    Parameters
    ----------
    columns
        Shape (units, periods, k).
    weights
        Shape (units,), constant over periods, above 0.
    """
    share = weights / weights.sum()
    of_units = columns.mean(axis=1, keepdims=True)
    of_periods = np.einsum("u,utk->tk", share, columns)[None]
    overall = of_periods.mean(axis=1, keepdims=True)
    return np.asarray(columns - of_units - of_periods + overall)


def fixed_effects_fit(outcome: Floats, columns: Floats, weights: Floats | None = None) -> ClusteredFit:
    """Regress a balanced panel on columns, unit and period effects; cluster by unit.

    Parameters
    ----------
    outcome
        Shape (units, periods), no missing values.
    columns
        Shape (units, periods, k).
    weights
        Shape (units,), above 0; all equal if None.

    Raises
    ------
    NotEstimableError
        ``collinear`` if a column follows from the others and the effects, ``too_few_control_units``
        with fewer than two units.
    """
    units, periods = outcome.shape
    if units < 2:
        raise NotEstimableError("too_few_control_units")
    weights = np.ones(units) if weights is None else weights
    y = without_unit_and_period_means(outcome[:, :, None], weights)[:, :, 0]
    x = without_unit_and_period_means(columns, weights)
    k = x.shape[2]
    weighted = x * weights[:, None, None]
    gram = np.tensordot(x, weighted, axes=([0, 1], [0, 1]))
    scale = np.einsum("u,uti,uti->i", weights, columns, columns)
    if k == 0 or (np.diag(gram) <= SINGULAR * np.maximum(scale, SINGULAR)).any():
        raise NotEstimableError("collinear")
    if np.linalg.cond(gram) > 1 / SINGULAR:
        raise NotEstimableError("collinear")
    bread = np.linalg.inv(gram)
    b = bread @ np.tensordot(weighted, y, axes=([0, 1], [0, 1]))
    residuals = y - x @ b
    scores = np.einsum("uti,ut->ui", weighted, residuals)
    n, dummies = units * periods, units + periods - 1
    freedom = n - dummies - k
    if freedom <= 0:
        raise NotEstimableError("pre_period_too_short")
    factor = units / (units - 1) * (n - 1) / freedom
    covariance = factor * bread @ (scores.T @ scores) @ bread
    return ClusteredFit(b, covariance, units, n)
