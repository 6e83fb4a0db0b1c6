"""A tiny lake from lists of dicts: every contract table as Parquet, in the contract's schema."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from assets.extract.contract import TABLES, lake_schema

Row = Mapping[str, Any]

EXTRACTED_AT = datetime(2030, 1, 1, tzinfo=UTC)


def instant(text: str) -> datetime:
    """``"2024-03-01 10:00"`` (or any ISO form) as an aware UTC instant."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def write_lake(root: Path, tables: Mapping[str, Iterable[Row]]) -> Path:
    """Write ``tables`` below ``root``, replacing what was there; tables not named are empty.

    A row is a dict of contract columns; missing ones are NULL. Text in a timestamp column is
    read as UTC. ``source`` defaults to ``"chat"``, ``_file_sha256`` to ``"file1"`` and
    ``_observed_at`` to NULL; rows of different source or file go to different Parquet files.
    """
    unknown = set(tables) - set(TABLES)
    if unknown:
        raise ValueError(f"no such contract table: {sorted(unknown)}")
    if root.exists():
        shutil.rmtree(root)
    for table in TABLES:
        schema = lake_schema(table)
        _write(root / table / "source=_empty" / "empty.parquet", [], schema)
        files: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in tables.get(table, ()):
            complete = _complete(row, schema, table)
            files.setdefault((complete["source"], complete["_file_sha256"]), []).append(complete)
        for (source, sha256), rows in files.items():
            _write(root / table / f"source={source}" / f"{sha256}.parquet", rows, schema)
    return root


def _complete(row: Row, schema: pa.Schema, table: str) -> dict[str, Any]:
    unknown = set(row) - set(schema.names)
    if unknown:
        raise ValueError(f"{table} has no column {sorted(unknown)}")
    defaults = {
        "source": "chat",
        "_file_sha256": "file1",
        "_extracted_at": EXTRACTED_AT,
        "_reader_version": "1",
    }
    complete = {name: row.get(name, defaults.get(name)) for name in schema.names}
    for field in schema:
        value = complete[field.name]
        if pa.types.is_timestamp(field.type) and isinstance(value, str):
            complete[field.name] = instant(value)
        elif pa.types.is_date(field.type) and isinstance(value, str):
            complete[field.name] = datetime.fromisoformat(value).date()
    return complete


def _write(path: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
