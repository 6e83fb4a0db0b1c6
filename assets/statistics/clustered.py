"""What a regression with clustered errors gives, and how scores of clusters become a covariance.

Metric specification P30: small-sample factor ``G/(G-1) (N-1)/(N-K)``; t with G-1 degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from assets.statistics.distributions import f_p, student_p, student_quantile

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

TILE: Final = 31
ROWS: Final = 1_000
SINGULAR: Final = 1e-9
"""Relative size below which a column is taken to be a combination of the others."""


class ClusteredFit(NamedTuple):
    """Coefficients (k,), their covariance (k, k), and what the inference rests on."""

    coefficients: Floats
    covariance: Floats
    n_clusters: int
    n_rows: int

    @property
    def standard_errors(self) -> Floats:
        """Shape (k,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def interval(self, which: int = 0) -> tuple[float, float]:
        """95 % limits of one coefficient, from t(G-1)."""
        half = student_quantile(0.975, self.n_clusters - 1) * float(self.standard_errors[which])
        return float(self.coefficients[which]) - half, float(self.coefficients[which]) + half

    def p_value(self, which: int = 0) -> float:
        """Two-sided, from t(G-1); 1 where estimate and error are both 0."""
        error, value = float(self.standard_errors[which]), float(self.coefficients[which])
        if error == 0:
            return 1.0 if value == 0 else 0.0
        return student_p(value / error, self.n_clusters - 1)

    def combined(self, contrast: Floats) -> ClusteredFit:
        """The fit of one linear combination of the coefficients; ``contrast`` has shape (k,)."""
        value = np.array([float(contrast @ self.coefficients)])
        variance = np.array([[float(contrast @ self.covariance @ contrast)]])
        return ClusteredFit(value, variance, self.n_clusters, self.n_rows)

    def joint_p_value(self, which: list[int]) -> float:
        """Wald test that the named coefficients are all 0, from F(q, G-1)."""
        return self.contrasts_p_value(np.eye(len(self.coefficients))[which])

    def contrasts_p_value(self, contrasts: Floats) -> float:
        """Wald test that independent combinations, shape (q, k), are all 0, from F(q, G-1)."""
        value = contrasts @ self.coefficients
        statistic = float(value @ np.linalg.solve(contrasts @ self.covariance @ contrasts.T, value))
        return f_p(statistic / len(value), len(value), self.n_clusters - 1)


def gram(columns: Floats, weights: Floats | None = None) -> Floats:
    """``X' W X`` (k, k) of columns (rows, k) and weights (rows,).

    A few rows and fewer than 32 columns at a time: they stay in the processor's cache, and OpenBLAS
    does not start threads, which on a busy machine wait for each other ten times longer than the
    sum takes.
    """
    k = columns.shape[1]
    found = np.zeros((k, k))
    for rows in blocks(len(columns)):
        x = columns[rows]
        weighted = x if weights is None else x * weights[rows, None]
        for i in range(0, k, TILE):
            for j in range(i, k, TILE):
                found[i : i + TILE, j : j + TILE] += x[:, i : i + TILE].T @ weighted[:, j : j + TILE]
    for i in range(TILE, k, TILE):
        found[i : i + TILE, :i] = found[:i, i : i + TILE].T
    return found


def blocks(n: int, size: int = ROWS) -> Iterator[slice]:
    """Slices of ``size`` rows that cover ``n``."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def sandwich(bread: Floats, scores: Floats, n_rows: int) -> Floats:
    """Covariance (k, k) from the inverse information (k, k) and summed scores (clusters, k)."""
    clusters, k = scores.shape
    factor = clusters / (clusters - 1) * (n_rows - 1) / (n_rows - k)
    return np.asarray(factor * bread @ (scores.T @ scores) @ bread)
