"""How large an effect must be to be seen. Metric specification I7 and P30.

Two-sided 5 %, power 80 %. People of one unit resemble each other, so units count, not people: the
number is multiplied by the design effect.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

Z_ALPHA: Final = 1.959963984540054
Z_POWER: Final = 0.8416212335729143


def persons_per_arm(before: float, after: float, design_effect: float = 1.0) -> int:
    """People per arm to tell two proportions apart; rounded up after the design effect.

    Raises ``ValueError`` for equal proportions or ones outside 0..1.

    Examples
    --------
    >>> persons_per_arm(0.73, 0.78), persons_per_arm(0.73, 0.78, design_effect=3.45)
    (1158, 3994)
    """
    if before == after or not (0 <= before <= 1 and 0 <= after <= 1):
        raise ValueError(f"expected two different proportions in 0..1, got {before} and {after}")
    variance = before * (1 - before) + after * (1 - after)
    return math.ceil((Z_ALPHA + Z_POWER) ** 2 * variance / (before - after) ** 2 * design_effect)


def design_effect(persons_per_unit: float, intraclass_correlation: float) -> float:
    """``1 + (m - 1) icc``, at least 1.

    Examples
    --------
    >>> design_effect(50, 0.05)
    3.45
    """
    return max(1.0, 1 + (persons_per_unit - 1) * intraclass_correlation)


def intraclass_correlation(
    successes: npt.NDArray[np.float64], trials: npt.NDArray[np.float64]
) -> float | None:
    """How much of the variance lies between units: analysis of variance for proportions, 0..1.

    Parameters
    ----------
    successes, trials
        Shape (units,), trials above 0.

    Returns
    -------
    None where it is undefined: fewer than two units, one person per unit, or no variation at all.
    Negative estimates are 0.
    """
    k, n = len(trials), float(trials.sum())
    if k < 2 or n <= k:
        return None
    rate, overall = successes / trials, float(successes.sum() / n)
    between = float(trials @ (rate - overall) ** 2) / (k - 1)
    within = float((trials * rate * (1 - rate)).sum()) / (n - k)
    size = (n - float((trials**2).sum()) / n) / (k - 1)
    total = between + (size - 1) * within
    return max(0.0, (between - within) / total) if total > 0 else None


def minimum_detectable_change(standard_error: float) -> float:
    """The smallest true effect that this design finds in four of five cases: ``2.8 * error``."""
    return (Z_ALPHA + Z_POWER) * standard_error
