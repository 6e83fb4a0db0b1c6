"""``reference.touched_months``: what dbt has to rebuild, and the memory of what it has built.

``begin`` before dbt, ``commit`` after its stage has succeeded. The memory lies in the working
file itself, beside the facts that it speaks of: losing the file loses both, and everything is
rebuilt. A dbt stage that was cut short leaves its months on the list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from assets.extract import ledger
from assets.warehouse import touched_topics
from assets.warehouse.reference import FINAL_AFTER

_IDENTITY = {
    "merged_accounts": "select account_key, source, kind, person_key from identity.accounts",
    "merged_persons": "select person_key, person_id, is_in_hr, is_opted_out from identity.persons",
}
"""What of the identity tables the facts depend on; copied on ``commit``, compared on ``begin``."""

_DISMISSALS = "select person_key, rule_id, dismissed_on, dismissed_until from identity.dismissed_rules"
"""What people do not want to be told, remembered like ``_IDENTITY``: it counts from its day on."""

_NEWLY_OBSERVABLE = """
    with new_accounts as (
        select person_key, source, account_id from identity.accounts
        where person_key is not null
            and account_key not in (select account_key from reference.merged_accounts)
    ),
    created as (
        select source, account_id, min(created_at) as created_at from lake.accounts group by all
    ),
    hired as (
        select person_key, min(hire_date) as hire_date
        from lake.spells inner join identity.workers using (worker_id) group by person_key
    )
    select min(greatest(cast(created_at as date), hire_date)) - 1 from new_accounts
    left join created using (source, account_id)
    inner join hired using (person_key)
"""
"""First day on which a new account may make its person eligible: the later of account and hire.

A person without HR record is in no figure of people. An account without a time exists since ever;
``greatest`` leaves out what is NULL.
"""

_REMEMBERED = ("merged_state", *_IDENTITY, "merged_dismissals", *touched_topics.MEMORY)
"""Tables that ``commit`` writes; without any of them nothing is known of an earlier build."""


@dataclass(frozen=True)
class PendingMerge:
    """What a dbt stage is about to merge; hand it to ``commit``."""

    months: tuple[date, ...]
    is_everything: bool
    reason: str
    """Why everything is rebuilt; empty where only touched months are."""
    token: int
    settings: str
    hr: str
    as_of: str


def begin(
    connection: duckdb.DuckDBPyConnection,
    ledger_file: Path,
    settings_fingerprint: str,
    hr_sources: Sequence[str],
) -> PendingMerge:
    """Write ``reference.touched_months`` and ``touched_topics``; schema identity must be there already.

    Everything is rebuilt on the first build, and when settings, HR rows or what was known of an
    account or person have changed. New persons touch the months of their events only; new accounts also
    the months since which they make somebody observable.
    """
    with ledger.opened(ledger_file) as book:
        pending = book.pending_months()
        hr = _hr_fingerprint(book, hr_sources)
        event_months = {month for entry in book.units() for month in entry.months}
    connection.execute("create schema if not exists reference")
    start, as_of = _row(connection, "select start_date, as_of from reference.calendar_bounds")
    calendar = {
        month for (month,) in connection.execute("select month_start from reference.months").fetchall()
    }
    before = _memory(connection)
    unfinished, unfinished_reason = _unfinished(connection)
    reason = _reason(connection, before, settings_fingerprint, hr) or unfinished_reason
    months = set(pending.months) | unfinished
    if before and before["as_of"] != as_of.isoformat():
        months |= _months_not_final(calendar, datetime.fromisoformat(before["as_of"]))
    if before and not reason:
        months |= _months_newly_observable(connection, calendar)
        months |= _months_of_dismissals(connection, calendar)
    if reason:
        months |= calendar | event_months
    touched = tuple(sorted({max(month, start) for month in months}))
    _replace(connection, "touched_months", touched)
    _replace(connection, "unfinished_months", touched)
    touched_topics.write(connection, is_everything=bool(reason))
    connection.execute("create or replace table reference.unfinished_reason as select ? as reason", [reason])
    return PendingMerge(
        touched, bool(reason), reason, pending.token, settings_fingerprint, hr, as_of.isoformat()
    )


def commit(connection: duckdb.DuckDBPyConnection, ledger_file: Path, pending: PendingMerge) -> None:
    """Remember that dbt has merged ``pending``; call it only after the stage has succeeded."""
    memory = {"settings": pending.settings, "hr": pending.hr, "as_of": pending.as_of}
    connection.execute("begin")
    try:
        connection.execute("create or replace table reference.merged_state (name varchar, value varchar)")
        for item in memory.items():
            connection.execute("insert into reference.merged_state values (?, ?)", list(item))
        remembered = {**_IDENTITY, "merged_dismissals": _DISMISSALS, **touched_topics.MEMORY}
        for name, query in remembered.items():
            connection.execute(f"create or replace table reference.{name} as {query}")
        connection.execute("drop table if exists reference.unfinished_months")
        connection.execute("drop table if exists reference.unfinished_reason")
        touched_topics.forget_unfinished(connection)
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
    with ledger.opened(ledger_file) as book:
        book.mark_merged(pending.token)


def _reason(connection: duckdb.DuckDBPyConnection, before: dict[str, str], settings: str, hr: str) -> str:
    if not before:
        return "first build of this working file"
    if before["settings"] != settings:
        return "settings changed"
    if before["hr"] != hr:
        return "HR data changed"
    for name, query in _IDENTITY.items():
        row = _row(connection, f"select count(*) from (from reference.{name} except {query})")
        if row[0]:
            return f"identity changed ({row[0]:,} rows of {name.removeprefix('merged_')})"
    return ""


def _hr_fingerprint(book: ledger.Ledger, hr_sources: Sequence[str]) -> str:
    units = [
        (entry.source, entry.sha256, entry.signature, entry.refusals, sorted(entry.rows.items()))
        for source in sorted(hr_sources)
        for entry in book.units(source)
    ]
    return hashlib.sha256(json.dumps(units).encode()).hexdigest()


def _months_not_final(calendar: Iterable[date], as_of: datetime) -> set[date]:
    """Months that an earlier ``as_of`` had not settled: their coverage or finality may change with it."""
    return {
        month
        for month in calendar
        if datetime.combine((month + timedelta(days=32)).replace(day=1), datetime.min.time()) + FINAL_AFTER
        > as_of
    }


def _months_newly_observable(connection: duckdb.DuckDBPyConnection, calendar: set[date]) -> set[date]:
    """Months in which the days of a person with a new account count, with or without events."""
    query = "select count(*) from duckdb_views() where schema_name = 'lake' and view_name = 'accounts'"
    if not _row(connection, query)[0]:
        return set()  # no dbt stage has read the lake yet
    (first,) = _row(connection, _NEWLY_OBSERVABLE)
    return set() if first is None else {month for month in calendar if month >= first.replace(day=1)}


def _months_of_dismissals(connection: duckdb.DuckDBPyConnection, calendar: set[date]) -> set[date]:
    """The month since which a new, changed or withdrawn dismissal counts; the newest for one of today."""
    merged = "from reference.merged_dismissals"
    (first,) = _row(
        connection,
        "select min(dismissed_on) from "
        f"(({_DISMISSALS} except {merged}) union all ({merged} except {_DISMISSALS}))",
    )
    known = {month for month in calendar if first is not None and month <= first}
    return {max(known, default=min(calendar))} if first is not None else set()


def _memory(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    if not all(_exists(connection, name) for name in _REMEMBERED):
        return {}
    return dict(connection.execute("select name, value from reference.merged_state").fetchall())


def _unfinished(connection: duckdb.DuckDBPyConnection) -> tuple[set[date], str]:
    """Months and reason of a dbt stage that was begun and never committed."""
    if not (_exists(connection, "unfinished_months") and _exists(connection, "unfinished_reason")):
        return set(), ""
    (reason,) = _row(connection, "select reason from reference.unfinished_reason")
    return _months(connection, "unfinished_months"), str(reason)


def _months(connection: duckdb.DuckDBPyConnection, table: str) -> set[date]:
    rows = connection.execute(f"select month_start from reference.{table}").fetchall()
    return {month for (month,) in rows}


def _exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    query = "select count(*) from duckdb_tables() where schema_name = 'reference' and table_name = ?"
    row = connection.execute(query, [table]).fetchone()
    return bool(row and row[0])


def _replace(connection: duckdb.DuckDBPyConnection, table: str, months: Sequence[date]) -> None:
    connection.register("incoming", pa.table({"month_start": pa.array(months, pa.date32())}))
    connection.execute(f"create or replace table reference.{table} as select * from incoming")
    connection.unregister("incoming")


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    found = connection.execute(query).fetchone()
    if found is None:
        raise LookupError(f"no row: {query}")
    return found
