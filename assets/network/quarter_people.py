"""Persons, their roles and their ties in one quarter. Metric specification, B4 to B6, C3, D7, D8."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.network.change import kept_ties
from assets.network.dyads import tie_types
from assets.network.engine import KERNEL_VERTICES
from assets.network.formal import position_against_network
from assets.network.graph import positions
from assets.network.network_tables import as_table, masked
from assets.network.population import Population
from assets.network.robustness import critical_people, efficiency, efficiency_without, removal_effects
from assets.network.role_networks import Context
from assets.network.role_stability import SURVIVAL, confirmed_labels
from assets.network.roles import Mask, PersonNetwork, at_least, role_labels
from assets.network.snapshot_options import SnapshotOptions
from assets.network.table_schemas import ROLE_NAMES
from assets.network.ties import reciprocity_dyad, weights_of

REMOVED: Final = 95.0
"""Losses of reach are searched for people of this percentile of betweenness and for cut points."""
MOST_REMOVED: Final = 100
MIN_NODES: Final = 10
"""Below this many people the loss of one says nothing about a network (metric specification, N)."""

Values = NDArray[np.float64]
Labels = dict[str, Mask | None]


@dataclass(frozen=True)
class PersonQuarter:
    """Everything about persons, in the order of the population; None: this population cannot carry it.

    ``confirmed``: per label True, False or None (unstable or unknown) for each person.
    """

    network: PersonNetwork
    candidates: Labels
    previous: Labels
    survival: dict[str, Values] | None
    n_resamples: int
    confirmed: dict[str, list[bool | None]]
    fragmentation_loss: Values
    cut_off: Values
    efficiency_loss: Values
    is_critical: Mask | None
    tie_persistence: Values
    position: Values


def person_quarter(
    population: Population,
    network: PersonNetwork,
    context: Context,
    earlier: Population | None,
    earlier_network: PersonNetwork | None,
    earlier_context: Context | None,
    *,
    survival: dict[str, Values] | None,
    n_resamples: int,
    options: SnapshotOptions,
    is_thorough: bool,
) -> PersonQuarter:
    """Labels with their confirmation, effects of single losses, persistence of each person's ties."""
    candidates = role_labels(network, context.for_roles)
    previous: Labels = dict.fromkeys(ROLE_NAMES)
    if earlier is not None and earlier_network is not None and earlier_context is not None:
        found = role_labels(earlier_network, earlier_context.for_roles)
        previous = {name: _carried_over(found[name], earlier, population) for name in ROLE_NAMES}
    confirmed = {}
    for name in ROLE_NAMES:
        given = None if survival is None else survival.get(name, np.zeros(population.n))
        labels = confirmed_labels(candidates[name], previous[name], given)
        confirmed[name] = labels or [None] * population.n
    unknown = np.full(population.n, np.nan)
    found_quarter = PersonQuarter(
        network=network,
        candidates=candidates,
        previous=previous,
        survival=survival,
        n_resamples=n_resamples,
        confirmed=confirmed,
        fragmentation_loss=unknown,
        cut_off=unknown,
        efficiency_loss=unknown,
        is_critical=None,
        tie_persistence=unknown if earlier is None else _persistence(population, earlier),
        position=_position(network, context),
    )
    return _with_losses(found_quarter, population, options, is_thorough)


def _carried_over(mask: Mask | None, earlier: Population, population: Population) -> Mask | None:
    """A label of the quarter before for the people of this one; False for who was not there."""
    if mask is None:
        return None
    order = np.argsort(earlier.person_key, kind="stable")
    at = positions(earlier.person_key[order], population.person_key)
    return np.asarray(np.r_[mask[order], False][at])


def _persistence(population: Population, earlier: Population) -> Values:
    """Share of a person's earlier ties, with people still employed, that are still there (B6)."""
    before, now = kept_ties(earlier, population)
    size = max(population.n, 1)
    ends = np.concatenate([before // size, before % size])
    is_kept = np.tile(np.isin(before, now), 2)
    count = np.bincount(ends, minlength=population.n)
    kept = np.bincount(ends[is_kept], minlength=population.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, kept / count, np.nan)


def _position(network: PersonNetwork, context: Context) -> Values:
    """Level percentile minus PageRank percentile; levels rank by the order of their names."""
    levels = sorted({level for level in context.level.tolist() if level is not None})
    rank = {level: float(number) for number, level in enumerate(levels)}
    ranks = np.array([rank.get(level, np.nan) for level in context.level.tolist()])
    both = network.measured & ~np.isnan(ranks) & ~np.isnan(network.pagerank)
    return position_against_network(np.where(both, ranks, np.nan), np.where(both, network.pagerank, np.nan))


def _with_losses(
    found: PersonQuarter, population: Population, options: SnapshotOptions, is_thorough: bool
) -> PersonQuarter:
    """Effects of losing each person; above 20,000 people for the thorough quarter only."""
    if population.n < MIN_NODES or (population.n > options.exact_vertices and not is_thorough):
        return found
    mutual = population.mutual
    effects = removal_effects(mutual)
    critical = critical_people(mutual, directed=population.directed, groups=population.group, effects=effects)
    efficiency_loss = found.efficiency_loss
    if is_thorough and population.n <= KERNEL_VERTICES:
        efficiency_loss = _efficiency_losses(found, population)
    return replace(
        found,
        fragmentation_loss=effects.fragmentation_loss,
        cut_off=effects.cut_off,
        efficiency_loss=efficiency_loss,
        is_critical=critical,
    )


def _efficiency_losses(found: PersonQuarter, population: Population) -> Values:
    """E(G) - E(G - p) for those whose removal can matter: one search per person and removal."""
    between = np.nan_to_num(found.network.betweenness, nan=0.0)
    top = at_least(between, REMOVED, found.network.measured)
    wanted = np.flatnonzero((between > 0) if top is None else top)
    wanted = wanted[np.lexsort((wanted, -between[wanted]))][:MOST_REMOVED]
    result = np.full(population.n, np.nan)
    result[wanted] = efficiency(population.mutual) - efficiency_without(population.mutual, wanted)
    return result


def person_table(quarter: date, population: Population, found: PersonQuarter) -> pa.Table:
    """One row per person; NULL for people who are not measured."""
    shown = population.is_measured & ~np.isnan(found.network.degree)
    is_shown = shown.tolist()
    columns: dict[str, Any] = {
        "quarter_start": [quarter] * population.n,
        "person_key": population.person_key,
        "group_key": population.group,
        "is_measured": population.is_measured,
        "is_critical": None if found.is_critical is None else masked(found.is_critical, shown),
    }
    for name in ROLE_NAMES:
        labels = found.confirmed[name]
        columns[f"is_{name}"] = [
            label if keep else None for label, keep in zip(labels, is_shown, strict=True)
        ]
    for name, values in {
        "fragmentation_loss": found.fragmentation_loss,
        "share_cut_off": found.cut_off,
        "efficiency_loss": found.efficiency_loss,
        "tie_persistence": found.tie_persistence,
        "position_vs_network": found.position,
    }.items():
        columns[name] = masked(values, shown)
    return as_table("person_quarter", columns)


def role_table(quarter: date, population: Population, found: PersonQuarter) -> pa.Table:
    """One row per person and label that the quarter shows, with what speaks for and against it."""
    rows: dict[str, list[Any]] = {
        name: [] for name in ("person_key", "role", "was_candidate", "is_confirmed", "survival", "status")
    }
    for name in ROLE_NAMES:
        mask, before = found.candidates[name], found.previous[name]
        for person in np.flatnonzero(mask).tolist() if mask is not None else []:
            was = before is not None and bool(before[person])
            share = None if found.survival is None else _share_of(found.survival, name, person)
            is_firm = share is None or share >= SURVIVAL
            status = "confirmed" if was and is_firm else "unstable" if was else "new_this_quarter"
            values = (int(population.person_key[person]), name, was, True if was and is_firm else None)
            for column, value in zip(rows, (*values, share, status), strict=True):
                rows[column].append(value)
    size = len(rows["role"])
    columns = {**rows, "quarter_start": [quarter] * size, "n_resamples": [found.n_resamples] * size}
    return as_table("person_role_quarter", columns)


def _share_of(survival: dict[str, Values], name: str, person: int) -> float:
    """0 for a label that no resample's window could carry."""
    return float(survival[name][person]) if name in survival else 0.0


def tie_table(quarter: date, population: Population, earlier: Population | None) -> pa.Table:
    """One row per mutual tie and end: symmetrised weights, reciprocity, overlap, kind, whether new."""
    kinds = tie_types(population.mutual)
    ego, alter = kinds.ego.astype(np.int64), kinds.alter.astype(np.int64)
    there, back = weights_of(population.raw, ego, alter), weights_of(population.raw, alter, ego)
    is_new: Any = None
    if earlier is not None:
        everyone = np.isin(population.person_key, earlier.person_key)
        before, _ = kept_ties(earlier, population)
        low, high = np.minimum(ego, alter), np.maximum(ego, alter)
        is_new = masked(~np.isin(low * population.n + high, before), everyone[ego] & everyone[alter])
    columns: dict[str, Any] = {
        "quarter_start": [quarter] * ego.size,
        "person_key": population.person_key[ego],
        "other_person_key": population.person_key[alter],
        "weight": population.mutual.arcs[2],
        "weight_max": np.maximum(there, back),
        "weight_mean": (there + back) / 2,
        "reciprocity": reciprocity_dyad(there, back),
        "overlap": kinds.overlap,
        "strength_percentile": kinds.strength_percentile,
        "tie_type": pa.array(kinds.kind.tolist(), pa.string()),
        "is_new": is_new,
    }
    return as_table("tie_quarter", columns)


def level_table(quarter: date, population: Population, context: Context, found: PersonQuarter) -> pa.Table:
    """Spread of ``position_vs_network`` per level; never a person."""
    levels = sorted({level for level in context.level.tolist() if level is not None})
    rows: dict[str, list[Any]] = {name: [] for name in ("n_nodes", "n_defined", "p25", "p50", "p75")}
    for level in levels:
        members = found.position[context.level == level]
        defined = members[~np.isnan(members)]
        quartiles = np.percentile(defined, (25, 50, 75)) if defined.size else [None] * 3
        for name, value in zip(rows, (members.size, defined.size, *quartiles), strict=True):
            rows[name].append(value)
    columns = {**rows, "quarter_start": [quarter] * len(levels), "level": levels}
    return as_table("level_quarter", columns)
