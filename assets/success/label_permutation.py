"""Few units: inference by giving each unit another unit's history of the driver.

Under no association, which unit's driver goes with which unit's outcome is a matter of labels; whole
histories are exchanged, so that a series may depend on its own past. The interval inverts the test.
After Freedman and Lane (1983) for a panel whose effects do not move with the labels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from assets.success.two_way import LEVEL, Flags, Floats, NoVariationError

DRAWS: Final = 1_999
"""With the identity 2,000: the smallest p-value is 0.0005."""
TIE: Final = 1e-12
_STEPS: Final = 30


class Permuted(NamedTuple):
    """Two-sided p and 95 % limits; infinite where no value can be refused."""

    estimate: float
    p_value: float
    low: float
    high: float
    n_units: int
    n_periods: int


def rectangle(complete: Flags, least_units: int, least_periods: int) -> tuple[Flags, Flags] | None:
    """Units and periods without gaps among them, or None where too few are left.

    Periods that hardly any unit has go first, then units with gaps, at several thresholds: the largest
    rectangle stays. Shape of ``complete``: (units, periods).
    """
    active = complete.any(axis=1)
    best: tuple[Flags, Flags] | None = None
    largest = 0
    for share in (0.5, 0.8, 1.0) if active.any() else ():
        periods = complete[active].mean(axis=0) >= share
        units: Flags = np.asarray(active & complete[:, periods].all(axis=1))
        cells = int(units.sum() * periods.sum())
        if units.sum() >= least_units and periods.sum() >= least_periods and cells > largest:
            best, largest = (units, periods), cells
    return best


def permuted(outcome: Floats, regressor: Floats, seed: int) -> Permuted:
    """The test for a panel without gaps, both of shape (units, periods).

    Raises
    ------
    NoVariationError
        Where nothing varies within units and periods.
    """
    y, x = (_centred(values) for values in (outcome, regressor))
    total = float((x * x).sum())
    if total <= TIE * max(1.0, float((regressor**2).sum())) or not (y * y).sum() > 0:
        raise NoVariationError
    units = len(y)
    order = np.random.default_rng(seed).random((DRAWS, units)).argsort(axis=1)
    each = np.arange(units)
    of_outcome = (y @ x.T)[each, order].sum(axis=1) / total
    of_itself = (x @ x.T)[each, order].sum(axis=1) / total
    estimate = float((y * x).sum()) / total

    def p_at(null: float) -> float:
        reached = np.abs(of_outcome - null * of_itself) >= abs(estimate - null) - TIE
        return (1 + int(reached.sum())) / (1 + DRAWS)

    scale = math.sqrt(float((y * y).sum()) / total)
    low, high = (_limit(p_at, estimate, sign * scale) for sign in (-1, 1))
    return Permuted(estimate, p_at(0.0), low, high, *y.shape)


def _centred(values: Floats) -> Floats:
    return np.asarray(
        values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True) + values.mean()
    )


def _limit(p_at: Callable[[float], float], estimate: float, scale: float) -> float:
    """Where p falls to 5 % on one side."""
    far = scale
    for _ in range(8):
        if p_at(estimate + far) <= LEVEL:
            break
        far *= 2
    else:
        return math.copysign(math.inf, scale)
    near = 0.0
    for _ in range(_STEPS):
        middle = (near + far) / 2
        near, far = (near, middle) if p_at(estimate + middle) <= LEVEL else (middle, far)
    return estimate + far
