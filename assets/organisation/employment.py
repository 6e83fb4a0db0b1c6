"""Who is hired, promoted, transferred, and who leaves when and why.

A voluntary exit is decided at the start of month d, from the past alone, and happens in month
``d + withdrawal_months - 1``. The exposure window of the decision is the three months before d,
so that at a lag of ``withdrawal_months`` the exit's hazard depends on exactly that window, and
at shorter lags the withdrawal itself is seen.
"""

from __future__ import annotations

import numpy as np

from assets.organisation.arrays import FAR, Flags, Floats, Ints
from assets.organisation.period import Period
from assets.organisation.plan import Plan
from assets.organisation.roster import (
    CONTINGENT,
    END_OF_CONTRACT,
    FIXED_TERM,
    INVOLUNTARY,
    PERMANENT,
    RETIREMENT,
    VOLUNTARY,
    Roster,
    new_spells,
)
from assets.organisation.streams import Streams
from assets.organisation.structure import ISOLATED_PLACE, PLACES, Structure

YEAR = 365.25
RETIREMENT_AGE = 62
RECENT_YEARS = 3
"""Whoever of the first staff came within so many years may be young still."""
LEVEL_HAZARD = 0.95
"""Each level lowers the voluntary hazard by this factor, whatever the confounding."""
CONFOUNDED_HAZARD = -0.5
"""Log hazard per standard deviation of the confounder at confounding 1."""


def confounder(roster: Roster, day: int) -> Floats:
    """Tenure and level in one number, about mean 0 and standard deviation 1."""
    tenure = np.maximum(day - roster.hired, 0) / YEAR
    return np.asarray(((np.log1p(tenure) - 1.4) / 0.75 + (roster.level - 2.2) / 1.1) / np.sqrt(2))


def relative_hazard(plan: Plan, roster: Roster, day: int, engaged: Floats) -> Floats:
    """The voluntary hazard of each spell, up to a constant; ``engaged`` is 0..1."""
    tenure = np.maximum(day - roster.hired, 30) / YEAR
    by_tenure = (tenure / 2) ** (plan.tenure_shape - 1)
    place = np.array([p.hazard for p in PLACES])[roster.place]
    confounded = np.exp(plan.confounding * CONFOUNDED_HAZARD * confounder(roster, day))
    effect = 1 + (plan.hazard_ratio - 1) * engaged
    return np.asarray(by_tenure * LEVEL_HAZARD ** (roster.level - 2) * place * confounded * effect)


def first_staff(
    plan: Plan, structure: Structure, streams: Streams, period: Period, young: float = 0.0
) -> Roster:
    """The people who are there on the first simulated day, hired over the years before.

    ``young``: share of those of the last years who are as young as trainees.
    """
    rng = streams.of("first staff")
    team = np.repeat(np.arange(len(structure.teams)), structure.team_size).astype(np.int64)
    n = len(team)
    day = int(period.bounds[0])
    tenure = np.clip(rng.gamma(1.1, 4.5, n), 0.08, 30)
    level = np.clip(np.rint(1.5 + 0.11 * tenure + rng.normal(0, 0.9, n)), 1, 4).astype(np.int64)
    age = np.clip(22 + tenure + rng.gamma(2, 4.5, n), 20, 64)
    chance, youth = streams.of("young staff").random((2, n))
    age = np.where((tenure < RECENT_YEARS) & (chance < young), _young_age(youth), age)
    hired = (day - np.rint(tenure * YEAR)).astype(np.int64)
    hired = _working_day(hired)
    contract, contract_end = _contracts(plan, rng, np.full(n, day), n)
    return new_spells(
        np.arange(n, dtype=np.int64), hired, team, level, _place_of(structure, team, rng), _fte(plan, rng, n),
        contract, contract_end, (day - np.rint(age * YEAR)).astype(np.int64),
    )  # fmt: skip


def hires(
    plan: Plan,
    structure: Structure,
    streams: Streams,
    period: Period,
    month: int,
    roster: Roster,
    persons: int,
    intake: tuple[int, int] = (0, 0),
    young: float = 0.0,
) -> Roster:
    """New spells of a month: vacancies are filled and the company grows; some leavers return.

    ``intake``: trainees of this month, all of them young, and how many posts were made for trainees so far.
    ``young``: share of the others who are as young as trainees.
    """
    rng = streams.of("hires", month)
    first, end = int(period.bounds[month]), int(period.bounds[month + 1])
    remaining = roster.employed_within(first, end) & (roster.exit >= end - 1)
    grown = plan.people * (1 + plan.growth) ** (max(0, month - 6) / 12)
    wanted = max(0, round(grown) + intake[1] - int(remaining.sum()))
    size = np.bincount(roster.team[remaining], minlength=len(structure.teams))
    open_posts = np.maximum(structure.team_size * grown / plan.people - size, 0.05)
    team = rng.choice(len(structure.teams), size=wanted, p=open_posts / open_posts.sum()).astype(np.int64)
    hired = _working_day(first + rng.choice([0, 0, 0, 7, 14, 14, 21], size=wanted))
    hired = np.minimum(hired, end - 1)
    returning = _returning(plan, streams, month, roster, first)[:wanted]
    person = persons + np.arange(wanted, dtype=np.int64)
    person[len(returning) :] -= len(returning)
    level = np.clip(np.rint(1.7 + rng.normal(0, 0.9, wanted)), 1, 4).astype(np.int64)
    born = (first - np.rint(np.clip(22 + rng.gamma(2, 4, wanted), 20, 60) * YEAR)).astype(np.int64)
    chance, age = (streams.of("young hires", month).random((2, wanted))) if young else np.ones((2, wanted))
    born = np.where(chance < young, (first - np.rint(_young_age(age) * YEAR)).astype(np.int64), born)
    trainees = min(intake[0], wanted - len(returning))
    if trainees > 0:
        level[-trainees:] = 1
        born[-trainees:] = (first - np.rint(_young_age(rng.random(trainees)) * YEAR)).astype(np.int64)
    person[: len(returning)] = roster.person[returning]
    level[: len(returning)] = roster.level[returning]
    born[: len(returning)] = roster.born[returning]
    contract, contract_end = _contracts(plan, rng, hired, wanted)
    return new_spells(
        person, hired, team, level, _place_of(structure, team, rng), _fte(plan, rng, wanted), contract,
        contract_end, born,
    )  # fmt: skip


def baseline_hazard(plan: Plan, roster: Roster, day: int, engaged_share: float) -> float:
    """The constant that gives the plan's yearly voluntary rate for this workforce."""
    here = roster.employed(day) & (roster.contract != CONTINGENT)
    engaged = np.full(len(roster), engaged_share)
    return float(plan.voluntary_rate / 12 / relative_hazard(plan, roster, day, engaged)[here].mean())


def decide_voluntary(
    plan: Plan, streams: Streams, period: Period, month: int, roster: Roster, baseline: Floats
) -> Floats:
    """Draw this month's decisions into the roster; the monthly hazard of each spell (0: not at risk).

    ``baseline``: per spell, the constant hazard times what hardship and leavers add to it.
    """
    rng = streams.of("voluntary", month)
    chance, day_draw, notice_draw, known = (rng.random(len(roster)) for _ in range(4))
    first = int(period.bounds[month])
    lead = plan.withdrawal_months - 1
    at_risk = roster.employed(first) & (roster.exit == FAR) & (roster.contract != CONTINGENT)
    hazard = np.where(
        at_risk, baseline * relative_hazard(plan, roster, first, roster.engaged.astype(float)), 0.0
    )
    leaves = chance < -np.expm1(-hazard)
    exit_first = np.datetime64(first, "D").astype("datetime64[M]") + lead
    bounds = (exit_first + np.arange(2)).astype("datetime64[D]").astype(np.int64)
    # most people leave at the end of a month
    within = np.where(day_draw < 0.5, 1.0, (day_draw - 0.5) * 2)
    roster.exit[leaves] = (bounds[0] + np.rint(within * (bounds[1] - bounds[0] - 1)).astype(np.int64))[leaves]
    roster.exit_type[leaves] = VOLUNTARY
    length = int(period.bounds[month + 1]) - first if lead else 1
    decided = first + np.floor(notice_draw * 0.5 * length).astype(np.int64)
    roster.decided[leaves] = np.minimum(decided, roster.exit)[leaves]
    weeks = np.where(roster.level >= 3, 8, 4)
    notice = np.maximum(roster.exit - 7 * weeks, roster.decided + 10)
    told = leaves & (known < plan.notice_known) & (notice <= roster.exit)
    roster.notice[told] = notice[told]
    return hazard


def other_exits(plan: Plan, streams: Streams, period: Period, month: int, roster: Roster) -> None:
    """Draw dismissals, retirements and contract ends of this month into the roster."""
    rng = streams.of("other exits", month)
    chance, old, day_draw = (rng.random(len(roster)) for _ in range(3))
    first, end = int(period.bounds[month]), int(period.bounds[month + 1])
    free = roster.employed(first) & (roster.exit == FAR)
    ends = free & (roster.contract_end >= first) & (roster.contract_end < end)
    roster.exit[ends], roster.exit_type[ends] = roster.contract_end[ends], END_OF_CONTRACT
    day = first + np.floor(day_draw * (end - first)).astype(np.int64)
    dismissed = free & ~ends & (chance < plan.involuntary_rate / 12)
    roster.exit[dismissed], roster.exit_type[dismissed] = day[dismissed], INVOLUNTARY
    age = (first - roster.born) / YEAR
    retires = free & ~ends & ~dismissed & (age >= RETIREMENT_AGE) & (old < 0.04)
    roster.exit[retires], roster.exit_type[retires] = end - 1, RETIREMENT


def transfers(
    plan: Plan,
    structure: Structure,
    streams: Streams,
    period: Period,
    month: int,
    roster: Roster,
    bound: Flags,
) -> list[tuple[int, int, int]]:
    """``(day, spell, new team)`` of this month; ``bound`` spells (managers) do not move."""
    rng = streams.of("transfers", month)
    chance, near, pick, day_draw = (rng.random(len(roster)) for _ in range(4))
    first, end = int(period.bounds[month]), int(period.bounds[month + 1])
    movable = roster.employed(first) & (roster.exit == FAR) & ~bound & (roster.place != ISOLATED_PLACE)
    moves = np.flatnonzero(movable & (chance < plan.transfers / 12))
    teams = np.arange(len(structure.teams))
    open_teams = structure.team_place != ISOLATED_PLACE
    result = []
    for spell in moves.tolist():
        own = int(roster.team[spell])
        same = structure.team_department == structure.team_department[own]
        kind = structure.team_frontline == structure.team_frontline[own]
        choice = teams[open_teams & kind & (teams != own) & (same if near[spell] < 0.6 else ~same)]
        if len(choice):
            day = first + 1 + int(day_draw[spell] * (end - first - 2))
            result.append((day, spell, int(choice[int(pick[spell] * len(choice))])))
    return result


def _returning(plan: Plan, streams: Streams, month: int, roster: Roster, first: int) -> Ints:
    """Last spells of voluntary leavers who left four to ten months ago and come back now."""
    rng = streams.of("rehires", month)
    draw = rng.random(len(roster))
    gone = first - roster.exit
    away = (roster.exit_type == VOLUNTARY) & (gone > 120) & (gone < 310) & (roster.contract == PERMANENT)
    last = np.zeros(len(roster), dtype=np.bool_)
    last[np.unique(roster.person[::-1], return_index=True)[1]] = True
    last = last[::-1]
    return np.flatnonzero(away & last & (draw < plan.rehires / 6))


def _young_age(draw: Floats) -> Floats:
    """20 to 23 years, so that nobody outgrows the age within a programme."""
    return 20 + draw * 3


def _working_day(days: Ints) -> Ints:
    """Saturdays and Sundays become the Monday after."""
    weekday = (days + 3) % 7
    return np.asarray(days + np.where(weekday >= 5, 7 - weekday, 0), dtype=np.int64)


def _place_of(structure: Structure, team: Ints, rng: np.random.Generator) -> Ints:
    """Most work where their team is; the isolated site has no one elsewhere."""
    own = structure.team_place[team]
    other = rng.choice(len(PLACES), size=len(team), p=[p.share for p in PLACES])
    elsewhere = (rng.random(len(team)) < 0.12) & (own != ISOLATED_PLACE)
    return np.where(elsewhere, other, own).astype(np.int64)


def _fte(plan: Plan, rng: np.random.Generator, n: int) -> Floats:
    part = rng.choice([0.5, 0.6, 0.8], size=n)
    return np.where(rng.random(n) < plan.part_time, part, 1.0)


def _contracts(plan: Plan, rng: np.random.Generator, since: Ints, n: int) -> tuple[Ints, Ints]:
    draw = rng.random(n)
    contract = np.where(draw < plan.contingent, CONTINGENT, PERMANENT)
    contract = np.where(
        (draw >= plan.contingent) & (draw < plan.contingent + plan.fixed_term), FIXED_TERM, contract
    )
    length = rng.integers(6, 24, n) * 30
    return contract.astype(np.int64), np.where(contract == PERMANENT, FAR, since + length).astype(np.int64)
