"""Who reaches whom in a large digraph: mutually reachable vertices become one, the rest has no cycles.

A network of 100,000 people has far too many pairs for a matrix, but most people sit in one strongly
connected part; the rest is small enough to walk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assets.network.graph import Graph

BLOCK: Final = 8_192
"""Targets whose reachability is held at once, one bit each."""


@dataclass(frozen=True)
class Condensation:
    """Strong components ordered so that every arc runs from a lower to a higher number.

    ``part``: component of each vertex; ``sizes``: vertices per component; ``src``, ``dst``: arcs
    between components, each once, sorted by source.
    """

    part: NDArray[np.int64]
    sizes: NDArray[np.int64]
    src: NDArray[np.int64]
    dst: NDArray[np.int64]

    @property
    def n(self) -> int:
        """Number of strong components."""
        return int(self.sizes.size)

    @cached_property
    def bounds(self) -> list[int]:
        """The arcs of component c are ``bounds[c]`` to ``bounds[c + 1]``."""
        return np.searchsorted(self.src, np.arange(self.n + 1)).tolist()  # type: ignore[no-any-return]

    def reach_blocks(self) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """For :data:`BLOCK` targets at a time: the first one, and who reaches them, packed by row."""
        bounds, dst = self.bounds, self.dst
        for first in range(0, self.n, BLOCK):
            width = min(BLOCK, self.n - first)
            reach = np.zeros((self.n, (width + 7) // 8), dtype=np.uint8)
            own = np.arange(width)
            reach[first + own, own >> 3] = np.left_shift(1, 7 - (own & 7)).astype(np.uint8)
            for c in range(first + width - 1, -1, -1):
                if bounds[c] < bounds[c + 1]:
                    below = reach[dst[bounds[c] : bounds[c + 1]]]
                    reach[c] |= np.bitwise_or.reduce(below, axis=0)
            yield first, reach

    def one_way_pairs(self) -> float:
        """Pairs of vertices of which exactly one reaches the other."""
        total = 0.0
        heavy = np.flatnonzero(self.sizes > 1)
        for first, reach in self.reach_blocks():
            reached = np.bitwise_count(reach).sum(axis=1, dtype=np.float64)
            for target in heavy[(heavy >= first) & (heavy < first + BLOCK)].tolist():
                at = target - first
                is_reached = (reach[:, at >> 3] >> (7 - (at & 7))) & 1
                reached += is_reached * (float(self.sizes[target]) - 1.0)
            total += float(np.sum(reached * self.sizes))
        return total - float(np.sum(self.sizes.astype(np.float64) ** 2))

    def mutual_pairs(self) -> float:
        """Pairs of vertices that reach each other."""
        sizes = self.sizes.astype(np.float64)
        return float(np.sum(sizes * (sizes - 1) / 2))

    def reach_matrix(self) -> NDArray[np.bool_]:
        """Dense (components, components): whether the row reaches the column; each reaches itself."""
        reach = np.zeros((self.n, self.n), dtype=bool)
        for first, block in self.reach_blocks():
            width = min(BLOCK, self.n - first)
            reach[:, first : first + width] = np.unpackbits(block, axis=1, count=width)
        return reach

    def superiors(self, component: int, into: dict[int, list[int]]) -> set[int]:
        """Every component that reaches this one, itself included; ``into`` lists direct superiors."""
        seen, waiting = {component}, [component]
        while waiting:
            for above in into.get(waiting.pop(), ()):
                if above not in seen:
                    seen.add(above)
                    waiting.append(above)
        return seen

    def direct_superiors(self) -> dict[int, list[int]]:
        """For each component with incoming arcs, where they come from."""
        into: dict[int, list[int]] = {}
        for above, below in zip(self.src.tolist(), self.dst.tolist(), strict=True):
            into.setdefault(below, []).append(above)
        return into


def condensation(graph: Graph) -> Condensation:
    """Strong components of a directed graph and the arcs between them, in topological order."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    matrix = csr_array((np.ones(graph.n_edges), (graph.src, graph.dst)), shape=(graph.n, graph.n))
    count, label = connected_components(matrix, directed=True, connection="strong")
    src, dst = label[graph.src].astype(np.int64), label[graph.dst].astype(np.int64)
    between = src != dst
    keys = np.unique(src[between] * np.int64(max(count, 1)) + dst[between])
    src, dst = keys // max(count, 1), keys % max(count, 1)
    number = _topological(int(count), src, dst)
    src, dst = number[src], number[dst]
    order = np.lexsort((dst, src))
    part = number[label] if graph.n else np.empty(0, dtype=np.int64)
    return Condensation(part, np.bincount(part, minlength=int(count)), src[order], dst[order])


def _topological(count: int, src: NDArray[np.int64], dst: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each component, lower above higher; equal graphs give equal numbers."""
    missing = np.bincount(dst, minlength=count)
    bounds = np.searchsorted(src, np.arange(count + 1))
    number = np.empty(count, dtype=np.int64)
    ready, given = np.flatnonzero(missing == 0), 0
    while ready.size:
        number[ready] = given + np.arange(ready.size)
        given += ready.size
        spans = [np.arange(bounds[c], bounds[c + 1]) for c in ready.tolist()]
        below = dst[np.concatenate(spans)] if spans else dst[:0]
        np.subtract.at(missing, below, 1)
        ready = np.unique(below[missing[below] == 0])
    return number
