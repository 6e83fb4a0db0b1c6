"""Staggered starts and event studies by known truth: coverage, bias, alarms of assets/initiatives.

    python -m benchmarks.staggered_simulation [organisations]

Seeded. Teams as in ``benchmarks.initiative_simulation``, a third each starting early, late and never; the
effect of the early ones may grow with time, which misleads plain two-way fixed effects. The group-time
averages are those of the pipeline, as is the event study of the simple design (leads, each month's interval).
"Wald" is the usual joint test of the leads from clustered errors, which the product does not use here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from assets.initiatives.clustered_regression import fixed_effects_fit
from assets.initiatives.difference_in_differences import event_study
from assets.initiatives.group_time import NEVER, averaged, group_time_effects

MONTHS = 13
EARLY, LATE = 5, 9
PERSONS = 12
ANTICIPATION = 1


class World(NamedTuple):
    """Teams in each third, the effect at the start in points, what each further month adds; and by how much
    the early teams move apart from all others in each month before their start."""

    teams: int
    effect: float = 0.0
    growth: float = 0.0
    divergence: float = 0.0


class Tally(NamedTuple):
    """Shares over the simulated organisations; biases are means of estimate minus truth."""

    coverage: float
    alarms: float
    bias: float
    two_way_bias: float
    two_way_coverage: float
    lead_alarms: float
    """Joint test of the months before the start at 0.05 or below: false alarms where trends are parallel."""
    wald_alarms: float
    """The same by a Wald test with errors clustered by team, F(q, G-1)."""
    month_coverage: float
    """Single months of the event study whose interval holds the truth."""


def outcomes(world: World, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Participation (teams, months), the starts, and the effect planted in each team and month."""
    teams = 3 * world.teams
    starts = rng.permutation(np.repeat([EARLY, LATE, NEVER], world.teams))
    share = np.clip(rng.normal(0.55, 0.08, teams), 0.2, 0.7)[:, None] + rng.normal(0, 0.03, MONTHS)
    drift = np.zeros((teams, MONTHS))
    drift[:, 0] = rng.normal(0, 0.05, teams)
    for month in range(1, MONTHS):
        drift[:, month] = 0.6 * drift[:, month - 1] + rng.normal(0, 0.04, teams)
    age = np.arange(MONTHS) - starts[:, None]
    effect = np.where(age >= 0, world.effect + world.growth * age, 0.0)
    apart = world.divergence * (starts == EARLY)[:, None] * np.minimum(np.arange(MONTHS), EARLY)
    chance = np.clip(share + drift + effect + apart, 0.01, 0.99)
    return rng.binomial(PERSONS, chance) / PERSONS, starts, effect


def simulate(world: World, organisations: int, seed: int) -> Tally:
    """Estimate ``organisations`` independent worlds."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(organisations):
        outcome, starts, effect = outcomes(world, rng)
        effects = group_time_effects(outcome, starts, anticipation=ANTICIPATION)
        found = averaged(effects, {EARLY: 1.0, LATE: 1.0})
        truth = float(np.mean([effect[starts == e.start, e.month].mean() for e in effects]))
        plain, plain_truth = (
            _two_way(outcome, effect),
            float(effect[effect != 0].mean()) if effect.any() else 0.0,
        )
        kept = starts != LATE
        early, reference = starts[kept] == EARLY, EARLY - 1 - ANTICIPATION
        study = event_study(outcome[kept], early, EARLY, reference, seed=number)
        after = study.months >= EARLY
        planted = effect[starts == EARLY][0, study.months]
        inside = (study.lows <= planted) & (planted <= study.highs)
        assert study.lead_p_value is not None
        rows.append(
            (
                found.low <= truth <= found.high, found.p_value < 0.05, found.effect - truth,
                plain[0] - plain_truth, plain[1] <= plain_truth <= plain[2], study.lead_p_value <= 0.05,
                _wald(outcome[kept], early, reference) <= 0.05, inside[after].mean(),
            )
        )  # fmt: skip
    return Tally(*(float(np.mean(column)) for column in zip(*rows, strict=True)))


def _two_way(outcome: np.ndarray, effect: np.ndarray) -> tuple[float, float, float]:
    """What plain two-way fixed effects would have said; the pipeline does not publish it here."""
    treated = np.zeros((*outcome.shape, 1))
    treated[..., 0] = effect != 0
    if not effect.any():  # nothing planted: the months after each start, all the same
        return 0.0, 0.0, 0.0
    fit = fixed_effects_fit(outcome, treated)
    low, high = fit.interval()
    return float(fit.coefficients[0]), float(low), float(high)


def _wald(outcome: np.ndarray, is_early: np.ndarray, reference: int) -> float:
    """p of all leads being 0 as the usual event study has it; too many alarms with few teams."""
    others = np.array([month for month in range(MONTHS) if month != reference])
    columns = np.zeros((*outcome.shape, len(others)))
    columns[:, others, np.arange(len(others))] = is_early[:, None]
    return fixed_effects_fit(outcome, columns).joint_p_value(np.flatnonzero(others < EARLY).tolist())


WORLDS = (
    World(4), World(8), World(15), World(8, 0.12), World(15, 0.12), World(15, 0.06, 0.03),
    World(4, divergence=0.06), World(8, divergence=0.06), World(15, divergence=0.06),
)  # fmt: skip


def main(say: Callable[[str], None] = print) -> None:
    """Print the table of docs/initiatives.md."""
    organisations = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    say(f"{organisations} organisations each, {PERSONS} people per team")
    columns = (
        "early / late / never", "effect, growth, divergence per month", "group-time: bias, covers, alarms",
        "two-way: bias, covers", "leads: alarms", "leads by Wald: alarms", "event study: months covered",
    )  # fmt: skip
    say(f"| {' | '.join(columns)} |")
    say("|---" * len(columns) + "|")
    for seed, world in enumerate(WORLDS):
        found = simulate(world, organisations, seed)
        plain = f"{found.two_way_bias:+.3f}, {found.two_way_coverage:.3f}" if world.effect else ""
        cells = (
            f"{world.teams} / {world.teams} / {world.teams}",
            f"{world.effect:g}, {world.growth:g}, {world.divergence:g}",
            f"{found.bias:+.3f}, {found.coverage:.3f}, {found.alarms:.3f}",
            plain,
            f"{found.lead_alarms:.3f}",
            f"{found.wald_alarms:.3f}",
            f"{found.month_coverage:.3f}",
        )
        say(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
