"""From interactions to ties: weights, decay, existence, reciprocity, overlap, persistence.

Metric specification, section B. The warehouse computes the same in SQL for millions of rows; these
functions are the reference and serve edge lists that never saw a warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph, symmetrised

MAX_MEETING_HOURS: Final = 4.0
COUNTED_MEETING_HOURS: Final = 2.0


@dataclass(frozen=True)
class InteractionType:
    """Base weight, largest size that still counts, and whether the actor is one of that size."""

    base: float
    max_size: int | None = None
    actor_is_counted: bool = False


INTERACTION_TYPES: Final = {
    "direct_message": InteractionType(1.0, 8, actor_is_counted=True),
    "reply": InteractionType(1.0),
    "thread": InteractionType(0.1, 10, actor_is_counted=True),
    "mention": InteractionType(0.8, 10),
    "reaction": InteractionType(0.2),
    "meeting": InteractionType(1.0, 20, actor_is_counted=True),
    "mail": InteractionType(0.8, 8),
    "praise": InteractionType(0.5, 5),
}
"""Untested opinions, kept as parameters: nobody has published better ones."""

AGAINST_THE_FLOW: Final = ("mention", "reaction", "praise")
"""Types whose arc runs against the flow of information: who reacts has received something."""


def interaction_weight(
    interaction_type: str,
    *,
    size: int = 1,
    hours: float | None = None,
    age_days: float = 0.0,
    half_life_days: float = 28.0,
) -> float:
    """Weight of one interaction towards one target (B1): base x attention x duration x decay.

    ``size`` counts members of a chat, contributors of a thread or attendees of a meeting (the actor
    included), or the people mentioned, mailed or praised. Beyond the type's largest size, and for
    meetings over 4 hours, the weight is 0. ``hours`` matters for meetings only.

    >>> round(interaction_weight("mention", size=4, age_days=14), 4)
    0.1414
    >>> round(interaction_weight("meeting", size=5, hours=1, age_days=14), 4)
    0.1768
    """
    kind = INTERACTION_TYPES[interaction_type]
    if kind.max_size is not None and size > kind.max_size:
        return 0.0
    duration = 1.0
    if interaction_type == "meeting" and hours is not None:
        if hours > MAX_MEETING_HOURS:
            return 0.0
        duration = min(hours, COUNTED_MEETING_HOURS)
    others = max(size - 1, 1) if kind.actor_is_counted else max(size, 1)
    attention = 1.0 if kind.max_size is None else 1.0 / others
    return float(kind.base * attention * duration * 0.5 ** (age_days / half_life_days))


def rolling_strength(
    new_by_week: NDArray[np.float64], *, half_life_days: float = 28.0, window_weeks: int = 13
) -> NDArray[np.float64]:
    """Tie strength at the end of each week (B2), by the exact recursion over the window.

    ``W_t = f W_{t-1} + new_t - f^k new_{t-k}`` with ``f = 0.5^(7/H)`` and ``k`` weeks in the window.
    Shape (weeks,) or (weeks, ties); ages count from the Sunday that closes a week.
    """
    factor = 0.5 ** (7.0 / half_life_days)
    strength = np.zeros_like(new_by_week, dtype=np.float64)
    current = np.zeros(new_by_week.shape[1:])
    for week in range(new_by_week.shape[0]):
        current = factor * current + new_by_week[week]
        if week >= window_weeks:
            current = current - factor**window_weeks * new_by_week[week - window_weeks]
        strength[week] = np.maximum(current, 0.0)
    return strength


@dataclass(frozen=True)
class TieArrays:
    """Directed pairs with their strength over one window, before any threshold.

    ``src`` and ``dst`` are vertex numbers, ``weight`` the decayed sum, ``event_days`` the distinct
    days with an event from ``src`` to ``dst``; ``event_days_both``, where known, the distinct days
    with an event in either direction. ``components`` holds the share of the weight per type.
    """

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    weight: NDArray[np.float64]
    event_days: NDArray[np.int64]
    event_days_both: NDArray[np.int64] | None = None
    components: dict[str, NDArray[np.float64]] = field(default_factory=dict)


def directed_ties(n: int, ties: TieArrays, *, theta: float = 0.5, min_event_days: int = 2) -> Graph:
    """G_dir (B3): an arc where ``W >= theta`` and events fell on at least ``min_event_days`` days."""
    keep = (ties.weight >= theta) & (ties.event_days >= min_event_days)
    return Graph.from_edges(n, ties.src[keep], ties.dst[keep], ties.weight[keep])


def mutual_ties(n: int, ties: TieArrays, *, theta: float = 0.5, min_event_days: int = 2) -> Graph:
    """G_und (B3): the raw weights are symmetrised first, then thresholds apply to the pair.

    The pair's event days are those of both directions together where the input knows them, else the
    larger of the two (a lower bound: a day with events both ways counts once).
    """
    raw = Graph.from_edges(n, ties.src, ties.dst, ties.weight)
    return mutual_ties_of(raw, ties, theta=theta, min_event_days=min_event_days)


def mutual_ties_of(raw: Graph, ties: TieArrays, *, theta: float = 0.5, min_event_days: int = 2) -> Graph:
    """:func:`mutual_ties` where the graph of all raw weights is there already."""
    n = raw.n
    strength = symmetrised(raw, "mutual")
    days = ties.event_days if ties.event_days_both is None else ties.event_days_both
    low, high = np.minimum(ties.src, ties.dst), np.maximum(ties.src, ties.dst)
    pairs, index = np.unique(low * max(n, 1) + high, return_inverse=True)
    most_days = np.zeros(pairs.size, dtype=np.int64)
    np.maximum.at(most_days, index, days)
    days_of_edge = most_days[np.searchsorted(pairs, strength.arc_keys())]
    keep = (strength.weight >= theta) & (days_of_edge >= min_event_days)
    return Graph(n, strength.src[keep], strength.dst[keep], strength.weight[keep], is_directed=False)


def flow_ties(n: int, ties: TieArrays, *, theta: float = 0.5, min_event_days: int = 2) -> Graph:
    """G_dir turned to the flow of information, for Gould-Fernandez counts (C2).

    Replies, messages, mail, meetings and threads keep their direction; mentions, reactions and
    praise are reversed. Without components the arcs are taken as they are. Days of a pair: the
    larger of its two directions, since a reversed event's days are not counted apart.
    """
    if not ties.components:
        return directed_ties(n, ties, theta=theta, min_event_days=min_event_days)
    against = np.zeros(ties.weight.size)
    for name in AGAINST_THE_FLOW:
        against += np.nan_to_num(ties.components.get(name, np.zeros(ties.weight.size)))
    along = np.maximum(ties.weight - against, 0.0)
    flow = Graph.from_edges(
        n,
        np.concatenate([ties.src, ties.dst]),
        np.concatenate([ties.dst, ties.src]),
        np.concatenate([along, against]),
    )
    low, high = np.minimum(ties.src, ties.dst), np.maximum(ties.src, ties.dst)
    pairs, index = np.unique(low * max(n, 1) + high, return_inverse=True)
    days = np.zeros(pairs.size, dtype=np.int64)
    np.maximum.at(days, index, ties.event_days)
    flow_pairs = np.minimum(flow.src, flow.dst).astype(np.int64) * max(n, 1) + np.maximum(flow.src, flow.dst)
    keep = (flow.weight >= theta) & (days[np.searchsorted(pairs, flow_pairs)] >= min_event_days)
    return Graph(n, flow.src[keep], flow.dst[keep], flow.weight[keep])


def reciprocity_dyad(weight_ab: Any, weight_ba: Any) -> NDArray[np.float64]:
    """``1 - |W_ab - W_ba| / (W_ab + W_ba)`` per pair, 0..1; NaN where both are 0 (B4)."""
    ab, ba = np.asarray(weight_ab, dtype=np.float64), np.asarray(weight_ba, dtype=np.float64)
    total = ab + ba
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, 1.0 - np.abs(ab - ba) / total, np.nan)


def reciprocity(graph: Graph) -> float:
    """Share of arcs that are returned; NaN without arcs (B4)."""
    if graph.n_edges == 0:
        return float("nan")
    pairs = graph.pairs
    mutual = int(np.count_nonzero(~np.isnan(pairs.up) & ~np.isnan(pairs.down)))
    return 2 * mutual / graph.n_edges


def channel_mix(components: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    """Share of all tie weight per interaction type (B7); empty where there is none."""
    return channel_shares({name: float(np.nansum(values)) for name, values in components.items()})


def channel_shares(sums: dict[str, float]) -> dict[str, float]:
    """:func:`channel_mix` from the sums of weight per type."""
    total = sum(sums.values())
    return {name: value / total for name, value in sums.items()} if total > 0 else {}


def graph_coverage(n_people: int, seen: NDArray[Any]) -> float:
    """Share of employed people with any observable event; NaN without people (B7).

    ``seen`` holds vertex numbers, repeated as often as they occur. ``blind_spot_rate`` is 1 minus it.
    """
    return float(np.unique(seen).size / n_people) if n_people else float("nan")


def mean_reciprocity(raw: Graph, directed: Graph) -> NDArray[np.float64]:
    """Mean of :func:`reciprocity_dyad` over the pairs in which a person has a tie either way.

    ``raw`` holds all weights, ``directed`` the ties (an arc of G_dir); 0..1 per vertex, NaN without
    any tie.
    """
    n = max(raw.n, 1)
    at = np.searchsorted(raw.pairs.keys, directed.pairs.keys)
    up, down = np.nan_to_num(raw.pairs.up[at]), np.nan_to_num(raw.pairs.down[at])
    per_pair = reciprocity_dyad(up, down)
    ends = np.concatenate([directed.pairs.keys // n, directed.pairs.keys % n])
    values = np.tile(per_pair, 2)
    count = np.bincount(ends, minlength=raw.n)
    total = np.bincount(ends, weights=values, minlength=raw.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)


def weights_of(graph: Graph, src: NDArray[Any], dst: NDArray[Any]) -> NDArray[np.float64]:
    """Weight of each asked-for arc; 0 where there is none."""
    if graph.n_edges == 0:
        return np.zeros(src.size)
    keys = graph.arc_keys()
    wanted = src.astype(np.int64) * graph.n + dst
    found = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return np.where(keys[found] == wanted, graph.weight[found], 0.0)
