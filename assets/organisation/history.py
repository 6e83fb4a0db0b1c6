"""The months one after the other: nothing in a month depends on a later one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from assets.organisation.arrays import FAR, Flags, Floats, Ints
from assets.organisation.contagion import Strain, strain
from assets.organisation.employment import (
    baseline_hazard,
    confounder,
    decide_voluntary,
    first_staff,
    hires,
    other_exits,
    transfers,
)
from assets.organisation.engagement import EXPOSURE_MONTHS, MonthActivity, draw_month, update_engaged
from assets.organisation.people import Latent, draw_latent, extend
from assets.organisation.period import Period, period_of
from assets.organisation.plan import Plan
from assets.organisation.programmes import Programme, begin_programmes, hired_young, intake, wake
from assets.organisation.reporting import Jobs, Reporting, first_managers, no_jobs
from assets.organisation.roles import Term, appoint, boost
from assets.organisation.roster import Roster
from assets.organisation.streams import Streams
from assets.organisation.structure import Structure
from assets.organisation.ties import Growth, grow_month, no_growth

Kind = TypeVar("Kind", np.bool_, np.float64)

LEAVE_KINDS = ("parental", "sickness", "sabbatical")
EXPECTED_ENGAGED = 0.72
PROMOTION_MONTHS = (4, 10)
PROMOTION_CHANCE = 0.06


@dataclass(frozen=True)
class MonthState:
    """Where everybody stood at the start of a month (or on the day of hire)."""

    month: int
    rows: Ints
    team: Ints
    place: Ints
    hazard: Floats
    """Monthly hazard of deciding to leave; 0 where not at risk."""
    engaged: Flags
    """The exposure that this hazard used."""
    confounder: Floats
    is_at_risk: Flags
    is_near_leaver: Flags
    """A strong tie has left by choice in the three months before."""
    hardship: Floats
    """What the team's quarter multiplied the hazard by."""
    manager: Ints
    """Spell of the manager at the end of the month, negative where there is none."""


@dataclass
class History:
    """Everything that happened, before anybody wrote a word."""

    plan: Plan
    structure: Structure
    period: Period
    roster: Roster
    latent: Latent
    jobs: Jobs
    baseline: float
    activity: list[MonthActivity] = field(default_factory=list)
    states: list[MonthState] = field(default_factory=list)
    absences: list[tuple[int, int, int, str]] = field(default_factory=list)
    """Spell, first day, last day, kind."""
    terms: list[Term] = field(default_factory=list)
    programmes: list[Programme] = field(default_factory=list)
    growth: Growth = field(default_factory=no_growth)
    """The ties so far, where leaving is contagious; elsewhere ``grow_ties`` begins when all is played."""

    @property
    def persons(self) -> int:
        """How many people ever worked here."""
        return int(self.roster.person.max()) + 1


def simulate(plan: Plan, structure: Structure, streams: Streams) -> History:
    """Play all months of a plan."""
    period = period_of(plan)
    roster = first_staff(plan, structure, streams, period, hired_young(plan, 0))
    reporting = first_managers(structure, roster)
    reporting.write(roster, int(period.bounds[0]), np.arange(len(roster)))
    latent = draw_latent(plan, streams, 0, len(roster))
    baseline = baseline_hazard(plan, roster, int(period.bounds[0]), EXPECTED_ENGAGED)
    history = History(plan, structure, period, roster, latent, no_jobs(), baseline)
    for month in range(period.months):
        _play(history, streams, reporting, month)
    history.jobs = _first_rows_from_hire(reporting.jobs(roster), roster)
    return history


def _play(history: History, streams: Streams, reporting: Reporting, month: int) -> None:
    plan, period, roster = history.plan, history.period, history.roster
    first = int(period.bounds[month])
    hazard = np.zeros(len(roster))
    at_risk = roster.employed(first) & (roster.exit == FAR)
    felt = strain(plan, streams, period, month, roster, history.growth.ties, len(history.structure.teams))
    if month >= EXPOSURE_MONTHS:
        update_engaged(roster, history.activity, period)
        hazard = decide_voluntary(plan, streams, period, month, roster, history.baseline * felt.factor(plan))
    appoint(plan, history.structure, streams, roster, history.latent, first, month, history.terms)
    other_exits(plan, streams, period, month, roster)
    old = len(roster)
    state = roster.engaged.copy()
    newcomers = hires(
        plan, history.structure, streams, period, month, roster, history.persons, intake(plan, month),
        hired_young(plan, month),
    )  # fmt: skip
    roster.append(newcomers)
    if history.persons > len(history.latent.sociability):
        known = len(history.latent.sociability)
        history.latent = extend(history.latent, draw_latent(plan, streams, known, history.persons - known))
    _take_leaves(history, streams, month)
    began = _state(history, month, old, hazard, state, at_risk, felt)
    absent = [(spell, begin, last) for spell, begin, last, _ in history.absences]
    history.activity.append(
        draw_month(
            plan, history.structure, streams, period, month, roster, history.latent, absent,
            boost(history.terms, month, history.persons),
        )
    )  # fmt: skip
    wake(plan, streams, period, roster, history.activity[-1], history.programmes)
    history.programmes += begin_programmes(
        plan, streams, period, month, len(history.structure.teams), roster, history.activity,
        history.programmes,
    )  # fmt: skip
    _live_through(history, streams, reporting, month)
    history.states.append(replace(began, manager=reporting.current[began.rows]))
    if plan.contagion != 1:
        grow_month(history, history.growth, history.states[-1], streams)


def _state(
    history: History, month: int, old: int, hazard: Floats, engaged: Flags, at_risk: Flags, felt: Strain
) -> MonthState:
    """The month's people, the newcomers among them; the first ``old`` spells were there before."""
    roster, period = history.roster, history.period
    first, end = int(period.bounds[month]), int(period.bounds[month + 1])
    rows = np.flatnonzero(roster.employed_within(first, end))
    new = len(roster) - old

    def all_of(values: npt.NDArray[Kind], fill: float = 0) -> npt.NDArray[Kind]:
        return np.concatenate([values, np.full(new, fill, dtype=values.dtype)])[rows]

    return MonthState(
        month, rows, roster.team[rows], roster.place[rows], all_of(hazard), all_of(engaged),
        confounder(roster, first)[rows], all_of(at_risk), all_of(felt.is_near_leaver),
        all_of(felt.hardship, 1), np.full(len(rows), -1, dtype=np.int64),
    )  # fmt: skip


def _live_through(history: History, streams: Streams, reporting: Reporting, month: int) -> None:
    """Hires, exits, transfers and promotions of a month, day by day, with their job rows."""
    plan, period, roster = history.plan, history.period, history.roster
    first, end = int(period.bounds[month]), int(period.bounds[month + 1])
    _promote(history, streams, reporting, month, first)
    events: list[tuple[int, int, int, int]] = []
    began = np.flatnonzero((roster.hired >= first) & (roster.hired < end))
    events += [(int(roster.hired[s]), 1, int(s), -1) for s in began]
    left = np.flatnonzero((roster.exit >= first) & (roster.exit < end) & reporting.is_manager(len(roster)))
    events += [(int(roster.exit[s]) + 1, 0, int(s), -1) for s in left]
    bound = reporting.is_manager(len(roster))
    moves = transfers(plan, history.structure, streams, period, month, roster, bound)
    events += [(day, 2, spell, team) for day, spell, team in moves]
    for day, kind, spell, team in sorted(events):
        if kind == 0:
            reporting.vacate(roster, spell, day - 1)
            reporting.rewrite(roster, day)
        elif kind == 1:
            reporting.write(roster, day, np.array([spell]))
        elif not reporting.is_manager(len(roster))[spell]:
            roster.team[spell] = team
            reporting.write(roster, day, np.array([spell]))


def _promote(history: History, streams: Streams, reporting: Reporting, month: int, first: int) -> None:
    roster = history.roster
    of_year = int(np.datetime64(first, "D").astype("datetime64[M]").astype(np.int64)) % 12 + 1
    if of_year not in PROMOTION_MONTHS:
        return
    draw = streams.of("promotions", month).random(len(roster))
    here = roster.employed(first) & (roster.exit == FAR) & (roster.level < 4) & (first - roster.hired > 300)
    promoted = np.flatnonzero(here & (draw < PROMOTION_CHANCE))
    roster.level[promoted] += 1
    reporting.write(roster, first, promoted)


def _take_leaves(history: History, streams: Streams, month: int) -> None:
    """Long leaves (two to six months) and holidays of one or two weeks."""
    plan, roster = history.plan, history.roster
    first, end = int(history.period.bounds[month]), int(history.period.bounds[month + 1])
    rng = streams.of("leaves", month)
    draw, start, length, kind = (rng.random(len(roster)) for _ in range(4))
    here = roster.employed(first) & (roster.exit == FAR)
    absent = np.zeros(len(roster), dtype=np.bool_)
    for spell, begin, last, _ in history.absences:
        absent[spell] |= begin < end and last >= first
    long = here & ~absent & (draw < plan.leaves / 12)
    brief = here & ~absent & ~long & (draw > 1 - 0.2)
    for spell in np.flatnonzero(long | brief).tolist():
        begin = first + int(start[spell] * (end - first))
        days = 60 + int(length[spell] * 120) if long[spell] else 4 + int(length[spell] * 10)
        name = LEAVE_KINDS[int(kind[spell] * 3)] if long[spell] else "holiday"
        history.absences.append((spell, begin, begin + days, name))


def _first_rows_from_hire(jobs: Jobs, roster: Roster) -> Jobs:
    """The first job row of each spell begins with the spell, not with the simulation."""
    first = np.ones(len(jobs.spell), dtype=np.bool_)
    first[1:] = jobs.spell[1:] != jobs.spell[:-1]
    jobs.since = np.where(first, roster.hired[jobs.spell], jobs.since)
    return jobs
