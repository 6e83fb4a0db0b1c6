"""The simulated time: warm-up months, then the observed months, as day numbers since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import numpy as np

from assets.organisation.arrays import Floats, Ints
from assets.organisation.plan import Plan

WARM_UP = 6
"""Months before the first observed one: the hazard looks back over a whole exposure window."""

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Period:
    """Months ``0 .. WARM_UP - 1`` warm up, the rest is observed.

    ``bounds[m]`` and ``bounds[m + 1]`` are the first days of month m and of the one after.
    """

    bounds: Ints

    @property
    def months(self) -> int:
        """All simulated months."""
        return len(self.bounds) - 1

    @property
    def first_day(self) -> int:
        """First observed day."""
        return int(self.bounds[WARM_UP])

    @property
    def end_day(self) -> int:
        """First day after the observed period."""
        return int(self.bounds[-1])

    def days(self, month: int) -> Ints:
        """The days of a month."""
        return np.arange(self.bounds[month], self.bounds[month + 1], dtype=np.int64)

    def label(self, month: int) -> str:
        """``YYYY-MM-01`` of a month."""
        return str(np.datetime64(int(self.bounds[month]), "D"))


def period_of(plan: Plan) -> Period:
    """The simulated time of a plan."""
    first = np.datetime64(plan.start, "M") - WARM_UP
    months = first + np.arange(WARM_UP + plan.months + 1)
    return Period(months.astype("datetime64[D]").astype(np.int64))


def week_of(days: Ints) -> Ints:
    """The number of the ISO week (Monday start); 1970-01-01 was a Thursday."""
    return np.asarray((days + 3) // 7, dtype=np.int64)


def weekday_of(days: Ints) -> Ints:
    """0 is Monday."""
    return np.asarray((days + 3) % 7, dtype=np.int64)


def holidays_of(country: str, days: Ints) -> Ints:
    """The public holidays among ``days``; ``country`` is ``PL`` or ``US-TX``."""
    land, _, region = country.partition("-")
    dates = np.asarray(days, dtype="datetime64[D]")
    years = range(dates[0].item().year, dates[-1].item().year + 1)
    free = holidays.country_holidays(land, subdiv=region or None, years=years)
    numbers = np.array([np.datetime64(day, "D").astype(np.int64) for day in free], dtype=np.int64)
    return days[np.isin(days, numbers)]


def offsets_of(timezone: str, days: Ints) -> Ints:
    """Seconds that local time is ahead of UTC, at noon of each day."""
    zone = ZoneInfo(timezone)
    epoch = datetime(1970, 1, 1, 12)
    shifts = [(epoch + timedelta(days=int(day))).replace(tzinfo=zone).utcoffset() for day in days]
    return np.array([int(s.total_seconds()) if s else 0 for s in shifts], dtype=np.int64)


def season_of(days: Ints, rng: np.random.Generator) -> Floats:
    """How lively a day is for the whole company: summer and the end of December are quieter.

    Includes a small shared noise, as every company has better and worse days.
    """
    dates = np.asarray(days, dtype="datetime64[D]")
    month = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    of_month = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    level = np.where((month == 7) | (month == 8), 0.87, 1.0)
    level = np.where((month == 12) & (of_month > 20), 0.75, level)
    return np.asarray(level * np.exp(rng.normal(0, 0.06, len(days))), dtype=np.float64)
