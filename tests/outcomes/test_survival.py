"""Survival against the published vectors (metric specification H4, H5, P25) and against lifelines."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from assets.outcomes.competing_risks import aalen_johansen
from assets.outcomes.exposure import counting_process_rows
from assets.outcomes.log_rank import log_rank
from assets.outcomes.survival import (
    Lives,
    at_risk,
    kaplan_meier,
    restricted_mean,
    restricted_mean_difference,
    well_observed,
)


def lives(text: str, entries: list[float] | None = None, other: tuple[float, ...] = ()) -> Lives:
    """Months as the specification writes them: ``4+`` is censored; ``other`` are exits for another cause."""
    ends = np.array([float(word.rstrip("+")) for word in text.split(",")])
    cause = np.array([0 if word.endswith("+") else 1 for word in text.split(",")])
    cause = np.where(np.isin(ends, other) & (cause == 1), 2, cause)
    return Lives(np.zeros(len(ends)) if entries is None else np.array(entries, dtype=float), ends, cause)


ACTIVE = lives("2,4,4+,6,7+,9,10+,12+,12+,12+")
INACTIVE = lives("1,2,3,3+,5,6,8,9+,11,12+")


def curve_of(group: Lives):
    found = kaplan_meier(group)
    assert found is not None
    return found


def test_curve_of_the_active_group() -> None:
    curve = curve_of(ACTIVE)
    assert [curve.at(t) for t in (1, 2, 4, 6, 9)] == pytest.approx([1, 0.9, 0.8, 0.6857, 0.5486], abs=1e-4)
    assert (curve.at(12), *curve.interval_at(12)) == pytest.approx((0.5486, 0.1873, 0.8064), abs=1e-4)
    assert curve.median is None
    mean = restricted_mean(curve, 12)
    assert mean == pytest.approx((9.1029, 1.1887), abs=1e-4)


def test_early_attrition_lies_between_its_two_shortcuts() -> None:
    """J1: Kaplan and Meier .3813; exits by hires 4/12 is too low, without those seen for less 4/9 too high.

    The mart gives the first two (unit test of ``fct_new_hire_attrition``) and nobody the third.
    """
    hires = lives("15,40,62,88+,90+,120,200+,30+,75,365+,365+,50+")
    attrition = 1 - curve_of(hires).at(90)
    assert attrition == pytest.approx(0.3813, abs=5e-5)
    assert at_risk(hires, np.array([90.0])).tolist() == [5], "whoever is censored on day 90 is at risk on it"
    exits = int(((hires.cause == 1) & (hires.exit <= 90)).sum())
    of_all, of_those_seen = exits / len(hires.exit), exits / (exits + int((hires.exit >= 90).sum()))
    assert (of_all, of_those_seen) == pytest.approx((0.3333, 0.4444), abs=5e-5)
    assert of_all < attrition < of_those_seen


def test_curve_of_the_inactive_group() -> None:
    curve = curve_of(INACTIVE)
    expected = [0.9, 0.8, 0.7, 0.5833, 0.4667, 0.35, 0.175]
    assert [curve.at(t) for t in (1, 2, 3, 5, 6, 8, 11)] == pytest.approx(expected, abs=1e-4)
    assert (curve.at(12), *curve.interval_at(12)) == pytest.approx((0.175, 0.0112, 0.5087), abs=1e-4)
    assert curve.median == 6
    assert restricted_mean(curve, 12) == pytest.approx((6.8417, 1.2839), abs=1e-4)


def test_comparison_of_the_two_groups() -> None:
    active, inactive = (restricted_mean(curve_of(group), 12) for group in (ACTIVE, INACTIVE))
    assert active is not None and inactive is not None
    difference = restricted_mean_difference(active, inactive)
    assert (difference.value, *difference.interval) == pytest.approx((2.2612, -1.168, 5.691), abs=1e-3)
    found = log_rank(ACTIVE, INACTIVE)
    assert found is not None
    assert (found.statistic, found.p_value) == pytest.approx((1.7923, 0.1806), abs=1e-4)
    assert found.expected_first + found.expected_second == pytest.approx(4 + 7)
    turned = log_rank(INACTIVE, ACTIVE)
    assert turned is not None and turned.statistic == pytest.approx(found.statistic)


def test_late_entries_change_who_is_at_risk() -> None:
    late = Lives(np.array([0, 0, 1, 2, 3, 0, 4, 5, 0, 2.0]), ACTIVE.exit, ACTIVE.cause)
    curve = curve_of(late)
    assert [curve.at(t) for t in (2, 4, 6, 9)] == pytest.approx([0.8, 0.6857, 0.5878, 0.4702], abs=1e-4)
    # Whoever enters at 2 is not at risk of the departure at 2.
    assert at_risk(late, np.array([2.0])).tolist() == [5]


def test_aalen_johansen_of_the_vector() -> None:
    found = aalen_johansen(lives("1,2,3,3+,5,6,8,9+,11,12+", other=(3, 8)))
    assert found is not None
    assert (*found.at(12), found.staying[-1]) == pytest.approx((0.6083, 0.2167, 0.1750), abs=1e-4)
    cause_specific = curve_of(lives("1,2,3,3+,5,6,8,9+,11,12+", other=(3, 8))).at(12)
    assert cause_specific is not None and 1 - cause_specific == pytest.approx(0.7333, abs=1e-4)


NEVER_ACTIVE = [1, 2, 3, 4, 5, 6, 8, 10, 12, 12, 12, 12]
ACTIVE_FROM_6 = [8, 10, 12, 12, 12, 12, 12, 12]


def hazard_ratio(frame: pd.DataFrame, **columns: str):
    from lifelines import CoxPHFitter, CoxTimeVaryingFitter

    fitter = CoxTimeVaryingFitter() if "id_col" in columns else CoxPHFitter()
    return fitter.fit(frame, **columns).summary.loc["is_exposed"]


def test_immortal_time_in_cox_models_and_two_ways_out_of_it() -> None:
    followed = np.array([*NEVER_ACTIVE, *ACTIVE_FROM_6], dtype=float)
    has_event = followed < 12
    exposed_from = np.array([math.inf] * 12 + [6.0] * 8)
    naive = pd.DataFrame(
        {"time": followed, "event": has_event, "is_exposed": np.isfinite(exposed_from).astype(float)}
    )
    assert hazard_ratio(naive, duration_col="time", event_col="event")["exp(coef)"] == pytest.approx(
        0.2355, abs=1e-3
    )
    rows = counting_process_rows(followed, has_event, exposed_from)
    assert (rows.start[rows.is_exposed] >= 6).all() and rows.is_event.sum() == has_event.sum()
    split = pd.DataFrame(rows._asdict()).astype({"is_exposed": float})
    found = hazard_ratio(split, id_col="life", event_col="is_event", start_col="start", stop_col="stop")
    assert found["exp(coef)"] == pytest.approx(0.7222, abs=1e-3)
    assert (found["coef"], found["se(coef)"]) == pytest.approx((-0.3255, 1.0001), abs=1e-3)
    limits = found["exp(coef) lower 95%"], found["exp(coef) upper 95%"]
    assert limits == pytest.approx((0.1017, 5.1278), abs=2e-3)
    groups = [
        Lives(np.zeros(len(ends)), np.array(ends, dtype=float), (np.array(ends) < 12).astype(int))
        for ends in (ACTIVE_FROM_6, NEVER_ACTIVE)
    ]
    active, never = (group.at_landmark(6) for group in groups)
    assert len(active) + len(never) == 14
    landmark = pd.DataFrame(
        {
            "time": np.concatenate([active.exit, never.exit]),
            "event": np.concatenate([active.cause, never.cause]),
            "is_exposed": [1.0] * len(active) + [0.0] * len(never),
        }
    )
    found = hazard_ratio(landmark, duration_col="time", event_col="event")
    assert found["exp(coef)"] == pytest.approx(0.7222, abs=1e-3)


def random_lives(seed: int, n: int = 60, ties: bool = True) -> Lives:
    random = np.random.default_rng(seed)
    entry = np.where(random.random(n) < 0.5, 0.0, random.exponential(4, n))
    stay = random.exponential(9, n) + 0.1
    if ties:
        entry, stay = np.floor(entry), np.ceil(stay)
    cause = random.choice([0, 1, 1, 2], n)
    return Lives(entry, entry + stay, cause)


@pytest.mark.parametrize("seed", range(8))
def test_random_curves_equal_lifelines(seed: int) -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    group = random_lives(seed)
    curve = curve_of(group)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = KaplanMeierFitter().fit(group.exit, group.cause == 1, entry=group.entry)
    table = peer.event_table
    for place, time in enumerate(curve.times):
        if curve.n_at_risk[place] == curve.n_events[place]:
            break  # lifelines begins again after an empty risk set
        assert curve.at(time) == pytest.approx(float(peer.predict(time)), abs=1e-9)
        # lifelines counts arrivals at their own time, so only what leaves is compared.
        assert curve.n_events[place] == table.loc[time, "observed"]
        limits = peer.confidence_interval_.loc[time].to_numpy()
        assert tuple(curve.interval_at(time)) == pytest.approx(tuple(limits), abs=1e-6)
    whole = Lives(np.zeros(len(group)), group.exit, group.cause)
    horizon = float(np.median(whole.exit))
    mean = restricted_mean(curve_of(whole), horizon)
    assert mean is not None
    plain = KaplanMeierFitter().fit(whole.exit, whole.cause == 1)
    assert mean.value == pytest.approx(restricted_mean_survival_time(plain, t=horizon), abs=1e-6)
    median = curve_of(whole).median
    assert (math.inf if median is None else median) == plain.median_survival_time_


@pytest.mark.parametrize("seed", range(6))
def test_random_log_ranks_and_incidences_equal_lifelines(seed: int) -> None:
    from lifelines import AalenJohansenFitter
    from lifelines.statistics import logrank_test

    first, second = random_lives(seed, 40), random_lives(100 + seed, 55)
    at_zero = [Lives(np.zeros(len(group)), group.exit, group.cause) for group in (first, second)]
    found = log_rank(*at_zero)
    peer = logrank_test(at_zero[0].exit, at_zero[1].exit, at_zero[0].cause == 1, at_zero[1].cause == 1)
    assert found is not None
    assert (found.statistic, found.p_value) == pytest.approx((peer.test_statistic, peer.p_value), abs=1e-8)
    untied = random_lives(seed, 50, ties=False)  # lifelines moves tied times at random
    untied = Lives(np.zeros(len(untied)), untied.exit, untied.cause)
    incidence = aalen_johansen(untied)
    assert incidence is not None
    reference = AalenJohansenFitter(calculate_variance=False).fit(
        untied.exit, untied.cause, event_of_interest=1
    )
    for time in np.quantile(untied.exit, [0.2, 0.5, 0.8]):
        assert incidence.at(time)[0] == pytest.approx(float(reference.predict(time)), abs=1e-9)
    total = incidence.of_event + incidence.of_competing + incidence.staying
    assert total == pytest.approx(np.ones(len(total)))


@pytest.mark.parametrize("seed", range(4))
def test_log_rank_with_delayed_entry_counts_by_hand(seed: int) -> None:
    first, second = random_lives(seed, 25), random_lives(50 + seed, 30)
    found = log_rank(first, second)
    expected = variance = observed = 0.0
    ends = np.concatenate([first.exit[first.cause == 1], second.exit[second.cause == 1]])
    for time in sorted(set(ends)):
        n1, n2 = (int(((g.entry < time) & (time <= g.exit)).sum()) for g in (first, second))
        d1, d2 = (int(((g.exit == time) & (g.cause == 1)).sum()) for g in (first, second))
        n, d = n1 + n2, d1 + d2
        observed, expected = observed + d1, expected + d * n1 / n
        if n > 1:
            variance += n1 * n2 * d * (n - d) / n**2 / (n - 1)
    assert found is not None and found.statistic == pytest.approx((observed - expected) ** 2 / variance)


def test_the_log_log_interval_of_the_median_is_that_of_lifelines() -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times

    group = Lives(np.zeros(60), random_lives(3).exit, random_lives(3).cause)
    peer = KaplanMeierFitter().fit(group.exit, group.cause == 1)
    low, high = median_survival_times(peer.confidence_interval_).iloc[0]
    found = curve_of(group).median_interval
    assert tuple(math.inf if t is None else t for t in found) == (low, high)


def test_a_curve_begins_and_ends_where_enough_people_are_at_risk() -> None:
    entry = np.array([0.0] * 2 + [5.0] * 12)
    group = Lives(entry, np.array([1.0, 30.0] + [20.0] * 4 + [25.0] * 8), np.ones(14, dtype=int))
    assert well_observed(group, 10) == (5.0, 20.0)
    assert well_observed(group, 20) is None
    shown = group.between(5, 20)
    assert len(shown) == 13 and (shown.cause == 1).sum() == 4
    assert curve_of(shown).at(20) == pytest.approx(9 / 13)
    assert curve_of(shown).at(4.9) is None  # nothing is known before
    assert restricted_mean(curve_of(shown), 12) is None


def test_nobody_everybody_and_nonsense() -> None:
    nobody = Lives(np.array([]), np.array([]), np.array([], dtype=int))
    assert kaplan_meier(nobody) is None and aalen_johansen(nobody) is None
    assert well_observed(nobody, 1) is None
    everybody = curve_of(lives("1,2,3"))
    assert everybody.at(50) == 0 and everybody.interval_at(3) is None
    mean = restricted_mean(everybody, 12)
    assert mean is not None and mean.value == pytest.approx(2)
    stayed = curve_of(lives("3+,3+"))
    assert stayed.at(3) == 1 and stayed.at(4) is None and stayed.interval_at(3) is None
    assert restricted_mean(stayed, 3) == (3, 0) and restricted_mean(stayed, 12) is None
    assert log_rank(lives("3+,3+"), lives("2+,5+")) is None
    with pytest.raises(ValueError, match="never at risk"):
        lives("3,2", entries=[0, 2])
    with pytest.raises(ValueError, match="shapes"):
        Lives(np.zeros(2), np.ones(3), np.ones(3, dtype=int))
    with pytest.raises(ValueError, match="numbers"):
        Lives(np.zeros(1), np.array([math.nan]), np.ones(1, dtype=int))
