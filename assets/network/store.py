"""Snapshots in the working file: inputs of a month read, results of a month replaced as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import duckdb
import pyarrow as pa

from assets.network.network_tables import SCHEMAS
from assets.network.snapshot import Snapshot

_TIES = """
    select
        from_person_key, to_person_key, weight, n_event_days, is_tie,
        n_pair_event_days as n_event_days_both, columns('^w_.*')
    from marts.fct_tie_month where month_start = $month
"""
_PEOPLE = """
    select person_key, person_id, group_key, org_unit_key, is_measured
    from intermediate.int_network_population where month_start = $month
"""
_TYPES = {
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.string(): "varchar",
    pa.bool_(): "boolean",
    pa.date32(): "date",
}


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schema ``network`` and its empty tables, where they are missing or of an older shape."""
    connection.execute("create schema if not exists network")
    for name, schema in SCHEMAS.items():
        if _columns(connection, name) not in ([], schema.names):
            connection.execute(f"drop table network.{name}")
            connection.execute("drop table if exists network.fingerprints")
        columns = ", ".join(f"{field.name} {_TYPES[field.type]}" for field in schema)
        connection.execute(f"create table if not exists network.{name} ({columns})")
    connection.execute(
        "create table if not exists network.fingerprints (month_start date primary key, fingerprint varchar)"
    )


def covered_months(connection: duckdb.DuckDBPyConnection) -> list[date]:
    """Months that the data cover, ascending."""
    rows = connection.execute("select month_start from reference.months order by 1").fetchall()
    return [month for (month,) in rows]


def month_inputs(connection: duckdb.DuckDBPyConnection, month: date) -> tuple[pa.Table, pa.Table]:
    """Ties and people of one month, as ``snapshot`` takes them."""
    ties = connection.execute(_TIES, {"month": month}).to_arrow_table()
    people = connection.execute(_PEOPLE, {"month": month}).to_arrow_table()
    return ties, people


def stored_fingerprints(connection: duckdb.DuckDBPyConnection) -> dict[date, str]:
    """What each stored month was computed from."""
    return dict(connection.execute("select month_start, fingerprint from network.fingerprints").fetchall())


def replace_months(
    connection: duckdb.DuckDBPyConnection,
    snapshots: Iterable[Snapshot],
    fingerprints: Mapping[date, str],
    gone: Iterable[date] = (),
) -> None:
    """Put these months' results in place of earlier ones and drop months that no longer exist.

    One transaction per month: a kill between two months loses no finished one.
    """
    for month in gone:
        _replace(connection, month, {}, None)
    for snapshot in snapshots:
        _replace(connection, snapshot.month, snapshot.tables, fingerprints[snapshot.month])


def _replace(
    connection: duckdb.DuckDBPyConnection, month: date, tables: Mapping[str, pa.Table], mark: str | None
) -> None:
    connection.begin()
    try:
        for name in SCHEMAS:
            connection.execute(f"delete from network.{name} where month_start = $month", {"month": month})
            if name in tables:
                connection.register("new_rows", tables[name])
                connection.execute(f"insert into network.{name} by name select * from new_rows")
                connection.unregister("new_rows")
        connection.execute("delete from network.fingerprints where month_start = $month", {"month": month})
        if mark is not None:
            connection.execute(
                "insert into network.fingerprints values ($month, $mark)", {"month": month, "mark": mark}
            )
        connection.commit()
    except Exception:
        connection.rollback()
        raise


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where schema_name = 'network' and table_name = $name "
        "order by column_index",
        {"name": table},
    ).fetchall()
    return [name for (name,) in rows]
