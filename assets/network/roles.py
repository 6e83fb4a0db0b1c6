"""Role labels of one snapshot. Names: Cross & Prusak 2002; cut-offs: our own, metric specification C3.

A label describes a period, never a person. One snapshot gives candidates; a label needs two
quarters in a row and a bootstrap that confirms it (``role_stability``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assets.network.centrality import mid_rank_percentile

HUB: Final = 99.0
BROKER_BETWEENNESS: Final = 95.0
BROKER_CONSTRAINT: Final = 10.0
CONNECTOR: Final = 95.0
CONNECTOR_MIN_UNIT: Final = 20
SPANNER: Final = 90.0
SPANNER_MIN_UNITS: Final = 3
PERIPHERAL_DEGREE: Final = 10.0
PERIPHERAL_CORENESS: Final = 1
NEWCOMER_MONTHS: Final = 6.0
SPECIALIST: Final = 80.0
OVERLOAD: Final = 95.0
AFTER_HOURS: Final = 90.0
OVERLOAD_RATIO: Final = 2.0
OVERLOAD_LATENCY_RISE: Final = 1.5
OVERLOAD_SIGNS: Final = 3


Mask = NDArray[np.bool_]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class PersonNetwork:
    """What the labels read: one entry per person, NaN where undefined (see table C).

    ``boundary_ratio``: gatekeeper + representative + liaison over expectation;
    ``external_units``: other units in which the person has at least two ties.
    """

    group: NDArray[np.int64]
    measured: Mask
    degree: Values
    degree_in: Values
    strength_in: Values
    strength_out: Values
    pagerank: Values
    coreness: Values
    betweenness: Values
    constraint: Values
    participation: Values
    boundary_ratio: Values
    external_units: Values


@dataclass(frozen=True)
class PersonContext:
    """What is known beside the network; None where a source does not give it."""

    tenure_months: Values | None = None
    is_peripheral_by_role: Mask | None = None
    answers_accepted: Values | None = None
    after_hours_share: Values | None = None
    latency_ratio: Values | None = None


def role_labels(network: PersonNetwork, context: PersonContext | None = None) -> dict[str, Mask | None]:
    """Candidates for each label; None for a label that this population cannot carry.

    ``peripheral`` is not a deficit; its three readings overlap and may all be false.
    """
    known = context or PersonContext()
    measured = network.measured
    peripheral = _peripheral(network)
    labels: dict[str, Mask | None] = {
        "central_connector": central_connectors(network),
        "boundary_spanner": boundary_spanners(network),
        "information_broker": information_brokers(network.betweenness, network.constraint, measured),
        "hub": hubs(network.pagerank, network.coreness, network.group, measured),
        "peripheral": peripheral,
        "peripheral_new": None,
        "peripheral_by_role": None,
        "peripheral_specialist": None,
        "overload_risk": overload_risk(network, known),
    }
    if peripheral is None:
        return labels
    if known.tenure_months is not None:
        labels["peripheral_new"] = peripheral & _is_true(known.tenure_months < NEWCOMER_MONTHS)
    if known.is_peripheral_by_role is not None:
        labels["peripheral_by_role"] = peripheral & known.is_peripheral_by_role
    if known.answers_accepted is not None:
        expert = at_least(known.answers_accepted, SPECIALIST, measured)
        labels["peripheral_specialist"] = None if expert is None else peripheral & expert
    return labels


def percentile_among(values: Any, measured: Mask) -> Values:
    """Mid-rank percentile among measured people; NaN for the others."""
    return mid_rank_percentile(np.where(measured, np.asarray(values, dtype=np.float64), np.nan))


def can_reach(percentile: float, n: int) -> bool:
    """Whether a mid-rank percentile of that height exists among n: at most ``100 (n - 0.5) / n``."""
    return n > 0 and 100.0 * (n - 0.5) / n >= percentile


def at_least(values: Any, percentile: float, measured: Mask) -> Mask | None:
    """Who stands at ``percentile`` or above, a block of equal values as a whole or not at all.

    Mid-ranks keep out a top block larger than twice the share asked for (metric specification,
    0.7). None if no percentile of this population reaches that high.
    """
    ranks = percentile_among(values, measured)
    n = int(np.sum(~np.isnan(ranks)))
    if not can_reach(percentile, n):
        return None
    return _is_true(ranks >= percentile)


def at_most(values: Any, percentile: float, measured: Mask) -> Mask | None:
    """Who stands at ``percentile`` or below; None as in :func:`at_least`."""
    ranks = percentile_among(values, measured)
    n = int(np.sum(~np.isnan(ranks)))
    if not can_reach(100.0 - percentile, n):
        return None
    return _is_true(ranks <= percentile)


def hubs(pagerank: Any, coreness: Any, group: NDArray[np.int64], measured: Mask) -> Mask | None:
    """PageRank percentile >= 99 in the organisation and the highest coreness of the own unit.

    None below 50 measured people, where no percentile reaches 99.
    """
    top = at_least(pagerank, HUB, measured)
    if top is None:
        return None
    core = np.where(measured, np.asarray(coreness, dtype=np.float64), -1.0)
    _, number = np.unique(group, return_inverse=True)
    highest = np.full(int(number.max()) + 1, -1.0)
    np.maximum.at(highest, number, core)
    return _is_true(top & (core == highest[number]))


def information_brokers(betweenness: Any, constraint: Any, measured: Mask) -> Mask | None:
    """Bounded betweenness percentile >= 95 and constraint percentile <= 10."""
    between, open_to_holes = (
        at_least(betweenness, BROKER_BETWEENNESS, measured),
        at_most(constraint, BROKER_CONSTRAINT, measured),
    )
    return None if between is None or open_to_holes is None else between & open_to_holes


def central_connectors(network: PersonNetwork) -> Mask | None:
    """In-degree and in-strength percentile >= 95 within the own unit of at least 20 people."""
    result = np.zeros(network.group.size, dtype=bool)
    is_defined = False
    for unit in np.unique(network.group[network.measured]):
        members = network.measured & (network.group == unit)
        if int(members.sum()) < CONNECTOR_MIN_UNIT:
            continue
        asked = at_least(network.degree_in, CONNECTOR, members)
        loaded = at_least(network.strength_in, CONNECTOR, members)
        if asked is not None and loaded is not None:
            is_defined = True
            result |= asked & loaded
    return result if is_defined else None


def boundary_spanners(network: PersonNetwork) -> Mask | None:
    """Participation and boundary brokerage over expectation at percentile >= 90, 3 other units."""
    broad = at_least(network.participation, SPANNER, network.measured)
    brokering = at_least(network.boundary_ratio, SPANNER, network.measured)
    if broad is None or brokering is None:
        return None
    return broad & brokering & (network.external_units >= SPANNER_MIN_UNITS)


def overload_risk(network: PersonNetwork, context: PersonContext) -> Mask | None:
    """Three of four: in-strength >= 95, after hours >= 90, in/out >= 2, latency up by half.

    Without outgoing strength any incoming counts as a ratio of 2. None with fewer than three known
    signs. Shown to the person alone, and as a count per unit.
    """
    signs = [at_least(network.strength_in, OVERLOAD, network.measured)]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = network.strength_in / network.strength_out
    signs.append(network.measured & _is_true(ratio >= OVERLOAD_RATIO) & (network.strength_in > 0))
    if context.after_hours_share is not None:
        signs.append(at_least(context.after_hours_share, AFTER_HOURS, network.measured))
    if context.latency_ratio is not None:
        signs.append(network.measured & _is_true(context.latency_ratio >= OVERLOAD_LATENCY_RISE))
    known = [sign for sign in signs if sign is not None]
    if len(known) < OVERLOAD_SIGNS:
        return None
    return np.asarray(np.sum(known, axis=0) >= OVERLOAD_SIGNS)


def load_concentration(strength_in: Values, measured: Mask, *, share: float = 0.05) -> float:
    """Share of all incoming strength held by the top 5 % of measured people (rounded up); NaN if 0."""
    given = np.sort(np.nan_to_num(strength_in[measured]))[::-1]
    total = float(given.sum())
    top = int(np.ceil(share * given.size - 1e-9))
    return float(given[:top].sum()) / total if total > 0 else float("nan")


def _peripheral(network: PersonNetwork) -> Mask | None:
    few = at_most(network.degree, PERIPHERAL_DEGREE, network.measured)
    return None if few is None else few & (network.coreness <= PERIPHERAL_CORENESS)


def _is_true(condition: Any) -> Mask:
    return np.asarray(condition, dtype=bool)
