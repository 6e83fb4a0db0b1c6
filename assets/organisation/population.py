"""Who is where in a month, as ties see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assets.organisation.arrays import FAR, Ints

if TYPE_CHECKING:
    from assets.organisation.history import History, MonthState


@dataclass(frozen=True)
class Population:
    """The people of one month, indexed by person; -1 where absent."""

    team: Ints
    place: Ints
    department: Ints
    division: Ints
    since: Ints
    """Month in which the person (last) arrived."""

    @property
    def here(self) -> Ints:
        """People present."""
        return np.flatnonzero(self.team >= 0).astype(np.int64)


def padded(column: Ints, n: int, fill: int) -> Ints:
    """A column by person, filled up for those who came later."""
    return np.concatenate([column, np.full(n - len(column), fill, dtype=np.int64)])


def widened(population: Population, n: int) -> Population:
    """With everybody who comes later, absent."""
    absent = {
        name: padded(getattr(population, name), n, -1) for name in ("team", "place", "department", "division")
    }
    return replace(population, **absent, since=padded(population.since, n, -FAR))


def population_of(history: History, state: MonthState, before: Ints, arrived: Ints) -> Population:
    """One month's people; who is new in it is written into ``arrived``."""
    n, structure = history.persons, history.structure
    team, place = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    person = history.roster.person[state.rows]
    team[person], place[person] = state.team, state.place
    new = (team >= 0) & (before < 0)
    arrived[new] = state.month if state.month > 0 else -FAR
    department = np.where(team >= 0, structure.team_department[team], -1)
    division = np.where(team >= 0, structure.team_division[team], -1)
    return Population(team, place, department, division, arrived.copy())
