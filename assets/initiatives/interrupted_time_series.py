"""One series, no control group: level and slope before and after. Metric specification I6 and P30.

``y = b0 + b1 t + b2 post + b3 (t - t0) post``. Whatever else happened at the same time is in the
estimate too. Inference comes from a model with first-order autocorrelation fitted by restricted
maximum likelihood; Newey and West's error (1987) stands beside it because many readers know it,
but it rejects a true null far too often in series this short.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize

from assets.initiatives.estimability import NotEstimableError
from assets.statistics.distributions import student_p, student_quantile

Floats = npt.NDArray[np.float64]

MINIMUM_POINTS: Final = 12
"""Points needed before and after the start."""
NEWEY_WEST_LAG: Final = 3
MONTH_DUMMIES_ABOVE: Final = 24
"""With more points than this, calendar months get effects of their own."""
LARGEST_RHO: Final = 0.98


class InterruptedSeries(NamedTuple):
    """Level change ``b2``, slope change ``b3`` and the effect at the last point.

    ``effect`` is fitted minus counterfactual at the last point; ``low``, ``high`` and ``p_value`` from
    REML AR(1) with t(n - k); ``effect_least_squares`` and the errors named after Newey and West from
    least squares. ``durbin_watson`` near 2 means no autocorrelation in the least-squares residuals;
    ``autocorrelation`` holds their lags 1 to 6.
    """

    coefficients: Floats
    standard_errors: Floats
    newey_west_errors: Floats
    effect: float
    standard_error: float
    low: float
    high: float
    p_value: float
    effect_least_squares: float
    newey_west_error: float
    newey_west_low: float
    newey_west_high: float
    fitted: float
    counterfactual: float
    durbin_watson: float
    autocorrelation: Floats
    rho: float
    naive_difference: float


def interrupted_series(
    values: Floats, start: int, calendar_month: npt.NDArray[np.int64] | None = None
) -> InterruptedSeries:
    """Fit the series.

    Parameters
    ----------
    values
        Shape (points,), equally spaced, no gaps.
    start
        Index of the first point after the start.
    calendar_month
        Shape (points,), 1..12; used as dummies with more than 24 points.

    Raises
    ------
    NotEstimableError
        With fewer than 12 points on a side, or a series without variation.
    """
    n = len(values)
    if start < MINIMUM_POINTS:
        raise NotEstimableError("pre_period_too_short" if start else "no_pre_period", f"{start} of 12 points")
    if n - start < MINIMUM_POINTS:
        raise NotEstimableError("post_period_too_short", f"{n - start} of 12 points")
    if np.ptp(values) == 0:
        raise NotEstimableError("no_variation")
    x = _design(n, start, calendar_month)
    ordinary, errors, residuals = _least_squares(x, values)
    hac = _newey_west(x, residuals)
    gap = np.zeros(x.shape[1])
    gap[2], gap[3] = 1.0, float(n - 1 - start)
    rho = _reml_rho(x, values)
    b, covariance = _generalised(x, values, rho)
    effect, error = float(gap @ b), float(np.sqrt(gap @ covariance @ gap))
    freedom = n - x.shape[1]
    t = student_quantile(0.975, freedom)
    plain, hac_error = float(gap @ ordinary), float(np.sqrt(gap @ hac @ gap))
    fitted = float(x[-1] @ ordinary)
    centred = residuals - residuals.mean()
    lags = np.array([float(centred[k:] @ centred[: n - k] / (centred @ centred)) for k in range(1, 7)])
    return InterruptedSeries(
        ordinary,
        errors,
        np.sqrt(np.diag(hac)),
        effect,
        error,
        effect - t * error,
        effect + t * error,
        student_p(effect / error, freedom),
        plain,
        hac_error,
        plain - t * hac_error,
        plain + t * hac_error,
        fitted,
        fitted - plain,
        float((np.diff(residuals) ** 2).sum() / (residuals**2).sum()),
        lags,
        rho,
        float(values[start:].mean() - values[:start].mean()),
    )


def _design(n: int, start: int, calendar_month: npt.NDArray[np.int64] | None) -> Floats:
    """Columns 1, t (from 1), post, (t - t0) post, then month dummies."""
    t = np.arange(1, n + 1, dtype=np.float64)
    post = (np.arange(n) >= start).astype(np.float64)
    columns = [np.ones(n), t, post, (t - (start + 1)) * post]
    if calendar_month is not None and n > MONTH_DUMMIES_ABOVE:
        columns += [(calendar_month == m).astype(np.float64) for m in np.unique(calendar_month)[1:]]
    x = np.column_stack(columns)
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise NotEstimableError("collinear")
    if n - x.shape[1] < 4:
        raise NotEstimableError("post_period_too_short")
    return x


def _least_squares(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    b = np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], dtype=np.float64)
    residuals = y - x @ b
    variance = float(residuals @ residuals) / (len(y) - x.shape[1])
    errors: Floats = np.sqrt(variance * np.diag(np.linalg.inv(x.T @ x)))
    return b, errors, residuals


def _newey_west(x: Floats, residuals: Floats) -> Floats:
    """Bartlett weights, lag 3, factor n / (n - k)."""
    n, k = x.shape
    scores = x * residuals[:, None]
    meat = scores.T @ scores
    for lag in range(1, NEWEY_WEST_LAG + 1):
        part = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (NEWEY_WEST_LAG + 1)) * (part + part.T)
    bread = np.linalg.inv(x.T @ x)
    return np.asarray(bread @ meat @ bread * n / (n - k))


def _whitened(values: Floats, rho: float) -> Floats:
    """Prais and Winsten's transformation: errors of an AR(1) become independent."""
    result = values.copy()
    result[1:] = values[1:] - rho * values[:-1]
    result[0] = np.sqrt(1 - rho**2) * values[0]
    return result


def _reml_rho(x: Floats, y: Floats) -> float:
    """The autocorrelation that maximises the restricted likelihood."""
    n, k = x.shape

    def minus_log_likelihood(rho: float) -> float:
        xw, yw = _whitened(x, rho), _whitened(y, rho)
        gram = xw.T @ xw
        rest = yw - xw @ np.linalg.solve(gram, xw.T @ yw)
        return float(
            0.5 * (n - k) * np.log(rest @ rest) + 0.5 * np.linalg.slogdet(gram)[1] - 0.5 * np.log(1 - rho**2)
        )

    found = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(-LARGEST_RHO, LARGEST_RHO), method="bounded", options={"xatol": 1e-8}
    )
    if not found.success:
        raise NotEstimableError("not_converged")
    return float(found.x)


def _generalised(x: Floats, y: Floats, rho: float) -> tuple[Floats, Floats]:
    xw, yw = _whitened(x, rho), _whitened(y, rho)
    inverse = np.linalg.inv(xw.T @ xw)
    b = inverse @ xw.T @ yw
    rest = yw - xw @ b
    return b, inverse * float(rest @ rest) / (len(y) - x.shape[1])
