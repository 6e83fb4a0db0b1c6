"""The planted positions of the network: silo, bridge, brokers, hubs, isolated site."""

from __future__ import annotations

from functools import cache

import numpy as np

from assets.organisation.alters import alters_of
from assets.organisation.history import History, simulate
from assets.organisation.plan import Plan
from assets.organisation.population import Population
from assets.organisation.roles import BRIDGE, BROKER, HUB, holders
from assets.organisation.streams import Streams
from assets.organisation.structure import ISOLATED_PLACE, build_structure
from assets.organisation.ties import Ties, grow_ties


@cache
def network(**changes: object) -> tuple[History, Ties, list[Population]]:
    plan = Plan(months=8, **changes)  # type: ignore[arg-type]
    streams = Streams(plan.seed)
    history = simulate(plan, build_structure(plan, streams), streams)
    return history, *grow_ties(history, streams)


def last_weights(**changes: object) -> tuple[History, Population, np.ndarray]:
    """Directed strengths of the last month as a matrix."""
    history, ties, populations = network(**changes)
    month = len(populations) - 1
    alters = alters_of(history.plan, ties, populations[month], month)
    weights = np.zeros((history.persons, history.persons))
    source = np.repeat(np.arange(history.persons), np.diff(alters.begin))
    np.add.at(weights, (source, alters.alter), np.diff(alters.cumulated, prepend=0))
    return history, populations[month], weights


def inside_share(population: Population, weights: np.ndarray, department: int) -> float:
    members = population.department == department
    touching = weights[members].sum() + weights[:, members].sum() - weights[np.ix_(members, members)].sum()
    return float(weights[np.ix_(members, members)].sum() / touching)


def test_the_silo_keeps_to_itself() -> None:
    history, population, weights = last_weights()
    silo = history.structure.silo
    assert inside_share(population, weights, silo) > 0.85
    others = [d for d in range(len(history.structure.departments)) if d != silo]
    assert np.mean([inside_share(population, weights, d) for d in others]) < 0.7


def test_without_a_silo_no_department_stands_apart() -> None:
    history, population, weights = last_weights(silo=False)
    assert history.structure.silo == -1
    departments = range(len(history.structure.departments))
    assert max(inside_share(population, weights, d) for d in departments) < 0.85


def test_one_person_alone_joins_the_bridged_departments() -> None:
    history, population, weights = last_weights()
    one, other = history.structure.bridged
    between = (weights + weights.T)[np.ix_(population.department == one, population.department == other)]
    carriers = np.flatnonzero(population.department == one)[between.sum(axis=1) > 0]
    assert set(carriers) <= {t.person for t in history.terms if t.role == BRIDGE}
    assert len(carriers) >= 1


def test_brokers_reach_more_departments_than_others() -> None:
    history, population, weights = last_weights()
    month = history.period.months - 1
    reached = [len(np.unique(population.department[np.flatnonzero(row > 0.2)])) for row in weights]
    brokers = holders(history.terms, BROKER, month)
    assert len(brokers) >= 3
    assert min(reached[b] for b in brokers) > np.median([reached[p] for p in population.here])
    assert np.mean([reached[b] for b in brokers]) >= 5


def test_hubs_are_turned_to_by_many() -> None:
    history, population, weights = last_weights()
    incoming = (weights > 0.2).sum(axis=0)
    hubs = holders(history.terms, HUB, history.period.months - 1)
    assert min(incoming[h] for h in hubs) > np.percentile(incoming[population.here], 95)


def test_the_isolated_site_talks_to_itself() -> None:
    _, population, weights = last_weights()
    site = population.place == ISOLATED_PLACE
    assert site.sum() >= 5
    assert weights[np.ix_(site, site)].sum() / weights[site].sum() > 0.8


def test_ties_hold_only_between_people_who_are_there() -> None:
    history, ties, populations = network()
    assert (ties.low < ties.high).all()
    for month, population in enumerate(populations):
        holds = (ties.since <= month) & (ties.until > month)
        assert (population.team[ties.low[holds]] >= 0).all()
        assert (population.team[ties.high[holds]] >= 0).all()
        pairs = ties.low[holds] * history.persons + ties.high[holds]
        assert len(np.unique(pairs)) == len(pairs)


def test_newcomers_ramp_up() -> None:
    history, ties, populations = network()
    month = len(populations) - 1
    weights = last_weights()[2].sum(axis=1)
    arrived = month - populations[month].since
    fresh = populations[month].here[arrived[populations[month].here] == 0]
    settled = populations[month].here[arrived[populations[month].here] > 100]
    assert len(fresh) > 0
    assert np.median(weights[fresh]) < 0.6 * np.median(weights[settled])
    assert len(ties.low) > 0 and history.persons > 0
