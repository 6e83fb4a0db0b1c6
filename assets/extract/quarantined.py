"""What lies in quarantine: rows that could not be read, and landing units nobody could open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from assets.extract import ledger
from assets.layout import Warehouse


@dataclass(frozen=True)
class QuarantineCount:
    """Rows of one source put aside for one reason; ``detail`` is the most frequent explanation."""

    source: str
    target_table: str
    reason: str
    n_rows: int
    detail: str | None


@dataclass(frozen=True)
class QuarantinedRow:
    """One row put aside; ``original_id`` is where the vault keeps the original, None if not kept."""

    source: str
    unit: str
    position: str
    target_table: str
    reason: str
    detail: str | None
    original_id: str | None


@dataclass(frozen=True)
class UnopenedUnit:
    """A landing unit that could not be read as a whole and still lies in the landing."""

    source: str
    unit: str
    reason: str
    message: str


def counts(warehouse: Warehouse) -> list[QuarantineCount]:
    """Rows in quarantine by source, target table and reason, most frequent first."""
    found = _query(
        warehouse,
        "select source, target_table, reason, count(*)::bigint, mode(detail) from quarantine"
        " group by all order by count(*) desc, source, target_table, reason",
        {},
    )
    return [QuarantineCount(*row) for row in found]


def rows(
    warehouse: Warehouse,
    *,
    source: str | None = None,
    reason: str | None = None,
    unit: str | None = None,
    limit: int = 20,
) -> tuple[list[QuarantinedRow], int]:
    """The first ``limit`` rows of that source, reason and unit (start of its hash), and how many there are.

    In order of source, unit and position.
    """
    where = (
        " from quarantine where ($source is null or source = $source)"
        " and ($reason is null or reason = $reason)"
        " and ($unit is null or starts_with(_file_sha256, lower($unit)))"
    )
    values = {"source": source, "reason": reason, "unit": unit}
    found = _query(
        warehouse,
        "select source, _file_sha256, position, target_table, reason, detail, original_id,"
        f" count(*) over ()::bigint{where} order by source, _file_sha256, position, original_id limit $limit",
        {**values, "limit": limit},
    )
    return [QuarantinedRow(*row[:-1]) for row in found], int(found[0][-1]) if found else 0


def unreadable_units(warehouse: Warehouse) -> list[UnopenedUnit]:
    """Units of the landing that could not be read as a whole, in order of source and hash."""
    if not warehouse.ledger.exists():
        return []
    with ledger.opened(warehouse.ledger) as book:
        return [
            UnopenedUnit(entry.source, entry.sha256, entry.reason or "", entry.message or "")
            for entry in book.units()
            if entry.status == "unreadable" and entry.is_present
        ]


def _query(warehouse: Warehouse, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    files = [str(path) for path in sorted((warehouse.lake / "quarantine").glob("source=*/*.parquet"))]
    if not files:
        return []
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.read_parquet(files, hive_partitioning=False, union_by_name=True).create_view("quarantine")
        return connection.execute(sql, values).fetchall()
