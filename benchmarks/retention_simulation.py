"""How often the retention models are right: coverage and bias where the truth is planted.

    python -m benchmarks.retention_simulation [organisations] [true ratio ...]

Seeded. The organisations are the generator's (assets/organisation), with withdrawal before leaving,
immortal time and confounding by tenure and level; the exposure and risk tables are the warehouse's own
SQL; the estimators are those of assets/outcomes and assets/retention. No files in between.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assets.organisation.history import History
from assets.organisation.history import simulate as play
from assets.organisation.plan import Plan
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure
from assets.outcomes.exposure import ever_exposed
from assets.outcomes.person_time import rate_ratio
from assets.outcomes.proportions import wilson_interval
from assets.retention.adjusted import adjusted
from assets.retention.marginal_structural import marginal_structural
from assets.retention.person_months import ROWS_SQL, PersonMonths, person_months_of
from benchmarks.retention_tables import compiled_models, modelled

PEOPLE, MONTHS = 1_000, 18
LAG = 3
NORMAL = 1.96
TRUTHS = [1.0, 0.6]
RATIOS_SQL = """
select stratification || ' ' || lag_months, mh_rate_ratio, mh_rate_ratio_ci_low, mh_rate_ratio_ci_high
from intermediate.int_retention_stratified
where reason is null and stratification in ('none', 'tenure', 'tenure_level')
"""
METHODS = {
    "ever": "ever engaged against never (immortal time)",
    "none 0": "lag 0, not adjusted",
    "none 3": "lag 3, not adjusted",
    "tenure 3": "lag 3, Mantel-Haenszel by tenure",
    "tenure_level 3": "lag 3, Mantel-Haenszel by tenure and level",
    "adjusted": "lag 3, adjusted model",
    "weighted": "lag 3, marginal structural model",
}


class Tally(NamedTuple):
    """Over the simulated organisations that gave an estimate: how it compares with the truth."""

    n: int
    mean_ratio: float
    """Geometric mean of the estimates."""
    bias: float
    """Mean error of the logarithm."""
    covered: float
    """Share of the 95 % intervals that hold the truth."""
    alarms: float
    """Share of the intervals that do not hold 1."""
    error: float
    """Standard error of the mean logarithm, from the intervals of the estimates themselves."""


def plan(hazard_ratio: float, seed: int, people: int = PEOPLE, mix_shift: bool = True) -> Plan:
    """An organisation with everything planted that misleads.

    ``mix_shift`` makes nearly everybody engaged at some time, whoever stays: it hides some of the immortal
    time of "ever engaged", which is larger without it.
    """
    return Plan(
        people=people, months=MONTHS, seed=seed, voluntary_rate=0.25, hazard_ratio=hazard_ratio,
        withdrawal_depth=0.9, confounding=1.0, initiative_effect=0.0, mix_shift=mix_shift,
    )  # fmt: skip


def estimates(history: History, models: dict[str, str]) -> dict[str, tuple[float, float, float]]:
    """Ratio and interval of every method of ``METHODS`` that gives one."""
    with modelled(history, models) as connection:
        rows = person_months_of(connection.execute(ROWS_SQL, {"lag": LAG}).to_arrow_table())
        at_once = person_months_of(connection.execute(ROWS_SQL, {"lag": 0}).to_arrow_table())
        found = {name: (r, low, high) for name, r, low, high in connection.execute(RATIOS_SQL).fetchall()}
    found["ever"] = _ever(at_once)
    for name, estimate in (
        ("adjusted", adjusted(rows, rows.exposure)[0]),
        ("weighted", marginal_structural(rows).estimate),
    ):
        if estimate.ratio is not None and estimate.low is not None and estimate.high is not None:
            found[name] = (estimate.ratio, estimate.low, estimate.high)
    return found


def _ever(rows: PersonMonths) -> tuple[float, float, float]:
    """Everybody who was engaged at any time against everybody who never was."""
    n = int(rows.spell.max()) + 1
    followed = np.bincount(rows.spell, rows.years, n)
    has_event = np.bincount(rows.spell, rows.event, n) > 0
    begin = np.full(n, math.inf)
    engaged = rows.exposure == 1
    begin[np.unique(rows.spell[engaged])] = 0.0
    found = rate_ratio(*ever_exposed(followed, has_event, begin))
    assert found is not None
    return found.value, *found.interval


def simulate(
    hazard_ratio: float, organisations: int, models: dict[str, str], people: int = PEOPLE,
    first_seed: int = 1, mix_shift: bool = True,
) -> dict[str, Tally]:  # fmt: skip
    """Tally every method over independent organisations of one truth."""
    results: dict[str, list[tuple[float, float, float]]] = {name: [] for name in METHODS}
    for seed in range(first_seed, first_seed + organisations):
        chosen = plan(hazard_ratio, seed, people, mix_shift)
        streams = Streams(chosen.seed)
        found = estimates(play(chosen, build_structure(chosen, streams), streams), models)
        for name in METHODS:
            if name in found:
                results[name].append(found[name])
    return {name: tally(np.array(rows), hazard_ratio) for name, rows in results.items() if rows}


def tally(rows: np.ndarray, truth: float | np.ndarray) -> Tally:
    """Compare (organisations, 3) ratios and limits with the ratio planted, in all or in each of them."""
    ratio, low, high = rows.T
    return Tally(
        len(rows),
        float(np.exp(np.log(ratio).mean())),
        float((np.log(ratio) - np.log(truth)).mean()),
        float(((low <= truth) & (truth <= high)).mean()),
        float(((high < 1) | (low > 1)).mean()),
        float(np.sqrt(((np.log(high / low) / (2 * NORMAL)) ** 2).sum()) / len(rows)),
    )


def main(say: Callable[[str], None] = print) -> None:
    """Print the table of docs/retention_models.md."""
    organisations = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        models = compiled_models(Path(folder))
    say(f"{organisations} organisations of {PEOPLE} people and {MONTHS} months each")
    for truth in [float(text) for text in sys.argv[2:]] or TRUTHS:
        say(
            f"\ntrue hazard ratio {truth}\n\n"
            "| method | gave an estimate | mean ratio | error of the log | covers the truth | alarms |"
        )
        say("|---" * 6 + "|")
        for name, found in simulate(truth, organisations, models).items():
            say(f"| {METHODS[name]} | {' | '.join(cells(found))} |")


def cells(found: Tally) -> tuple[str, ...]:
    """A row of the table; the coverage with Wilson's 95 % interval."""
    covered = wilson_interval(round(found.covered * found.n), found.n)
    assert covered is not None
    return (
        str(found.n),
        f"{found.mean_ratio:.2f}",
        f"{found.bias:+.3f}",
        f"{found.covered:.3f} ({covered.low:.3f} to {covered.high:.3f})",
        f"{found.alarms:.3f}",
    )


if __name__ == "__main__":
    main()
