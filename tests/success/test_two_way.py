"""Effects of units and periods, and clustered errors, against statsmodels with explicit dummies."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics.false_discovery import q_values
from assets.success.label_permutation import permuted, rectangle
from assets.success.two_way import NoVariationError, two_way_fit


def panel(units: int, periods: int, seed: int, gaps: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(units, 1)) + rng.normal(size=(1, periods)) + rng.normal(size=(units, periods))
    noise = rng.normal(size=(units, 1)) + rng.normal(size=(units, periods)) * (1 + np.abs(x))
    y = 0.3 * x + noise + 0.5 * rng.normal(size=(1, periods))
    y[rng.random(y.shape) < gaps] = np.nan
    x[rng.random(x.shape) < gaps] = np.nan
    return y, x


@pytest.mark.parametrize("gaps", [0.0, 0.25])
@pytest.mark.parametrize("seed", range(5))
def test_equals_least_squares_with_dummies(seed: int, gaps: float) -> None:
    import statsmodels.api as sm

    y, x = panel(12, 9, seed, gaps)
    rows, columns = np.nonzero(np.isfinite(y) & np.isfinite(x))
    design = np.column_stack(
        [x[rows, columns], np.eye(12)[rows], np.eye(9)[columns][:, 1:]]
    )  # fmt: skip
    model = sm.OLS(y[rows, columns], design).fit(
        cov_type="cluster", cov_kwds={"groups": rows, "use_correction": True}, use_t=True
    )
    found = two_way_fit(y, x)
    assert found.estimate == pytest.approx(model.params[0], rel=1e-8)
    assert found.standard_error == pytest.approx(model.bse[0], rel=1e-8)
    assert found.p_value == pytest.approx(model.pvalues[0], rel=1e-6)
    assert (found.low, found.high) == pytest.approx(tuple(model.conf_int()[0]), rel=1e-8)
    assert (found.n_units, found.n_periods, found.n_cells) == (12, 9, len(rows))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda y, x: (np.full_like(y, 3.0), x),
        lambda y, x: (y, np.repeat(x[:, :1], x.shape[1], axis=1)),  # differs between units only
        lambda y, x: (y, np.repeat(x[:1], len(x), axis=0)),  # the same in all units
        lambda y, x: (np.full_like(y, np.nan), x),
        lambda y, x: (y[:1], x[:1]),
    ],
)
def test_without_variation_there_is_no_number(spoil) -> None:  # type: ignore[no-untyped-def]
    y, x = spoil(*panel(8, 7, 1))
    with pytest.raises(NoVariationError):
        two_way_fit(y, x)


def test_permuted_labels_give_the_exact_p_of_all_orders() -> None:
    """Five units have 120 orders: all of them by hand."""
    import itertools

    y, x = panel(5, 6, 3)

    def slope(order: tuple[int, ...]) -> float:
        return two_way_fit(y, x[list(order)]).estimate

    own = slope((0, 1, 2, 3, 4))
    exact = np.mean([abs(slope(order)) >= abs(own) - 1e-12 for order in itertools.permutations(range(5))])
    found = permuted(y, x, seed=1)
    assert found.estimate == pytest.approx(own)
    assert found.p_value == pytest.approx(exact, abs=3 * np.sqrt(exact * (1 - exact) / 2000) + 1e-3)


def test_the_interval_holds_what_is_not_refused() -> None:
    y, x = panel(15, 10, 4)
    found = permuted(y, x, seed=2)
    for null, refused in ((found.low - 0.02, True), (found.low + 0.02, False), (found.high + 0.02, True)):
        assert (permuted(y - null * x, x, seed=2).p_value <= 0.05) is refused


def test_the_largest_rectangle_without_gaps() -> None:
    complete = np.ones((10, 12), dtype=bool)
    complete[:, 0] = False  # no unit has the first period
    complete[9, 5] = False  # one unit lacks one period
    found = rectangle(complete, 8, 6)
    assert found is not None
    units, periods = found
    assert (int(units.sum()), int(periods.sum())) == (10, 10) or (units.sum(), periods.sum()) == (9, 11)
    assert complete[np.ix_(units, periods)].all()
    assert rectangle(complete[:5], 8, 6) is None
    assert rectangle(np.zeros((10, 12), dtype=bool), 8, 6) is None


def test_false_discovery_rate_as_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(5).random(40) ** 2
    expected = multipletests(p, method="fdr_bh")[1]
    given = [*p[:20].tolist(), None, *p[20:].tolist()]
    found = q_values(given)
    assert found[20] is None
    assert [q for q in found if q is not None] == pytest.approx(expected.tolist())
    assert q_values([None, None]) == [None, None]
