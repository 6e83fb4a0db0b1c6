"""Schema ``identity`` of the working file: who is who, in pseudonyms and integer keys."""

from __future__ import annotations

import duckdb
import pyarrow as pa


def write_identity(connection: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table]) -> dict[str, int]:
    """Replace the tables of schema ``identity`` in one transaction; rows per table."""
    connection.execute("begin")
    try:
        connection.execute("create schema if not exists identity")
        for name, table in tables.items():
            connection.register("incoming", table)
            connection.execute(f"create or replace table identity.{name} as select * from incoming")
            connection.unregister("incoming")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
    return {name: table.num_rows for name, table in tables.items()}
