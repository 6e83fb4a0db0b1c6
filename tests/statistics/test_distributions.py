"""The functions behind scipy.stats against scipy.stats itself, and what a build must not import."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from assets.statistics.distributions import (
    binomial_p,
    clopper_pearson,
    f_p,
    garwood,
    student_p,
    student_quantile,
)


def test_quantiles_and_tails_of_t_and_f():
    for freedom in (1, 3, 13, 200):
        for share in (0.005, 0.5, 0.975):
            assert student_quantile(share, freedom) == pytest.approx(stats.t.ppf(share, freedom))
        for value in (-2.1, 0.0, 0.3, 5.0, np.inf):
            assert student_p(value, freedom) == pytest.approx(2 * stats.t.sf(abs(value), freedom))
            assert f_p(abs(value), 4, freedom) == pytest.approx(stats.f.sf(abs(value), 4, freedom))


def test_exact_limits_of_counts_and_shares():
    for events in (0, 1, 4, 250):
        low, high = garwood(events, 0.025)
        assert low == pytest.approx(stats.chi2.ppf(0.025, 2 * events) / 2 if events else 0.0)
        assert high == pytest.approx(stats.chi2.ppf(0.975, 2 * events + 2) / 2)
        for total in (events, events + 1, 400):
            if total == 0:
                continue
            exact = stats.binomtest(events, total).proportion_ci(0.95, "exact")
            assert clopper_pearson(events, total, 0.025) == pytest.approx((exact.low, exact.high))
            for share in (0.1, 0.5, 0.9):
                tails = stats.binom.cdf(events, total, share), stats.binom.sf(events - 1, total, share)
                assert binomial_p(events, total, share) == pytest.approx(min(1.0, 2 * min(tails)))


def test_loading_the_pipeline_does_not_load_scipy_stats():
    program = "import dagster_project.definitions, sys; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
