"""What weighs on people beside their own lot: a hard time of the whole team, and friends who left.

Leaving is contagious where ``Plan.contagion`` is not 1: whoever turns a lot to somebody who left by
choice in the last three months decides to leave that much more often. A hard quarter of a team
(``Plan.hardship``) raises the hazard of all its people, so that they leave together without any
contagion: the reason why influence cannot be told from observed leaving.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from assets.organisation.arrays import Flags, Floats
from assets.organisation.period import Period
from assets.organisation.plan import Plan
from assets.organisation.roster import VOLUNTARY, Roster
from assets.organisation.streams import Streams

if TYPE_CHECKING:
    from assets.organisation.ties import Ties

CONTAGIOUS_MONTHS = 3
HARDSHIP_MEMORY = 0.8
"""Correlation of a team's hardship with that of its quarter before (as long as that is remembered)."""
HARDSHIP_QUARTERS = 8
STRONG = 1.5
"""From this strength on (how much the one who stays turns to the one who leaves) a tie is strong."""


class Strain(NamedTuple):
    """Per spell, at the start of a month."""

    is_near_leaver: Flags
    hardship: Floats

    def factor(self, plan: Plan) -> Floats:
        """What multiplies the voluntary hazard."""
        return np.asarray(np.where(self.is_near_leaver, plan.contagion, 1.0) * self.hardship)


def strain(
    plan: Plan, streams: Streams, period: Period, month: int, roster: Roster, ties: Ties, n_teams: int
) -> Strain:
    """What weighs on every spell as of the first day of a month, from the past alone."""
    near = np.zeros(len(roster), dtype=np.bool_)
    if plan.contagion != 1:
        near = _near_leavers(period, month, roster, ties)
    hardship = np.ones(len(roster))
    if plan.hardship:
        months = np.datetime64(int(period.bounds[month]), "D").astype("datetime64[M]").astype(np.int64)
        of_team = plan.hardship * _lasting(streams, int(months) // 3, n_teams)
        # less half the variance: the mean hazard stays
        hardship = np.exp(of_team - plan.hardship**2 / 2)[roster.team]
    return Strain(near, hardship)


def _lasting(streams: Streams, quarter: int, n_teams: int) -> Floats:
    """How hard a quarter is for each team: standard normal, and like the quarter before."""
    weights = HARDSHIP_MEMORY ** np.arange(HARDSHIP_QUARTERS)
    drawn = [streams.of("hardship", quarter - back).normal(size=n_teams) for back in range(HARDSHIP_QUARTERS)]
    return np.asarray(weights @ np.array(drawn) / np.sqrt(weights @ weights))


def _near_leavers(period: Period, month: int, roster: Roster, ties: Ties) -> Flags:
    """Spells with a strong tie, held in the month of the exit, to somebody who left by choice."""
    n = int(roster.person.max()) + 1
    near = np.zeros(n, dtype=np.bool_)
    for past in range(max(0, month - CONTAGIOUS_MONTHS), month):
        begin, end = period.bounds[past], period.bounds[past + 1]
        gone = (roster.exit_type == VOLUNTARY) & (roster.exit >= begin) & (roster.exit < end)
        left = np.zeros(n, dtype=np.bool_)
        left[roster.person[gone]] = True
        held = (ties.since <= past) & (ties.until > past)
        near[ties.low[held & (ties.strength_up >= STRONG) & left[ties.high]]] = True
        near[ties.high[held & (ties.strength_down >= STRONG) & left[ties.low]]] = True
    return near[roster.person]
