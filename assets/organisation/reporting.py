"""Who reports to whom, and the dated job rows that HR keeps of it.

A team's people report to its manager, a team's manager to the manager of the department's
office, that one to the manager of the division's first office, that one to the company's head.
The levels are strict, so that no cycle can arise.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from assets.organisation.arrays import FAR, Flags, Floats, Ints
from assets.organisation.roster import Roster
from assets.organisation.structure import Structure

NOBODY, UNKNOWN = -1, -2


@dataclass
class Jobs:
    """Dated job rows as columns; ``until`` is exclusive, ``FAR`` where the row still holds."""

    spell: Ints
    since: Ints
    until: Ints
    team: Ints
    place: Ints
    level: Ints
    fte: Floats
    manager: Ints
    """Spell of the manager, -1 for the head of the company."""


@dataclass
class Reporting:
    """The managers of today, and the job rows written so far."""

    structure: Structure
    managers: Ints
    """Spell that manages each team, -1 while vacant."""
    rows: list[tuple[Ints, int, Ints, Ints, Ints, Floats, Ints]] = field(default_factory=list)
    current: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def superiors(self, roster: Roster, spells: Ints) -> Ints:
        """The manager of each of ``spells`` as of now."""
        team = roster.team[spells]
        department = self.structure.team_department[team]
        division = self.structure.team_division[team]
        result = self.managers[team]
        chain = (self.structure.offices[department], self.structure.division_offices[division])
        for office in (*chain, np.zeros_like(team)):
            above = self.managers[office]
            # a person who also fills the next post looks further up
            result = np.where((result == spells) | (result == NOBODY), above, result)
        return np.where(result == spells, NOBODY, result)

    def is_manager(self, n: int) -> Flags:
        """Which spells manage a team."""
        flags = np.zeros(n, dtype=np.bool_)
        flags[self.managers[self.managers >= 0]] = True
        return flags

    def write(self, roster: Roster, day: int, spells: Ints) -> None:
        """Write job rows of ``spells``, valid from ``day``."""
        self._grow(roster)
        manager = self.superiors(roster, spells)
        self.current[spells] = manager
        facts = (roster.team[spells], roster.place[spells], roster.level[spells], roster.fte[spells], manager)
        self.rows.append((spells, day, *facts))

    def rewrite(self, roster: Roster, day: int) -> None:
        """After a change of managers: job rows for all whose manager changed, and for the managers."""
        self._grow(roster)
        everyone = np.arange(len(roster))
        changed = self.superiors(roster, everyone) != self.current
        changed |= self.is_manager(len(roster))
        self.write(roster, day, np.flatnonzero(changed & roster.employed(day)))

    def _grow(self, roster: Roster) -> None:
        more = len(roster) - len(self.current)
        self.current = np.concatenate([self.current, np.full(more, UNKNOWN, dtype=np.int64)])

    def vacate(self, roster: Roster, spell: int, day: int) -> None:
        """After ``day`` the spell's teams get a successor from among their own people."""
        for team in np.flatnonzero(self.managers == spell).tolist():
            self.managers[team] = NOBODY
            free = roster.employed(day + 1) & (roster.exit == FAR) & (roster.team == team)
            free &= ~self.is_manager(len(roster))
            candidates = np.flatnonzero(free)
            if len(candidates):
                best = np.lexsort((roster.hired[candidates], -roster.level[candidates]))[0]
                successor = int(candidates[best])
                self.managers[team] = successor
                roster.level[successor] = max(
                    int(roster.level[successor]), manager_level(self.structure, team)
                )

    def jobs(self, roster: Roster) -> Jobs:
        """All rows, each ended by the next one of its spell or by the exit; equal days keep the last."""
        spell = np.concatenate([r[0] for r in self.rows])
        since = np.concatenate([np.full(len(r[0]), r[1], dtype=np.int64) for r in self.rows])
        columns = [np.concatenate([r[i] for r in self.rows]) for i in range(2, 7)]
        written = np.repeat(np.arange(len(self.rows)), [len(r[0]) for r in self.rows])
        order = np.lexsort((written, since, spell))
        spell, since, columns = spell[order], since[order], [c[order] for c in columns]
        keep = np.ones(len(spell), dtype=np.bool_)
        keep[:-1] = (spell[1:] != spell[:-1]) | (since[1:] != since[:-1])
        spell, since, columns = spell[keep], since[keep], [c[keep] for c in columns]
        same = np.zeros(len(spell), dtype=np.bool_)
        same[1:] = (spell[1:] == spell[:-1]) & np.all([c[1:] == c[:-1] for c in columns], axis=0)
        spell, since, columns = spell[~same], since[~same], [c[~same] for c in columns]
        until = np.where(roster.exit[spell] < FAR, roster.exit[spell] + 1, FAR)
        followed = spell[:-1] == spell[1:]
        until[:-1] = np.where(followed, since[1:], until[:-1])
        team, place, level, fte, manager = columns
        return Jobs(spell, since, until, team, place, level, fte.astype(np.float64), manager)


def manager_level(structure: Structure, team: int) -> int:
    """The lowest level at which one manages this team."""
    if team in structure.division_offices:
        return 6
    return 5 if team in structure.offices else 4


def no_jobs() -> Jobs:
    """No rows at all."""
    none = np.zeros(0, dtype=np.int64)
    return Jobs(none, none, none, none, none, none, np.zeros(0), none)


def first_managers(structure: Structure, roster: Roster) -> Reporting:
    """The most senior person of each team manages it from the first day on."""
    order = np.lexsort((roster.hired, -roster.level, roster.team))
    _, first = np.unique(roster.team[order], return_index=True)
    managers = np.full(len(structure.teams), NOBODY, dtype=np.int64)
    managers[roster.team[order][first]] = order[first]
    for team, spell in enumerate(managers.tolist()):
        roster.level[spell] = max(int(roster.level[spell]), manager_level(structure, team))
        roster.contract[spell], roster.contract_end[spell] = 0, FAR
    return Reporting(structure, managers)
