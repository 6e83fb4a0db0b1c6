"""Known truth, a few simulated organisations: the naive ratios mislead, the models do not.

The large runs are benchmarks/retention_simulation.py and contagion_simulation.py; their results stand in
docs/retention_models.md and docs/attrition_in_the_network.md.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from assets.organisation.history import simulate as play
from assets.organisation.plan import Plan
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure
from assets.outcomes.retention import COUNTS_SQL, retention_by_engagement
from benchmarks import contagion_simulation as contagion
from benchmarks.retention_simulation import Tally, simulate
from benchmarks.retention_tables import compiled_models, modelled
from tests.factories.dbt_project import DbtProject

ORGANISATIONS = 6


def test_under_the_null_only_the_naive_ratios_cry_wolf(dbt_project: DbtProject) -> None:
    """Without the shift to younger people, which makes nearly everybody engaged at some time."""
    models = compiled_models(dbt_project.folder, dbt_project.manifest)
    found = simulate(1.0, ORGANISATIONS, models, people=900, first_seed=101, mix_shift=False)
    for naive in ("ever", "none 0"):
        assert found[naive].alarms == 1 and found[naive].mean_ratio < 0.6
    holds(found, ("adjusted", "weighted"))


def test_a_workforce_that_grows_younger_does_not_mislead_the_models(dbt_project: DbtProject) -> None:
    models = compiled_models(dbt_project.folder, dbt_project.manifest)
    found = simulate(1.0, ORGANISATIONS, models, people=900, first_seed=101)
    assert found["none 0"].alarms == 1 and found["none 0"].mean_ratio < 0.6
    holds(found, ("adjusted", "weighted"))


def holds(found: dict[str, Tally], methods: tuple[str, ...]) -> None:
    """Two misses of six have p = 0.03 at the nominal rate; the mean is within two of its own errors."""
    for method in methods:
        assert found[method].n >= ORGANISATIONS - 1
        assert found[method].covered >= 4 / ORGANISATIONS
        assert abs(found[method].bias) < 2 * found[method].error


def test_planted_contagion_is_found_as_far_as_the_exposure_of_six_months_before_tells_it(
    dbt_project: DbtProject,
) -> None:
    """The warehouse's exposure to leavers on simulated organisations, held against the derived ratio.

    Tolerance: twice the error of the mean of four estimates, from their own intervals.
    """
    models = compiled_models(dbt_project.folder, dbt_project.manifest)
    none, threefold = (
        contagion.simulate(contagion.World(ratio, 0.0), 4, models, people=900, first_seed=301)
        for ratio in (1.0, 3.0)
    )
    assert none["adjusted"].right == 1 and none["adjusted"].tally.covered >= 0.75
    assert abs(none["adjusted"].tally.bias) < 2 * none["adjusted"].tally.error
    adjusted, planted = threefold["adjusted"], threefold["planted"]
    assert 1.5 < adjusted.right < 2.7, "ties of six months before are not all those of the month of leaving"
    assert abs(adjusted.tally.bias) < 2 * adjusted.tally.error and adjusted.tally.alarms == 1
    assert planted.right == pytest.approx(3)
    assert abs(planted.tally.bias) < 2 * planted.tally.error


def test_the_ratio_of_a_misclassified_exposure_is_that_of_the_mixed_rates() -> None:
    """Two years of three were planted among the exposed, one of four among the others."""
    planted = np.array([True, True, False, True, False])
    level = np.array([1, 1, 1, 0, 0])
    years = np.array([1.0, 1.0, 1.0, 1.0, 3.0])
    found = contagion.attenuated(2.0, planted, level, years)
    assert found == pytest.approx((2 * 2 / 3 + 1 / 3) / (2 * 1 / 4 + 3 / 4))
    assert contagion.attenuated(1.0, planted, level, years) == 1


def test_planted_withdrawal_alone_is_read_as_withdrawal(dbt_project: DbtProject) -> None:
    """No effect, no confounding: the curve moves to 1, and the sentence says what that is consistent with."""
    models = compiled_models(dbt_project.folder, dbt_project.manifest)
    planted = Plan(
        people=2_500, months=18, voluntary_rate=0.25, hazard_ratio=1.0, confounding=0.0, mix_shift=False
    )
    streams = Streams(planted.seed)
    with modelled(play(planted, build_structure(planted, streams), streams), models) as connection:
        counts = connection.execute(COUNTS_SQL).to_arrow_table()
    nothing = pa.table({name: [] for name in ("index_date", "exposure", "n_persons", "n_retained")})
    rows = {
        row["lag_months"]: row
        for row in retention_by_engagement(counts, nothing).to_pylist()
        if row["sample"] == "common"
    }
    assert rows[3]["is_headline"] and rows[3]["is_publishable"]
    assert rows[0]["rate_ratio_ci_high"] < 0.7
    assert rows[3]["rate_ratio_ci_low"] < 1 < rows[3]["rate_ratio_ci_high"]
    assert "consistent with withdrawal" in rows[3]["reading"]
    assert "no difference is shown" in rows[3]["reading"]
