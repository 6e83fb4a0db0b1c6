"""Poisson regression within groups against statsmodels, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.discrete.conditional_models import ConditionalPoisson

from assets.statistics.estimability import NotEstimableError
from assets.statistics.within_groups import fit_within


def data(seed: int = 1, n: int = 1_200, groups: int = 120):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, n)
    shared = rng.normal(0, 1, groups)
    columns = np.column_stack([rng.random(n) + 0.4 * shared[group], rng.normal(size=n)])
    time = rng.uniform(0.3, 1, n)
    rate = 0.15 * np.exp(shared[group] + columns @ [0.8, -0.4]) * time
    return columns, rng.random(n) < -np.expm1(-rate), time, group, group // 4


def test_within_groups_is_the_conditional_poisson_of_statsmodels() -> None:
    columns, event, time, group, cluster = data()
    # statsmodels leaves out groups in which everybody has the event; such groups say something here
    whole = np.isin(group, [g for g in np.unique(group) if event[group == g].all()])
    some = [each[~whole] for each in (columns, event, time, group, cluster)]
    model = ConditionalPoisson(some[1].astype(float), some[0], groups=some[3], offset=np.log(some[2]))
    conditional = model.fit(disp=0, method="bfgs", gtol=1e-10)
    assert fit_within(*some).coefficients == pytest.approx(conditional.params, abs=5e-4)
    found = fit_within(columns, event, time, group, cluster)
    used = np.isin(group, np.unique(group[event]))
    dummies = (group[used][:, None] == np.unique(group[used])).astype(float)
    peer = sm.GLM(
        event[used].astype(float),
        np.column_stack([columns[used], dummies]),
        family=sm.families.Poisson(),
        offset=np.log(time[used]),
    ).fit(cov_type="cluster", cov_kwds={"groups": cluster[used]}, tol=1e-13)
    assert found.coefficients == pytest.approx(peer.params[:2], abs=1e-6)
    n, k = used.sum(), dummies.shape[1] + 2
    factor = (n - k) / (n - 2)  # intercepts that are not estimated take no degrees of freedom
    assert found.standard_errors == pytest.approx(peer.bse[:2] * factor**0.5, rel=1e-5)


def test_what_a_group_shares_does_not_matter() -> None:
    columns, event, time, group, cluster = data(2)
    plain = fit_within(columns, event, time, group, cluster)
    shifted = fit_within(columns + np.sin(group)[:, None], event, time * (1 + group % 3), group, cluster)
    assert shifted.coefficients == pytest.approx(plain.coefficients, abs=1e-8)
    assert shifted.covariance == pytest.approx(plain.covariance, rel=1e-6)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda x, e, t, g, c: (x, e & False, t, g, c), "no_events"),
        (lambda x, e, t, g, c: (np.column_stack([x, g]), e, t, g, c), "no_variation"),
        (lambda x, e, t, g, c: (np.column_stack([x, x[:, 0] - x[:, 1]]), e, t, g, c), "collinear"),
        (lambda x, e, t, g, c: (np.column_stack([x, e]), e, t, g, c), "separation"),
        (lambda x, e, t, g, c: (x, e, t, g, c * 0), "too_few_teams"),
        (lambda x, e, t, g, c: (x[:0], e[:0], t[:0], g[:0], c[:0]), "no_events"),
    ],
)
def test_what_cannot_be_estimated_is_refused(spoil, reason: str) -> None:
    with pytest.raises(NotEstimableError) as error:
        fit_within(*spoil(*data(3)))
    assert error.value.reason == reason
