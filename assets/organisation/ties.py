"""Who turns to whom: ties form, carry a strength in each direction, and fade.

A tie is a pair of people with a kind, two strengths and the months in which it holds. What is
written follows the strengths (``conversations.py``), so the network that the pipeline measures
is a noisy image of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assets.organisation import roles
from assets.organisation.arrays import FAR, Flags, Floats, Ints, isin_pairs
from assets.organisation.plan import Plan
from assets.organisation.population import Population, padded, population_of, widened
from assets.organisation.roles import holders
from assets.organisation.streams import Streams
from assets.organisation.structure import ISOLATED_PLACE, Structure

if TYPE_CHECKING:  # history.py grows ties while it plays, where leaving is contagious
    from assets.organisation.history import History, MonthState

TEAM, MANAGER, DEPARTMENT, DIVISION, CHANCE, BROKER, HUB, BRIDGE = range(8)
KINDS = ("team", "manager", "department", "division", "chance", "broker", "hub", "bridge")
STRENGTH = np.array([1.0, 1.5, 0.6, 1.0, 1.0, 1.8, 1.2, 1.6])
SIGMA = 0.8
DECAY = np.array([0.01, 0.0, 0.03, 0.05, 0.06, 0.01, 0.01, 0.0])
"""Chance that a tie ends within a month: bridges decay faster than bonds in a team."""
FORMED = {DEPARTMENT: 3.0, DIVISION: 2.0, CHANCE: 3.0}
"""Mean number of ties that a newcomer begins outside the team."""
TEAM_CHANCE = 0.85
INWARD = 0.97
"""Share of outside ties that a silo or an isolated site never forms."""
SILO_EXTRA = 4.0


@dataclass
class Ties:
    """Columns of equal length. ``low < high`` are people; months as in ``Period``."""

    low: Ints
    high: Ints
    kind: Ints
    strength_up: Floats
    """How much ``low`` turns to ``high``."""
    strength_down: Floats
    since: Ints
    until: Ints
    """First month without the tie; ``FAR`` while it holds."""


@dataclass
class Growth:
    """The ties of the months grown so far, and who was where."""

    ties: Ties
    populations: list[Population]
    before: Ints
    """Team of each person in the month before, -1 where absent."""
    arrived: Ints


def no_growth() -> Growth:
    """Before the first month."""
    none = np.zeros(0, dtype=np.int64)
    return Growth(Ties(*(none,) * 3, *(np.zeros(0),) * 2, *(none,) * 2), [], none, none)


def grow_month(history: History, growth: Growth, state: MonthState, streams: Streams) -> None:
    """One month more: from what is known in it, so that it may be done while months are played."""
    growth.before, growth.arrived = (
        padded(column, history.persons, fill)
        for column, fill in ((growth.before, -1), (growth.arrived, -FAR))
    )
    population = population_of(history, state, growth.before, growth.arrived)
    rng = streams.of("ties", state.month)
    _fade(growth.ties, population, state.month, rng)
    low, high, kind = _formed(history, population, growth.before, state, rng)
    hubs = [t.person for t in history.terms if t.role == roles.HUB and t.since <= state.month]
    _add(history.plan, growth.ties, low, high, kind, np.array(hubs, dtype=np.int64), state.month, streams)
    growth.populations.append(population)
    growth.before = population.team


def grow_ties(history: History, streams: Streams) -> tuple[Ties, list[Population]]:
    """All ties of all months, and each month's population, indexed by all people."""
    growth = history.growth
    for state in history.states[len(growth.populations) :]:
        grow_month(history, growth, state, streams)
    return growth.ties, [widened(population, history.persons) for population in growth.populations]


def _fade(ties: Ties, population: Population, month: int, rng: np.random.Generator) -> None:
    alive = ties.until == FAR
    gone = (population.team[ties.low] < 0) | (population.team[ties.high] < 0)
    parted = (ties.kind == TEAM) & (population.team[ties.low] != population.team[ties.high])
    chance = np.where(parted, 0.5, DECAY[ties.kind])
    ends = alive & (gone | (rng.random(len(ties.low)) < chance))
    ties.until[ends] = month


def _formed(
    history: History, population: Population, before: Ints, state: MonthState, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Candidate pairs of this month with their kind, strongest kind first."""
    here = population.here
    fresh = here[before[here] != population.team[here]]
    parts = []
    parts += _planted(history, population, state.month, rng)
    parts.append(_with_manager(history, population, state, fresh))
    parts.append(_within_team(population, fresh, rng))
    for kind, group in ((DEPARTMENT, population.department), (DIVISION, population.division), (CHANCE, None)):
        established = np.setdiff1d(here, fresh)
        egos = np.concatenate(
            [
                np.repeat(fresh, rng.poisson(FORMED[kind], len(fresh))),
                np.repeat(established, rng.poisson(FORMED[kind] * DECAY[kind] * 2, len(established))),
            ]
        )
        if kind == DEPARTMENT and history.structure.silo >= 0:
            inside = fresh[population.department[fresh] == history.structure.silo]
            egos = np.concatenate([egos, np.repeat(inside, rng.poisson(SILO_EXTRA, len(inside)))])
        alters = _drawn_from(here, None if group is None else group, egos, rng)
        parts.append((egos, alters, np.full(len(egos), kind, dtype=np.int64)))
    a, b, kind_of = (np.concatenate([part[i] for part in parts]) for i in range(3))
    allowed = _allowed(history.structure, history.plan, population, a, b, kind_of, rng)
    a, b, kind_of = a[allowed], b[allowed], kind_of[allowed]
    return np.minimum(a, b), np.maximum(a, b), kind_of


def _planted(
    history: History, population: Population, month: int, rng: np.random.Generator
) -> list[tuple[Ints, Ints, Ints]]:
    """The ties of hubs, brokers and the bridge who have just taken that position."""
    terms, structure, here = history.terms, history.structure, population.here
    parts = []
    ordinary = here[population.department[here] != structure.silo]
    for hub in holders(terms, roles.HUB, month, only_new=True):
        admirers = ordinary[rng.random(len(ordinary)) < min(0.12, 80 / len(ordinary))]
        parts.append((np.full(len(admirers), hub, dtype=np.int64), admirers, np.full(len(admirers), HUB)))
    for broker in holders(terms, roles.BROKER, month, only_new=True):
        own = population.department[broker]
        others = np.setdiff1d(np.unique(population.department[ordinary]), [own])
        reached = rng.permutation(others)[: max(4, min(8, len(others)))]
        for department in reached.tolist():
            inside = ordinary[population.department[ordinary] == department]
            known = rng.choice(inside, size=min(3, len(inside)), replace=False)
            parts.append((np.full(len(known), broker, dtype=np.int64), known, np.full(len(known), BROKER)))
    for bridge in holders(terms, roles.BRIDGE, month, only_new=True):
        inside = here[population.department[here] == structure.bridged[1]]
        known = rng.choice(inside, size=min(7, len(inside)), replace=False)
        parts.append((np.full(len(known), bridge, dtype=np.int64), known, np.full(len(known), BRIDGE)))
    return parts


def _with_manager(
    history: History, population: Population, state: MonthState, fresh: Ints
) -> tuple[Ints, Ints, Ints]:
    """Newcomers and the person they report to at the end of the month."""
    person = history.roster.person
    led = state.manager >= 0
    latest = np.full(history.persons, -1, dtype=np.int64)
    latest[person[state.rows[led]]] = person[state.manager[led]]
    manager = latest[fresh]
    known = (manager >= 0) & (manager != fresh)
    known[known] = population.team[manager[known]] >= 0
    return fresh[known], manager[known], np.full(int(known.sum()), MANAGER, dtype=np.int64)


def _within_team(population: Population, fresh: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Newcomers and most of their team."""
    here = population.here
    order = here[np.argsort(population.team[here], kind="stable")]
    teams = population.team[order]
    begin = np.searchsorted(teams, population.team[fresh], "left")
    size = np.searchsorted(teams, population.team[fresh], "right") - begin
    egos = np.repeat(fresh, size)
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    alters = order[np.repeat(begin, size) + within]
    chosen = (egos != alters) & (rng.random(len(egos)) < TEAM_CHANCE)
    return egos[chosen], alters[chosen], np.full(int(chosen.sum()), TEAM, dtype=np.int64)


def _drawn_from(here: Ints, group: Ints | None, egos: Ints, rng: np.random.Generator) -> Ints:
    """For each ego a random person of its group (everybody where there is none)."""
    draw = rng.random(len(egos))
    if group is None:
        return here[(draw * len(here)).astype(np.int64)]
    order = here[np.argsort(group[here], kind="stable")]
    begin = np.searchsorted(group[order], group[egos], "left")
    size = np.searchsorted(group[order], group[egos], "right") - begin
    return order[begin + (draw * size).astype(np.int64)]


def _allowed(
    structure: Structure, plan: Plan, population: Population, a: Ints, b: Ints, kind: Ints,
    rng: np.random.Generator,
) -> Flags:  # fmt: skip
    """Leave out what a silo, an isolated site or an unbridged pair of departments does not form."""
    draw = rng.random(len(a))
    da, db = population.department[a], population.department[b]
    ok = a != b
    planted = np.isin(kind, [MANAGER, BRIDGE])
    if structure.silo >= 0:
        crosses = (da == structure.silo) != (db == structure.silo)
        ok &= ~(crosses & ~planted & (draw < INWARD))
    if plan.isolated_site:
        crosses = (population.place[a] == ISOLATED_PLACE) != (population.place[b] == ISOLATED_PLACE)
        ok &= ~(crosses & ~planted & (draw < INWARD))
    one, other = structure.bridged
    if one >= 0:
        joins = ((da == one) & (db == other)) | ((da == other) & (db == one))
        ok &= ~(joins & (kind != BRIDGE))
    return np.asarray(ok)


def _add(
    plan: Plan, ties: Ties, low: Ints, high: Ints, kind: Ints, hubs: Ints, month: int, streams: Streams
) -> None:
    """Add the pairs that hold no tie yet; of several kinds for one pair the first stays."""
    width = int(max(high.max(initial=0), 0)) + 1
    _, first = np.unique(low * width + high, return_index=True)
    first = np.sort(first)
    low, high, kind = low[first], high[first], kind[first]
    alive = ties.until == FAR
    new = ~isin_pairs(low, high, ties.low[alive], ties.high[alive])
    low, high, kind = low[new], high[new], kind[new]
    rng = streams.of("tie strength", month)
    n = len(low)
    strength = STRENGTH[kind] * np.exp(rng.normal(0, SIGMA, n) - SIGMA**2 / 2)
    mutual = rng.random(n) < plan.reciprocity
    back = np.where(mutual, np.exp(rng.normal(0, 0.25, n)), 0.15)
    flip = rng.random(n) < 0.5
    up, down = np.where(flip, strength * back, strength), np.where(flip, strength, strength * back)
    # people turn to a hub much more than the hub turns to them
    is_hub = kind == HUB
    to_high = is_hub & np.isin(high, hubs)
    up = np.where(is_hub, np.where(to_high, strength, strength * 0.3), up)
    down = np.where(is_hub, np.where(to_high, strength * 0.3, strength), down)
    columns = {
        "low": low, "high": high, "kind": kind, "strength_up": up, "strength_down": down,
        "since": np.full(n, month, dtype=np.int64), "until": np.full(n, FAR, dtype=np.int64),
    }  # fmt: skip
    for name, values in columns.items():
        setattr(ties, name, np.concatenate([getattr(ties, name), values]))
