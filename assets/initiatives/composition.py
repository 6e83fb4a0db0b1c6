"""Did people change, or did other people come? Standardisation and Kitagawa's split.

A rate can rise because people do more, or because the mix of people shifted. Metric
specification I3 and P30; Kitagawa (1955), "Components of a difference between two rates".
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from assets.initiatives.estimability import NotEstimableError

Z_95: Final = 1.959963984540054
Cell = tuple[Hashable, ...]


class CellCounts(NamedTuple):
    """Persons of one cell (age band x job family x location) before and after, and how many take part."""

    n_before: int
    k_before: int
    n_after: int
    k_after: int


class Split(NamedTuple):
    """A change of a proportion and its two parts, which add up to it; all in proportion points.

    ``standardised_after`` is the later rate with the earlier mix, ``standardised_change`` its
    distance from the earlier rate; ``restandardised_before`` the earlier rate with the later mix.
    Intervals are 95 %, for fixed shares.
    """

    before: float
    after: float
    change: float
    rate_effect: float
    composition_effect: float
    standardised_after: float
    standardised_change: float
    standardised_low: float
    standardised_high: float
    restandardised_before: float
    n_before: int
    n_after: int
    n_cells: int
    n_dropped: int
    """Persons in cells that are empty in one period even after merging."""


def split_change(cells: Mapping[Cell, CellCounts]) -> Split:
    """Split the change of a proportion into rate effect and composition effect.

    Parameters
    ----------
    cells
        Counts per cell. Cells that are empty before or after are dropped and reported in
        ``n_dropped``; merge small ones first (``merged``).

    Raises
    ------
    NotEstimableError
        If no cell has people in both periods (``no_overlap``).

    Examples
    --------
    >>> younger, older = CellCounts(400, 340, 700, 686), CellCounts(600, 390, 300, 264)
    >>> found = split_change({("<35",): younger, ("35+",): older})
    >>> round(found.rate_effect, 4), round(found.composition_effect, 4), round(found.standardised_change, 4)
    (0.175, 0.045, 0.19)
    """
    kept = {cell: c for cell, c in cells.items() if c.n_before > 0 and c.n_after > 0}
    if not kept:
        raise NotEstimableError("no_overlap")
    counts = np.array([kept[cell] for cell in sorted(kept, key=str)], dtype=np.float64)
    n0, k0, n1, k1 = counts.T
    r0, r1 = k0 / n0, k1 / n1
    w0, w1 = n0 / n0.sum(), n1 / n1.sum()
    before, after = float(w0 @ r0), float(w1 @ r1)
    standardised = float(w0 @ r1)
    variance = float(w0**2 @ (r1 * (1 - r1) / n1 + r0 * (1 - r0) / n0))
    half = Z_95 * math.sqrt(variance)
    change = standardised - before
    everybody = sum(c.n_before + c.n_after for c in cells.values())
    return Split(
        before,
        after,
        after - before,
        float((w0 + w1) / 2 @ (r1 - r0)),
        float((r0 + r1) / 2 @ (w1 - w0)),
        standardised,
        change,
        change - half,
        change + half,
        float(w1 @ r0),
        int(n0.sum()),
        int(n1.sum()),
        len(kept),
        int(everybody - n0.sum() - n1.sum()),
    )


def merged(cells: Mapping[Cell, CellCounts], minimum: int) -> dict[Cell, CellCounts]:
    """Cells with fewer than ``minimum`` persons in a period give up their last attribute, step by step.

    A cell ``(age, family, place)`` that is too small joins the others of ``(age, family)`` that are
    too small, and so on up to one cell of everybody left; what is still too small then joins the
    smallest cell, so that no difference points at a few people.
    """
    if not cells:
        return {}
    depth = max(len(cell) for cell in cells)
    result: dict[Cell, CellCounts] = {}
    waiting = dict(cells)
    for length in range(depth, -1, -1):
        level: dict[Cell, CellCounts] = {}
        for cell, counts in waiting.items():
            level[cell[:length]] = _sum(level.get(cell[:length]), counts)
        waiting = {}
        for cell, counts in level.items():
            target = result if min(counts.n_before, counts.n_after) >= minimum else waiting
            target[cell] = counts
    for counts in waiting.values():
        if not result:
            return {(): counts}
        smallest = min(result, key=lambda cell: (min(result[cell].n_before, result[cell].n_after), str(cell)))
        result[smallest] = _sum(result[smallest], counts)
    return result


def _sum(one: CellCounts | None, other: CellCounts) -> CellCounts:
    if one is None:
        return other
    return CellCounts(*(a + b for a, b in zip(one, other, strict=True)))


def standardised_rate(weights: npt.NDArray[np.float64], rates: npt.NDArray[np.float64]) -> float:
    """``sum_g w_g r_g`` for shares ``w`` (non-negative, any sum above 0) and rates ``r``, both (cells,)."""
    if weights.shape != rates.shape or weights.sum() <= 0:
        raise ValueError(f"expected one rate per weight and a positive sum, got {weights} and {rates}")
    return float(weights @ rates / weights.sum())
