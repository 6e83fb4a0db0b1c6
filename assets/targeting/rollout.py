"""A phased roll-out that could measure what a proposal would do, and what it could find.

The proposed units start in two waves drawn by lot; until the second one starts, it is what the first is
compared with. Both waves were chosen for being low, so both come back to the middle by themselves, and the
comparison is free of it. How small an effect can be found is learnt from the past: the same design is
played with lots drawn again and again on earlier months; the spread of what it "finds" is its error.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from assets.initiatives.power import minimum_detectable_change

Floats = npt.NDArray[np.float64]

MONTHS_BEFORE: Final = 6
MONTHS_BETWEEN: Final = 3
"""Months from the first wave to the second."""
LEAST_UNITS: Final = 8
"""Four and four have 70 assignments: fewer allow no 95 % interval by permutation (see randomisation)."""
DRAWS: Final = 400
SEED: Final = 1


class Rollout(NamedTuple):
    """``minimum_detectable_change`` is in the outcome's unit, None where history is too short."""

    design: str
    n_units: int
    minimum_detectable_change: float | None
    reason: str | None


def placebo_error(history: Floats, n_units: int, before: int, after: int) -> float | None:
    """Standard error of the comparison of two waves, from lots over a time without a programme.

    Parameters
    ----------
    history
        Shape (units, periods), no gaps; the last ``before + after`` periods are used.
    n_units
        Units of both waves together, drawn from all.

    Returns
    -------
    None with fewer units or periods than the design needs.
    """
    units, periods = history.shape
    if units < n_units or n_units < 4 or periods < before + after:
        return None
    used = history[:, periods - before - after :]
    change = used[:, before:].mean(axis=1) - used[:, :before].mean(axis=1)
    order = np.random.default_rng(SEED).random((DRAWS, units)).argsort(axis=1)
    half = n_units // 2
    first, second = change[order[:, :half]], change[order[:, half:n_units]]
    return float(np.sqrt(((first.mean(axis=1) - second.mean(axis=1)) ** 2).mean()))


def planned(history: Floats, n_proposed: int, before: int, after: int, wanted: float) -> Rollout:
    """The waves among the proposed units if they can show a change of ``wanted``, else among all units.

    Reasons: too_few_units, history_too_short, change_too_small_to_be_seen.
    """
    units = len(history)
    if units < LEAST_UNITS:
        return Rollout("none", units, None, "too_few_units")
    if history.shape[1] < before + after:
        return Rollout("none", units, None, "history_too_short")
    if n_proposed >= LEAST_UNITS:
        error = placebo_error(history, n_proposed, before, after)
        detectable = None if error is None else minimum_detectable_change(error)
        if detectable is not None and detectable <= wanted:
            return Rollout("waves_among_proposed", n_proposed, detectable, None)
    error = placebo_error(history, units, before, after)
    detectable = None if error is None else minimum_detectable_change(error)
    seen = detectable is not None and detectable <= wanted
    return Rollout("waves_among_all", units, detectable, None if seen else "change_too_small_to_be_seen")


def waves(n: int, seed: int = SEED) -> npt.NDArray[np.int64]:
    """Wave 1 or 2 of each of ``n`` units by lot; the first has the odd one."""
    order = np.random.default_rng(seed).permutation(n)
    result = np.full(n, 2, dtype=np.int64)
    result[order[: (n + 1) // 2]] = 1
    return result
