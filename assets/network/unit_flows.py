"""Flows between units against expectation, and how much of a bridge hangs on one person (D5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph, distinct

Values = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class UnitFlows:
    """One entry per ordered pair of different units with weight between them, sorted by both labels.

    ``flow`` = W_uv / (n_u n_v); ``flow_ratio`` = W_uv / (s_out_u s_in_v / S), 1 = as the two units'
    total activity lets expect; ``bridge_dependency`` = largest share of W_uv + W_vu incident to one
    person, 0..1, above .5 a single point of failure (same value for both directions).
    """

    from_unit: Counts
    to_unit: Counts
    weight: Values
    n_ties: Counts
    n_people_from: Counts
    n_people_to: Counts
    n_from: Counts
    n_to: Counts
    flow: Values
    flow_ratio: Values
    bridge_dependency: Values


def unit_flows(graph: Graph, groups: NDArray[np.int64]) -> UnitFlows:
    """Weight, people and dependency for each ordered pair of units of a directed graph."""
    labels, group = np.unique(np.asarray(groups, dtype=np.int64), return_inverse=True)
    size = max(labels.size, 1)
    sizes = np.bincount(group, minlength=size)
    from_group, to_group = group[graph.src], group[graph.dst]
    strength_out = np.bincount(from_group, weights=graph.weight, minlength=size)
    strength_in = np.bincount(to_group, weights=graph.weight, minlength=size)
    total = float(graph.weight.sum())
    between = from_group != to_group
    src, dst, weight = graph.src[between], graph.dst[between], graph.weight[between]
    pairs, pair = np.unique(
        from_group[between].astype(np.int64) * size + to_group[between], return_inverse=True
    )
    u, v = pairs // size, pairs % size
    weights = np.bincount(pair, weights=weight, minlength=pairs.size).astype(np.float64)
    expected = strength_out[u] * strength_in[v] / total if total else np.zeros(pairs.size)
    return UnitFlows(
        from_unit=labels[u],
        to_unit=labels[v],
        weight=weights,
        n_ties=np.bincount(pair, minlength=pairs.size).astype(np.int64),
        n_people_from=_distinct(pair, src, pairs.size, graph.n),
        n_people_to=_distinct(pair, dst, pairs.size, graph.n),
        n_from=sizes[u],
        n_to=sizes[v],
        flow=weights / (sizes[u] * sizes[v]),
        flow_ratio=weights / expected if pairs.size else np.empty(0),
        bridge_dependency=_dependency(src, dst, weight, u, v, pair, graph.n, size),
    )


def _distinct(pair: Counts, person: NDArray[np.int32], n_pairs: int, n: int) -> Counts:
    found = distinct(pair * np.int64(max(n, 1)) + person)
    return np.bincount(found // max(n, 1), minlength=n_pairs).astype(np.int64)


def _dependency(
    src: NDArray[np.int32],
    dst: NDArray[np.int32],
    weight: Values,
    u: Counts,
    v: Counts,
    pair: Counts,
    n: int,
    size: int,
) -> Values:
    """Largest share of the weight between two units, both ways, that touches one person."""
    both = np.minimum(u, v) * size + np.maximum(u, v)
    unordered, index = np.unique(both, return_inverse=True)
    of_edge = index[pair]
    total = np.bincount(of_edge, weights=weight, minlength=unordered.size)
    cells, cell = np.unique(
        np.concatenate([of_edge, of_edge]) * np.int64(max(n, 1)) + np.concatenate([src, dst]),
        return_inverse=True,
    )
    incident = np.bincount(cell, weights=np.tile(weight, 2), minlength=cells.size)
    most = np.zeros(unordered.size)
    np.maximum.at(most, cells // max(n, 1), incident)
    return np.minimum(most / total, 1.0)[index] if unordered.size else np.empty(0)


def people_carrying(
    graph: Graph, groups: NDArray[np.int64], *, share: float = 0.5, min_people: int = 3
) -> NDArray[np.bool_]:
    """People to whom more than ``share`` of the weight between two units, both ways, is incident.

    Pairs of units with fewer than ``min_people`` people on either side do not count.
    """
    labels, group = np.unique(np.asarray(groups, dtype=np.int64), return_inverse=True)
    size, n = max(labels.size, 1), max(graph.n, 1)
    between = group[graph.src] != group[graph.dst]
    src, dst, weight = graph.src[between], graph.dst[between], graph.weight[between]
    u, v = group[src], group[dst]
    pairs, pair = np.unique(np.minimum(u, v) * np.int64(size) + np.maximum(u, v), return_inverse=True)
    total = np.bincount(pair, weights=weight, minlength=pairs.size)
    cells, cell = np.unique(
        np.concatenate([pair, pair]) * np.int64(n) + np.concatenate([src, dst]), return_inverse=True
    )
    incident = np.bincount(cell, weights=np.tile(weight, 2), minlength=cells.size)
    of_pair, person = cells // n, cells % n
    is_low_side = group[person] == pairs[of_pair] // size
    low = np.bincount(of_pair[is_low_side], minlength=pairs.size)
    high = np.bincount(of_pair[~is_low_side], minlength=pairs.size)
    counted = (low >= min_people) & (high >= min_people)
    carriers = person[counted[of_pair] & (incident > share * total[of_pair])]
    result = np.zeros(graph.n, dtype=bool)
    result[carriers] = True
    return result
