"""Known truth, many small organisations: do associations cry wolf, and is what was planted found?

The large run is benchmarks/success_simulation.py; its results stand in docs/success_metrics.md.
"""

from __future__ import annotations

import pytest

from benchmarks.success_simulation import World, simulate


@pytest.mark.parametrize("units", [12, 32])
def test_without_effect_false_discoveries_stay_at_their_rate(units: int) -> None:
    found = simulate(World(units), 80, seed=7)
    assert found.any_discovery <= 0.05 + 3 * (0.05 * 0.95 / 80) ** 0.5
    assert found.alarms <= 0.08


def test_a_planted_effect_comes_back() -> None:
    found = simulate(World(32, effect=1.0, gaps=0.05), 40, seed=8)
    assert found.bias == pytest.approx(0, abs=0.05)
    assert found.coverage >= 0.85
    assert found.found == 1.0
