"""Separations per person-time: rates, their ratio and their difference.

Exact methods, because separations per unit are few: Garwood (1936) for one rate, the
conditional (binomial) interval of Clopper and Pearson for a ratio, MOVER (Zou and Donner 2008)
for a difference. Metric specification H2 and P26. One person has at most one event, so
the counts are Poisson; for counts with heavy tails (contributions) these intervals are wrong.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from assets.outcomes.proportions import Difference, Interval
from assets.statistics.distributions import binomial_p, clopper_pearson, garwood

DAYS_PER_YEAR = 365.25
TAIL = 0.025
"""Probability left out on each side of a 95 % interval."""


class Arm(NamedTuple):
    """What was observed in one group: events, and person-time in years."""

    events: int
    person_years: float


class Rate(NamedTuple):
    """Events per 100 person-years with Garwood's 95 % interval."""

    value: float
    interval: Interval


class RateRatio(NamedTuple):
    """Rate of the exposed over rate of the unexposed.

    ``value`` and ``interval.high`` are infinite if the unexposed had no event; ``p_value`` is
    two-sided, twice the smaller binomial tail, at most 1.
    """

    value: float
    interval: Interval
    p_value: float


def rate_per_100_person_years(arm: Arm) -> Rate | None:
    """The rate of one group; None without person-time.

    Examples
    --------
    >>> found = rate_per_100_person_years(Arm(12, 600))
    >>> found.value, round(found.interval.low, 4), round(found.interval.high, 4)
    (2.0, 1.0334, 3.4936)
    """
    _refuse_impossible(arm)
    if arm.person_years == 0:
        return None
    scale = 100 / arm.person_years
    low, high = garwood(arm.events, TAIL)
    return Rate(arm.events * scale, Interval(low * scale, high * scale))


def rate_ratio(exposed: Arm, unexposed: Arm) -> RateRatio | None:
    """Ratio of two rates, conditional on the number of events.

    None if neither group had an event or one had no person-time: a ratio of nothing is not 1.

    Examples
    --------
    >>> found = rate_ratio(Arm(12, 600), Arm(54, 900))
    >>> round(found.value, 4), round(found.interval.low, 4), round(found.interval.high, 4)
    (0.3333, 0.1623, 0.6309)
    """
    _refuse_impossible(exposed)
    _refuse_impossible(unexposed)
    a, b = exposed.events, unexposed.events
    total = a + b
    if total == 0 or exposed.person_years == 0 or unexposed.person_years == 0:
        return None
    time_ratio = unexposed.person_years / exposed.person_years
    share_low, share_high = clopper_pearson(a, total, TAIL)
    return RateRatio(
        a / b * time_ratio if b else math.inf,
        Interval(_odds(share_low) * time_ratio, _odds(share_high) * time_ratio),
        binomial_p(a, total, exposed.person_years / (exposed.person_years + unexposed.person_years)),
    )


def rate_difference(exposed: Arm, unexposed: Arm) -> Difference | None:
    """Rate of the exposed minus rate of the unexposed, per 100 person-years, MOVER interval.

    None if either group has no person-time.
    """
    first, second = rate_per_100_person_years(exposed), rate_per_100_person_years(unexposed)
    if first is None or second is None:
        return None
    value = first.value - second.value
    return Difference(
        value,
        Interval(
            value - math.hypot(first.value - first.interval.low, second.interval.high - second.value),
            value + math.hypot(first.interval.high - first.value, second.value - second.interval.low),
        ),
    )


def expected_events(arm: Arm, other: Arm) -> float | None:
    """Events the arm would have had if both rates were the same; None without person-time.

    A comparison is gated on these: gating on observed events selects on the outcome (H9).
    """
    time = arm.person_years + other.person_years
    return (arm.events + other.events) * arm.person_years / time if time else None


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def _refuse_impossible(arm: Arm) -> None:
    if arm.events < 0 or arm.person_years < 0:
        raise ValueError(f"events and person-years are at least 0, got {arm}")
    if arm.events and not arm.person_years:
        raise ValueError(f"{arm.events} events without person-time: the risk table lost its rows")
