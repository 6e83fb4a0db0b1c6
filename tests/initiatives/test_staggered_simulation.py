"""Known truth, staggered starts: the group-time average covers where plain two-way fixed effects do not.

The large run is benchmarks/staggered_simulation.py; its results stand in docs/initiatives.md.
"""

from __future__ import annotations

import pytest

from benchmarks.staggered_simulation import World, simulate

ORGANISATIONS = 200
ALARMS = 0.08
"""Of 200 organisations, where 5 in 100 are true: 0.05 and two standard errors."""


def test_growing_effects_mislead_two_way_fixed_effects_only() -> None:
    found = simulate(World(10, 0.06, 0.03), ORGANISATIONS, seed=3)
    assert found.bias == pytest.approx(0, abs=0.01)
    assert found.coverage >= 0.91
    assert found.two_way_bias < -0.02 and found.two_way_coverage < found.coverage - 0.05
    assert found.month_coverage >= 0.92


def test_without_effect_there_is_no_more_alarm_than_promised() -> None:
    found = simulate(World(10), ORGANISATIONS, seed=4)
    assert found.alarms <= 0.09 and found.lead_alarms <= ALARMS


def test_few_teams_fool_the_wald_test_of_the_leads_but_not_the_permutations() -> None:
    found = simulate(World(4), ORGANISATIONS, seed=5)
    assert found.lead_alarms <= ALARMS < 0.15 < found.wald_alarms


def test_teams_that_move_apart_are_seen_before_the_start() -> None:
    found = simulate(World(10, divergence=0.08), ORGANISATIONS, seed=6)
    assert found.lead_alarms > 0.5
