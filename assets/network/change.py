"""How a network changes between two quarters that do not overlap. Metric specification, B6 and D9.

Snapshots four weeks apart share 9 of their 13 weeks and look alike by construction: compare
quarters whose windows do not overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph, positions
from assets.network.population import Population


@dataclass(frozen=True)
class NetworkChange:
    """Shares from 0 to 1; NaN where there is nothing to divide by.

    ``persistence``: ties of the first quarter still there, among pairs employed in both;
    ``turnover_lost`` = 1 - persistence; ``turnover_new``: ties of the second quarter, among such
    pairs, that were absent in the first. ``jaccard_all`` over everybody, ``jaccard_continuing``
    over pairs in both. The whole change ``1 - jaccard_all`` is ``behaviour`` (1 - J continuing)
    plus ``membership`` (J continuing - J all).
    """

    n_continuing: int
    persistence: float
    turnover_lost: float
    turnover_new: float
    jaccard_all: float
    jaccard_continuing: float
    behaviour: float
    membership: float


def network_change(
    before: Graph, before_ids: NDArray[Any], after: Graph, after_ids: NDArray[Any]
) -> NetworkChange:
    """Change between two undirected graphs whose vertices are the people employed at each end.

    ``before_ids`` and ``after_ids`` are ascending ids in vertex order; people meet by id.
    """
    everyone = np.union1d(before_ids, after_ids)
    first, second = _ties_among(before, before_ids, everyone), _ties_among(after, after_ids, everyone)
    stays = np.isin(everyone, before_ids) & np.isin(everyone, after_ids)
    n = max(everyone.size, 1)

    def continuing(ties: NDArray[np.int64]) -> NDArray[np.int64]:
        return ties[stays[ties // n] & stays[ties % n]]

    kept_first, kept_second = continuing(first), continuing(second)
    both = np.intersect1d(kept_first, kept_second).size
    persistence = _share(both, kept_first.size)
    jaccard_all = jaccard(first, second)
    jaccard_continuing = jaccard(kept_first, kept_second)
    return NetworkChange(
        n_continuing=int(stays.sum()),
        persistence=persistence,
        turnover_lost=1.0 - persistence,
        turnover_new=1.0 - _share(both, kept_second.size),
        jaccard_all=jaccard_all,
        jaccard_continuing=jaccard_continuing,
        behaviour=1.0 - jaccard_continuing,
        membership=jaccard_continuing - jaccard_all,
    )


def kept_ties(earlier: Population, now: Population) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Mutual ties before and now among people employed at both ends, as keys of pairs of today.

    A key is ``low * n + high`` with the vertex numbers and n of ``now``; both arrays ascend.
    """
    order = np.argsort(now.person_key, kind="stable")
    at = positions(now.person_key[order], earlier.person_key)
    number = np.r_[order, -1][at]
    a, b = number[earlier.mutual.src], number[earlier.mutual.dst]
    stays = (a >= 0) & (b >= 0)
    before = np.sort(np.minimum(a, b)[stays] * np.int64(max(now.n, 1)) + np.maximum(a, b)[stays])
    was_there = np.isin(now.person_key, earlier.person_key)
    mutual = now.mutual
    return before, mutual.arc_keys()[was_there[mutual.src] & was_there[mutual.dst]]


def jaccard(left: NDArray[np.int64], right: NDArray[np.int64]) -> float:
    """Common elements over all elements of two sets of unique keys; NaN if both are empty."""
    both = np.intersect1d(left, right).size
    return _share(both, left.size + right.size - both)


def _ties_among(graph: Graph, ids: NDArray[Any], everyone: NDArray[Any]) -> NDArray[np.int64]:
    number = positions(everyone, ids)
    a, b = number[graph.src], number[graph.dst]
    return np.sort(np.minimum(a, b) * max(everyone.size, 1) + np.maximum(a, b))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
