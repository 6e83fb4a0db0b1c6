"""How often success associations are right: false discoveries, coverage and bias, by known truth.

    python -m benchmarks.success_simulation [organisations]

Seeded. Units differ for good, months differ for all, drivers and noise remember their past; metrics come from
the generator's own ``team_values``; the pipeline's own functions estimate. What is estimated sees the bridges
exactly ("seen" 1) or with an error of its own, as ties counted from messages do.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np

from assets.organisation.streams import Streams
from assets.organisation.success import TEAM_METRICS, team_values
from assets.success.association import DISCOVERY, associations, family_q
from assets.success.drivers import DRIVERS
from assets.success.panel import Floats, MetricPanel

MONTHS = 18
LAG = 2
DRIVER = "cross_unit_ties"
METRIC = "sales_per_head"


class World(NamedTuple):
    """Units, strength of the planted effect, share of the driver's variance that is really bridges."""

    units: int
    effect: float = 0.0
    seen: float = 1.0
    gaps: float = 0.0
    """Share of unit-months without a value."""


class Tally(NamedTuple):
    """Shares over the simulated organisations."""

    any_discovery: float
    """At least one q below 0.05: without an effect this is the false discovery rate."""
    false_share: float
    """Mean share of discoveries that are of a metric which depends on nothing."""
    alarms: float
    """Share of single tests of null metrics with p below 0.05."""
    coverage: float
    """Intervals of the planted metric, driver and lag that hold what was planted."""
    bias: float
    """Mean estimate there minus what was planted."""
    found: float
    """Share in which the planted cell is a discovery."""


def drifting(units: int, rng: np.random.Generator, memory: float = 0.5) -> Floats:
    """Units x months: a level per unit, a month effect, and noise with a memory, spread 0.8."""
    noise = rng.normal(size=(units, MONTHS))
    for month in range(1, MONTHS):
        noise[:, month] = memory * noise[:, month - 1] + np.sqrt(1 - memory**2) * noise[:, month]
    return np.asarray(5 + 2 * rng.normal(size=(units, 1)) + 0.3 * rng.normal(size=(1, MONTHS)) + 0.8 * noise)


def organisation(world: World, seed: int) -> list[MetricPanel]:
    """The panels of one simulated organisation."""
    rng = np.random.default_rng(seed)
    bridges = drifting(world.units, rng)
    drivers = {name: drifting(world.units, rng) for name in DRIVERS}
    error = drifting(world.units, rng)
    drivers[DRIVER] = np.sqrt(world.seen) * bridges + np.sqrt(1 - world.seen) * error
    panels = []
    for metric in TEAM_METRICS:
        values = team_values(metric, bridges, world.effect, LAG, Streams(seed))
        values = np.where(rng.random(values.shape) < world.gaps, np.nan, values)
        panels.append(
            MetricPanel(
                metric.name, "org_unit", metric.unit, metric.higher_is_better,
                frozenset({"engagement", "network"}), np.arange(world.units), np.arange(MONTHS), values,
                drivers, 9 * world.units,
            )
        )  # fmt: skip
    return panels


def simulate(world: World, organisations: int, seed: int) -> Tally:
    """Estimate ``organisations`` independent worlds."""
    per_bridge = {metric.name: metric.per_bridge * world.effect for metric in TEAM_METRICS}
    slope = per_bridge[METRIC] * np.sqrt(world.seen)
    any_found, false_share, alarms, covered, errors, hit = [], [], [], [], [], []
    for number in range(organisations):
        tested = associations(organisation(world, seed + number))
        q = [1.0 if value is None else value for value in family_q(tested)]
        is_null = np.array([per_bridge[one.metric] == 0 for one in tested])
        found = np.array(q) < DISCOVERY
        any_found.append(found.any())
        false_share.append((found & is_null).sum() / max(1, found.sum()))
        p = np.array([np.nan if one.p_value is None else one.p_value for one in tested])
        alarms.append((p[is_null] < 0.05).mean())
        (at,) = [
            i
            for i, one in enumerate(tested)
            if (one.metric, one.driver, one.lag) == (METRIC, DRIVER, LAG) and one.estimate is not None
        ]
        low, high = tested[at].low, tested[at].high
        covered.append((low is None or low <= slope) and (high is None or slope <= high))
        errors.append((tested[at].estimate or 0.0) - slope)
        hit.append(found[at])
    return Tally(*(float(np.mean(part)) for part in (any_found, false_share, alarms, covered, errors, hit)))


WORLDS = (
    World(12), World(20), World(20, gaps=0.01), World(40), World(40, gaps=0.1), World(100),
    World(12, 1.0), World(20, 1.0), World(40, 1.0), World(40, 1.0, gaps=0.1), World(40, 1.0, seen=0.5),
)  # fmt: skip


def main() -> None:
    """Print the table of docs/success_metrics.md."""
    organisations = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print("| units | gaps | effect | seen | any discovery | of nulls | alarms | covers | bias | found |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for number, world in enumerate(WORLDS):
        tally = simulate(world, organisations, seed=100_000 * (number + 1))
        print(
            f"| {world.units} | {world.gaps:g} | {world.effect:g} | {world.seen:g} | "
            f"{tally.any_discovery:.3f} | {tally.false_share:.3f} | {tally.alarms:.3f} | "
            f"{tally.coverage:.3f} | {tally.bias:+.3f} | {tally.found:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
