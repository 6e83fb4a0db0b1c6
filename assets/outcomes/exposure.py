"""Who counts as engaged when: lagged, time-varying exposure. Metric specification H3, H4, P20-P23.

The marts compute exposures in SQL; this module is the same rule on arrays, used to prove the
SQL and in simulations, and the split of person-time that avoids immortal time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets.outcomes.person_time import Arm

MINIMUM_WEEKS = 2
"""Contributing weeks within the three-month window that make a person engaged."""
MINIMUM_ELIGIBLE_DAYS = 20
"""A window with fewer eligible workdays says nothing about a person."""
CARRIED_MONTHS = 3
"""How far back the last observable month may be carried over a leave."""
WINDOW_MONTHS = 3
UNOBSERVED = -1


class Arms(NamedTuple):
    """Events and person-time of the exposed and the unexposed."""

    exposed: Arm
    unexposed: Arm


def exposure_levels(
    contributing_weeks: npt.NDArray[np.int64], eligible_days: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Exposure of one person for windows ending in consecutive months.

    Parameters
    ----------
    contributing_weeks, eligible_days
        Shape (months,): ISO weeks with a visible contribution, and eligible workdays, in the
        three months that end with each month.

    Returns
    -------
    Shape (months,): 1 engaged, 0 not engaged, -1 unobserved (too few eligible days in this
    window and in the three before it). A lag of L months reads the value L months before.

    Raises
    ------
    ValueError
        If the two shapes differ.
    """
    if contributing_weeks.shape != eligible_days.shape:
        raise ValueError(f"shapes differ: {contributing_weeks.shape} and {eligible_days.shape}")
    own = np.where(
        eligible_days >= MINIMUM_ELIGIBLE_DAYS, (contributing_weeks >= MINIMUM_WEEKS).astype(int), UNOBSERVED
    )
    level = own.copy()
    for back in range(1, CARRIED_MONTHS + 1):
        earlier = np.full_like(own, UNOBSERVED)
        earlier[back:] = own[:-back] if back < len(own) else own[:0]
        level = np.where(level == UNOBSERVED, earlier, level)
    return level


def split_at_first_exposure(
    followed: npt.NDArray[np.float64], has_event: npt.NDArray[np.bool_], exposed_from: npt.NDArray[np.float64]
) -> Arms:
    """Person-time before and after exposure begins, each on its own side.

    Counting a person as exposed from the start because they became so later gives them time in
    which they could not leave (immortal time); ``ever_exposed`` does that on purpose, to show it.

    Parameters
    ----------
    followed
        Shape (persons,), years or months until the event or the end of follow-up.
    has_event
        Shape (persons,).
    exposed_from
        Shape (persons,), same unit; infinite for the never exposed.

    Returns
    -------
    Arms
        ``person_years`` in the unit of ``followed``.
    """
    _refuse_unequal(followed, has_event, exposed_from)
    before = np.minimum(followed, exposed_from)
    is_exposed_at_end = exposed_from < followed
    return Arms(
        Arm(int((has_event & is_exposed_at_end).sum()), float((followed - before).sum())),
        Arm(int((has_event & ~is_exposed_at_end).sum()), float(before.sum())),
    )


def ever_exposed(
    followed: npt.NDArray[np.float64], has_event: npt.NDArray[np.bool_], exposed_from: npt.NDArray[np.float64]
) -> Arms:
    """The biased grouping by "ever exposed"; parameters as ``split_at_first_exposure``."""
    _refuse_unequal(followed, has_event, exposed_from)
    ever = exposed_from < followed
    return Arms(
        Arm(int(has_event[ever].sum()), float(followed[ever].sum())),
        Arm(int(has_event[~ever].sum()), float(followed[~ever].sum())),
    )


class SplitLives(NamedTuple):
    """Counting-process rows (start, stop]: shape (rows,) each. ``life`` is the index of the person."""

    life: npt.NDArray[np.int64]
    start: npt.NDArray[np.float64]
    stop: npt.NDArray[np.float64]
    is_exposed: npt.NDArray[np.bool_]
    is_event: npt.NDArray[np.bool_]


def counting_process_rows(
    followed: npt.NDArray[np.float64], has_event: npt.NDArray[np.bool_], exposed_from: npt.NDArray[np.float64]
) -> SplitLives:
    """One row before and one after exposure begins, the event on the last one.

    Parameters as ``split_at_first_exposure``. No exposed row starts before the exposure does.
    """
    _refuse_unequal(followed, has_event, exposed_from)
    life = np.arange(len(followed))
    unexposed, exposed = exposed_from > 0, exposed_from < followed
    return SplitLives(
        np.concatenate([life[unexposed], life[exposed]]),
        np.concatenate([np.zeros(int(unexposed.sum())), np.maximum(exposed_from, 0.0)[exposed]]),
        np.concatenate([np.minimum(followed, exposed_from)[unexposed], followed[exposed]]),
        np.concatenate([np.zeros(int(unexposed.sum()), dtype=bool), np.ones(int(exposed.sum()), dtype=bool)]),
        np.concatenate([(has_event & ~exposed)[unexposed], has_event[exposed]]),
    )


def _refuse_unequal(*arrays: npt.NDArray) -> None:
    shapes = {array.shape for array in arrays}
    if len(shapes) != 1:
        raise ValueError(f"expected one value per person in each array, got shapes {sorted(shapes)}")
