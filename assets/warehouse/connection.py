"""Opening the working DuckDB file: late, once per step, always in UTC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa


@contextmanager
def connected(
    database: Path, *, memory: str = "4GB", threads: int = 0, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the working file, closed at the end of the block.

    ``threads`` 0 lets DuckDB use every processor. Spill files lie beside the database, so
    that they are as private as it is.
    """
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": memory}
    if threads:
        config["threads"] = threads
    connection = duckdb.connect(str(database), read_only=read_only, config=config)
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        yield connection
    finally:
        connection.close()


def replace_tables(
    connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, pa.Table]
) -> None:
    """Write each table as ``schema.name`` in place of what stood there."""
    connection.execute(f"create schema if not exists {schema}")
    for name, table in tables.items():
        connection.register("replacement", table)
        connection.execute(f"create or replace table {schema}.{name} as select * from replacement")
        connection.unregister("replacement")
