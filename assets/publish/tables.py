"""Writing a version's tables: one DuckDB file with comments, and one Parquet file per table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from assets.publish.catalogue import PublicationError, PublishedTable

DIGITS: Final = 10
"""Significant digits of a published fraction: the last ones depend on the order of a sum."""

WRITING_MEGABYTES: Final = 1000
"""What the engine may hold while it writes tables: it copies piece by piece, more is only a bigger cache."""

PERSONAL_COLUMNS = frozenset(
    {"person_key", "person_id", "account_key", "account_id", "worker_id", "manager_person_key"}
)
"""Columns that make a table one about persons; such a table is never published."""


@dataclass(frozen=True)
class WrittenTable:
    """What the manifest says of one table."""

    name: str
    n_rows: int
    content: str
    """Changes with any value, not with the order of rows (16 hexadecimal characters)."""
    sha256: str
    """Of the Parquet file."""
    columns: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return {"rows": self.n_rows, "content": self.content, "sha256": self.sha256}


def read_tables(database: Path, tables: Sequence[PublishedTable], memory: str) -> dict[str, pl.DataFrame]:
    """Marts of the working file by name, over one connection: opening the file has its price."""
    with duckdb.connect(str(database), read_only=True, config={"memory_limit": memory}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return {table.name: connection.sql(f"select * from {table.relation}").pl() for table in tables}


def refuse_personal(table: PublishedTable, columns: Sequence[str]) -> None:
    """Raise ``PublicationError`` when a table for everybody has a column about one person."""
    personal = sorted(
        name
        for name in columns
        if name in PERSONAL_COLUMNS or name.endswith(("_person_key", "_person_id", "_account_key"))
    )
    if personal:
        raise PublicationError(
            f"model {table.name} is published but has the column {personal[0]!r}; "
            "tables about persons are restricted"
        )


def write_tables(
    target: Path,
    file_name: str,
    tables: Sequence[PublishedTable],
    frames: Mapping[str, pl.DataFrame],
    database: Path,
    memory: str,
) -> list[WrittenTable]:
    """Write ``tables`` into ``target/file_name`` and ``target/<table>.parquet``.

    A table in ``frames`` is written as given; the others are copied from the working file
    ``database``, which nobody else may have open and whose name differs from ``file_name``.
    """
    written = []
    config: dict[str, Any] = {"memory_limit": _for_writing(memory)}
    with duckdb.connect(str(target / file_name), config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        working = f'"{database.stem}"'  # its own name: views in the file name their catalog
        is_attached = any(table.name not in frames for table in tables)
        if is_attached:
            connection.execute(f"attach '{_quoted(database)}' as {working} (read_only)")
        for table in tables:
            frame = frames.get(table.name)
            if frame is None:
                source = f"{working}.{table.relation}"
            else:
                connection.register("published_frame", frame.to_arrow())
                source = "published_frame"
            order = "" if frame is None else " order by all"
            values = _rounded_columns(connection, source)
            connection.execute(f'create table "{table.name}" as select {values} from {source}{order}')
            if frame is not None:
                connection.unregister("published_frame")
            _comment(connection, table)
            written.append(_export(connection, table, target))
        if is_attached:
            connection.execute(f"detach {working}")
        connection.execute("checkpoint")
    return written


def _for_writing(memory: str) -> str:
    """The smaller one of ``memory`` (as the settings say it: ``4GB``, ``500MB``) and what writing takes."""
    allowed = float(memory[:-2]) * (1000 if memory.endswith("GB") else 1)
    return f"{min(allowed, WRITING_MEGABYTES):g}MB"


def _rounded_columns(connection: duckdb.DuckDBPyConnection, source: str) -> str:
    """The columns of ``source``, fractions to ``DIGITS`` significant digits."""
    listed = []
    for name, kind, *_ in connection.execute(f"describe select * from {source}").fetchall():
        column = f'"{name}"'
        if kind == "DOUBLE":
            digits = f"cast({DIGITS - 1} - floor(log10(abs({column}))) as integer)"
            column = (
                f"case when {column} = 0 or not isfinite({column}) then {column} "
                f"else round({column}, {digits}) end as {column}"
            )
        listed.append(column)
    return ", ".join(listed)


def _comment(connection: duckdb.DuckDBPyConnection, table: PublishedTable) -> None:
    """``COMMENT ON``: BI tools show these as descriptions. Statements take no parameters."""
    text = f"{table.description} Grain: {table.grain}." if table.grain else table.description
    statements = [f"comment on table \"{table.name}\" is '{_quoted(_one_line(text))}'"]
    for name in _columns(connection, table.name):
        described = table.columns.get(name) or _described(name)
        if described:
            said = _quoted(_one_line(described))
            statements.append(f'comment on column "{table.name}"."{name}" is \'{said}\'')
    connection.execute("begin; " + "; ".join(statements) + "; commit")


def _described(column: str) -> str:
    if column.endswith("_band"):
        return f"Where {column.removesuffix('_band')} is withheld: the band that holds it."
    return ""


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [row[0] for row in connection.execute(f'describe "{table}"').fetchall()]


def _export(connection: duckdb.DuckDBPyConnection, table: PublishedTable, target: Path) -> WrittenTable:
    columns = _columns(connection, table.name)
    listed = ", ".join(f'"{name}"' for name in columns)
    n_rows, total = connection.execute(
        f'select count(*), coalesce(sum(hash({listed})), 0) from "{table.name}"'
    ).fetchall()[0]
    path = target / f"{table.name}.parquet"
    connection.execute(f"copy \"{table.name}\" to '{_quoted(path)}' (format parquet, compression zstd)")
    text = f"{','.join(columns)}|{n_rows}|{total}"
    return WrittenTable(
        table.name,
        n_rows,
        hashlib.sha256(text.encode()).hexdigest()[:16],
        file_sha256(path),
        tuple(columns),
    )


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _quoted(text: str | Path) -> str:
    return str(text).replace("'", "''")


def _one_line(text: str) -> str:
    return " ".join(text.split())
