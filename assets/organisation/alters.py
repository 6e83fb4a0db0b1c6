"""Whom people turn to in a month: the ties as weights to draw from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.organisation.arrays import Floats, Ints
from assets.organisation.plan import Plan
from assets.organisation.population import Population
from assets.organisation.ties import Ties


@dataclass(frozen=True)
class Alters:
    """Whom each person turns to in one month: directed, weights cumulated for drawing."""

    begin: Ints
    alter: Ints
    cumulated: Floats

    def draw(self, egos: Ints, rng: np.random.Generator, times: int) -> Ints:
        """``len(egos) x times`` alters drawn by strength; -1 where a person has none."""
        low = np.concatenate([[0.0], self.cumulated])
        start, stop = low[self.begin[egos]], low[self.begin[egos + 1]]
        point = start[:, None] + rng.random((len(egos), times)) * (stop - start)[:, None]
        index = np.searchsorted(self.cumulated, point, "right")
        index = np.minimum(index, self.begin[egos + 1][:, None] - 1)
        alone = self.begin[egos] == self.begin[egos + 1]
        found = self.alter[np.maximum(index, 0)] if len(self.alter) else np.full(index.shape, -1)
        return np.where(alone[:, None], -1, found).astype(np.int64)


def alters_of(plan: Plan, ties: Ties, population: Population, month: int) -> Alters:
    """The directed, weighted neighbours of a month; newcomers' ties ramp up."""
    n = len(population.team)
    holds = (ties.since <= month) & (ties.until > month)
    low, high = ties.low[holds], ties.high[holds]
    age = month - np.maximum(population.since[low], population.since[high]) + 1
    ramp = np.clip(age / max(plan.tie_ramp_months, 1), 0.15, 1.0)
    source = np.concatenate([low, high])
    target = np.concatenate([high, low])
    weight = np.concatenate([ties.strength_up[holds] * ramp, ties.strength_down[holds] * ramp])
    order = np.lexsort((target, source))
    begin = np.searchsorted(source[order], np.arange(n + 1)).astype(np.int64)
    return Alters(begin, target[order], np.cumsum(weight[order]))
