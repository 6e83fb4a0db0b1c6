"""When in the day people write: working hours where they are, for some the evening."""

from __future__ import annotations

import numpy as np

from assets.organisation.arrays import Ints
from assets.organisation.history import History
from assets.organisation.period import DAY_SECONDS, offsets_of
from assets.organisation.structure import PLACES

HOURS = np.array(
    [0, 0, 0, 0, 0, 0, 0.2, 1.5, 5, 9, 10, 9, 5.5, 7, 9.5, 9, 7.5, 4.5, 1.5, 0.6, 0.4, 0.2, 0, 0],
    dtype=np.float64,
)
EVENING_HOURS = np.array([0.1] + [0] * 5 + [1, 2] + [0] * 10 + [2, 3, 4, 4, 2, 0.3], dtype=np.float64)
LAST_SECOND = 84_600
"""Nobody writes after half past eleven at night, so that a local day keeps what was drawn for it."""


def local_times(history: History, spell: Ints, day: Ints, rng: np.random.Generator) -> Ints:
    """A UTC second for each (spell, local day)."""
    roster = history.roster
    late = rng.random(len(spell)) < history.latent.evening[roster.person[spell]]
    evening = rng.choice(24, size=len(spell), p=EVENING_HOURS / EVENING_HOURS.sum())
    working = rng.choice(24, size=len(spell), p=HOURS / HOURS.sum())
    second = np.where(late, evening, working) * 3600 + rng.integers(0, 3600, len(spell))
    second = np.minimum(second, LAST_SECOND)
    return np.asarray(day * DAY_SECONDS + second - offset(roster.place[spell], day), dtype=np.int64)


def day_end(place: Ints, day: Ints) -> Ints:
    """The UTC second at which the local day is over for writing."""
    return np.asarray(day * DAY_SECONDS + LAST_SECOND - offset(place, day), dtype=np.int64)


def offset(place: Ints, day: Ints) -> Ints:
    """Seconds that each place is ahead of UTC on each day."""
    if not len(day):
        return np.zeros(0, dtype=np.int64)
    first = int(day.min())
    span = np.arange(first, int(day.max()) + 1, dtype=np.int64)
    table = np.stack([offsets_of(p.timezone, span) for p in PLACES])
    return np.asarray(table[place, day - first], dtype=np.int64)
