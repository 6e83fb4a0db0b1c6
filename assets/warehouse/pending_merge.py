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
    """Keep ``pending`` in the working file; it is the last one until the next is begun."""
    connection.execute(
        "create or replace table reference.pending_merge (content varchar, is_settled boolean)"
    )
    content = json.dumps(asdict(pending), default=date.isoformat)
    connection.execute("insert into reference.pending_merge values (?, false)", [content])


def settle(connection: duckdb.DuckDBPyConnection, ledger_file: Path) -> None:
    """The stage has succeeded: its months are merged, and nothing is pending any more."""
    row = connection.execute("select content from reference.pending_merge where not is_settled").fetchone()
    if row is None:
        return
    content = json.loads(row[0])
    content["months"] = tuple(date.fromisoformat(month) for month in content["months"])
    touched_months.commit(connection, ledger_file, PendingMerge(**content))
    connection.execute("update reference.pending_merge set is_settled = true")


def rebuilds_everything(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the build under way computes every month anew.

    Then tables are made anew as well, so that a release with other columns finds no old ones.
    """
    row = connection.execute("select content from reference.pending_merge").fetchone()
    return row is not None and bool(json.loads(row[0])["is_everything"])
