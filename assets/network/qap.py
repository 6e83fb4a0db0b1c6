"""Correlation of whole networks with permutation p-values (QAP).

Ties are not independent, so textbook standard errors do not hold; rows and columns are permuted
together instead. Krackhardt 1988.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from itertools import permutations as every_order
from math import factorial, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph

EXACT_UP_TO: Final = 7
"""Up to this many vertices all orders are tried (5,040) and p is exact."""
MAX_MATRIX_VERTICES: Final = 2_000
ORDERS_AT_ONCE: Final = 50


@dataclass(frozen=True)
class Qap:
    """Pearson ``r`` of the two adjacency matrices off the diagonal; ``p_value`` one-sided, upper.

    The identity is among the permutations. NaN if one graph is empty or complete; p also without
    permutations.
    """

    r: float
    p_value: float
    n_permutations: int
    is_exact: bool


def qap(left: Graph, right: Graph, *, permutations: int = 2_000, seed: int = 1) -> Qap:
    """Correlation of two binary graphs on the same vertices, both directed or both not.

    For 0/1 matrices r depends on the permutation through the number of common ties alone.
    """
    if left.n != right.n or left.is_directed != right.is_directed:
        raise ValueError("QAP compares two graphs of the same kind on the same vertices")
    n = left.n
    cells = n * (n - 1) / (1 if left.is_directed else 2)
    e, f = left.n_edges, right.n_edges
    spread = e * (cells - e) * f * (cells - f)
    if spread <= 0:
        return Qap(float("nan"), float("nan"), 0, False)
    # Permuting one graph or the other counts the same: the one with fewer ties costs less.
    fixed, moved = (left, right) if f <= e else (right, left)
    observed = int(_common(fixed, moved, np.arange(n)[None, :])[0])
    is_exact = n <= EXACT_UP_TO
    at_least, tried = (0, 0) if is_exact else (1, 1)
    orders = _orders(n, permutations, seed, is_exact)
    while batch := list(islice(orders, ORDERS_AT_ONCE)):
        at_least += int(np.count_nonzero(_common(fixed, moved, np.array(batch)) >= observed))
        tried += len(batch)
    r = (cells * observed - e * f) / sqrt(spread)
    if tried <= 1:
        return Qap(r, float("nan"), 0, False)
    return Qap(r, at_least / tried, factorial(n) if is_exact else permutations, is_exact)


def _common(fixed: Graph, moved: Graph, orders: NDArray[np.int64]) -> NDArray[np.int64]:
    """Common ties after renaming the vertices of ``moved``, one count per order."""
    n = fixed.n
    a, b = orders[:, moved.src], orders[:, moved.dst]
    if not moved.is_directed:
        a, b = np.minimum(a, b), np.maximum(a, b)
    if n <= MAX_MATRIX_VERTICES:
        matrix = np.zeros((n, n), dtype=bool)
        matrix[fixed.src, fixed.dst] = True
        return np.asarray(np.count_nonzero(matrix[a, b], axis=1), dtype=np.int64)
    keys, wanted = fixed.arc_keys(), a * n + b
    found = keys[np.minimum(np.searchsorted(keys, wanted), keys.size - 1)] == wanted
    return np.asarray(np.count_nonzero(found, axis=1), dtype=np.int64)


def _orders(n: int, permutations: int, seed: int, is_exact: bool) -> Iterator[NDArray[np.int64]]:
    if is_exact:
        for order in every_order(range(n)):
            yield np.array(order, dtype=np.int64)
        return
    generator = np.random.default_rng(seed)
    for _ in range(permutations):
        yield generator.permutation(n).astype(np.int64)
