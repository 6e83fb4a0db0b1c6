"""Difference in differences, event study, randomisation and staggered starts: vectors and peers."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from assets.initiatives.clustered_regression import fixed_effects_fit
from assets.initiatives.difference_in_differences import did, event_study
from assets.initiatives.estimability import NotEstimableError
from assets.initiatives.group_time import NEVER, averaged, by_event_month, group_time_effects
from assets.initiatives.randomisation import is_few, moved_apart_p, permuted, wild_bootstrap_p

# Metric specification I4: eight departments, six months, treatment from the fourth.
DEPARTMENTS = np.array(
    [
        [0.70, 0.71, 0.73, 0.86, 0.90, 0.92],
        [0.66, 0.68, 0.69, 0.80, 0.84, 0.87],
        [0.75, 0.75, 0.77, 0.88, 0.91, 0.93],
        [0.72, 0.74, 0.74, 0.85, 0.89, 0.90],
        [0.71, 0.72, 0.74, 0.77, 0.79, 0.80],
        [0.68, 0.69, 0.70, 0.74, 0.75, 0.78],
        [0.76, 0.77, 0.78, 0.80, 0.83, 0.84],
        [0.70, 0.72, 0.73, 0.75, 0.78, 0.79],
    ]
)
IS_TREATED = np.arange(8) < 4
IS_AFTER = np.arange(6) >= 3
CHANGES = DEPARTMENTS[:, 3:].mean(axis=1) - DEPARTMENTS[:, :3].mean(axis=1)


def dummies_by_statsmodels(outcome, columns, weights=None):
    """The same regression with explicit dummies, as statsmodels does it; (coefficients, errors)."""
    import statsmodels.api as sm

    units, months = outcome.shape
    unit = np.repeat(np.arange(units), months)
    month = np.tile(np.arange(months), units)
    x = np.column_stack(
        [
            columns.reshape(units * months, -1),
            (unit[:, None] == np.arange(units)).astype(float),
            (month[:, None] == np.arange(1, months)).astype(float),
        ]
    )
    model = (
        sm.OLS(outcome.ravel(), x)
        if weights is None
        else sm.WLS(outcome.ravel(), x, weights=np.repeat(weights, months))
    )
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": unit, "use_correction": True})
    k = columns.shape[2]
    return fit.params[:k], fit.bse[:k]


def test_the_published_example():
    fit = did(DEPARTMENTS, IS_TREATED, IS_AFTER)
    assert fit.coefficients[0] == pytest.approx(0.0992, abs=5e-5)
    assert fit.standard_errors[0] == pytest.approx(0.0088, abs=5e-5)
    assert fit.interval() == pytest.approx((0.0783, 0.1200), abs=5e-5)


def test_permuting_all_seventy_assignments():
    found = permuted(CHANGES, IS_TREATED, np.ones(8), seed=1)
    assert (found.n_assignments, found.is_exact) == (70, True)
    assert found.p_value == pytest.approx(2 / 70)
    assert found.p_greater == pytest.approx(1 / 70)
    assert found.low < found.effect < found.high


def test_the_event_study_of_the_published_example():
    study = event_study(DEPARTMENTS, IS_TREATED, start=3, reference=2)
    assert study.months.tolist() == [0, 1, 3, 4, 5]
    assert study.effects == pytest.approx([0, 0, 0.0875, 0.1025, 0.1075], abs=1e-9)
    assert study.standard_errors == pytest.approx([0.0047, 0.0063, 0.0080, 0.0073, 0.0104], abs=5e-5)
    assert study.lead_p_value == pytest.approx(1.0)


@pytest.mark.parametrize("is_weighted", [False, True])
def test_coefficients_and_errors_agree_with_explicit_dummies(is_weighted):
    rng = np.random.default_rng(3)
    outcome = rng.normal(size=(12, 7)).cumsum(axis=1)
    columns = np.stack([np.outer(np.arange(12) < 5, np.arange(7) >= 4), rng.normal(size=(12, 7))], axis=2)
    weights = rng.integers(5, 40, 12).astype(float) if is_weighted else None
    fit = fixed_effects_fit(outcome, columns.astype(float), weights)
    coefficients, errors = dummies_by_statsmodels(outcome, columns.astype(float), weights)
    assert fit.coefficients == pytest.approx(coefficients, abs=1e-9)
    assert fit.standard_errors == pytest.approx(errors, rel=1e-9)


def test_an_inverted_interval_holds_exactly_the_effects_that_the_test_does_not_reject():
    found = permuted(CHANGES, IS_TREATED, np.ones(8), seed=1)

    def p_of(null):
        shifted = CHANGES - null * IS_TREATED
        values = []
        for chosen in itertools.combinations(range(8), 4):
            inside = np.isin(np.arange(8), chosen)
            values.append(shifted[inside].mean() - shifted[~inside].mean())
        own = shifted[IS_TREATED].mean() - shifted[~IS_TREATED].mean()
        return np.mean(np.abs(values) >= abs(own) - 1e-12)

    inside = 1e-4
    assert p_of(found.low + inside) > 0.05 >= p_of(found.low - inside)
    assert p_of(found.high - inside) > 0.05 >= p_of(found.high + inside)


def test_too_few_assignments_give_no_interval():
    found = permuted(np.array([0.3, 0.0, 0.01, -0.01]), np.arange(4) < 1, np.ones(4), seed=1)
    assert found.p_value == 0.25
    assert math.isinf(found.low) and math.isinf(found.high)
    assert is_few(np.arange(4) < 1)


def test_drawn_assignments_agree_with_all_of_them():
    rng = np.random.default_rng(8)
    changes = rng.normal(size=16)
    treated = np.arange(16) < 8
    drawn = permuted(changes, treated, np.ones(16), seed=4)  # 12,870 assignments: drawn
    means = []
    for chosen in itertools.combinations(range(16), 8):
        inside = np.zeros(16, dtype=bool)
        inside[list(chosen)] = True
        means.append(changes[inside].mean() - changes[~inside].mean())
    own = changes[treated].mean() - changes[~treated].mean()
    exact = np.mean(np.abs(means) >= abs(own) - 1e-12)
    assert not drawn.is_exact
    assert drawn.p_value == pytest.approx(exact, abs=3 * math.sqrt(exact * (1 - exact) / 10_000))


def test_the_wild_bootstrap_sees_the_effect_and_not_one_that_is_not_there():
    assert wild_bootstrap_p(DEPARTMENTS, IS_TREATED, IS_AFTER, None, 999, seed=1) < 0.05
    nothing = DEPARTMENTS - 0.0992 * np.outer(IS_TREATED, IS_AFTER)
    assert wild_bootstrap_p(nothing, IS_TREATED, IS_AFTER, None, 999, seed=1) > 0.3


@pytest.mark.parametrize(
    ("treated", "after", "reason"),
    [
        (IS_TREATED, np.ones(6, bool), "no_pre_period"),
        (IS_TREATED, np.zeros(6, bool), "post_period_too_short"),
        (np.zeros(8, bool), IS_AFTER, "too_few_treated_units"),
        (np.ones(8, bool), IS_AFTER, "no_control_units"),
        (np.arange(8) < 7, IS_AFTER, "too_few_control_units"),
    ],
)
def test_a_comparison_without_one_of_its_corners_is_refused(treated, after, reason):
    with pytest.raises(NotEstimableError) as refused:
        did(DEPARTMENTS, treated, after)
    assert refused.value.reason == reason


def test_constant_and_collinear_columns_are_refused():
    column = np.outer(IS_TREATED, IS_AFTER).astype(float)
    for columns in ([np.ones((8, 6))], [column, 2 * column], [np.outer(np.arange(8), np.ones(6))]):
        with pytest.raises(NotEstimableError, match="cannot be told apart"):
            fixed_effects_fit(DEPARTMENTS, np.stack(columns, axis=2))


def staggered(seed, units=60, months=12):
    """Three groups that start in months 4 and 8 or never; the effect grows by 0.02 a month."""
    rng = np.random.default_rng(seed)
    starts = np.repeat([4, 8, NEVER], units // 3)
    level = rng.normal(0.6, 0.05, units)[:, None] + 0.01 * np.arange(months)
    age = np.arange(months)[None, :] - starts[:, None]
    effect = np.where(age >= 0, 0.02 * (age + 1), 0.0)
    return level + effect + rng.normal(0, 0.01, (units, months)), starts


def test_group_time_effects_are_the_planted_ones_where_two_way_fixed_effects_are_not():
    outcome, starts = staggered(5)
    effects = group_time_effects(outcome, starts)
    found = by_event_month(effects, {4: 1.0, 8: 1.0})
    for age in range(4):
        planted = 0.02 * (age + 1)
        assert found[age].low < planted < found[age].high
    everything = averaged(effects, {4: 1.0, 8: 1.0})
    planted = np.mean([0.02 * (month - start + 1) for start in (4, 8) for month in range(start, 12)])
    assert everything.effect == pytest.approx(planted, abs=0.006)
    treated = (np.arange(12)[None, :] >= starts[:, None]).astype(float)[:, :, None]
    two_way = fixed_effects_fit(outcome, treated).coefficients[0]
    assert abs(two_way - planted) > 3 * abs(everything.effect - planted)


def test_one_group_and_one_month_is_the_difference_of_two_means():
    outcome = DEPARTMENTS[:, 2:4]
    starts = np.where(IS_TREATED, 1, NEVER)
    (effect,) = group_time_effects(outcome, starts)
    change = outcome[:, 1] - outcome[:, 0]
    assert effect.effect == pytest.approx(change[:4].mean() - change[4:].mean())
    error = averaged([effect], {1: 1.0}).standard_error
    assert error == pytest.approx(math.sqrt(change[:4].var(ddof=1) / 4 + change[4:].var(ddof=1) / 4))


def test_anticipation_moves_the_base_month_and_the_controls():
    outcome, starts = staggered(6)
    reacting = outcome + 0.05 * (np.arange(12)[None, :] == starts[:, None] - 1)
    plain = averaged([e for e in group_time_effects(reacting, starts) if e.month == e.start], {4: 1, 8: 1})
    aware = averaged(
        [e for e in group_time_effects(reacting, starts, anticipation=1) if e.month == e.start], {4: 1, 8: 1}
    )
    assert plain.effect < 0 < aware.effect == pytest.approx(0.02, abs=0.01)


def test_units_treated_from_the_first_month_have_no_comparison():
    with pytest.raises(NotEstimableError) as refused:
        group_time_effects(DEPARTMENTS, np.where(IS_TREATED, 0, NEVER))
    assert refused.value.reason == "no_pre_period"


@pytest.mark.parametrize("is_weighted", [False, True])
def test_the_joint_p_of_the_leads_agrees_with_every_assignment_written_out(is_weighted):
    rng = np.random.default_rng(12)
    outcome = rng.normal(size=(9, 4)).cumsum(axis=1)
    weights = rng.integers(5, 40, 9).astype(float) if is_weighted else np.ones(9)

    def gaps(chosen):
        means = [np.average(outcome[side], axis=0, weights=weights[side]) for side in (chosen, ~chosen)]
        gap = means[0] - means[1]
        return gap - gap.mean()

    chosen = [np.isin(np.arange(9), some) for some in itertools.combinations(range(9), 3)]
    values = np.array([gaps(c) for c in chosen])
    statistic = (values**2 / (values**2).mean(axis=0)).sum(axis=1)
    for number in (0, 40, 83):
        expected = np.mean(statistic >= statistic[number] - 1e-9)
        assert moved_apart_p(outcome, chosen[number], weights) == pytest.approx(expected)


def test_the_joint_test_of_the_leads_is_exact():
    """Whatever the outcomes, of all equally likely assignments at most one in twenty has p up to 0.05."""
    outcome = np.random.default_rng(13).standard_t(2, size=(10, 8)).cumsum(axis=1)  # eight months, ten units
    p = [
        moved_apart_p(outcome, np.isin(np.arange(10), chosen))
        for chosen in itertools.combinations(range(10), 5)
    ]
    assert 0.03 < np.mean(np.array(p) <= 0.05) <= 0.05


def test_the_joint_p_of_the_leads_depends_on_no_reference_month_and_agrees_when_drawn():
    rng = np.random.default_rng(14)
    outcome, treated = rng.normal(size=(16, 6)), np.arange(16) < 8  # 12,870 assignments: drawn
    first, last = (event_study(outcome, treated, start=4, reference=m).lead_p_value for m in (0, 3))
    assert first == last
    gaps = []
    for chosen in itertools.combinations(range(16), 8):
        inside = np.isin(np.arange(16), chosen)
        gaps.append(outcome[inside, :4].mean(axis=0) - outcome[~inside, :4].mean(axis=0))
    around = np.array(gaps) - np.mean(gaps, axis=1, keepdims=True)
    statistic = (around**2 / (around**2).mean(axis=0)).sum(axis=1)
    assert last == pytest.approx(np.mean(statistic >= statistic[0] - 1e-9), abs=0.02)


def test_leads_of_units_that_are_all_alike_say_nothing():
    flat = np.zeros((8, 6)) + np.arange(6)
    assert event_study(flat, IS_TREATED, start=3, reference=2).lead_p_value == 1
    assert event_study(flat, IS_TREATED, start=1, reference=0).lead_p_value is None


def test_leads_that_drift_are_seen_and_tested():
    drifting = DEPARTMENTS + 0.02 * np.outer(IS_TREATED, np.arange(6))
    study = event_study(drifting, IS_TREATED, start=3, reference=2)
    assert study.lead_p_value is not None and study.lead_p_value < 0.05
    assert study.trend_per_month == pytest.approx(0.02, abs=1e-9)
    mean = study.effects[2:].mean()
    assert study.breakdown is not None
    assert 0 < study.breakdown * study.largest_lead_change * 2 < mean  # (T + 1) / 2 = 2 for three months
    assert stats.t.ppf(0.975, 7) > 2
