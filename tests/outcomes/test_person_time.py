"""Exact person-time statistics against the published vectors (metric specification H2, H4)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assets.outcomes.exposure import ever_exposed, split_at_first_exposure
from assets.outcomes.person_time import (
    Arm,
    expected_events,
    rate_difference,
    rate_per_100_person_years,
    rate_ratio,
)

EXPOSED, UNEXPOSED = Arm(12, 600), Arm(54, 900)


def test_garwood_intervals_of_the_vectors() -> None:
    exposed, unexposed = rate_per_100_person_years(EXPOSED), rate_per_100_person_years(UNEXPOSED)
    assert exposed is not None and unexposed is not None
    assert (exposed.value, *exposed.interval) == pytest.approx((2.0, 1.0334, 3.4936), abs=1e-4)
    assert (unexposed.value, *unexposed.interval) == pytest.approx((6.0, 4.5074, 7.8287), abs=1e-4)
    nobody = rate_per_100_person_years(Arm(0, 200))
    assert nobody is not None
    assert (nobody.value, *nobody.interval) == pytest.approx((0, 0, 1.8444), abs=1e-4)


def test_ratio_of_the_vectors() -> None:
    found = rate_ratio(EXPOSED, UNEXPOSED)
    assert found is not None
    assert (found.value, *found.interval) == pytest.approx((0.3333, 0.1623, 0.6309), abs=1e-4)
    assert found.p_value == pytest.approx(0.000252, abs=1e-6)


def test_no_event_among_the_exposed() -> None:
    found = rate_ratio(Arm(0, 200), Arm(5, 200))
    assert found is not None
    assert (found.value, *found.interval) == pytest.approx((0, 0, 1.0913), abs=1e-4)
    assert found.p_value == pytest.approx(0.0625)


def test_no_event_among_the_unexposed_leaves_a_lower_bound_only() -> None:
    found = rate_ratio(Arm(5, 200), Arm(0, 200))
    assert found is not None
    assert math.isinf(found.value) and math.isinf(found.interval.high)
    assert found.interval.low == pytest.approx(1 / 1.0913, abs=1e-3)


def test_nothing_compared_with_nothing_is_undefined() -> None:
    assert rate_ratio(Arm(0, 10), Arm(0, 10)) is None
    assert rate_ratio(Arm(3, 10), Arm(0, 0)) is None
    assert rate_per_100_person_years(Arm(0, 0)) is None
    assert rate_difference(Arm(0, 0), Arm(1, 1)) is None
    assert expected_events(Arm(0, 0), Arm(0, 0)) is None


def test_difference_of_the_vectors() -> None:
    found = rate_difference(EXPOSED, UNEXPOSED)
    assert found is not None
    assert (found.value, *found.interval) == pytest.approx((-4.0, -6.068, -1.888), abs=1e-3)


def test_events_without_person_time_are_refused() -> None:
    with pytest.raises(ValueError, match="risk table lost its rows"):
        rate_ratio(Arm(1, 0), Arm(1, 10))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 60), st.integers(0, 60), st.floats(1, 1000), st.floats(1, 1000))
def test_swapping_the_groups_turns_the_ratio_over(a: int, b: int, time_1: float, time_0: float) -> None:
    found, turned = rate_ratio(Arm(a, time_1), Arm(b, time_0)), rate_ratio(Arm(b, time_0), Arm(a, time_1))
    if found is None or turned is None:
        assert found is turned is None
        return
    assert found.p_value == pytest.approx(turned.p_value, rel=1e-6)
    assert found.interval.low * turned.interval.high == pytest.approx(1) or found.interval.low == 0
    assert found.interval.covers(1) or found.p_value <= 0.05 + 1e-9


@pytest.mark.parametrize("mean", [0.5, 3, 20])
def test_garwood_covers_at_least_as_often_as_it_says(mean: float) -> None:
    counts = np.arange(0, 80)
    rates = [rate_per_100_person_years(Arm(int(n), 100)) for n in counts]
    covered = np.array([rate is not None and rate.interval.covers(mean) for rate in rates])
    assert stats.poisson.pmf(counts, mean)[covered].sum() >= 0.95


def test_immortal_time_makes_an_effect_that_splitting_removes() -> None:
    never = [1, 2, 3, 4, 5, 6, 8, 10, 12, 12, 12, 12]
    later = [8, 10, 12, 12, 12, 12, 12, 12]
    followed = np.array([*never, *later], dtype=float)
    has_event = followed < 12
    exposed_from = np.array([math.inf] * 12 + [6.0] * 8)
    naive = ever_exposed(followed, has_event, exposed_from)
    split = split_at_first_exposure(followed, has_event, exposed_from)
    assert naive == (Arm(2, 90), Arm(8, 87))
    assert split == (Arm(2, 42), Arm(8, 135))
    biased, honest = rate_ratio(*naive), rate_ratio(*split)
    assert biased is not None and honest is not None
    assert (biased.value, *biased.interval) == pytest.approx((0.2417, 0.0250, 1.2110), abs=1e-4)
    assert (honest.value, *honest.interval) == pytest.approx((0.8036, 0.0831, 4.0267), abs=1e-4)
    assert split.exposed.person_years + split.unexposed.person_years == followed.sum()
