"""The lake as views of the working DuckDB file: the models' sources do not depend on where it lies."""

from __future__ import annotations

from pathlib import Path

import duckdb

from assets.extract.contract import TABLES


def write_lake_views(connection: duckdb.DuckDBPyConnection, lake: Path) -> None:
    """Create ``lake.<table>`` for every contract table, over files of any age and order of columns.

    Each table has at least its empty file by now (see the lake assets).
    """
    connection.execute("create schema if not exists lake")
    for table in TABLES:
        files = str(lake / table / "**" / "*.parquet").replace("'", "''")
        connection.execute(
            f"create or replace view lake.{table} as select * from "
            f"read_parquet('{files}', union_by_name = true, hive_partitioning = false)"
        )
