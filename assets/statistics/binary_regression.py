"""Regression of a yes or no on covariates, at the scale of millions of person-months.

Fisher scoring in blocks of rows, so that memory holds the covariates once; errors clustered.
Links: ``logit``, and ``cloglog``, whose coefficients are log hazard ratios of the continuous-time
model behind grouped times (Prentice and Gloeckler 1978). Metric specification P24, P25.
A fit that did not converge, that separates or whose columns depend on each other is an error,
never a number.
"""

from __future__ import annotations

import contextlib
from typing import Final, Literal

import numpy as np

from assets.statistics.clustered import SINGULAR, ClusteredFit, Flags, Floats, Ints, blocks, gram, sandwich
from assets.statistics.estimability import NotEstimableError

Link = Literal["cloglog", "logit"]

BLOCK: Final = 32_768
"""Rows at a time where a pass costs something per cluster."""
ITERATIONS: Final = 40
CONVERGED: Final = 1e-8
"""Twice the log likelihood that one more step would gain; that step is still taken."""
LARGE: Final = 262_144
SAMPLED: Final = 8
"""From so many rows on, every eighth one gives the start: that halves the time and changes no result."""
SEPARATED: Final = 10.0
"""Model-based error of a coefficient, per standard deviation of its column: the data do not bound it."""


def fit(
    link: Link,
    columns: Floats,
    event: Flags,
    cluster: Ints,
    *,
    offset: Floats | None = None,
    weights: Floats | None = None,
) -> ClusteredFit:
    """Maximum likelihood with cluster-robust errors.

    Parameters
    ----------
    link
        ``cloglog`` or ``logit``.
    columns
        Shape (rows, k), the intercept first, all finite.
    event
        Shape (rows,).
    cluster
        Shape (rows,), 0 .. clusters-1.
    offset
        Shape (rows,), added to the linear predictor.
    weights
        Shape (rows,), at least 0.

    Raises
    ------
    NotEstimableError
        ``no_events``, ``no_variation`` (everybody has one), ``collinear``, ``separation``,
        ``not_converged``, ``too_few_teams`` with a single cluster.
    """
    n, k = columns.shape
    n_clusters = int(cluster.max()) + 1 if n else 0
    if not event.any() or event.all():
        raise NotEstimableError("no_variation" if event.any() else "no_events")
    if n_clusters < 2 or n <= k:
        raise NotEstimableError("too_few_teams")
    start = _start(link, columns, event, weights)
    if n >= LARGE:
        some = slice(None, None, SAMPLED)
        with contextlib.suppress(NotEstimableError):  # then the start is a plain one
            start = _maximised(
                link, columns[some], event[some], start, _part(offset, some), _part(weights, some)
            )[0]
    b, scale = _maximised(link, columns, event, start, offset, weights)
    scores, observed = np.zeros((n_clusters, k)), np.zeros((k, k))
    for rows in blocks(n, BLOCK):
        x, given = columns[rows], _of(weights, rows, 1.0)
        eta = x @ b + _of(offset, rows, 0.0)
        residual = _residuals(link, eta, event[rows])[1] * given
        for j in range(k):
            scores[:, j] += np.bincount(cluster[rows], x[:, j] * residual, n_clusters)
        observed += gram(x, _curvature(link, eta, event[rows]) * given)
    return ClusteredFit(b, sandwich(_inverse(observed, scale, is_first=False), scores, n), n_clusters, n)


def _start(link: Link, columns: Floats, event: Flags, weights: Floats | None) -> Floats:
    """Nothing but the intercept, at the overall rate."""
    b = np.zeros(columns.shape[1])
    rate = float(np.average(event, weights=weights))
    if (columns[:, 0] == 1).all():
        b[0] = np.log(-np.log1p(-rate)) if link == "cloglog" else np.log(rate / (1 - rate))
    return b


def _maximised(
    link: Link, columns: Floats, event: Flags, b: Floats, offset: Floats | None, weights: Floats | None
) -> tuple[Floats, Floats]:
    """Coefficients (k,) of the largest likelihood and the scale (k,) of the columns; errors as ``fit``."""
    if not event.any() or event.all():
        raise NotEstimableError("no_variation" if event.any() else "no_events")
    scale = _scale(columns)
    at = _evaluated(link, columns, event, b, offset, weights)
    for iteration in range(ITERATIONS):
        bread = _inverse(at[2], scale, is_first=iteration == 0)
        step = bread @ at[1]
        if float(at[1] @ step) < CONVERGED:
            if _is_unbounded(bread, scale):
                break
            return b + step, scale
        climbed = _climbed(link, columns, event, b, step, at[0], offset, weights)
        if climbed is None:
            break
        b, at = climbed
    raise NotEstimableError("separation" if _is_unbounded(bread, scale) else "not_converged")


def probabilities(link: Link, columns: Floats, coefficients: Floats) -> Floats:
    """Fitted probabilities (rows,) of a model without offset."""
    eta = np.clip(columns @ coefficients, -700, 700)
    if link == "logit":
        return np.asarray(1 / (1 + np.exp(-eta)))
    return np.asarray(-np.expm1(-np.exp(eta)))


def _climbed(
    link: Link,
    columns: Floats,
    event: Flags,
    b: Floats,
    step: Floats,
    likelihood: float,
    offset: Floats | None,
    weights: Floats | None,
) -> tuple[Floats, tuple[float, Floats, Floats]] | None:
    """One step, halved until the likelihood does not fall; None if it always does."""
    for _ in range(20):
        found = _evaluated(link, columns, event, b + step, offset, weights)
        if found[0] >= likelihood - 1e-9 * (1 + abs(likelihood)):
            return b + step, found
        step = step / 2
    return None


def _evaluated(
    link: Link, columns: Floats, event: Flags, b: Floats, offset: Floats | None, weights: Floats | None
) -> tuple[float, Floats, Floats]:
    """Log likelihood, gradient (k,) and expected information (k, k)."""
    k = columns.shape[1]
    likelihood, gradient, information = 0.0, np.zeros(k), np.zeros((k, k))
    for rows in blocks(len(columns)):
        x = columns[rows]
        eta = x @ b + _of(offset, rows, 0.0)
        given = _of(weights, rows, 1.0)
        gained, residual, working = _residuals(link, eta, event[rows])
        likelihood += float((gained * given).sum())
        gradient += x.T @ (residual * given)
        information += gram(x, working * given)
    return likelihood, gradient, information


def _residuals(link: Link, eta: Floats, event: Flags) -> tuple[Floats, Floats, Floats]:
    """Log likelihood, its derivative by the predictor, and the working weight, per row."""
    if link == "logit":
        p = 1 / (1 + np.exp(-np.clip(eta, -700, 700)))
        return event * eta - np.logaddexp(0, eta), event - p, p * (1 - p)
    hazard = np.exp(np.clip(eta, -700, 6))
    p = np.maximum(-np.expm1(-hazard), 1e-300)
    ratio = hazard / p
    gained = np.where(event, np.log(p), -hazard)
    return gained, np.where(event, ratio * (1 - p), -hazard), hazard * ratio * (1 - p)


def _curvature(link: Link, eta: Floats, event: Flags) -> Floats:
    """Minus the second derivative of the log likelihood by the predictor: the observed information."""
    _, residual, working = _residuals(link, eta, event)
    if link == "logit":
        return working
    hazard = np.exp(np.clip(eta, -700, 6))
    return np.asarray(np.where(event, residual * (hazard + residual - 1), hazard))


def _inverse(information: Floats, scale: Floats, is_first: bool) -> Floats:
    """Inverse of a symmetric matrix; columns that depend on each other are refused at the start."""
    scaled = information / np.outer(scale, scale)
    root = np.sqrt(np.maximum(np.diag(scaled), 0.0))
    if is_first and (root == 0).any():
        raise NotEstimableError("collinear")
    root = np.maximum(root, 1e-100)
    values, vectors = np.linalg.eigh(scaled / np.outer(root, root))
    if is_first and values[0] < SINGULAR:
        raise NotEstimableError("collinear")
    root = root * scale
    return np.asarray(vectors / np.maximum(values, 1e-14) @ vectors.T / np.outer(root, root))


def _is_unbounded(bread: Floats, scale: Floats) -> bool:
    return bool((np.sqrt(np.maximum(np.diag(bread), 0.0)) * scale > SEPARATED).any())


def _scale(columns: Floats) -> Floats:
    """Standard deviation of each column, 1 where it is constant."""
    mean = columns.mean(axis=0)
    squares = sum(((columns[rows] - mean) ** 2).sum(axis=0) for rows in blocks(len(columns)))
    spread = np.sqrt(squares / len(columns))
    return np.where(spread > SINGULAR * np.maximum(np.abs(mean), 1), spread, 1.0)


def _part(values: Floats | None, rows: slice) -> Floats | None:
    return None if values is None else values[rows]


def _of(values: Floats | None, rows: slice, default: float) -> Floats | float:
    return default if values is None else values[rows]
