"""What success may go with: the facts of a unit and month that associations are looked for with."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple


class Driver(NamedTuple):
    """A column of ``fct_success_driver_month``, what it says, and the purpose that its sources need."""

    words: str
    step: str
    """What one unit of it is, for sentences; empty where a standard deviation says more."""
    purpose: Literal["engagement", "network"]


DRIVERS: Final = {
    "participation_rate": Driver("the share of people who contribute", "", "engagement"),
    "contributions_per_20_days": Driver(
        "contributions per 20 workdays", "one more contribution per 20 workdays", "engagement"
    ),
    "cross_unit_ties": Driver(
        "ties to other units per person", "one more tie to another unit per person", "network"
    ),
    "ei_excess": Driver("openness beyond chance (E-I index)", "", "network"),
    "bridge_dependency": Driver("how much of the outside ties hangs on one person", "", "network"),
}
"""Facts of later parts (knowledge, recognition) join by a column of that table and a line here."""

LAGS: Final = (1, 2, 3)
"""Months from the driver to the metric; never 0: within one month nobody can tell what came first."""
