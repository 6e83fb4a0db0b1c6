"""Poisson regression with an intercept of its own for every group, however many there are.

Given how many events a group had, who of it had them does not depend on the group's intercept, so
that intercepts are never estimated (Andersen 1970; Hausman, Hall and Griliches 1984). Whatever a
group shares (its manager, its month, its reorganisation) cancels. Errors are clustered by sums of
scores, which needs the mean to be right and no Poisson variance (Wooldridge 1999).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from assets.statistics.clustered import SINGULAR, ClusteredFit, Flags, Floats, Ints, sandwich
from assets.statistics.estimability import NotEstimableError

STEPS: Final = 50
CONVERGED: Final = 1e-10
SEPARATED: Final = 10.0
"""Error of a coefficient per standard deviation of its column: the data do not bound it."""


def fit_within(columns: Floats, event: Flags, time: Floats, group: Ints, cluster: Ints) -> ClusteredFit:
    """Log rate ratios within groups.

    Parameters
    ----------
    columns
        Shape (rows, k), without an intercept, all finite.
    event
        Shape (rows,).
    time
        Shape (rows,), person-time of each row, above 0.
    group
        Shape (rows,), any whole numbers. Groups without events compare nothing and are left out.
    cluster
        Shape (rows,), any whole numbers; groups lie within clusters.

    Returns
    -------
    ClusteredFit
        ``n_rows`` counts the rows of groups with events.

    Raises
    ------
    NotEstimableError
        ``no_events``, ``no_variation`` (a column is constant within all groups with events),
        ``collinear``, ``separation``, ``not_converged``, ``too_few_teams`` (fewer than two clusters).
    """
    has_events = (
        np.bincount(group - group.min(), weights=event)[group - group.min()] > 0 if len(group) else []
    )
    kept = np.asarray(has_events, dtype=np.bool_)
    if not kept.any():
        raise NotEstimableError("no_events")
    x, y, time = columns[kept], event[kept].astype(np.float64), time[kept]
    g = np.unique(group[kept], return_inverse=True)[1]
    c = np.unique(cluster[kept], return_inverse=True)[1]
    n_events = np.asarray(np.bincount(g, weights=y), dtype=np.float64)
    centred = x - _means(x, np.ones(len(y)), g)
    scale = centred.std(axis=0)
    if (scale < SINGULAR).any():
        raise NotEstimableError("no_variation")
    if int(c.max()) == 0:
        raise NotEstimableError("too_few_teams")
    x = centred / scale
    b, bread, residual = _maximised(x, y, time, g, n_events)
    scores: Floats = np.stack(
        [np.asarray(np.bincount(c, weights=residual * each), dtype=np.float64) for each in x.T], axis=1
    )
    covariance = sandwich(bread, scores, len(y)) / np.outer(scale, scale)
    return ClusteredFit(b / scale, covariance, int(c.max()) + 1, len(y))


def _maximised(
    x: Floats, y: Floats, time: Floats, g: Ints, n_events: Floats
) -> tuple[Floats, Floats, Floats]:
    """Coefficients (k,), inverse information (k, k) and residuals (rows,) at the largest likelihood."""
    b = np.zeros(x.shape[1])
    likelihood, expected = _expected(x, b, y, time, g, n_events)
    for step_number in range(STEPS):
        within = x - _means(x, expected, g)
        information = within.T @ (within * expected[:, None])
        values = np.linalg.eigvalsh(information)
        if values[0] < SINGULAR * max(values[-1], 1e-300):
            raise NotEstimableError("separation" if step_number else "collinear")
        bread = np.asarray(np.linalg.inv(information))
        gradient = x.T @ (y - expected)
        step = bread @ gradient
        if float(gradient @ step) < CONVERGED:
            if (np.sqrt(np.diag(bread)) > SEPARATED).any():
                raise NotEstimableError("separation")
            return b, bread, y - expected
        for _ in range(20):
            found = _expected(x, b + step, y, time, g, n_events)
            if found[0] >= likelihood - 1e-12 * abs(likelihood):
                break
            step = step / 2
        b, (likelihood, expected) = b + step, found
    raise NotEstimableError("separation" if np.abs(b).max() > SEPARATED else "not_converged")


def _expected(
    x: Floats, b: Floats, y: Floats, time: Floats, g: Ints, n_events: Floats
) -> tuple[float, Floats]:
    """Conditional log likelihood and the expected events (rows,) given the events of each group."""
    eta = np.clip(x @ b, -500, 500)
    rate = time * np.exp(eta)
    total = np.bincount(g, weights=rate)
    return float(y @ eta - n_events @ np.log(total)), rate * (n_events / total)[g]


def _means(x: Floats, weights: Floats, g: Ints) -> Floats:
    """Weighted mean of each column within the group of each row: shape of ``x``."""
    total = np.bincount(g, weights=weights)
    sums = np.stack([np.bincount(g, weights=weights * column) for column in x.T], axis=1)
    return np.asarray((sums / total[:, None])[g])
