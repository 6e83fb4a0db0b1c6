"""Rows of one contract table, gathered and handed on as Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow as pa

from assets.extract.contract import TABLES
from assets.extract.reading import Batch

BATCH_ROWS: Final = 50_000
"""Large enough for Parquet row groups, small enough to stay far below one export's size."""

Row = tuple[Any, ...]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def instant(micros: int) -> datetime:
    """The time of ``micros`` microseconds since 1970, UTC."""
    return _EPOCH + timedelta(microseconds=micros)


class RowBuffer:
    """Tuples in the column order of ``table``; times as integer microseconds since 1970, UTC."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.schema = TABLES[table]
        self.rows: list[Row] = []

    def full_batches(self) -> Iterator[Batch]:
        """Batches of ``BATCH_ROWS`` while there are that many rows."""
        while len(self.rows) >= BATCH_ROWS:
            yield self._batch(self.rows[:BATCH_ROWS])
            del self.rows[:BATCH_ROWS]

    def last_batches(self) -> Iterator[Batch]:
        """Everything that is left."""
        yield from self.full_batches()
        if self.rows:
            yield self._batch(self.rows)
            self.rows = []

    def _batch(self, rows: list[Row]) -> Batch:
        columns = [
            pa.array(column, type=field.type)
            for column, field in zip(zip(*rows, strict=True), self.schema, strict=True)
        ]
        return self.table, pa.RecordBatch.from_arrays(columns, schema=self.schema)
