"""Network tables in the working file: inputs of a period read, its results replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import duckdb
import pyarrow as pa

from assets.network.table_schemas import MONTHLY, QUARTERLY

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
_MARKS = """
    select month_start, count(*) || '-' || sum(hash({columns}))
    from {table} group by month_start
"""
_CONTEXT = """
    with last_day as (
        select least(month_end - interval 1 day, as_of_date)::date as d
        from reference.months cross join reference.calendar_bounds where month_start = $month
    )
    select
        people.person_key,
        max(jobs.manager_person_key) as manager_person_key,
        max(jobs.level) as level,
        max(jobs.location) as location,
        max(jobs.fte) as fte,
        max(months.tenure_months) as tenure_months,
        max(loads.after_hours_share) as after_hours_share,
        max(loads.response_ratio) as response_ratio,
        coalesce(max(loads.n_accepted_answers), 0) as n_accepted_answers
    from intermediate.int_network_population as people
    cross join last_day
    left join intermediate.int_person_months as months
        on months.person_key = people.person_key and months.month_start = people.month_start
        and months.is_employed_month_end
    left join intermediate.int_jobs as jobs
        on jobs.person_key = people.person_key
        and (jobs.valid_from is null or jobs.valid_from <= last_day.d)
        and (jobs.valid_to is null or jobs.valid_to > last_day.d)
    left join intermediate.int_person_load_quarter as loads
        on loads.person_key = people.person_key
        and loads.quarter_start = date_trunc('quarter', people.month_start)
    where people.month_start = $month
    group by people.person_key
"""
_WEEKS = """
    with period as (
        select
            max(period_end) as ends,
            date_trunc('week', max(period_end) + 1)::date as next_monday
        from marts.fct_tie_month where month_start = $month
    )
    select
        from_person_key, to_person_key, n_event_days, n_further_event_days,
        date_diff('day', date '1970-01-05', week_start) // 7 as week,
        weight * power(0.5, (period.ends - (week_start + 6)) / $half_life) as weight,
        (w_mention + w_reaction) * power(0.5, (period.ends - (week_start + 6)) / $half_life) as against
    from intermediate.int_dyad_weeks
    cross join period
    where week_start < next_monday and week_start >= next_monday - cast(7 * $weeks as integer)
"""
_TYPES = {
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.string(): "varchar",
    pa.bool_(): "boolean",
    pa.date32(): "date",
}
FINGERPRINTS: Final = {"month": "fingerprints", "quarter": "quarter_fingerprints"}
TABLES: Final = {"month": MONTHLY, "quarter": QUARTERLY}


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schema ``network`` and its empty tables, where they are missing or of an older shape."""
    connection.execute("create schema if not exists network")
    for period, schemas in TABLES.items():
        for name, schema in schemas.items():
            if _columns(connection, name) not in ([], schema.names):
                connection.execute(f"drop table network.{name}")
                connection.execute(f"drop table if exists network.{FINGERPRINTS[period]}")
            columns = ", ".join(f"{field.name} {_TYPES[field.type]}" for field in schema)
            connection.execute(f"create table if not exists network.{name} ({columns})")
        connection.execute(
            f"create table if not exists network.{FINGERPRINTS[period]} "
            f"({period}_start date primary key, fingerprint varchar)"
        )


def covered_months(connection: duckdb.DuckDBPyConnection) -> dict[date, bool]:
    """Months that the data cover, ascending, and whether each is final."""
    rows = connection.execute("select month_start, is_final from reference.months order by 1").fetchall()
    return dict(rows)


def month_inputs(connection: duckdb.DuckDBPyConnection, month: date) -> tuple[pa.Table, pa.Table]:
    """Ties and people of one month, as ``snapshot`` takes them."""
    ties = connection.execute(_TIES, {"month": month}).to_arrow_table()
    people = connection.execute(_PEOPLE, {"month": month}).to_arrow_table()
    return ties, people


def month_results(connection: duckdb.DuckDBPyConnection, month: date) -> pa.Table:
    """The stored table C of one month."""
    return connection.execute(
        "select * from network.person_month where month_start = $month", {"month": month}
    ).to_arrow_table()


def context(connection: duckdb.DuckDBPyConnection, month: date) -> pa.Table:
    """HR facts on the month's last day and the quarter's load so far; one row per person."""
    return connection.execute(_CONTEXT, {"month": month}).to_arrow_table()


def contact_weeks(
    connection: duckdb.DuckDBPyConnection, month: date, *, half_life_days: float, window_weeks: int
) -> pa.Table:
    """Weekly dyads of the month's window with decayed weights, for the bootstrap."""
    values = {"month": month, "half_life": float(half_life_days), "weeks": window_weeks}
    return connection.execute(_WEEKS, values).to_arrow_table()


def content_marks(connection: duckdb.DuckDBPyConnection) -> dict[date, str]:
    """Per month a mark of its ties and its people, whatever the order of their rows."""
    ties = [
        name
        for name in _columns(connection, "fct_tie_month", "marts")
        if name not in ("month_start", "is_final", "period_end")
    ]
    people = ("person_key", "person_id", "group_key", "org_unit_key", "is_measured")
    given: dict[date, str] = {}
    for table, columns in (
        ("intermediate.int_network_population", people),
        ("marts.fct_tie_month", ties),
    ):
        for month, mark in connection.execute(
            _MARKS.format(columns=", ".join(columns), table=table)
        ).fetchall():
            given[month] = f"{given.get(month, '')} {mark}"
    return given


def context_mark(connection: duckdb.DuckDBPyConnection, month: date) -> str:
    """A mark of what a quarter reads beside ties and people: its HR facts and loads."""
    row = connection.execute(
        f"select count(*) || '-' || sum(hash(facts)) from ({_CONTEXT}) as facts", {"month": month}
    ).fetchone()
    return str(row[0]) if row else ""


def weeks_mark(connection: duckdb.DuckDBPyConnection, month: date) -> str:
    """A mark of the weekly dyads in the month's window."""
    values = {"month": month, "half_life": 1.0, "weeks": 13}
    row = connection.execute(
        f"select count(*) || '-' || sum(hash(weeks)) from ({_WEEKS}) as weeks", values
    ).fetchone()
    return str(row[0]) if row else ""


def stored_fingerprints(connection: duckdb.DuckDBPyConnection, period: str) -> dict[date, str]:
    """What each stored month or quarter was computed from."""
    return dict(
        connection.execute(
            f"select {period}_start, fingerprint from network.{FINGERPRINTS[period]}"
        ).fetchall()
    )


def replace_period(
    connection: duckdb.DuckDBPyConnection,
    period: str,
    start: date,
    tables: Mapping[str, pa.Table],
    fingerprint: str | None,
) -> None:
    """Put one month's or quarter's results in place of earlier ones; without fingerprint drop it.

    One transaction: a kill between two periods loses no finished one.
    """
    connection.begin()
    try:
        for name in TABLES[period]:
            connection.execute(f"delete from network.{name} where {period}_start = $start", {"start": start})
            if name in tables:
                connection.register("new_rows", tables[name])
                connection.execute(f"insert into network.{name} by name select * from new_rows")
                connection.unregister("new_rows")
        marks = f"network.{FINGERPRINTS[period]}"
        connection.execute(f"delete from {marks} where {period}_start = $start", {"start": start})
        if fingerprint is not None:
            connection.execute(
                f"insert into {marks} values ($start, $mark)", {"start": start, "mark": fingerprint}
            )
        connection.commit()
    except Exception:
        connection.rollback()
        raise


def _columns(connection: duckdb.DuckDBPyConnection, table: str, schema: str = "network") -> list[str]:
    rows = connection.execute(
        "select column_name from duckdb_columns() where schema_name = $schema and table_name = $name "
        "order by column_index",
        {"schema": schema, "name": table},
    ).fetchall()
    return [name for (name,) in rows]
