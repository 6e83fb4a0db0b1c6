"""Measuring: every check's SQL over the working file and the lake, into ``quality.measurements``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import duckdb

from assets.quality.definition import Catalogue, Check, CheckContext, Sql

MAX_EXAMPLES: Final = 5
EXAMPLES_READ: Final = 10_000
"""How many failing rows are looked at to find examples for every subject."""

_LAKE_TABLES: Final = ("messages", "reactions", "quarantine")


def measure_all(
    connection: duckdb.DuckDBPyConnection,
    lake: Path,
    context: CheckContext,
    checks: Sequence[Check],
    on_progress: Callable[[str], None],
) -> dict[str, str]:
    """Fill ``quality.measurements`` and ``quality.failing_rows``.

    Answers what could not be measured: check id to the reason.
    """
    connection.execute("create schema if not exists quality")
    connection.execute(
        "create or replace table quality.unreadable_landing "
        "(source VARCHAR, unit VARCHAR, reason VARCHAR, message VARCHAR)"
    )
    for unit in context.unreadable:
        connection.execute(
            "insert into quality.unreadable_landing values (?, ?, ?, ?)",
            [unit.source, unit.unit, unit.reason, unit.message],
        )
    connection.execute("create or replace table quality.changed_scores (score VARCHAR)")
    for score in context.changed_scores:
        connection.execute("insert into quality.changed_scores values (?)", [score])
    connection.execute(
        "create or replace table quality.measurements "
        "(check_id VARCHAR, subject VARCHAR, n_judged BIGINT, n_failing BIGINT, measured DOUBLE)"
    )
    connection.execute(
        "create or replace table quality.failing_rows (check_id VARCHAR, subject VARCHAR, key VARCHAR)"
    )
    catalogue = _catalogue(connection, lake)
    errors = {}
    for check in checks:
        on_progress(check.id)
        missing = [name for name in check.needs if name not in catalogue]
        if missing:
            errors[check.id] = f"there is no {missing[0]} in this build"
            continue
        try:
            _measure(connection, check, catalogue)
        except duckdb.Error as error:
            connection.execute("delete from quality.measurements where check_id = ?", [check.id])
            errors[check.id] = str(error).splitlines()[0]
    return errors


def _catalogue(connection: duckdb.DuckDBPyConnection, lake: Path) -> Catalogue:
    """Relations and their columns; views over the lake are made where its files are there."""
    for table in _LAKE_TABLES:
        if any((lake / table).glob("**/*.parquet")):
            pattern = str(lake / table / "**" / "*.parquet").replace("'", "''")
            connection.execute(
                f"create or replace temp view lake_{table} as select * from "
                f"read_parquet('{pattern}', union_by_name = true, hive_partitioning = false)"
            )
    rows = connection.execute(
        "select if(table_catalog = 'temp', table_name, table_schema || '.' || table_name), column_name "
        "from information_schema.columns"
    ).fetchall()
    found: dict[str, set[str]] = {}
    for relation, column in rows:
        found.setdefault(relation, set()).add(column)
    return {relation: frozenset(columns) for relation, columns in found.items()}


def _text(sql: Sql, catalogue: Catalogue) -> str:
    return sql(catalogue) if callable(sql) else sql


def _measure(connection: duckdb.DuckDBPyConnection, check: Check, catalogue: Catalogue) -> None:
    measure = _text(check.measure, catalogue)
    connection.execute(
        f"insert into quality.measurements select '{check.id}', subject, n_judged, n_failing, measured "
        f"from ({measure})"
    )
    n_failing = connection.execute(
        "select coalesce(sum(n_failing), 0) from quality.measurements where check_id = ?", [check.id]
    ).fetchall()[0][0]
    if check.examples is None or not n_failing:
        return
    shown: Counter[str] = Counter()
    rows = connection.execute(_text(check.examples, catalogue)).fetchmany(EXAMPLES_READ)
    for subject, key in rows:
        shown[subject] += 1
        if shown[subject] <= MAX_EXAMPLES:
            connection.execute("insert into quality.failing_rows values (?, ?, ?)", [check.id, subject, key])
