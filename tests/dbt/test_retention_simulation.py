"""Known truth, a few simulated organisations: the naive ratios mislead, the models do not.

The large run is benchmarks/retention_simulation.py; its results stand in docs/retention_models.md.
"""

from __future__ import annotations

import pytest

from benchmarks.retention_simulation import simulate
from benchmarks.retention_tables import compiled_models
from tests.factories.dbt_project import DbtProject

ORGANISATIONS = 6


def test_under_the_null_only_the_naive_ratios_cry_wolf(dbt_project: DbtProject) -> None:
    models = compiled_models(dbt_project.folder, dbt_project.manifest)
    found = simulate(1.0, ORGANISATIONS, models, people=900, first_seed=101)
    for naive in ("ever", "none 0"):
        assert found[naive].alarms == 1 and found[naive].mean_ratio < 0.6
    for method in ("adjusted", "weighted"):
        assert found[method].n >= ORGANISATIONS - 1
        assert found[method].covered >= 4 / ORGANISATIONS  # two misses of six: p = 0.03 at the nominal rate
        assert found[method].bias == pytest.approx(0, abs=0.25)
