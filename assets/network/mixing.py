"""How groups mix: density, E-I index against chance, silos. Metric specification, D1, D2, D4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from math import exp, lgamma
from math import log as log_of

import numpy as np
from numpy.typing import NDArray

from assets.network.engine import KERNEL_VERTICES
from assets.network.graph import Graph, distinct

MAX_EXACT_LABELLINGS = 20_000
LABELLINGS_AT_ONCE = 200
_MANY = 1e12
SILO_EXCESS = -0.3
SILO_P_VALUE = 0.01
SILO_SHARE_WITHOUT_EXTERNAL = 0.5
MIN_PERSONS_PER_UNIT_REACHED = 3

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Mixing:
    """E-I of the whole graph and of each group; group arrays are ordered as ``group_labels``.

    ``expected`` is the index under random mixing of the same groups (0 is *not* the baseline);
    ``p_value`` the chance of an index as low or lower with labels shuffled, ``p_method`` how many
    shuffles that rests on (None: none). ``ei_index_weighted`` takes sums of weight in place of
    numbers of ties. NaN where undefined.
    """

    group_labels: NDArray[np.int64]
    external: NDArray[np.int64]
    internal: NDArray[np.int64]
    ei_index: Values
    ei_expected: Values
    ei_p_value: Values
    total_external: int
    total_internal: int
    total_ei_index: float
    total_ei_expected: float
    total_ei_p_value: float
    ei_index_weighted: Values
    p_method: str | None

    @property
    def ei_excess(self) -> Values:
        """Index minus expectation per group, negative = turned inwards."""
        return self.ei_index - self.ei_expected


def density(graph: Graph) -> float:
    """Share of possible ties that exist, 0..1; NaN below two vertices. Falls with n by nature."""
    possible = graph.n * (graph.n - 1) / (1 if graph.is_directed else 2)
    return graph.n_edges / possible if possible else float("nan")


def mixing(graph: Graph, groups: NDArray[np.int64], *, permutations: int = 1_000, seed: int = 1) -> Mixing:
    """E-I of the graph and its groups with expectation and permutation p (Krackhardt & Stern 1988).

    Every edge (arc, if directed) counts once for the whole, and once for each group that it
    touches. ``permutations`` = 0 leaves p undefined; when there are no more labellings than
    20,000, all of them are enumerated and p is exact, else ``p = (1 + count) / (1 + B)``.
    """
    labels, group = np.unique(np.asarray(groups, dtype=np.int64), return_inverse=True)
    if group.size != graph.n:
        raise ValueError(f"{group.size} groups for {graph.n} vertices; every vertex needs one group")
    sizes = np.bincount(group, minlength=labels.size)
    external, internal = _group_counts(graph, group, labels.size)
    all_internal = int(internal.sum())
    all_external = graph.n_edges - all_internal
    total_p, group_p, method = _p_values(graph, group, sizes, permutations, seed)
    n = graph.n
    possible_in = sizes * (sizes - 1.0)
    possible_out = 2.0 * sizes * (n - sizes)
    return Mixing(
        group_labels=labels,
        external=external,
        internal=internal,
        ei_index=_ratio(external - internal, external + internal),
        ei_expected=_ratio(possible_out - possible_in, possible_out + possible_in),
        ei_p_value=np.where(external + internal > 0, group_p, np.nan),
        total_external=all_external,
        total_internal=all_internal,
        total_ei_index=float(_ratio(all_external - all_internal, graph.n_edges)),
        total_ei_expected=expected_ei_index(sizes),
        total_ei_p_value=total_p if graph.n_edges else float("nan"),
        ei_index_weighted=_weighted(graph, group, labels.size),
        p_method=method,
    )


def expected_ei_index(sizes: NDArray[np.int64]) -> float:
    """``(ep - ip) / (ep + ip)`` with the possible external and internal pairs of these group sizes."""
    n = float(np.sum(sizes))
    inside = float(np.sum(sizes * (sizes - 1.0)))
    return float(_ratio(n * (n - 1) - 2 * inside, n * (n - 1)))


def ei_index_weighted(graph: Graph, groups: NDArray[np.int64]) -> float:
    """E-I on sums of weight instead of numbers of ties; NaN without ties."""
    is_external = groups[graph.src] != groups[graph.dst]
    total = float(graph.weight.sum())
    return float(_ratio(2 * float(graph.weight[is_external].sum()) - total, total))


def share_without_external(graph: Graph, groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], Values]:
    """Group labels, and per group the share of its members without any tie to another group."""
    labels, group = np.unique(groups, return_inverse=True)
    has_external = np.zeros(graph.n, dtype=bool)
    outside = group[graph.src] != group[graph.dst]
    has_external[graph.src[outside]] = True
    has_external[graph.dst[outside]] = True
    sizes = np.bincount(group, minlength=labels.size)
    without = np.bincount(group, weights=~has_external, minlength=labels.size)
    return labels, without / sizes


def units_reached(
    graph: Graph, groups: NDArray[np.int64], *, min_persons: int = MIN_PERSONS_PER_UNIT_REACHED
) -> NDArray[np.int64]:
    """Per group (ascending label): other groups that at least ``min_persons`` of its members reach."""
    labels, group = np.unique(groups, return_inverse=True)
    rows, columns, _ = graph.arcs
    outside = group[rows] != group[columns]
    person_unit = distinct(rows[outside].astype(np.int64) * labels.size + group[columns[outside]])
    person, unit = person_unit // labels.size, person_unit % labels.size
    pairs, persons = np.unique(group[person] * labels.size + unit, return_counts=True)
    reached = pairs[persons >= min_persons] // labels.size
    return np.bincount(reached, minlength=labels.size).astype(np.int64)


def silo_flags(ei_excess: Values, p_value: Values, without_external: Values) -> list[bool | None]:
    """Per group: excess <= -0.3, p < .01 and at least half without external ties; None if undefined.

    A silo may be intended (audit, legal): the flag is a question, not a verdict.
    """
    flags: list[bool | None] = []
    for excess, p, share in zip(ei_excess, p_value, without_external, strict=True):
        if np.isnan(excess) or np.isnan(p) or np.isnan(share):
            flags.append(None)
        else:
            flags.append(
                bool(excess <= SILO_EXCESS and p < SILO_P_VALUE and share >= SILO_SHARE_WITHOUT_EXTERNAL)
            )
    return flags


def _ratio(numerator: object, denominator: object) -> Values:
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom != 0, top / bottom, np.nan)


def _group_counts(
    graph: Graph, group: NDArray[np.int64], n_groups: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ties of each group with others, and inside."""
    if graph.n > KERNEL_VERTICES:
        from assets.network.kernels import group_tie_counts

        counted = group_tie_counts(graph.src, graph.dst, group, n_groups)
        return counted[0], counted[1]
    a, b = group[graph.src], group[graph.dst]
    inside = a == b
    internal = np.bincount(a[inside], minlength=n_groups)
    external = np.bincount(a[~inside], minlength=n_groups) + np.bincount(b[~inside], minlength=n_groups)
    return external, internal


def _weighted(graph: Graph, group: NDArray[np.int64], n_groups: int) -> Values:
    """E-I of each group on sums of weight."""
    a, b, weight = group[graph.src], group[graph.dst], graph.weight
    inside = a == b
    internal = np.bincount(a[inside], weights=weight[inside], minlength=n_groups)
    external = np.bincount(a[~inside], weights=weight[~inside], minlength=n_groups)
    external = external + np.bincount(b[~inside], weights=weight[~inside], minlength=n_groups)
    return _ratio(external - internal, external + internal)


def _p_values(
    graph: Graph, group: NDArray[np.int64], sizes: NDArray[np.int64], permutations: int, seed: int
) -> tuple[float, Values, str | None]:
    n_groups = sizes.size
    if graph.n_edges == 0 or permutations == 0:
        return float("nan"), np.full(n_groups, np.nan), None
    external, internal = _group_counts(graph, group, n_groups)
    observed = _ratio(external - internal, external + internal)
    is_exact = _labellings(sizes) <= MAX_EXACT_LABELLINGS
    shuffles = _every_labelling(sizes) if is_exact else _random_labellings(group, permutations, seed)
    at_most_total, at_most_group, seen = 0, np.zeros(n_groups, dtype=np.int64), 0
    for out, inside in _counts_of_labellings(graph, shuffles, n_groups):
        seen += out.shape[0]
        at_most_total += int(np.count_nonzero(inside.sum(axis=1) >= internal.sum()))
        with np.errstate(invalid="ignore", divide="ignore"):
            shuffled = (out - inside) / (out + inside)
        # A group without any tie in a shuffle shows no inward turn: it does not count as one.
        at_most_group += np.count_nonzero((shuffled <= observed + 1e-12) & (out + inside > 0), axis=0)
    offset = 0 if is_exact else 1
    method = f"exact_{seen}_labellings" if is_exact else f"{permutations}_permutations_seed{seed}"
    return (
        (offset + at_most_total) / (offset + seen),
        (offset + at_most_group) / (offset + seen),
        method,
    )


def _counts_of_labellings(
    graph: Graph, shuffles: Iterator[NDArray[np.int64]], n_groups: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """External and internal ties per group, shape (labellings, groups), some labellings at a time.

    A group's external ties are its degrees less both ends of its internal ties, so that only the
    few internal ties of a shuffle have to be told apart by group.
    """
    if graph.n > KERNEL_VERTICES:
        for labels in shuffles:
            out, inside = _group_counts(graph, labels, n_groups)
            yield out[None, :], inside[None, :]
        return
    degrees = np.bincount(np.concatenate([graph.src, graph.dst]), minlength=graph.n).astype(np.float64)
    small = np.int16 if n_groups < np.iinfo(np.int16).max else np.int64
    while batch := [labels.astype(small) for labels in islice(shuffles, LABELLINGS_AT_ONCE)]:
        labels = np.array(batch)
        cell = np.arange(len(batch))[:, None] * n_groups + labels
        size = len(batch) * n_groups
        total = np.bincount(cell.ravel(), weights=np.tile(degrees, len(batch)), minlength=size)
        row, edge = np.nonzero(labels[:, graph.src] == labels[:, graph.dst])
        inside = np.bincount(cell[row, graph.src[edge]], minlength=size)
        shape = (len(batch), n_groups)
        yield (total.astype(np.int64) - 2 * inside).reshape(shape), inside.reshape(shape)


def _labellings(sizes: NDArray[np.int64]) -> float:
    """Number of ways to hand these labels to the vertices (multinomial coefficient)."""
    log = lgamma(float(sizes.sum()) + 1) - sum(lgamma(size + 1) for size in sizes.tolist())
    return round(exp(log)) if log < log_of(_MANY) else float("inf")


def _every_labelling(sizes: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    n = int(sizes.sum())
    labels = np.full(n, -1, dtype=np.int64)

    def fill(label: int, free: tuple[int, ...]) -> Iterator[NDArray[np.int64]]:
        if label == sizes.size:
            yield labels
            return
        for chosen in combinations(free, int(sizes[label])):
            labels[list(chosen)] = label
            yield from fill(label + 1, tuple(v for v in free if v not in chosen))

    yield from fill(0, tuple(range(n)))


def _random_labellings(group: NDArray[np.int64], permutations: int, seed: int) -> Iterator[NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    for _ in range(permutations):
        yield generator.permutation(group)
