"""Known truth, many small organisations: does the published interval cover, does the test cry wolf?

The large run is benchmarks/initiative_simulation.py; its results stand in docs/initiatives.md.
"""

from __future__ import annotations

import numpy as np
import pytest

from assets.initiatives.difference_in_differences import did, event_study
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


@pytest.mark.parametrize("drift", [0.0, 0.02])
def test_the_interval_with_relative_magnitudes_covers_where_trends_diverge_as_before(drift):
    """Groups drift apart by ``drift`` every month, before and after: with m = 1 the interval covers.

    ``breakdown`` below 1 says that m = 1 leaves the effect in doubt; without any effect it must do so in at
    least 95 %. The plug-in version, without the error of the trend, would not.
    """
    rng = np.random.default_rng(5)
    treated = np.arange(24) < 12
    in_doubt, plug_in = [], []
    for _ in range(300):
        outcome = 0.6 + rng.normal(0, 0.1, (24, 1)) + rng.normal(0, 0.03, (24, 8))
        outcome += drift * treated[:, None] * np.arange(8)
        study = event_study(outcome, treated, start=5, reference=4)
        assert study.breakdown is not None and study.largest_lead_change is not None
        in_doubt.append(study.breakdown < 1)
        after = study.effects[study.months >= 5]
        fit = did(outcome, treated, np.arange(8) >= 5)
        margin = abs(after.mean()) - 2.07 * fit.standard_errors[0]
        plug_in.append(margin < study.largest_lead_change * 2)
    assert np.mean(in_doubt) >= 0.95
    assert np.mean(in_doubt) >= np.mean(plug_in)


def test_a_clear_effect_survives_the_error_of_the_trend():
    rng = np.random.default_rng(6)
    treated = np.arange(40) < 20
    outcome = 0.6 + rng.normal(0, 0.1, (40, 1)) + rng.normal(0, 0.01, (40, 8))
    outcome[:20, 5:] += 0.3
    study = event_study(outcome, treated, start=5, reference=4)
    assert study.breakdown is not None and study.breakdown > 1
