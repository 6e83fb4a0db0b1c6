"""Units whose people take part less than people in like jobs and places elsewhere.

A small unit that is low now is partly low by chance and will rise by itself. So the gap is shrunk
towards the mean of all units (empirical Bayes): what is given is the gap that is expected to be there next
time, with its interval, not the one that was seen.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_PEERS: Final = 10
"""With fewer people of the same job and place elsewhere, all people elsewhere are the peers."""
Z: Final = 1.959963984540054


class UnitGaps(NamedTuple):
    """One row per unit, shape (units,). Rates are shares of people, 0..1."""

    unit_keys: Ints
    n_persons: Ints
    observed: Floats
    expected: Floats
    gap: Floats
    """Observed minus expected, shrunk."""
    low: Floats
    high: Floats
    raw_gap: Floats
    variance: Floats
    """Sampling variance of the raw gap."""


def unit_gaps(unit: Ints, cell: Ints, rate: Floats, least_persons: int) -> UnitGaps:
    """Gaps of all units of at least ``least_persons``; empty where fewer than three are left.

    Parameters
    ----------
    unit, cell
        Shape (persons,): unit, and group of people with like jobs and places.
    rate
        Shape (persons,): share of the months in which the person took part, 0..1.
    """
    keys, at = np.unique(unit, return_inverse=True)
    cells, group = np.unique(cell, return_inverse=True)
    size = np.bincount(at)
    observed = np.bincount(at, rate) / size
    expected = np.bincount(at, _of_peers(at, group, rate, len(keys), len(cells))) / size
    within = _within_variance(at, rate, observed, size)
    kept = (size >= least_persons) & np.isfinite(expected)
    raw, variance = (observed - expected)[kept], within / size[kept]
    if kept.sum() < 3:
        kept[:] = False
        raw, variance = raw[:0], variance[:0]
    gap, half = _shrunk(raw, variance)
    return UnitGaps(
        keys[kept].astype(np.int64), size[kept].astype(np.int64), observed[kept], expected[kept], gap,
        gap - half, gap + half, raw, variance,
    )  # fmt: skip


def _of_peers(unit: Ints, cell: Ints, rate: Floats, n_units: int, n_cells: int) -> Floats:
    """Each person's expected rate: people of the same cell in other units, else all people elsewhere."""
    both = unit * n_cells + cell
    inside, inside_sum = (np.bincount(both, w, minlength=n_units * n_cells) for w in (None, rate))
    n = np.bincount(cell, minlength=n_cells)[cell] - inside[both]
    total = np.bincount(cell, rate, minlength=n_cells)[cell] - inside_sum[both]
    others = len(rate) - np.bincount(unit)[unit]
    elsewhere = rate.sum() - np.bincount(unit, rate)[unit]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(n >= LEAST_PEERS, total / n, elsewhere / others))


def _within_variance(unit: Ints, rate: Floats, mean: Floats, size: Ints) -> float:
    """Variance between people of one unit, pooled: units have too few people for one of their own."""
    freedom = len(rate) - len(size)
    return float(((rate - mean[unit]) ** 2).sum() / freedom) if freedom > 0 else 0.0


def _shrunk(raw: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Gaps drawn towards their mean, and half the width of their 95 % intervals.

    The variance between units maximises Li and Lahiri's (2010) adjusted likelihood, which is never 0;
    Morris's (1983) last term adds that it is estimated. Where people of a unit never differ, nothing is
    shrunk.
    """
    k = len(raw)
    if k < 3 or (variance <= 0).any():
        return raw, np.zeros_like(raw)
    between = _between(raw, variance)
    weight = 1 / (variance + between)
    centre = float((weight * raw).sum() / weight.sum())
    pull = variance * weight
    gap = centre + (1 - pull) * (raw - centre)
    unsure = 2 / max(k - 3, 1) * pull**2 * weight / weight.mean() * (raw - centre) ** 2
    return gap, Z * np.sqrt((1 - pull) * variance + pull**2 / weight.sum() + unsure)


def _between(raw: Floats, variance: Floats) -> float:
    """Variance between units beyond chance, above 0."""
    spread = float(variance.mean() + raw.var())
    grid = spread * np.geomspace(1e-4, 4, 400)
    weight = 1 / (variance + grid[:, None])
    centre = (weight * raw).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    likelihood = 0.5 * (np.log(weight) - weight * (raw - centre) ** 2).sum(axis=1)
    restricted = likelihood - 0.5 * np.log(weight.sum(axis=1))
    return float(grid[np.argmax(np.log(grid) + restricted)])
