"""Carrying a pending merge from the step that lists touched months to the one that merges them."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import duckdb

from assets.warehouse import touched_months
from assets.warehouse.touched_months import PendingMerge


def remember(connection: duckdb.DuckDBPyConnection, pending: PendingMerge) -> None:
    """Keep ``pending`` in the working file until it is settled."""
    connection.execute("create or replace table reference.pending_merge (content varchar)")
    content = json.dumps(asdict(pending), default=date.isoformat)
    connection.execute("insert into reference.pending_merge values (?)", [content])


def settle(connection: duckdb.DuckDBPyConnection, ledger_file: Path) -> None:
    """The stage has succeeded: its months are merged, and nothing is pending any more."""
    row = connection.execute("select content from reference.pending_merge").fetchone()
    if row is None:
        return
    content = json.loads(row[0])
    content["months"] = tuple(date.fromisoformat(month) for month in content["months"])
    touched_months.commit(connection, ledger_file, PendingMerge(**content))
    connection.execute("delete from reference.pending_merge")
