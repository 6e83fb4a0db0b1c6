"""Why people are tied: a network regressed on others, with permutation p-values (MRQAP).

Ties are not independent, so p comes from renaming people: what the other predictors leave of one
predictor is permuted by rows and columns together (double semi-partialling; Dekker, Krackhardt &
Snijders 2007). No matrix is built: a predictor is a graph or a place per person ("the same place or
not"), the t-statistic needs nothing but counts of common pairs, and those are linear in ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph
from assets.network.qap import ORDERS_AT_ONCE

Predictor = Graph | NDArray[np.int64]
"""An undirected graph, or a label per vertex: a pair counts 1 where both ends share it."""


@dataclass(frozen=True)
class Mrqap:
    """Linear probability of a tie: coefficients and two-sided p per predictor, in their order.

    A coefficient is the difference in the probability of a tie (-1..1) between pairs with and without
    the predictor, the others held equal. NaN throughout where a predictor is constant or follows from
    the others, or where there is no tie or nothing but ties; p also without permutations.
    """

    coefficients: NDArray[np.float64]
    p_values: NDArray[np.float64]
    n_permutations: int


@dataclass(frozen=True)
class _Ties:
    """The pairs of an undirected graph: ascending keys, and their ends."""

    graph: Graph
    keys: NDArray[np.int64]

    @property
    def size(self) -> float:
        return float(self.keys.size)

    def among(self, a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.integer]:
        """How many of the pairs (a, b) in each row are ties."""
        if self.keys.size == 0:
            return np.zeros(a.shape[0], dtype=np.int64)
        wanted = np.minimum(a, b).astype(np.int64) * self.graph.n + np.maximum(a, b)
        at = np.minimum(np.searchsorted(self.keys, wanted), self.keys.size - 1)
        return np.asarray(np.count_nonzero(self.keys[at] == wanted, axis=1))


@dataclass(frozen=True)
class _Places:
    """The pairs that share a place: places numbered from 0, one per vertex."""

    number: NDArray[np.int64]
    n_places: int

    @property
    def size(self) -> float:
        return float(_pairs_within(np.bincount(self.number)))

    def among(self, a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.integer]:
        """How many of the pairs (a, b) in each row share a place."""
        return np.asarray(np.count_nonzero(self.number[a] == self.number[b], axis=1))


def mrqap(
    outcome: Graph, predictors: Sequence[Predictor], *, permutations: int = 2_000, seed: int = 1
) -> Mrqap:
    """Regress the ties of an undirected graph on predictors over the same vertices (D7).

    p = (1 + permutations with a t-statistic at least as large) / (1 + permutations).
    """
    n, k = outcome.n, len(predictors)
    parts = [_prepared(part) for part in (*predictors, outcome)]
    gram = np.empty((k + 2, k + 2))
    gram[0, 0] = n * (n - 1) / 2
    gram[0, 1:] = gram[1:, 0] = [part.size for part in parts]
    gram[1:, 1:] = _common(parts, parts, np.arange(n)[None, :])[0]
    if np.linalg.matrix_rank(gram) < k + 2:
        return Mrqap(np.full(k, np.nan), np.full(k, np.nan), 0)
    coefficients = np.linalg.solve(gram[:-1, :-1], gram[:-1, -1])[1:].astype(np.float64)
    if permutations < 1:
        return Mrqap(coefficients, np.full(k, np.nan), 0)
    renamed = np.repeat(gram[None, :, :-1], permutations + 1, axis=0)
    generator = np.random.default_rng(seed)
    for first in range(1, permutations + 1, ORDERS_AT_ONCE):
        counts = renamed[first : first + ORDERS_AT_ONCE]
        orders = np.array([generator.permutation(n) for _ in counts])
        counts[:, 1:, 1:] = _common(parts, parts[:-1], orders)
    p_values = [_p_value(gram, renamed, j) for j in range(1, k + 1)]
    return Mrqap(coefficients, np.array(p_values), permutations)


def _p_value(gram: NDArray[np.float64], renamed: NDArray[np.float64], j: int) -> float:
    """Two-sided p of predictor ``j``, from what the others do not explain of it.

    ``renamed``: common pairs of each part with each predictor after renaming that predictor's people;
    (1 + permutations, parts, predictors), the first without renaming.
    """
    others = [i for i in range(gram.shape[0] - 1) if i != j]
    inverse = np.linalg.inv(gram[np.ix_(others, others)])
    own = np.zeros(gram.shape[0] - 1)
    own[j], own[others] = 1.0, -inverse @ gram[others, j]
    spread = float(own @ gram[:-1, :-1] @ own)
    against = renamed @ own
    beside, tied = against[:, others], gram[others, -1]
    left = spread - np.einsum("pi,ij,pj->p", beside, inverse, beside)
    left = np.where(left > 1e-9 * spread, left, np.inf)
    shared = against[:, -1] - beside @ inverse @ tied
    explained = shared**2 / left
    unexplained = np.maximum(gram[-1, -1] - tied @ inverse @ tied - explained, 1e-12)
    t_squared = explained / unexplained
    return float(np.count_nonzero(t_squared >= t_squared[0] * (1 - 1e-9)) / t_squared.size)


def _prepared(predictor: Predictor) -> _Ties | _Places:
    if isinstance(predictor, Graph):
        return _Ties(predictor, predictor.arc_keys())
    places, number = np.unique(predictor, return_inverse=True)
    return _Places(number.astype(np.int64), places.size)


def _common(
    fixed: Sequence[_Ties | _Places], moved: Sequence[_Ties | _Places], orders: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Unordered pairs in both, once ``moved`` calls vertex ``v`` ``order[v]``; (orders, fixed, moved)."""
    counts = np.empty((orders.shape[0], len(fixed), len(moved)))
    for column, part in enumerate(moved):
        if isinstance(part, _Ties):
            a, b = orders[:, part.graph.src], orders[:, part.graph.dst]
            for row, other in enumerate(fixed):
                counts[:, row, column] = other.among(a, b)
            continue
        number = np.empty_like(orders)
        np.put_along_axis(number, orders, part.number[None, :], axis=1)
        for row, other in enumerate(fixed):
            if isinstance(other, _Ties):
                same = number[:, other.graph.src] == number[:, other.graph.dst]
                counts[:, row, column] = np.count_nonzero(same, axis=1)
            else:
                counts[:, row, column] = _sharing_both(other, number, part.n_places)
    return counts


def _sharing_both(places: _Places, number: NDArray[np.int64], n_places: int) -> NDArray[np.float64]:
    """Pairs that share a place and, in each row of ``number``, another one below ``n_places``."""
    cells = places.n_places * n_places
    both = places.number * n_places + number + cells * np.arange(number.shape[0])[:, None]
    sizes = np.bincount(both.ravel(), minlength=cells * number.shape[0])
    return _pairs_within(sizes.reshape(number.shape[0], cells))


def _pairs_within(sizes: NDArray[np.integer]) -> NDArray[np.float64]:
    """Unordered pairs inside groups of these sizes, summed over the last axis."""
    return np.asarray(np.sum(sizes * (sizes - 1), axis=-1) / 2)
