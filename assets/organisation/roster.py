"""Who is employed: one row per spell, one column per fact, growing as people are hired."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from assets.organisation.arrays import FAR, Flags, Floats, Ints

STAYS, VOLUNTARY, INVOLUNTARY, RETIREMENT, END_OF_CONTRACT = range(5)
EXIT_TYPES = ("", "voluntary", "involuntary", "retirement", "end_of_contract")

PERMANENT, FIXED_TERM, CONTINGENT = range(3)
CONTRACTS = ("permanent", "fixed_term", "contingent")


@dataclass
class Roster:
    """Columns of equal length, indexed by spell. Days since 1970, ``FAR`` where it never comes."""

    person: Ints
    hired: Ints
    exit: Ints
    """Last day employed."""
    exit_type: Ints
    decided: Ints
    """Day on which a voluntary leaver decides; withdrawal begins."""
    notice: Ints
    team: Ints
    level: Ints
    place: Ints
    fte: Floats
    contract: Ints
    contract_end: Ints
    born: Ints
    engaged: Flags
    """Exposure state at the last month looked at."""

    def __len__(self) -> int:
        return len(self.person)

    def append(self, more: Roster) -> None:
        """Add spells at the end."""
        for column in fields(self):
            name = column.name
            setattr(self, name, np.concatenate([getattr(self, name), getattr(more, name)]))

    def employed(self, day: int) -> Flags:
        """Which spells are running on a day."""
        return np.asarray((self.hired <= day) & (self.exit >= day))

    def employed_within(self, first: int, end: int) -> Flags:
        """Which spells have at least one day in ``[first, end)``."""
        return np.asarray((self.hired < end) & (self.exit >= first))


def new_spells(
    person: Ints, hired: Ints, team: Ints, level: Ints, place: Ints, fte: Floats, contract: Ints,
    contract_end: Ints, born: Ints,
) -> Roster:  # fmt: skip
    """Spells that have just begun: no exit decided, not engaged yet."""
    n = len(person)
    never = np.full(n, FAR, dtype=np.int64)
    return Roster(
        person, hired, never.copy(), np.zeros(n, dtype=np.int64), never.copy(), never.copy(), team, level,
        place, fte, contract, contract_end, born, np.zeros(n, dtype=np.bool_),
    )  # fmt: skip
