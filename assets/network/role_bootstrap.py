"""Would a role label survive if the window had held other days? Bootstrap over days of contact. C3.

What is drawn is a day on which one person turned to another. Weights inherit the caps of the week,
which no single message knows; two messages of one day are no independent evidence for a tie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assets.network.graph import Graph, positions
from assets.network.population import Population
from assets.network.role_networks import Context, Graphs, network_of_graphs
from assets.network.role_stability import Labels, bootstrap_survival
from assets.network.roles import role_labels
from assets.network.snapshot_options import SnapshotOptions

_MOST_DAYS = 16
"""More than the days of a week, so that a week and a day make one number."""


@dataclass(frozen=True)
class ContactDays:
    """One entry per day and ordered pair with contact: vertex numbers, decayed weight of that day.

    ``against``: the part of the weight that runs against the flow of information. ``day``: the same
    number for the same day of the two directions of a pair.
    """

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    weight: NDArray[np.float64]
    against: NDArray[np.float64]
    day: NDArray[np.int64]


def read_contact_days(population: Population, weeks: pa.Table) -> ContactDays:
    """Days from weekly dyads.

    ``weeks``: from_person_key, to_person_key, week (int), weight and against (decayed),
    n_event_days, n_further_event_days (days on which the other direction has no contact, or is not
    the one that counts the day). A week's weight is spread evenly over its days.
    """
    by_key = np.argsort(population.person_key, kind="stable")
    keys = population.person_key[by_key]
    found = [
        positions(keys, np.asarray(weeks[name].to_numpy(), dtype=np.int64))
        for name in ("from_person_key", "to_person_key")
    ]
    known = (found[0] >= 0) & (found[1] >= 0)
    days = np.asarray(weeks["n_event_days"].to_numpy(), dtype=np.int64)[known]
    further = np.asarray(weeks["n_further_event_days"].to_numpy(), dtype=np.int64)[known]
    week = np.asarray(weeks["week"].to_numpy(), dtype=np.int64)[known]
    src, dst = by_key[found[0][known]], by_key[found[1][known]]
    # By vertex and week, so that a draw means the same whatever the order of rows or keys.
    order = np.lexsort((week, dst, src))
    days, further, week, src, dst = (values[order] for values in (days, further, week, src, dst))
    row = np.repeat(np.arange(days.size), days)
    nth = np.arange(row.size) - np.repeat(np.cumsum(days) - days, days)
    shared = (days - further)[row]
    # Days that the other direction counts are its first ones; the others lie behind them.
    number = np.where(src[row] < dst[row], nth, np.where(nth < shared, nth, _MOST_DAYS // 2 + nth))
    spread = np.maximum(days, 1)

    def per_day(name: str) -> NDArray[np.float64]:
        return (np.asarray(weeks[name].to_numpy(), dtype=np.float64)[known][order] / spread)[row]

    return ContactDays(
        src[row], dst[row], per_day("weight"), per_day("against"), week[row] * _MOST_DAYS + number
    )


class Resampler:
    """Graphs of a window whose days of contact are each taken some number of times."""

    def __init__(self, n: int, days: ContactDays, *, theta: float = 0.5, min_event_days: int = 2) -> None:
        self.n, self.days = n, days
        self.theta, self.min_event_days = theta, min_event_days
        size = max(n, 1)
        keys, self.pair = np.unique(days.src * size + days.dst, return_inverse=True)
        self.src, self.dst = keys // size, keys % size
        self.reverse = positions(keys, self.dst * size + self.src)
        both, self.couple = np.unique(
            np.minimum(self.src, self.dst) * size + np.maximum(self.src, self.dst), return_inverse=True
        )
        self.n_couples = both.size
        first = int(days.day.min(initial=0))
        span = int(days.day.max(initial=0)) - first + 1
        cells, self.cell = np.unique(self.couple[self.pair] * span + days.day - first, return_inverse=True)
        self.couple_of_cell = cells // span
        self.flow_keys = np.union1d(keys, self.dst * size + self.src)
        self.along_at = np.searchsorted(self.flow_keys, keys)
        self.against_at = np.searchsorted(self.flow_keys, self.dst * size + self.src)

    def draw(self, times: NDArray[np.int64] | None = None) -> Graphs:
        """The graphs with each day taken ``times`` over; once, if not given."""
        count = np.ones(self.days.src.size, dtype=np.int64) if times is None else times
        n_pairs, drawn = self.src.size, count > 0
        weight = self._per_pair(self.days.weight * count)
        against = self._per_pair(self.days.against * count)
        event_days = np.bincount(self.pair[drawn], minlength=n_pairs).astype(np.int64)
        keep = (weight >= self.theta) & (event_days >= self.min_event_days)
        return Graphs(
            Graph(self.n, *self._ends(self.src[keep], self.dst[keep]), weight[keep]),
            self._mutual(weight, drawn),
            self._flow(weight - against, against, event_days),
        )

    def _per_pair(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(self.pair, weights=values, minlength=self.src.size).astype(np.float64)

    def _mutual(self, weight: NDArray[np.float64], drawn: NDArray[np.bool_]) -> Graph:
        cells = np.zeros(self.couple_of_cell.size, dtype=bool)
        cells[self.cell[drawn]] = True
        both_days = np.bincount(self.couple_of_cell[cells], minlength=self.n_couples)
        opposite = np.where(self.reverse >= 0, weight[self.reverse], 0.0)
        strength = np.sqrt(weight * opposite)
        keep = (self.src < self.dst) & (strength >= self.theta)
        keep &= both_days[self.couple] >= self.min_event_days
        ends = self._ends(self.src[keep], self.dst[keep])
        return Graph(self.n, *ends, strength[keep], is_directed=False)

    def _flow(
        self, along: NDArray[np.float64], against: NDArray[np.float64], event_days: NDArray[np.int64]
    ) -> Graph:
        weight = np.zeros(self.flow_keys.size)
        weight[self.along_at] += np.maximum(along, 0.0)
        weight[self.against_at] += against
        opposite = np.where(self.reverse >= 0, event_days[self.reverse], 0)
        days = np.zeros(self.flow_keys.size, dtype=np.int64)
        days[self.along_at] = days[self.against_at] = np.maximum(event_days, opposite)
        keep = (weight >= self.theta) & (days >= self.min_event_days)
        keys = self.flow_keys[keep]
        return Graph(self.n, *self._ends(keys // max(self.n, 1), keys % max(self.n, 1)), weight[keep])

    @staticmethod
    def _ends(src: NDArray[np.int64], dst: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        return src.astype(np.int32), dst.astype(np.int32)


def role_survival(
    population: Population, weeks: pa.Table, context: Context | None, options: SnapshotOptions
) -> tuple[dict[str, NDArray[np.float64]], int]:
    """Share of resamples in which each person carries each label, and the number of resamples."""
    is_large = population.n > options.exact_vertices
    resamples = options.large_resamples if is_large else options.resamples
    resampler = Resampler(
        population.n,
        read_contact_days(population, weeks),
        theta=options.theta,
        min_event_days=options.min_event_days,
    )
    known = context.for_roles if context else None

    def label(times: NDArray[np.int64] | None) -> Labels:
        graphs = resampler.draw(times)
        network = network_of_graphs(graphs, population.group, population.is_measured, options)
        return role_labels(network, known)

    size = resampler.days.src.size
    return bootstrap_survival(size, label, resamples=resamples, seed=options.seed), resamples
