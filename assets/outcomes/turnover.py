"""Turnover as shares of headcount, over months. Metric specification H1.

``turnover + retention`` is not 1: turnover counts everybody who left, also those who joined
within the period; retention follows only the people who were there at its start.
"""

from __future__ import annotations

from collections.abc import Sequence

MINIMUM_MONTHS = 3
"""Fewer months than this are not annualised: two quiet months are not a calm year."""


def mean_of_ends(at_start: float, at_end: float) -> float:
    """Average headcount by the short cut ``(begin + end) / 2``.

    The marts use the mean of the daily headcount instead; this one is for figures that come
    with two numbers only.
    """
    return (at_start + at_end) / 2


def turnover_rate(separations: int, average_headcount: float) -> float | None:
    """Separations in a period over its average headcount; None if nobody was employed."""
    if separations < 0 or average_headcount < 0:
        raise ValueError(f"expected counts of at least 0, got {separations} and {average_headcount}")
    return separations / average_headcount if average_headcount else None


def annualised_turnover(separations: Sequence[int], average_headcounts: Sequence[float]) -> float | None:
    """Turnover of some consecutive months, brought to a year.

    Parameters
    ----------
    separations
        Per month, at least 0.
    average_headcounts
        Per month, same length and order.

    Returns
    -------
    float or None
        ``sum(separations) / mean(headcounts) * 12 / months``; for twelve months this is the
        year's turnover. None below three months or without headcount.

    Raises
    ------
    ValueError
        If the two differ in length.
    """
    months = len(separations)
    if months != len(average_headcounts):
        raise ValueError(f"expected one headcount per month, got {len(average_headcounts)} for {months}")
    if months < MINIMUM_MONTHS:
        return None
    rate = turnover_rate(sum(separations), sum(average_headcounts) / months)
    return None if rate is None else rate * 12 / months
