"""The list of months that the UI shows as partitions."""

from __future__ import annotations

import json
from pathlib import Path

from assets.layout import Warehouse
from dagster_project.settings import Settings

FIRST_GUESS = 24
"""Months shown before a first build has found out how far the data reach."""


def known_months(settings: Settings) -> list[str]:
    """Months from ``calendar.start`` to the last one that a build has found data for.

    Before the first build: two years. The list never depends on today's date, and the
    computation never on the list: a build computes every changed month that the data cover.
    """
    start = settings.calendar.start
    last = _last_month(Warehouse(settings.warehouse_path).state / "months.json")
    wanted = _distance(start, last) + 1 if last else FIRST_GUESS
    count = max(1, min(wanted, settings.calendar.horizon_months))
    return [shifted(start, offset) for offset in range(count)]


def remember_last_month(warehouse: Warehouse, month: str) -> None:
    """Keep the last covered month for the next time the definitions are loaded."""
    (warehouse.state / "months.json").write_text(json.dumps({"last_month": month}), encoding="utf-8")


def shifted(month: str, offset: int) -> str:
    """The month ``offset`` months later.

    >>> shifted("2024-11", 3)
    '2025-02'
    """
    year, number = (int(part) for part in month.split("-"))
    total = year * 12 + number - 1 + offset
    return f"{total // 12:04d}-{total % 12 + 1:02d}"


def _last_month(file: Path) -> str | None:
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["last_month"])
    except (FileNotFoundError, json.JSONDecodeError, KeyError):
        return None


def _distance(start: str, end: str) -> int:
    first, last = ([int(part) for part in month.split("-")] for month in (start, end))
    return (last[0] - first[0]) * 12 + last[1] - first[1]
