"""Composition, interrupted series, matching, power, Holm: vectors, peers, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from assets.initiatives.composition import CellCounts, merged, split_change, standardised_rate
from assets.initiatives.estimability import NotEstimableError
from assets.initiatives.interrupted_time_series import interrupted_series
from assets.initiatives.matching import (
    lagged_outcome_estimate,
    logistic_fit,
    matched,
    paired_difference,
    standardised_difference,
)
from assets.initiatives.multiplicity import holm
from assets.initiatives.power import design_effect, intraclass_correlation, persons_per_arm
from assets.outcomes.proportions import newcombe_difference

AGES = {("under 35",): CellCounts(400, 340, 700, 686), ("35+",): CellCounts(600, 390, 300, 264)}


def test_the_rise_from_73_to_95_percent_is_partly_other_people():
    found = split_change(AGES)
    assert (found.before, found.after, found.change) == pytest.approx((0.73, 0.95, 0.22))
    assert (found.rate_effect, found.composition_effect) == pytest.approx((0.1750, 0.0450))
    assert found.standardised_after == pytest.approx(0.92)
    assert found.restandardised_before == pytest.approx(0.79)
    assert found.standardised_change == pytest.approx(0.19)
    assert (found.standardised_low, found.standardised_high) == pytest.approx((0.1550, 0.2250), abs=5e-5)
    naive = newcombe_difference(950, 1000, 730, 1000)
    assert naive is not None
    assert tuple(naive.interval) == pytest.approx((0.1893, 0.2507), abs=5e-5)


def test_the_parts_add_up_for_any_cells():
    rng = np.random.default_rng(1)
    for _ in range(20):
        cells = {}
        for i in range(6):
            n0, n1 = (int(n) for n in rng.integers(0, 40, 2))
            cells[(str(i),)] = CellCounts(n0, int(rng.integers(0, n0 + 1)), n1, int(rng.integers(0, n1 + 1)))
        found = split_change(cells)
        assert found.rate_effect + found.composition_effect == pytest.approx(found.change, abs=1e-12)
        kept = [c for c in cells.values() if c.n_before and c.n_after]
        assert found.n_dropped == sum(c.n_before + c.n_after for c in cells.values() if c not in kept)


def test_small_cells_join_their_parent_and_nobody_is_lost():
    cells = {
        ("young", "sales", "Porto"): CellCounts(2, 1, 9, 5),
        ("young", "sales", "Austin"): CellCounts(4, 2, 8, 5),
        ("young", "legal", "Porto"): CellCounts(1, 0, 0, 0),
        ("old", "sales", "Porto"): CellCounts(30, 20, 20, 15),
    }
    found = merged(cells, 5)
    assert found[("old", "sales", "Porto")] == CellCounts(30, 20, 20, 15)
    # two places of young sales people are one cell; the single lawyer left over joins the smallest cell
    assert found[("young", "sales")] == CellCounts(6 + 1, 3, 17, 10)
    assert sum(c.n_before for c in found.values()) == 37
    assert sum(c.n_after for c in found.values()) == 37


def test_without_common_people_there_is_no_split():
    with pytest.raises(NotEstimableError) as refused:
        split_change({("a",): CellCounts(5, 2, 0, 0), ("b",): CellCounts(0, 0, 5, 2)})
    assert refused.value.reason == "no_overlap"


def test_standardisation_is_a_weighted_mean():
    assert standardised_rate(np.array([400.0, 600]), np.array([0.98, 0.88])) == pytest.approx(0.92)


SERIES = np.array(
    [
        0.602, 0.608, 0.611, 0.615, 0.618, 0.622, 0.629, 0.635, 0.641, 0.647, 0.650, 0.652,
        0.701, 0.710, 0.717, 0.722, 0.729, 0.739, 0.748, 0.758, 0.765, 0.772, 0.779, 0.788,
    ]
)  # fmt: skip


def test_the_published_interrupted_series():
    found = interrupted_series(SERIES, 12)
    assert found.coefficients == pytest.approx([0.596409, 0.004783, 0.041678, 0.003168], abs=5e-7)
    assert found.standard_errors[1:] == pytest.approx([0.000146, 0.001433, 0.000206], abs=5e-7)
    assert found.newey_west_errors[1:] == pytest.approx([0.000146, 0.001621, 0.000166], abs=5e-7)
    assert found.durbin_watson == pytest.approx(0.9965, abs=5e-5)
    assert (found.counterfactual, found.fitted) == pytest.approx((0.7112, 0.7877), abs=5e-5)
    assert found.effect_least_squares == pytest.approx(0.0765, abs=5e-5)
    assert found.newey_west_error == pytest.approx(0.002618, abs=5e-7)
    assert (found.newey_west_low, found.newey_west_high) == pytest.approx((0.0711, 0.0820), abs=5e-5)
    assert found.naive_difference == pytest.approx(0.1165, abs=5e-5)


def test_newey_west_agrees_with_statsmodels():
    import statsmodels.api as sm

    t = np.arange(1, 25.0)
    post = (t >= 13).astype(float)
    fit = sm.OLS(SERIES, np.column_stack([np.ones(24), t, post, (t - 13) * post])).fit(
        cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}
    )
    assert interrupted_series(SERIES, 12).newey_west_errors == pytest.approx(fit.bse, rel=1e-9)


def test_the_autocorrelation_maximises_the_restricted_likelihood():
    """Against the likelihood written out with the full covariance matrix."""
    found = interrupted_series(SERIES, 12)
    t = np.arange(1, 25.0)
    post = (t >= 13).astype(float)
    x = np.column_stack([np.ones(24), t, post, (t - 13) * post])
    distance = np.abs(t[:, None] - t[None, :])

    def restricted(rho):
        v = rho**distance / (1 - rho**2)
        inverse = np.linalg.inv(v)
        gram = x.T @ inverse @ x
        rest = SERIES - x @ np.linalg.solve(gram, x.T @ inverse @ SERIES)
        s2 = float(rest @ inverse @ rest) / 20
        return -0.5 * (20 * np.log(s2) + np.linalg.slogdet(v)[1] + np.linalg.slogdet(gram)[1])

    grid = np.linspace(-0.95, 0.97, 400)
    best = grid[int(np.argmax([restricted(rho) for rho in grid]))]
    assert found.rho == pytest.approx(best, abs=0.01)
    assert found.low < found.effect_least_squares < found.high


def test_its_interval_covers_a_true_null_where_newey_west_does_not():
    """AR(1) with rho 0.5, no effect, 200 series of 24 points."""
    rng = np.random.default_rng(11)
    missed = {"reml": 0, "newey_west": 0}
    for _ in range(200):
        noise = np.zeros(24)
        for i in range(1, 24):
            noise[i] = 0.5 * noise[i - 1] + rng.normal(0, 0.01)
        found = interrupted_series(0.6 + 0.004 * np.arange(24) + noise, 12)
        missed["reml"] += not found.low <= 0 <= found.high
        missed["newey_west"] += not found.newey_west_low <= 0 <= found.newey_west_high
    assert missed["reml"] / 200 < 0.11
    assert missed["newey_west"] / 200 > 0.14


@pytest.mark.parametrize(
    ("values", "start", "reason"),
    [
        (SERIES, 0, "no_pre_period"),
        (SERIES, 11, "pre_period_too_short"),
        (SERIES, 13, "post_period_too_short"),
        (np.full(24, 0.5), 12, "no_variation"),
    ],
)
def test_a_series_that_says_nothing_is_refused(values, start, reason):
    with pytest.raises(NotEstimableError) as refused:
        interrupted_series(values, start)
    assert refused.value.reason == reason


def test_the_published_standardised_difference():
    treated = np.array([30.0, 32, 35, 28, 40, 33])
    controls = np.array([45.0, 38, 50, 41, 36, 47])
    assert standardised_difference(treated, controls) == pytest.approx(-2.0292, abs=5e-5)
    assert standardised_difference(np.ones(4), np.zeros(4)) is None
    assert standardised_difference(np.ones(4), np.ones(3)) == 0


def test_the_propensity_agrees_with_statsmodels():
    import statsmodels.api as sm

    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 3))
    y = (rng.random(300) < 1 / (1 + np.exp(-(x @ [0.5, -1, 0.2] - 0.3)))).astype(float)
    peer = sm.Logit(y, sm.add_constant(x)).fit(disp=False)
    assert logistic_fit(x, y) == pytest.approx(peer.params, abs=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        (np.column_stack([np.arange(20.0), np.ones(20)]), np.arange(20) % 2, "no_variation"),
        (np.column_stack([np.arange(20.0), 2 * np.arange(20.0)]), np.arange(20) % 2, "collinear"),
        (np.arange(20.0)[:, None], (np.arange(20) >= 10), "separation"),
        (np.arange(20.0)[:, None], np.ones(20), "no_variation"),
    ],
)
def test_a_propensity_that_does_not_exist_is_refused(x, y, reason):
    with pytest.raises(NotEstimableError) as refused:
        logistic_fit(x, y.astype(float))
    assert refused.value.reason == reason


def test_matching_removes_measured_confounding_and_uses_everybody_once():
    """Older people join more and rise anyway: unmatched 5 points off, matched right."""
    rng = np.random.default_rng(4)
    n = 3000
    age = rng.normal(40, 8, n)
    treated = rng.random(n) < 1 / (1 + np.exp(-(age - 52) / 6))
    change = 0.01 * (age - 40) + 0.10 * treated + rng.normal(0, 0.2, n)
    strata = rng.integers(0, 2, n)
    pairs = matched(age[:, None], treated, strata)
    assert len(set(pairs.controls)) == len(pairs.controls) > 300
    assert treated[pairs.treated].all() and not treated[pairs.controls].any()
    assert (strata[pairs.treated] == strata[pairs.controls]).all()
    assert abs(standardised_difference(age[pairs.treated], age[pairs.controls])) < 0.1
    naive = change[treated].mean() - change[~treated].mean()
    found = paired_difference(change, pairs)
    assert naive > 0.13
    assert found.low < 0.10 < found.high
    assert found.standard_error < 0.02


def test_nobody_similar_is_refused():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(200, 1))
    treated = rng.random(200) < 0.3
    with pytest.raises(NotEstimableError) as refused:
        matched(x, treated, treated.astype(np.int64))  # no untreated person in a treated one's stratum
    assert refused.value.reason == "no_overlap"


def test_the_lagged_outcome_estimate_agrees_with_statsmodels():
    import statsmodels.api as sm

    rng = np.random.default_rng(6)
    before = rng.normal(size=(60, 2))
    treated = np.arange(60) < 25
    after = before @ [0.7, 0.1] + 0.3 * treated + rng.normal(0, 0.5, 60)
    clusters = np.arange(60) // 4
    peer = sm.OLS(after, np.column_stack([treated, np.ones(60), before])).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": True}
    )
    found = lagged_outcome_estimate(after, before, treated, clusters)
    assert (found.effect, found.standard_error) == pytest.approx((peer.params[0], peer.bse[0]), rel=1e-9)
    half = stats.t.ppf(0.975, 14) * peer.bse[0]
    assert (found.low, found.high) == pytest.approx((peer.params[0] - half, peer.params[0] + half))


def test_power_of_the_published_example():
    assert persons_per_arm(0.73, 0.78) == 1158
    assert design_effect(50, 0.05) == pytest.approx(3.45)
    assert persons_per_arm(0.73, 0.78, design_effect=design_effect(50, 0.05)) == 3994


def test_similarity_within_units_is_found_again():
    rng = np.random.default_rng(7)
    share = rng.beta(0.7 * 19, 0.3 * 19, 4000)  # intraclass correlation 1 / (1 + 19)
    trials = rng.integers(5, 30, 4000).astype(float)
    successes = rng.binomial(trials.astype(int), share).astype(float)
    assert intraclass_correlation(successes, trials) == pytest.approx(0.05, abs=0.01)
    assert intraclass_correlation(np.array([1.0, 0]), np.array([1.0, 1])) is None
    assert intraclass_correlation(np.array([5.0, 5]), np.array([5.0, 5])) is None


def test_holm_steps_down_and_leaves_gaps():
    assert holm([0.01, 0.04, None, 0.03]) == pytest.approx([0.03, 0.06, None, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
