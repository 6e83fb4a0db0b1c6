"""Whether a role label would survive: two quarters in a row, and a bootstrap over events. C3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.network.roles import Mask
from assets.network.ties import TieArrays

RESAMPLES = 200
SURVIVAL = 0.8

Labels = dict[str, Mask | None]


@dataclass(frozen=True)
class Events:
    """Interactions of a window: one entry each, ``weight`` decayed to the window's end, ``day`` an
    integer per calendar day."""

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    weight: NDArray[np.float64]
    day: NDArray[np.int64]


def ties_of(events: Events, times: NDArray[np.int64] | None = None) -> TieArrays:
    """Ties from events, each taken ``times`` over (once, if not given).

    Event days are those with an event drawn at least once, in the arc's direction and in both.
    """
    count = np.ones(events.src.size, dtype=np.int64) if times is None else times
    drawn = count > 0
    src, dst, day = events.src[drawn], events.dst[drawn], events.day[drawn]
    weight = events.weight[drawn] * count[drawn]
    n = int(max(src.max(initial=-1), dst.max(initial=-1))) + 1
    pairs, pair = np.unique(src * n + dst, return_inverse=True)
    unordered, either = np.unique(np.minimum(src, dst) * n + np.maximum(src, dst), return_inverse=True)
    a, b = pairs // max(n, 1), pairs % max(n, 1)
    both = np.searchsorted(unordered, np.minimum(a, b) * n + np.maximum(a, b))
    return TieArrays(
        src=a,
        dst=b,
        weight=np.bincount(pair, weights=weight, minlength=pairs.size).astype(np.float64),
        event_days=_distinct_days(pair, day, pairs.size),
        event_days_both=_distinct_days(either, day, unordered.size)[both],
    )


def bootstrap_survival(
    size: int,
    label: Callable[[NDArray[np.int64] | None], Labels],
    *,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> dict[str, NDArray[np.float64]]:
    """Share of resamples (``size`` events drawn with replacement) in which each person carries a label.

    ``label`` turns "each event taken that often" into labels, None into those of the real window. A
    label that a resample cannot carry counts as not carried; one that the real window cannot carry
    is left out.
    """
    given = {name: mask for name, mask in label(None).items() if mask is not None}
    survived = {name: np.zeros(mask.size) for name, mask in given.items()}
    generator = np.random.default_rng(seed)
    for _ in range(resamples):
        times = np.bincount(generator.integers(0, max(size, 1), size), minlength=size)
        redone = label(times)
        for name, tally in survived.items():
            mask = redone[name]
            if mask is not None:
                tally += mask
    return {name: tally / resamples for name, tally in survived.items()}


def confirmed_labels(
    current: Mask | None, previous: Mask | None, survival: NDArray[np.float64] | None
) -> list[bool | None]:
    """True: labelled now and a quarter before, and confirmed. None: unstable. False: not labelled now.

    All arrays are aligned on the people of the current quarter; ``previous`` is false for who was
    not there. Without ``survival`` (no events at hand) persistence alone decides.
    """
    if current is None:
        return []
    labels: list[bool | None] = []
    for person, carries in enumerate(current.tolist()):
        if not carries:
            labels.append(False)
            continue
        persists = previous is not None and bool(previous[person])
        survives = survival is None or float(survival[person]) >= SURVIVAL
        labels.append(True if persists and survives else None)
    return labels


def _distinct_days(group: NDArray[np.int64], day: NDArray[np.int64], n_groups: int) -> NDArray[np.int64]:
    if group.size == 0:
        return np.zeros(n_groups, dtype=np.int64)
    first = int(day.min())
    span = int(day.max()) - first + 1
    found = np.unique(group * span + (day - first))
    return np.bincount(found // span, minlength=n_groups).astype(np.int64)
