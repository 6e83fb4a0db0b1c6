"""How often the estimators of assets/initiatives are right: coverage and false alarms, by known truth.

    python -m benchmarks.initiative_simulation [organisations]

Seeded. The outcomes are binomial participation of teams whose level differs and drifts (AR(1) within
the team); the pipeline's own functions estimate. "Published" is what the effect table shows: the
permutation test where units are few, the clustered error elsewhere. Alarms: share of p below 0.05.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from assets.initiatives.difference_in_differences import did
from assets.initiatives.matching import lagged_outcome_estimate
from assets.initiatives.methods import history
from assets.initiatives.randomisation import is_few, permuted

MONTHS_BEFORE, MONTHS_DURING = 7, 6
PERSONS = 12


class World(NamedTuple):
    """How many teams are targeted and compared, the effect in points, how targets are chosen."""

    targeted: int
    compared: int
    effect: float
    assignment: str = "random"


class Tally(NamedTuple):
    """Shares of the simulated organisations, and the mean estimate minus the truth."""

    cluster_coverage: float
    cluster_alarms: float
    published_coverage: float
    published_alarms: float
    bias: float
    ancova_coverage: float
    ancova_bias: float


def outcomes(world: World, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Participation (teams, months) and which teams are targeted."""
    teams, months = world.targeted + world.compared, MONTHS_BEFORE + MONTHS_DURING
    share = np.clip(rng.normal(0.65, 0.08, teams), 0.2, 0.9)[:, None] + rng.normal(0, 0.03, months)
    drift = np.zeros((teams, months))
    drift[:, 0] = rng.normal(0, 0.05, teams)
    for month in range(1, months):
        drift[:, month] = 0.6 * drift[:, month - 1] + rng.normal(0, 0.04, teams)
    before = np.clip(share + drift, 0.02, 0.98)
    joined = rng.binomial(PERSONS, before)
    if world.assignment == "targeted":  # the lowest in the last month before
        targeted = np.zeros(teams, dtype=bool)
        targeted[np.argsort(joined[:, MONTHS_BEFORE - 1], kind="stable")[: world.targeted]] = True
    else:
        targeted = rng.permutation(teams) < world.targeted
    lifted = np.clip(before + world.effect * targeted[:, None], 0.02, 0.98)
    after = rng.binomial(PERSONS, lifted)
    joined[:, MONTHS_BEFORE:] = after[:, MONTHS_BEFORE:]
    return joined / PERSONS, targeted


def simulate(world: World, organisations: int, seed: int) -> Tally:
    """Estimate ``organisations`` independent worlds."""
    rng = np.random.default_rng(seed)
    is_after = np.arange(MONTHS_BEFORE + MONTHS_DURING) >= MONTHS_BEFORE
    rows = []
    for number in range(organisations):
        outcome, targeted = outcomes(world, rng)
        used = np.arange(outcome.shape[1]) != MONTHS_BEFORE - 1  # anticipation, as in the pipeline
        y, after = outcome[:, used], is_after[used]
        fit = did(y, targeted, after)
        low, high = fit.interval()
        p = fit.p_value()
        changes = y[:, after].mean(axis=1) - y[:, ~after].mean(axis=1)
        shown = (low, high, p)
        if is_few(targeted):
            result = permuted(changes, targeted, np.ones(len(targeted)), number)
            shown = (result.low, result.high, result.p_value)
        past = np.column_stack(history(y[:, ~after]))
        ancova = lagged_outcome_estimate(y[:, after].mean(axis=1), past, targeted, np.arange(len(y)))
        truth = world.effect
        rows.append(
            (
                low <= truth <= high, p <= 0.05, shown[0] <= truth <= shown[1], shown[2] <= 0.05,
                fit.coefficients[0] - truth, ancova.low <= truth <= ancova.high, ancova.effect - truth,
            )
        )  # fmt: skip
    return Tally(*(float(np.mean(column)) for column in zip(*rows, strict=True)))


WORLDS = [
    World(4, 4, 0.0),
    World(3, 12, 0.0),
    World(6, 14, 0.0),
    World(6, 14, 0.12),
    World(20, 25, 0.0),
    World(20, 25, 0.12),
    World(6, 39, 0.0, "targeted"),
    World(6, 39, 0.12, "targeted"),
]


def main(say: Callable[[str], None] = print) -> None:
    """Print the table of docs/initiatives.md."""
    organisations = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    say(f"{organisations} organisations each, {PERSONS} people per team")
    columns = (
        "targeted / compared", "chosen", "effect", "bias", "clustered: covers, alarms",
        "published: covers, alarms", "given the past: bias, covers",
    )  # fmt: skip
    say(f"| {' | '.join(columns)} |")
    say("|---" * len(columns) + "|")
    for seed, world in enumerate(WORLDS):
        found = simulate(world, organisations, seed)
        cells = (
            f"{world.targeted} / {world.compared}",
            world.assignment,
            f"{world.effect:.2f}",
            f"{found.bias:+.3f}",
            f"{found.cluster_coverage:.3f}, {found.cluster_alarms:.3f}",
            f"{found.published_coverage:.3f}, {found.published_alarms:.3f}",
            f"{found.ancova_bias:+.3f}, {found.ancova_coverage:.3f}",
        )
        say(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
