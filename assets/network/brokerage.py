"""Brokerage between groups: Gould-Fernandez roles, E-I of a person, participation coefficient.

Metric specification, C2. An arc a > b must mean that information flows from a to b: orient first
(:func:`assets.network.ties.flow_ties`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assets.network.engine import Engine, uses_kernels
from assets.network.graph import Graph, positions, symmetrised

ROLES: Final = ("coordinator", "consultant", "gatekeeper", "representative", "liaison")
"""Names in R's sna: w_I, w_O, b_OI, b_IO, b_O."""

_BATCH_PATHS: Final = 4_000_000


@dataclass(frozen=True)
class Brokerage:
    """Open two-paths a > b > c (no a > c) through each broker b, by role.

    ``counts``: int64, shape (n, 5), columns as :data:`ROLES`; ``total``: their sum.
    """

    counts: NDArray[np.int64]

    @property
    def total(self) -> NDArray[np.int64]:
        """All brokered ordered pairs of each vertex."""
        total: NDArray[np.int64] = self.counts.sum(axis=1)
        return total

    @property
    def boundary(self) -> NDArray[np.int64]:
        """Gatekeeper plus representative: the one of the two that an undirected graph can tell."""
        boundary: NDArray[np.int64] = self.counts[:, 2] + self.counts[:, 3]
        return boundary


def gould_fernandez(graph: Graph, groups: NDArray[np.int64], *, engine: Engine = "auto") -> Brokerage:
    """Brokerage roles of every vertex (Gould & Fernandez 1989).

    ``groups``: one non-negative integer per vertex. Weights play no part. An undirected graph is
    read as arcs both ways.
    """
    group = np.asarray(groups, dtype=np.int64)
    if group.size != graph.n:
        raise ValueError(f"{group.size} groups for {graph.n} vertices; every vertex needs one group")
    _, number = np.unique(group, return_inverse=True)
    if uses_kernels(graph, engine):
        return Brokerage(_counted(graph, number.astype(np.int64)))
    return Brokerage(_enumerated(graph, number.astype(np.int64)))


def role_probabilities(groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Chance that three distinct vertices, labels shuffled, form each role; shape (5,), sums to 1.

    Under a random permutation of all labels each open triad is such a triple, so expected counts
    are ``total x probability`` exactly: no sampling is needed. NaN below three vertices.
    """
    _, sizes = np.unique(groups, return_counts=True)
    n = float(sizes.sum())
    if n < 3:
        return np.full(len(ROLES), np.nan)
    size = sizes.astype(np.float64)
    triples = n * (n - 1) * (n - 2)
    coordinator = float(np.sum(size * (size - 1) * (size - 2))) / triples
    two_and_one = float(np.sum(size * (size - 1) * (n - size))) / triples
    return np.array(
        [coordinator, two_and_one, two_and_one, two_and_one, 1.0 - coordinator - 3.0 * two_and_one]
    )


def observed_over_expected(brokerage: Brokerage, groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each role's count over its expectation under label permutation, shape (n, 5).

    NaN where the expectation is 0. There is none for the total, which labels cannot change.
    """
    expected = brokerage.total[:, None] * role_probabilities(groups)[None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 1e-12, brokerage.counts / expected, np.nan)


def boundary_over_expected(brokerage: Brokerage, groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Gatekeeper, representative and liaison together over their expectation; NaN where that is 0."""
    expected = brokerage.total * float(role_probabilities(groups)[2:].sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 1e-12, brokerage.counts[:, 2:].sum(axis=1) / expected, np.nan)


def external_and_internal(
    graph: Graph, groups: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct alters of each vertex outside and inside its own group.

    For a directed graph an alter counts once, whichever way the arc runs.
    """
    n = max(graph.n, 1)
    pairs = graph.pairs.keys if graph.is_directed else graph.arc_keys()
    a, b = pairs // n, pairs % n
    is_external = (groups[a] != groups[b]).astype(np.float64)
    ends = np.concatenate([a, b])
    external = np.bincount(ends, weights=np.tile(is_external, 2), minlength=graph.n)
    every = np.bincount(ends, minlength=graph.n)
    return external.astype(np.int64), (every - external).astype(np.int64)


def ei_index_person(graph: Graph, groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """``(E - I) / (E + I)`` over distinct alters, -1..1; NaN without alters. Krackhardt & Stern 1988."""
    external, internal = external_and_internal(graph, groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(external + internal > 0, (external - internal) / (external + internal), np.nan)


def participation_coefficient(graph: Graph, groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """``1 - sum_u (s_u / s)^2`` over the groups of the alters, own group included, by weight.

    0 (all ties in one group) to 1 - 1/K; NaN without ties. Guimera & Amaral 2005.
    """
    _, number = np.unique(groups, return_inverse=True)
    n_groups = int(number.max()) + 1 if number.size else 1
    rows, columns, weights = graph.arcs
    cell = rows.astype(np.int64) * n_groups + number[columns]
    cells, index = np.unique(cell, return_inverse=True)
    per_group = np.bincount(index, weights=weights, minlength=cells.size)
    strength = np.bincount(rows, weights=weights, minlength=graph.n)
    squares = np.bincount(cells // n_groups, weights=per_group**2, minlength=graph.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(strength > 0, np.maximum(1.0 - squares / strength**2, 0.0), np.nan)


def external_units_reached(
    graph: Graph, groups: NDArray[np.int64], *, min_ties: int = 2
) -> NDArray[np.int64]:
    """Number of other groups in which a vertex has at least ``min_ties`` alters."""
    _, number = np.unique(groups, return_inverse=True)
    n_groups = int(number.max()) + 1 if number.size else 1
    rows, columns, _ = graph.arcs
    other = number[rows] != number[columns]
    cells, ties = np.unique(
        rows[other].astype(np.int64) * n_groups + number[columns[other]], return_counts=True
    )
    return np.bincount(cells[ties >= min_ties] // n_groups, minlength=graph.n).astype(np.int64)


def _counted(graph: Graph, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts from the groups of predecessors and successors, minus the closed triads."""
    from assets.network.kernels import open_two_paths, remove_closed

    out, into = graph.out, graph.into
    n_groups = int(group.max()) + 1 if group.size else 1
    counts: NDArray[np.int64] = open_two_paths(
        out.indptr, out.indices, into.indptr, into.indices, group, n_groups
    )
    if graph.is_directed:
        weak = symmetrised(graph, "weak").out
        rows = np.repeat(np.arange(graph.n, dtype=np.int64), weak.degrees)
        has_arc = positions(graph.arc_keys(), rows * graph.n + weak.indices) >= 0
    else:
        weak, has_arc = out, np.ones(out.indices.size, dtype=bool)
    remove_closed(counts, weak.indptr, weak.indices, has_arc, group)
    return counts


def _enumerated(graph: Graph, group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts by listing every two-path, in batches of brokers to bound memory."""
    out, into = graph.out, graph.into
    rows, columns, _ = graph.arcs
    arc_keys = rows.astype(np.int64) * graph.n + columns
    paths = into.degrees * out.degrees
    counts = np.zeros((graph.n, len(ROLES)), dtype=np.int64)
    bounds = np.searchsorted(np.cumsum(paths), np.arange(0, int(paths.sum()) + _BATCH_PATHS, _BATCH_PATHS))
    edges = np.unique(np.r_[0, bounds, graph.n])
    for start, stop in pairwise(edges.tolist()):
        a, b, c = _two_paths(graph, start, stop)
        wanted = a * graph.n + c
        at = np.minimum(np.searchsorted(arc_keys, wanted), max(arc_keys.size - 1, 0))
        is_open = (a != c) & (arc_keys[at] != wanted) if arc_keys.size else np.zeros(0, dtype=bool)
        a, b, c = a[is_open], b[is_open], c[is_open]
        role = role_of(group[a], group[b], group[c])
        counts += np.bincount(b * len(ROLES) + role, minlength=counts.size).reshape(counts.shape)
    return counts


def role_of(
    group_a: NDArray[np.int64], group_b: NDArray[np.int64], group_c: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Index into :data:`ROLES` of triads by the groups of a, broker b and c."""
    same_ab, same_bc, same_ac = group_a == group_b, group_b == group_c, group_a == group_c
    return np.select([same_ab & same_bc, same_ac, same_bc, same_ab], [0, 1, 2, 3], default=4).astype(np.int64)


def _two_paths(
    graph: Graph, start: int, stop: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """All (a, b, c) with a > b > c for brokers ``start <= b < stop``."""
    out, into = graph.out, graph.into
    first, last = into.indptr[start], into.indptr[stop]
    a_of_arc = into.indices[first:last].astype(np.int64)
    b_of_arc = np.repeat(np.arange(start, stop), into.degrees[start:stop])
    fan = out.degrees[b_of_arc]
    a, b = np.repeat(a_of_arc, fan), np.repeat(b_of_arc, fan)
    offset = np.arange(a.size) - np.repeat(np.cumsum(fan) - fan, fan)
    c = out.indices[out.indptr[b] + offset].astype(np.int64)
    return a, b, c
