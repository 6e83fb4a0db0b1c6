"""How long people stay: Kaplan and Meier with delayed entry. Metric specification H5, P25.

Everybody enters observation at a time of their own (existing staff at the tenure they had when
the warehouse begins: left truncation) and is at risk of leaving in ``entry < t <= exit``. At
equal times events come before censorings. The unit of time is the caller's.

Kaplan & Meier 1958; Greenwood 1926; Kalbfleisch & Prentice 2002 (log-log interval); Brookmeyer &
Crowley 1982; Royston & Parmar 2013 (restricted mean).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets.outcomes.proportions import Z_95, Difference, Interval

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CENSORED = 0
EVENT = 1
"""Cause 1 is the event of interest; every other cause above 0 competes with it."""


@dataclass(frozen=True)
class Lives:
    """Observed stretches of life, one per spell: shapes (n,).

    ``cause`` is 0 where observation just ended (censored), 1 for the event, 2 and above for
    competing events. Raises ``ValueError`` for shapes that differ, times that are no numbers and
    an exit at or before the entry: such a life was never at risk.
    """

    entry: Floats
    exit: Floats
    cause: Ints

    def __post_init__(self) -> None:
        shapes = {self.entry.shape, self.exit.shape, self.cause.shape}
        if len(shapes) != 1:
            raise ValueError(f"expected one value per life in each array, got shapes {sorted(shapes)}")
        if not (np.isfinite(self.entry).all() and np.isfinite(self.exit).all()):
            raise ValueError("entry and exit have to be numbers")
        if (self.exit <= self.entry).any():
            raise ValueError("a life ends at or before its entry: it was never at risk")

    def __len__(self) -> int:
        return len(self.entry)

    def chosen(self, which: npt.NDArray[np.bool_]) -> Lives:
        """The lives marked True, shape (n,)."""
        return Lives(self.entry[which], self.exit[which], self.cause[which])

    def between(self, start: float, end: float) -> Lives:
        """What of these lives lies in ``(start, end]``; whoever leaves later is censored at ``end``."""
        part = self.chosen((self.exit > start) & (self.entry < end))
        return Lives(
            np.maximum(part.entry, start),
            np.minimum(part.exit, end),
            np.where(part.exit > end, CENSORED, part.cause),
        )

    def at_landmark(self, landmark: float) -> Lives:
        """Who is at risk at the landmark, followed from it; time counts from the landmark."""
        part = self.chosen((self.entry <= landmark) & (self.exit > landmark))
        return Lives(np.zeros(len(part)), part.exit - landmark, part.cause)


class RiskTable(NamedTuple):
    """Who is at risk when, at each time an observation ends: shapes (times,), times ascending."""

    times: Floats
    n_at_risk: Ints
    n_events: Ints
    n_competing: Ints
    n_censored: Ints


def risk_table(lives: Lives) -> RiskTable:
    """At risk, leaving and censored at every time at which at least one observation ends."""
    times, place = np.unique(lives.exit, return_inverse=True)
    counts = [
        np.bincount(place[chosen], minlength=len(times)).astype(np.int64)
        for chosen in (lives.cause == EVENT, lives.cause > EVENT, lives.cause == CENSORED)
    ]
    return RiskTable(times, at_risk(lives, times), *counts)


def at_risk(lives: Lives, times: Floats) -> Ints:
    """Number of lives with ``entry < t <= exit``, shape of ``times``."""
    entered = np.searchsorted(np.sort(lives.entry), times, side="left")
    gone = np.searchsorted(np.sort(lives.exit), times, side="left")
    return np.asarray(entered - gone, dtype=np.int64)


@dataclass(frozen=True)
class Curve:
    """A survival curve: values hold from each event time on, 1 before the first; shapes (times,).

    ``variance_sum`` is Greenwood's ``sum d / (n (n - d))``, infinite once everybody at risk left.
    ``observed_from`` and ``observed_to`` bound what the data speak of.
    """

    times: Floats
    n_at_risk: Ints
    n_events: Ints
    survival: Floats
    variance_sum: Floats
    observed_from: float
    observed_to: float

    def at(self, time: float) -> float | None:
        """Share that stays beyond ``time``; None outside of what was observed."""
        if not self.speaks_of(time):
            return None
        before = np.searchsorted(self.times, time, side="right")
        return float(self.survival[before - 1]) if before else 1.0

    def speaks_of(self, time: float) -> bool:
        """Whether the curve is known at ``time``: observed so far, or nobody left before."""
        is_over = len(self.survival) > 0 and self.survival[-1] == 0
        return self.observed_from <= time and (time <= self.observed_to or is_over)

    def interval_at(self, time: float) -> Interval | None:
        """Log-log 95 % interval of ``at(time)``; None where it has none (before the first event, at 0)."""
        before = int(np.searchsorted(self.times, time, side="right"))
        if not self.speaks_of(time) or before == 0 or self.survival[before - 1] in (0.0, 1.0):
            return None
        return self._interval(before - 1)

    def _interval(self, place: int) -> Interval:
        survival = float(self.survival[place])
        half = Z_95 * math.sqrt(float(self.variance_sum[place])) / abs(math.log(survival))
        return Interval(survival ** math.exp(half), survival ** math.exp(-half))

    @property
    def median(self) -> float | None:
        """Smallest time at which half or fewer stay; None if the curve does not get there."""
        return self._first_at_most(self.survival, 0.5)

    @property
    def median_interval(self) -> tuple[float | None, float | None]:
        """Times at which the limits of the curve cross one half (Brookmeyer and Crowley)."""
        inner = (self.survival > 0) & (self.survival < 1)
        limits = np.array(
            [
                tuple(self._interval(place)) if inner[place] else (value, value)
                for place, value in enumerate(self.survival)
            ]
        ).reshape(-1, 2)
        return self._first_at_most(limits[:, 0], 0.5), self._first_at_most(limits[:, 1], 0.5)

    def _first_at_most(self, values: Floats, level: float) -> float | None:
        below = np.flatnonzero(values <= level + 1e-12)
        return float(self.times[below[0]]) if len(below) else None


def kaplan_meier(lives: Lives) -> Curve | None:
    """The curve of cause 1; other causes count as censored (cause-specific). None without lives.

    Examples
    --------
    >>> ends = np.array([1.0, 2, 2, 3])
    >>> curve = kaplan_meier(Lives(np.zeros(4), ends, np.array([1, 1, 0, 1])))
    >>> curve.survival.round(4).tolist(), curve.median
    ([0.75, 0.5, 0.0], 2.0)
    """
    if not len(lives):
        return None
    table = risk_table(lives)
    shown = table.n_events > 0
    n, d = table.n_at_risk[shown], table.n_events[shown]
    survival = np.cumprod((n - d) / n, dtype=np.float64)
    with np.errstate(divide="ignore"):
        variance_sum = np.cumsum(d / (n * np.maximum(n - d, 0.0)))
    return Curve(
        table.times[shown], n, d, survival, variance_sum, float(lives.entry.min()), float(lives.exit.max())
    )


def well_observed(lives: Lives, minimum: int) -> tuple[float, float] | None:
    """The longest stretch of time with at least ``minimum`` lives at risk throughout.

    With delayed entry the first risk sets may be tiny, and one departure from a risk set of two
    would halve the whole curve. The earliest of equally long stretches; None if there is none.
    """
    edges = np.unique(np.concatenate([lives.entry, lives.exit]))
    if len(edges) < 2:
        return None
    is_enough = at_risk(lives, edges[1:]) >= minimum
    changes = np.flatnonzero(np.diff(np.concatenate([[0], is_enough.astype(int), [0]])))
    if not len(changes):
        return None
    starts, ends = edges[changes[0::2]], edges[changes[1::2]]
    longest = int(np.argmax(ends - starts))
    return float(starts[longest]), float(ends[longest])


class RestrictedMean(NamedTuple):
    """Mean time stayed within the horizon, and its standard error, in the unit of time."""

    value: float
    standard_error: float


def restricted_mean(curve: Curve, horizon: float) -> RestrictedMean | None:
    """Area under the curve up to ``horizon``, with Greenwood's standard error.

    None if the curve begins after time 0 (the first part of the area is not known), or ends
    before the horizon with people still there.
    """
    if horizon <= 0:
        raise ValueError(f"the horizon has to be above 0, got {horizon}")
    if curve.observed_from > 0 or not curve.speaks_of(horizon):
        return None
    used = curve.times <= horizon
    edges = np.concatenate([[0.0], curve.times[used], [horizon]])
    heights = np.concatenate([[1.0], curve.survival[used]])
    pieces = np.diff(edges) * heights
    rest = np.cumsum(pieces[::-1])[::-1][1:]
    n, d = curve.n_at_risk[used], curve.n_events[used]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(rest > 0, rest**2 * d / (n * (n - d)), 0.0)
    return RestrictedMean(float(pieces.sum()), math.sqrt(float(terms.sum())))


def restricted_mean_difference(first: RestrictedMean, second: RestrictedMean) -> Difference:
    """First minus second with a normal 95 % interval; the groups have to be independent."""
    value = first.value - second.value
    half = Z_95 * math.hypot(first.standard_error, second.standard_error)
    return Difference(value, Interval(value - half, value + half))
