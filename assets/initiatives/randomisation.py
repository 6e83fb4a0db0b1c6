"""Inference from the assignment itself: permutations of the treatment over units, wild bootstrap.

With few units the clustered error is too small; a permutation test is exact under random
assignment. Metric specification I4; Fisher (1935), Cameron, Gelbach and Miller (2008); for several
hypotheses at once Young (2019).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from assets.initiatives.clustered_regression import Flags, Floats, without_unit_and_period_means
from assets.initiatives.estimability import NotEstimableError

EXACT_ASSIGNMENTS: Final = 10_000
"""Up to so many assignments all are looked at; above, as many are drawn."""
LARGEST_DRAW: Final = 5_000_000
"""Assignments times units held at once; with many units fewer assignments are drawn."""
TIE: Final = 1e-12
RELATIVE_TIE: Final = 1e-9
LARGEST_PERMUTATION: Final = 2_000
"""With more units than this the clustered error is good, and permutations would only cost time."""
FEW_UNITS: Final = 30
"""Below so many units in all the clustered error is not trusted alone."""
FEW_ON_A_SIDE: Final = 10


class Randomisation(NamedTuple):
    """Result of permuting the treatment.

    ``p_value`` two-sided, ``p_greater`` one-sided for a positive effect; the true assignment counts
    among the permutations. ``low`` and ``high`` invert the test; infinite where even the most
    extreme assignment is not rare enough for 95 %.
    """

    effect: float
    p_value: float
    p_greater: float
    low: float
    high: float
    n_assignments: int
    is_exact: bool


def permuted(changes: Floats, is_treated: Flags, weights: Floats, seed: int) -> Randomisation:
    """Permute which units were treated; as many treated as there were.

    Parameters
    ----------
    changes
        Shape (units,), mean after minus mean before of each unit.
    is_treated
        Shape (units,), bool.
    weights
        Shape (units,), above 0.
    seed
        For the draw where there are too many assignments.

    Raises
    ------
    NotEstimableError
        Without a treated or an untreated unit.
    """
    treated = np.asarray(is_treated, dtype=bool)
    lots = _lots(treated, weights, seed)
    effect = float(lots.own[0] @ changes)
    of_changes, of_treatment = lots.contrasts @ changes, lots.contrasts @ treated.astype(np.float64)

    def p_at(null: float) -> float:
        return lots.share(np.abs(of_changes - null * of_treatment) >= abs(effect - null) - TIE)

    low, high = _inverted(p_at, effect, float(np.ptp(changes)) or 1e-6)
    return Randomisation(
        effect, p_at(0.0), lots.share(of_changes >= effect - TIE), low, high, lots.n, lots.is_exact
    )


def moved_apart_p(outcome: Floats, is_treated: Flags, weights: Floats | None = None, seed: int = 0) -> float:
    """p that the units to be treated and the others moved together over the months given.

    The statistic is the sum over months of the squared gap between both sides, each gap around its mean
    over the months and divided by its variance over the assignments; the p-value is the share of the
    assignments that reach that of the true one. No month is the reference, and no covariance is inverted:
    a Wald test with errors clustered by few units cries wolf (Young 2019), and permuting it has no power
    where there are nearly as many months as units.

    Parameters
    ----------
    outcome
        Shape (units, months), at least two months, all before the start.
    is_treated
        Shape (units,), bool.
    weights
        Shape (units,), above 0; all equal if None.
    seed
        For the draw where there are too many assignments.

    Raises
    ------
    NotEstimableError
        Without a treated or an untreated unit.
    """
    treated = np.asarray(is_treated, dtype=bool)
    lots = _lots(treated, np.ones(len(treated)) if weights is None else weights, seed)
    around = outcome - outcome.mean(axis=1, keepdims=True)
    gaps, own = lots.contrasts @ around, lots.own @ around
    variance = (gaps**2).mean(axis=0)
    varies = variance > TIE**2  # a month in which all units are alike tells nothing
    own_squares = _squares(own[:, varies], variance[varies])
    return lots.share(_squares(gaps[:, varies], variance[varies]) >= own_squares * (1 - RELATIVE_TIE))


def _squares(gaps: Floats, variance: Floats) -> Floats:
    return np.asarray((gaps**2 / variance).sum(axis=1))


def is_few(is_treated: Flags) -> bool:
    """Whether there are too few units for the clustered error alone."""
    m, n = int(np.sum(is_treated)), len(is_treated)
    return n < FEW_UNITS or min(m, n - m) < FEW_ON_A_SIDE


class _Lots(NamedTuple):
    """Assignments as contrasts (assignments, units), and the true one (1, units), which counts among them."""

    contrasts: Floats
    own: Floats
    is_exact: bool

    @property
    def n(self) -> int:
        return len(self.contrasts) + (not self.is_exact)

    def share(self, is_reached: Flags) -> float:
        """Of all assignments, where the true one reaches itself."""
        return (int(is_reached.sum()) + (not self.is_exact)) / self.n


def _lots(treated: Flags, weights: Floats, seed: int) -> _Lots:
    draws, is_exact = _assignments(treated, seed)
    return _Lots(_contrasts(draws, weights), _contrasts(treated[None], weights), is_exact)


def _assignments(treated: Flags, seed: int) -> tuple[Flags, bool]:
    """Assignments (draws, units) with as many treated as there were, and whether they are all there are."""
    n, m = len(treated), int(treated.sum())
    if m == 0 or m == n:
        raise NotEstimableError("too_few_treated_units" if m == 0 else "no_control_units")
    is_exact = math.comb(n, m) <= EXACT_ASSIGNMENTS and math.comb(n, m) * n <= LARGEST_DRAW
    return (_all_assignments(n, m) if is_exact else _drawn_assignments(n, m, seed)), is_exact


@lru_cache(maxsize=4)
def _all_assignments(n: int, m: int) -> Flags:
    rows = np.array(list(itertools.combinations(range(n), m)), dtype=np.int64)
    draws = np.zeros((len(rows), n), dtype=bool)
    draws[np.arange(len(rows))[:, None], rows] = True
    return draws


@lru_cache(maxsize=4)  # the outcomes of one initiative share their draws
def _drawn_assignments(n: int, m: int, seed: int) -> Flags:
    rng = np.random.default_rng(seed)
    order = rng.random((min(EXACT_ASSIGNMENTS, max(1_000, LARGEST_DRAW // n)) - 1, n)).argsort(axis=1)
    return np.asarray(order < m)


def _contrasts(draws: Flags, weights: Floats) -> Floats:
    """Per assignment, the vector whose product with the changes is the difference of weighted means."""
    inside = draws * weights
    outside = ~draws * weights
    return np.asarray(
        inside / inside.sum(axis=1, keepdims=True) - outside / outside.sum(axis=1, keepdims=True)
    )


def _inverted(p_at: Callable[[float], float], effect: float, spread: float) -> tuple[float, float]:
    """Limits where the p-value falls to 5 %; p falls on both sides of the estimate."""
    limits = []
    for sign in (-1, 1):
        far = spread
        for _ in range(8):
            if p_at(effect + sign * far) <= 0.05:
                break
            far *= 2
        else:
            limits.append(sign * math.inf)
            continue
        near = 0.0
        for _ in range(40):
            middle = (near + far) / 2
            near, far = (near, middle) if p_at(effect + sign * middle) <= 0.05 else (middle, far)
        limits.append(effect + sign * far)
    return limits[0], limits[1]


def wild_bootstrap_p(
    outcome: Floats, is_treated: Flags, is_after: Flags, weights: Floats | None, draws: int, seed: int
) -> float:
    """Two-sided p of no effect by the wild cluster bootstrap with the null imposed, Webb's six weights.

    Shapes as in ``difference_in_differences.did``. (1 + more extreme) / (1 + draws).
    """
    units = outcome.shape[0]
    weights = np.ones(units) if weights is None else weights
    column = (np.asarray(is_treated, dtype=bool)[:, None] & np.asarray(is_after, dtype=bool)).astype(float)
    both = without_unit_and_period_means(np.stack([outcome, column], axis=2), weights)
    u, d = both[:, :, 0], both[:, :, 1]
    gram = float(np.einsum("u,ut,ut->", weights, d, d))
    if gram == 0:
        raise NotEstimableError("collinear")
    webb = np.array([-math.sqrt(1.5), -1, -math.sqrt(0.5), math.sqrt(0.5), 1, math.sqrt(1.5)])
    signs = np.random.default_rng(seed).choice(webb, size=(units, draws))
    samples = without_unit_and_period_means(u[:, :, None] * signs[:, None, :], weights)
    observed = _t_statistics(u[:, :, None], d, weights, gram)[0]
    simulated = _t_statistics(samples, d, weights, gram)
    return float((1 + (np.abs(simulated) >= abs(observed) - TIE).sum()) / (1 + draws))


def _t_statistics(samples: Floats, d: Floats, weights: Floats, gram: float) -> Floats:
    """Up to a constant factor that is the same for all samples."""
    tau = np.einsum("u,ut,utb->b", weights, d, samples) / gram
    residuals = samples - d[:, :, None] * tau
    scores = np.einsum("u,ut,utb->ub", weights, d, residuals)
    return np.asarray(tau / np.sqrt((scores**2).sum(axis=0)))
