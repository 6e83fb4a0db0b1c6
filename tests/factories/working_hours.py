"""When people of a group write, over a year: own habits that drift, evenings, bursts, shared events."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

FIRST_DAY = date(2024, 1, 1)
N_DAYS = 366
_OFFICE = np.array([0.2, 1.5, 5, 9, 10, 9, 5.5, 7, 9.5, 9, 7.5, 4.5, 1.5, 0.6])
"""Relative frequency of the hours from 6 to 19: two peaks around a lunch."""


def group(seed: int, n_people: int, timezone: str, per_day: float = 0.8) -> pl.DataFrame:
    """Events in true UTC: ``person`` and ``occurred_at``, for one invented group.

    People differ in how much they write, when they start, and how their hours drift from season
    to season (half an hour); one event in eight comes in the evening; messages come in bursts of
    two; on some days an event at one hour draws everybody.
    """
    random = np.random.default_rng([seed, n_people])
    days = np.array([d for d in range(N_DAYS) if (FIRST_DAY + timedelta(days=d)).isoweekday() <= 5])
    rate = per_day * np.minimum(random.lognormal(0, 0.8, n_people), 4)
    n_sessions = random.poisson(rate * len(days) / 2)
    person = np.repeat(np.arange(n_people), n_sessions)
    day = random.choice(days, len(person))
    habit = random.normal(0, 0.7, n_people)[person]
    drift = random.normal(0, 0.5, (n_people, 4))[person, day // 92]
    office = 6 + random.choice(len(_OFFICE), len(person), p=_OFFICE / _OFFICE.sum())
    hour = np.where(random.random(len(person)) < 1 / 8, random.integers(18, 23, len(person)), office)
    shared = random.integers(9, 17, N_DAYS)
    is_shared = random.random(len(person)) < 0.3 * (random.random(N_DAYS) < 0.15)[day]
    hour = np.where(is_shared, shared[day], hour + habit + drift)
    start = day * 86_400 + (np.clip(hour, 0.5, 22.5) + random.random(len(person))) * 3600
    seconds = np.repeat(start, 2) + random.integers(0, 1800, 2 * len(person))
    local = np.minimum(seconds, np.repeat(day, 2) * 86_400 + 86_399).astype(np.int64)
    return pl.DataFrame(
        {"person": np.repeat(person, 2), "occurred_at": local - _offset(local, timezone)}
    ).with_columns(_instant("occurred_at"))


def utc_taken_for_local(events: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """What a reader makes of UTC times that it takes for local ones."""
    seconds = events["occurred_at"].dt.epoch("s").to_numpy() - _EPOCH
    return events.with_columns(pl.Series("occurred_at", seconds - _offset(seconds, timezone))).with_columns(
        _instant("occurred_at")
    )


def local_taken_for_utc(events: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """What a reader makes of local times that it takes for UTC."""
    seconds = events["occurred_at"].dt.epoch("s").to_numpy() - _EPOCH
    return events.with_columns(pl.Series("occurred_at", seconds + _offset(seconds, timezone))).with_columns(
        _instant("occurred_at")
    )


_EPOCH = int(datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC).timestamp())


def _instant(name: str) -> pl.Expr:
    return pl.from_epoch(pl.col(name) + _EPOCH, "s").alias(name)


def _offset(seconds: np.ndarray, timezone: str) -> np.ndarray:
    """Seconds ahead of UTC at noon of each day: clocks change at night, when nobody writes here."""
    zone = ZoneInfo(timezone)
    noons = [
        datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 12, tzinfo=zone) + timedelta(days=d)
        for d in range(-1, N_DAYS + 1)
    ]
    offsets = np.array([noon.utcoffset().total_seconds() for noon in noons], dtype=np.int64)
    return offsets[np.clip(seconds // 86_400, -1, N_DAYS) + 1]
