"""Landing files for the line reader, and looks into the lake they end in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from assets.extract.extraction import Feed
from assets.layout import Warehouse
from tests.factories import line_reader

KEY = bytes(range(32))


def write_lines(file: Path, *records: dict[str, Any]) -> Path:
    """A landing file of these records."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return file


def account(identifier: str, **labels: str) -> dict[str, Any]:
    """An account record."""
    return {"is": "account", "id": identifier, **labels}


def message(identifier: str, by: str, at: str = "2024-03-05T10:00:00+00:00", **more: Any) -> dict[str, Any]:
    """A message record."""
    return {"is": "message", "id": identifier, "by": by, "at": at, **more}


def worker(identifier: str, **labels: str) -> dict[str, Any]:
    """A worker record."""
    return {"is": "worker", "id": identifier, **labels}


def warehouse_at(folder: Path) -> Warehouse:
    """A new warehouse folder."""
    warehouse = Warehouse(folder)
    warehouse.create()
    return warehouse


def line_feed(name: str, *landing: Path, **more: Any) -> Feed:
    """A feed read by the line reader."""
    return Feed(name, line_reader, list(landing), **more)


def lake_rows(warehouse: Warehouse, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of a lake table, sorted as text."""
    if not list(warehouse.lake.glob(f"{table}/*/*.parquet")):
        return []
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = connection.execute(
            f"select {columns} from read_parquet('{warehouse.lake}/{table}/**/*.parquet',"
            " hive_partitioning = false, union_by_name = true)"
        ).fetchall()
    return sorted(rows, key=repr)
