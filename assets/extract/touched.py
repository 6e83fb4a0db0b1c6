"""Which months a unit's rows touch, and the first and last instant in them.

A month is touched by its events and by the coverage a unit claims: an event missing from a
later export that covers its day is deleted. Days belong to the local calendar of a person
(UTC-12 to UTC+14), so the neighbouring day counts too.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

EVENT_TIMES: Final[dict[str, str]] = {
    "messages": "sent_at",
    "reactions": "reacted_at",
    "meetings": "starts_at",
    "views": "viewed_at",
    "searches": "searched_at",
    "nominations": "answered_at",
}
"""The column that dates an event, per table."""


class Span:
    """Collects months and instants over a unit's batches."""

    def __init__(self) -> None:
        self.months: set[date] = set()
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None

    def add(self, table: str, batch: pa.RecordBatch) -> None:
        """Take the instants of one batch."""
        if table in EVENT_TIMES:
            self._add_events(batch.column(EVENT_TIMES[table]))
        elif table == "source_coverage":
            self._add_coverage(batch)

    def _add_events(self, instants: pa.Array) -> None:
        if instants.null_count == len(instants):
            return
        extremes = pc.min_max(instants)
        first, last = extremes["min"].as_py(), extremes["max"].as_py()
        self.first_at = first if self.first_at is None else min(self.first_at, first)
        self.last_at = last if self.last_at is None else max(self.last_at, last)
        for day in pc.unique(instants.cast(pa.date32())).to_pylist():
            if day is not None:
                self.months |= _months_about(day, day)

    def _add_coverage(self, batch: pa.RecordBatch) -> None:
        days = pa.table(
            {name: batch.column(name).cast(pa.date32()) for name in ("covered_from", "covered_to")}
        )
        for row in days.group_by(["covered_from", "covered_to"]).aggregate([]).to_pylist():
            if row["covered_from"] is not None and row["covered_to"] is not None:
                self.months |= _months_about(row["covered_from"], row["covered_to"])


def _months_about(first: date, last: date) -> set[date]:
    month = (first - timedelta(days=1)).replace(day=1)
    end = (last + timedelta(days=1)).replace(day=1)
    months = {month}
    while month < end:
        month = (month + timedelta(days=32)).replace(day=1)
        months.add(month)
    return months
