"""Mantel-Haenszel and Poisson in SQL against H6's vector, statsmodels and sums by hand; what is skipped."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from tests.factories.dbt_project import DbtProject

VECTOR = [(5, "", 4, 40, 60, 400), (30, "", 8, 560, 6, 420)]
"""Tenure in months, level, events and years of the engaged, events and years of the others."""


def written(project: DbtProject, cases: dict[int, list[tuple]]) -> None:
    """Each lag holds a case of its own."""
    exposures, months, baselines, spell = [], [], [], 0
    for lag, strata in cases.items():
        for tenure, level, a, years_1, b, years_0 in strata:
            for exposure, events, years in (("engaged", a, years_1), ("not_engaged", b, years_0)):
                if not years:
                    continue
                days = [1] * events + [round(years * 365.25) - events]
                for number, length in enumerate(days):
                    spell += 1
                    exposures.append(
                        (spell, lag, length, exposure, "2024-05-01", "2024-05-01", number < events)
                    )
                    months.append((spell, "2024-05-01", tenure))
                    baselines.append((spell, "2024-05-01", level, "Engineering", "Porto"))
    project.table(
        "intermediate.int_retention_exposures",
        "spell_key bigint, lag_months integer, employed_days bigint, common_exposure varchar, "
        "month_start varchar, window_month varchar, is_event boolean",
        exposures,
    )
    project.table(
        "intermediate.int_retention_person_months",
        "spell_key bigint, month_start varchar, tenure_months integer",
        months,
    )
    project.table(
        "intermediate.int_retention_baselines",
        "spell_key bigint, window_month varchar, level varchar, job_family varchar, location varchar",
        baselines,
    )


def poisson(strata: list[tuple]) -> tuple[float, float]:
    """Rate ratio and standard error of its logarithm, a term per stratum."""
    rows = [
        (i, side, events, years)
        for i, (_, _, a, years_1, b, years_0) in enumerate(strata)
        for side, events, years in ((1, a, years_1), (0, b, years_0))
        if years
    ]
    stratum, side, events, years = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    dummies = (stratum[:, None] == np.unique(stratum)).astype(float)
    found = sm.GLM(
        events, np.column_stack([side, dummies]), family=sm.families.Poisson(), offset=np.log(years)
    ).fit(tol=1e-12)
    return float(np.exp(found.params[0])), float(found.bse[0])


def test_ratios_within_strata(dbt_project: DbtProject) -> None:
    rng = np.random.default_rng(4)
    years = rng.uniform(20, 300, (12, 2))
    drawn = [
        (5 if i % 2 else 30, f"L{i // 2}", rng.poisson(0.03 * e), e, 1 + rng.poisson(0.05 * u), u)
        for i, (e, u) in enumerate(years)
    ]
    one_group = (70, "L1", 3, 90, 0, 0)
    nobody_left = (130, "L1", 0, 50, 0, 50)
    cases = {
        0: VECTOR,
        1: drawn,
        2: [*drawn, one_group, nobody_left],
        3: [(5, "", 4, 40, 0, 400)],
        6: [(5, "", 0, 40, 0, 400)],
    }
    written(dbt_project, cases)
    dbt_project.build("int_retention_stratified")
    found = {
        (row["lag_months"], row["stratification"]): row
        for row in dbt_project.dicts("select * from intermediate.int_retention_stratified")
    }
    vector, crude = found[0, "tenure"], found[0, "none"]
    assert crude["mh_rate_ratio"] == pytest.approx(0.2485, abs=5e-5)
    assert vector["mh_rate_ratio"] == pytest.approx(0.7953, abs=5e-5)
    limits = (vector["mh_rate_ratio_ci_low"], vector["mh_rate_ratio_ci_high"])
    assert limits == pytest.approx((0.3831, 1.6512), abs=5e-5)
    assert vector["mh_log_standard_error"] == pytest.approx(0.3727, abs=5e-5)
    ratio, error = vector["poisson_rate_ratio"], vector["poisson_log_standard_error"]
    assert ratio == pytest.approx(0.8034, abs=5e-5)
    assert (ratio * np.exp(-1.96 * error), ratio * np.exp(1.96 * error)) == pytest.approx(
        (0.4, 1.6134), abs=1e-3
    )
    assert vector["heterogeneity_freedom"] == 1 and vector["reason"] is None

    peer_ratio, peer_error = poisson(drawn)
    random = found[1, "tenure_level"]
    assert random["poisson_rate_ratio"] == pytest.approx(peer_ratio, rel=1e-5)
    assert random["poisson_log_standard_error"] == pytest.approx(peer_error, rel=1e-5)
    upper = sum(a * u / (e + u) for _, _, a, e, _, u in drawn)
    lower = sum(b * e / (e + u) for _, _, _, e, b, u in drawn)
    assert random["mh_rate_ratio"] == pytest.approx(upper / lower, rel=1e-5)

    with_zeros = found[2, "tenure_level"]
    assert with_zeros["n_strata"] == 14 and with_zeros["n_strata_skipped"] == 2
    for column in ("mh_rate_ratio", "poisson_rate_ratio", "heterogeneity", "heterogeneity_freedom"):
        assert with_zeros[column] == pytest.approx(random[column], rel=1e-9)
    for lag, reason in ((3, "separation"), (6, "no_events")):
        refused = found[lag, "tenure"]
        assert refused["reason"] == reason
        assert refused["mh_rate_ratio"] is None and refused["poisson_rate_ratio"] is None
