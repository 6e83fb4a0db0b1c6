"""A small working DuckDB file, with the relations that quality checks and publication read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

RELATIONS = {
    "reference.calendar_bounds": "start_date DATE, as_of TIMESTAMP, as_of_date DATE, "
    "default_timezone VARCHAR",
    "reference.calendar_days": "location VARCHAR, date DATE, is_workday BOOLEAN, is_covered BOOLEAN",
    "identity.accounts": "account_key BIGINT, account_id VARCHAR, source VARCHAR, kind VARCHAR, "
    "person_key BIGINT, match_method VARCHAR",
    "staging.stg_messages": "source VARCHAR, message_id VARCHAR, channel_id VARCHAR, "
    "parent_message_id VARCHAR, author_account_id VARCHAR, kind VARCHAR, "
    "sent_at TIMESTAMP, text_signature VARCHAR",
    "staging.stg_reactions": "source VARCHAR, message_id VARCHAR, account_id VARCHAR, reacted_at TIMESTAMP",
    "staging.stg_mentions": "source VARCHAR, message_id VARCHAR, account_id VARCHAR",
    "staging.stg_source_coverage": "source VARCHAR, channel_id VARCHAR, covered_from TIMESTAMP, "
    "covered_to TIMESTAMP, contains VARCHAR[]",
    "staging.stg_meetings": "source VARCHAR, meeting_id VARCHAR, is_cancelled BOOLEAN, starts_at TIMESTAMP, "
    "ends_at TIMESTAMP",
    "staging.stg_attendances": "source VARCHAR, meeting_id VARCHAR, account_id VARCHAR, response VARCHAR, "
    "joined_at TIMESTAMP",
    "staging.stg_workers": "worker_id VARCHAR",
    "staging.stg_spells": "worker_id VARCHAR, spell_number INTEGER, hire_date DATE, termination_date DATE, "
    "termination_type VARCHAR, reason VARCHAR",
    "intermediate.int_activities": "source VARCHAR, activity_type VARCHAR, person_key BIGINT, "
    "account_key BIGINT, occurred_at TIMESTAMP, has_exact_time BOOLEAN, local_date DATE, "
    "local_at TIMESTAMP",
    "intermediate.int_spells": "spell_key BIGINT, person_key BIGINT, hire_date DATE, termination_date DATE, "
    "has_employment_dates BOOLEAN",
    "intermediate.int_jobs": "person_key BIGINT, valid_from DATE, valid_to DATE, manager_person_key BIGINT",
    "intermediate.int_person_timezones": "person_key BIGINT, valid_from DATE, valid_to DATE, "
    "timezone VARCHAR",
    "intermediate.int_person_months": "person_key BIGINT, month_start DATE, org_unit_key BIGINT, "
    "is_employed_month_end BOOLEAN, has_account BOOLEAN",
}

Rows = Iterable[Mapping[str, Any]]


def write_working_file(path: Path, tables: Mapping[str, Rows] | None = None) -> Path:
    """Every relation of ``RELATIONS``, filled with the given rows; other names become tables as they are."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for schema in ("reference", "identity", "staging", "intermediate", "marts"):
            connection.execute(f"create schema {schema}")
        for name, columns in RELATIONS.items():
            connection.execute(f"create table {name} ({columns})")
        for name, rows in (tables or {}).items():
            insert(connection, name, rows)
    return path


def insert(connection: duckdb.DuckDBPyConnection, name: str, rows: Rows) -> None:
    """Insert dicts by column name."""
    for row in rows:
        columns = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        connection.execute(f"insert into {name} ({columns}) values ({marks})", list(row.values()))


def execute(path: Path, *statements: str) -> None:
    """Run statements on the file, in order."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for statement in statements:
            connection.execute(statement)
