"""Wilson, Newcombe, turnover over months and E-values against the published vectors."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from assets.outcomes.proportions import newcombe_difference, wilson_interval
from assets.outcomes.sensitivity import e_value, e_value_of_interval, risk_ratio_of_hazard_ratio
from assets.outcomes.turnover import annualised_turnover, mean_of_ends, turnover_rate

EXITS = [6, 4, 5, 3, 7, 5, 4, 6, 5, 4, 3, 8]
MONTH_ENDS = [200, 204, 206, 208, 210, 207, 205, 206, 204, 203, 204, 206, 202]
HEADCOUNTS = [mean_of_ends(a, b) for a, b in pairwise(MONTH_ENDS)]


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (20, 1000, 0.0130, 0.0307),
        (0, 30, 0, 0.1135),
        (730, 1000, 0.7016, 0.7566),
        (950, 1000, 0.9347, 0.9619),
        (30, 30, 1 - 0.1135, 1),
    ],
)
def test_wilson_vectors(successes: int, trials: int, low: float, high: float) -> None:
    found = wilson_interval(successes, trials)
    assert found is not None
    assert tuple(found) == pytest.approx((low, high), abs=1e-4)


def test_newcombe_vector_and_its_symmetry() -> None:
    found, turned = newcombe_difference(950, 1000, 730, 1000), newcombe_difference(730, 1000, 950, 1000)
    assert found is not None and turned is not None
    assert (found.value, *found.interval) == pytest.approx((0.22, 0.1893, 0.2507), abs=1e-4)
    assert found.interval.low == pytest.approx(-turned.interval.high)


def test_empty_groups_have_no_share() -> None:
    assert wilson_interval(0, 0) is None
    assert newcombe_difference(0, 0, 1, 2) is None
    with pytest.raises(ValueError, match="3 of 2"):
        wilson_interval(3, 2)


def test_turnover_of_a_month_and_of_the_year() -> None:
    assert turnover_rate(6, mean_of_ends(200, 204)) == pytest.approx(0.0297, abs=1e-4)
    assert sum(HEADCOUNTS) / 12 == pytest.approx(205.3333, abs=1e-4)
    assert annualised_turnover(EXITS, HEADCOUNTS) == pytest.approx(0.2922, abs=1e-4)
    assert annualised_turnover(EXITS[:3], HEADCOUNTS[:3]) == pytest.approx(0.2932, abs=1e-4)


def test_two_months_are_not_annualised_and_nobody_has_no_turnover() -> None:
    assert annualised_turnover(EXITS[:2], HEADCOUNTS[:2]) is None
    assert turnover_rate(0, 0) is None
    with pytest.raises(ValueError, match="one headcount per month"):
        annualised_turnover([1, 2, 3], [1.0])


@pytest.mark.parametrize(
    ("ratio", "expected"), [(1.5, 2.3660), (0.8, 1.8090), (3.9, 7.2630), (1 / 3, 5.4495)]
)
def test_e_value_vectors(ratio: float, expected: float) -> None:
    assert e_value(ratio) == pytest.approx(expected, abs=1e-4)


def test_e_value_of_an_interval_uses_the_limit_nearer_to_one() -> None:
    assert e_value_of_interval(0.1623, 0.6309) == pytest.approx(2.5481, abs=1e-3)
    assert e_value_of_interval(1.2, 3) == pytest.approx(e_value(1.2))
    assert e_value_of_interval(0.3831, 1.6512) == 1
    assert e_value(1) == 1
    assert math.isinf(e_value(0))


def test_a_hazard_ratio_is_a_risk_ratio_only_where_the_outcome_is_rare() -> None:
    assert risk_ratio_of_hazard_ratio(0.5, is_rare=True) == 0.5
    common = risk_ratio_of_hazard_ratio(0.5, is_rare=False)
    assert 0.5 < common < 1
    assert common * risk_ratio_of_hazard_ratio(2, is_rare=False) == pytest.approx(1)
