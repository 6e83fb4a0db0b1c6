"""One regressor in a panel with effects of units and periods, gaps allowed, errors clustered by unit.

The effects are taken out by projection (Frisch, Waugh and Lovell): the same coefficient as with
explicit dummies. Small-sample factor and t(G-1) as in the metric specification, I4 and P30.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SINGULAR: Final = 1e-9
"""A column whose variation within units and periods is relatively smaller says nothing of its own."""
LEVEL: Final = 0.05


class TwoWayFit(NamedTuple):
    """``estimate``: change of the outcome per unit of the regressor. ``within_x`` and ``within_y`` are
    standard deviations after units' and periods' means are gone.
    """

    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float
    within_x: float
    within_y: float
    n_units: int
    n_periods: int
    n_cells: int


class NoVariationError(ValueError):
    """Outcome or regressor is constant within units and periods, or too few cells are left."""


def without_effects(values: Floats, unit: Ints, period: Ints) -> Floats:
    """Columns (n, k) of a possibly unbalanced panel without unit and period effects.

    ``unit`` and ``period`` are 0-based codes of shape (n,), rows sorted by unit.
    """
    dummies = np.zeros((len(unit), int(period.max()) + 1))
    dummies[np.arange(len(unit)), period] = 1.0
    both = np.column_stack([values, dummies])
    begin = np.flatnonzero(np.diff(unit, prepend=-1))
    means = np.add.reduceat(both, begin) / np.bincount(unit)[:, None]
    both -= means[unit]
    columns, periods = both[:, : values.shape[1]], both[:, values.shape[1] :]
    # the periods' cross products are singular by one per connected part; the minimum norm will do
    explained, *_ = np.linalg.lstsq(periods.T @ periods, periods.T @ columns, rcond=SINGULAR)
    return np.asarray(columns - periods @ explained)


def two_way_fit(outcome: Floats, regressor: Floats) -> TwoWayFit:
    """Fit ``outcome = unit + period + b * regressor``, both of shape (units, periods), NaN for gaps.

    Raises
    ------
    NoVariationError
        Where nothing varies, or no degree of freedom or only one unit is left.
    """
    complete = np.isfinite(outcome) & np.isfinite(regressor)
    rows, columns = np.nonzero(complete)
    unit = np.unique(rows, return_inverse=True)[1]
    period = np.unique(columns, return_inverse=True)[1]
    n = len(unit)
    units, periods = (int(codes.max()) + 1 if n else 0 for codes in (unit, period))
    freedom = n - (units + periods - 1) - 1
    if units < 2 or freedom <= 0:
        raise NoVariationError
    cells = np.column_stack([outcome[complete], regressor[complete]])
    y, x = without_effects(cells, unit, period).T
    total_y, total_x = float(y @ y), float(x @ x)
    spread = ((cells - cells.mean(axis=0)) ** 2).sum(axis=0)
    if total_x <= SINGULAR * max(float(spread[1]), SINGULAR) or total_y <= SINGULAR * max(
        float(spread[0]), SINGULAR
    ):
        raise NoVariationError
    b = float(x @ y) / total_x
    scores = np.bincount(unit, weights=x * (y - b * x), minlength=units)
    factor = units / (units - 1) * (n - 1) / freedom
    error = float(np.sqrt(factor * (scores @ scores))) / total_x
    half = float(special.stdtrit(units - 1, 1 - LEVEL / 2)) * error
    p = float(2 * special.stdtr(units - 1, -abs(b) / error)) if error > 0 else 0.0
    return TwoWayFit(
        b, error, b - half, b + half, p, float(np.sqrt(total_x / freedom)), float(np.sqrt(total_y / freedom)),
        units, periods, n,
    )  # fmt: skip
