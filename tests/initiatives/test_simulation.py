"""Known truth, many small organisations: does the published interval cover, does the test cry wolf?

The large run is benchmarks/initiative_simulation.py; its results stand in docs/initiatives.md.
"""

from __future__ import annotations

import pytest

from benchmarks.initiative_simulation import World, simulate

ORGANISATIONS = 200


def test_three_treated_teams_fool_the_clustered_error_but_not_what_is_published():
    found = simulate(World(3, 12, 0.0), ORGANISATIONS, seed=1)
    assert found.cluster_alarms > 0.08
    assert found.published_alarms <= 0.08  # 0.05 and two standard errors of 200 draws
    assert found.published_coverage >= 0.92


def test_a_planted_effect_comes_back_without_bias():
    found = simulate(World(10, 14, 0.12), ORGANISATIONS, seed=2)
    assert found.bias == pytest.approx(0, abs=0.008)
    assert found.published_coverage >= 0.92
    assert found.published_alarms > 0.8
