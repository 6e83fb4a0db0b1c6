"""The real dbt project on a tiny warehouse, in this process, parsed once per session.

Use it through the fixture ``dbt_project`` (tests/dbt/conftest.py)::

    def test_something(dbt_project):
        dbt_project.reference(start="2024-01-01", as_of="2024-03-31 23:00")
        dbt_project.identity(accounts=[...], persons=[...], workers=[...])
        dbt_project.lake({"messages": [...]})
        dbt_project.run("+int_activities")
        assert dbt_project.rows("select ... from intermediate.int_activities") == [...]
"""

from __future__ import annotations

import calendar
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from assets.initiatives.diffusion import DIFFUSION_TABLE
from assets.initiatives.diffusion import SCHEMA as DIFFUSION_SCHEMA
from assets.initiatives.tables import SCHEMAS as INITIATIVE_SCHEMAS
from assets.network.network_tables import SCHEMAS as NETWORK_SCHEMAS
from assets.outcomes.retention import SCHEMA as RETENTION_SCHEMA
from assets.outcomes.survival_tables import SCHEMAS as SURVIVAL_SCHEMAS
from assets.retention.study import SCHEMAS as RETENTION_MODEL_SCHEMAS
from assets.success.tables import ASSOCIATIONS
from assets.targeting.tables import PROPOSALS
from assets.warehouse.lake_views import write_lake_views
from tests.factories.lake import Row, write_lake

PROJECT = Path(__file__).resolve().parents[2] / "dbt"

REFERENCE_TABLES = {
    "calendar_bounds": "start_date date, as_of timestamp, as_of_date date, default_timezone varchar",
    "months": "month_start date, month_end date, is_final boolean",
    "locations": "location varchar, timezone varchar",
    "calendar_days": "location varchar, date date, is_workday boolean, is_covered boolean",
    "sources": (
        "source varchar, platform varchar, kind varchar, has_engagement boolean, has_network boolean, "
        "has_retention boolean, has_visible_contributions boolean, reactions_reason varchar"
    ),
    "touched_months": "month_start date",
    "touched_topics": "topic_key bigint",
}
IDENTITY_TABLES = {
    "accounts": (
        "account_key bigint, account_id varchar, source varchar, kind varchar, person_key bigint, "
        "match_method varchar"
    ),
    "persons": "person_key bigint, person_id varchar, is_in_hr boolean, is_opted_out boolean",
    "workers": "worker_id varchar, person_key bigint",
    "topics": "topic_key bigint, topic varchar, kind varchar, n_authors integer, topics_version varchar",
    "topic_terms": "term varchar, topic_key bigint",
    "topic_channels": "source varchar, channel_id varchar, topic_key bigint",
    "hidden_topics": "person_key bigint, topic_key bigint",
    "dismissed_rules": "person_key bigint, rule_id varchar, dismissed_on date, dismissed_until date",
}
COMPUTED_TABLES = {
    "network": NETWORK_SCHEMAS,
    "outcomes": {
        **INITIATIVE_SCHEMAS,
        **SURVIVAL_SCHEMAS,
        DIFFUSION_TABLE: DIFFUSION_SCHEMA,
        **RETENTION_MODEL_SCHEMAS,
        "retention_by_engagement": RETENTION_SCHEMA,
        "success_associations": ASSOCIATIONS,
        "initiative_proposals": PROPOSALS,
    },
}
DEFAULT_SOURCE = {
    "source": "chat",
    "platform": "slack",
    "kind": "collaboration",
    "has_engagement": True,
    "has_network": True,
    "has_retention": True,
    "has_visible_contributions": True,
    "reactions_reason": None,
}


class DbtRunFailedError(AssertionError):
    """A dbt invocation failed; the message lists each failed node and why."""


class DbtProject:
    """One temporary warehouse: a lake folder and a DuckDB file that dbt runs on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "kithwork.duckdb"
        self._manifest: Manifest | None = None

    # ---------- what a build writes before dbt

    def reset(self) -> None:
        """Forget everything; the parsed manifest stays."""
        DuckDBConnectionManager.close_all_connections()
        for file in (self.database, self.database.with_suffix(".duckdb.wal")):
            file.unlink(missing_ok=True)
        self.lake({})
        self.reference()
        self.identity()

    def lake(self, tables: Mapping[str, Iterable[Row]]) -> None:
        """Replace the lake (see ``tests.factories.lake.write_lake`` for the defaults)."""
        write_lake(self.folder / "lake", tables)
        with self._connected() as connection:
            write_lake_views(connection, self.folder / "lake")

    def reference(
        self,
        *,
        start: str = "2024-01-01",
        as_of: str = "2024-03-31 23:59:59",
        timezone: str = "UTC",
        sources: Sequence[Row] = ({},),
        locations: Mapping[str, str] | None = None,
        covered: tuple[str, str] | None = None,
        touched: Sequence[str] | None = None,
        touched_topics: Sequence[int] = (),
    ) -> None:
        """Write the schema ``reference``.

        ``sources`` are overrides of a Slack source named "chat" with every purpose;
        ``locations`` maps a location to its time zone ('' is added); workdays are Monday to
        Friday, no holidays; ``covered`` is the first and last covered day (default: all);
        ``touched`` lists touched months (default: every month), ``touched_topics`` touched topics.
        """
        first = date.fromisoformat(start)
        last = datetime.fromisoformat(as_of)
        months = list(_months(first, last.date()))
        zones = {"": timezone, **(locations or {})}
        covered_from, covered_to = (
            (date.fromisoformat(covered[0]), date.fromisoformat(covered[1]))
            if covered
            else (first - timedelta(days=400), last.date())
        )
        days = [
            first - timedelta(days=400) + timedelta(days=n) for n in range((last.date() - first).days + 401)
        ]
        rows = {
            "calendar_bounds": [(first, last, last.date(), timezone)],
            "months": [
                (m, end, last >= datetime.combine(end, datetime.min.time()) + timedelta(days=7))
                for m, end in months
            ],
            "locations": list(zones.items()),
            "calendar_days": [
                (place, day, day.weekday() < 5, covered_from <= day <= covered_to)
                for place in zones
                for day in days
            ],
            "sources": [tuple({**DEFAULT_SOURCE, **row}.values()) for row in sources],
            "touched_months": [(m,) for m in touched] if touched is not None else [(m,) for m, _ in months],
            "touched_topics": [(topic,) for topic in touched_topics],
        }
        self._write("reference", REFERENCE_TABLES, rows)

    def identity(
        self,
        *,
        accounts: Sequence[Row] = (),
        persons: Sequence[Row] | None = None,
        workers: Mapping[str, int] | None = None,
        topics: Mapping[str, int] | None = None,
        hidden_topics: Sequence[tuple[int, int]] = (),
        dismissed_rules: Sequence[tuple[int, str, date, date | None]] = (),
    ) -> None:
        """Write the schema ``identity``.

        ``topics`` maps a term, here as good as its hash, to a topic key; the topic is called as
        its first term. ``hidden_topics`` are pairs of person and topic.

        An account row needs ``account_id``; ``account_key`` defaults to its position (from 1),
        ``source`` to "chat", ``kind`` to "person" and ``person_key`` to the account_key.
        ``persons`` default to the person keys of accounts and workers, with person_id ``p<key>``.
        ``workers`` maps worker_id to person_key.
        """
        written_accounts = []
        for position, row in enumerate(accounts, start=1):
            key = row.get("account_key", position)
            kind = row.get("kind", "person")
            person = row.get("person_key", key if kind == "person" else None)
            written_accounts.append(
                (
                    key,
                    row["account_id"],
                    row.get("source", "chat"),
                    kind,
                    person,
                    "email" if person else "none",
                )
            )
        worker_keys = dict(workers or {})
        known = {row[4] for row in written_accounts if row[4] is not None} | set(worker_keys.values())
        written_persons = (
            [
                (
                    row["person_key"],
                    row.get("person_id", f"p{row['person_key']}"),
                    row.get("is_in_hr", row["person_key"] in worker_keys.values()),
                    row.get("is_opted_out", False),
                )
                for row in persons
            ]
            if persons is not None
            else [(key, f"p{key}", key in worker_keys.values(), False) for key in sorted(known)]
        )
        self._write(
            "identity",
            IDENTITY_TABLES,
            {
                "accounts": written_accounts,
                "persons": written_persons,
                "workers": list(worker_keys.items()),
                "topics": [
                    (key, term, "declared", 9, "v1")
                    for key, term in {k: t for t, k in reversed((topics or {}).items())}.items()
                ],
                "topic_terms": list((topics or {}).items()),
                "topic_channels": [],
                "hidden_topics": list(hidden_topics),
                "dismissed_rules": list(dismissed_rules),
            },
        )

    def table(self, name: str, columns: str, rows: Sequence[tuple] = ()) -> None:
        """Create any table (``schema.name``), e.g. what the network step writes."""
        schema, _, table = name.partition(".")
        self._write(schema, {table: columns}, {table: list(rows)})

    def computed(self, **tables: pa.Table) -> None:
        """Create the tables that Python steps write between dbt stages; those not named are empty.

        A name is ``network_<table>`` or ``outcomes_<table>``, e.g. ``network_person_month``.
        """
        with self._connected() as connection:
            for schema, schemas in COMPUTED_TABLES.items():
                connection.execute(f"create schema if not exists {schema}")
                for table, columns in schemas.items():
                    batch = tables.get(f"{schema}_{table}", columns.empty_table())
                    connection.register("batch", batch)
                    connection.execute(f"create or replace table {schema}.{table} as select * from batch")
                    connection.unregister("batch")

    def _write(self, schema: str, tables: Mapping[str, str], rows: Mapping[str, Sequence[tuple]]) -> None:
        with self._connected() as connection:
            connection.execute(f"create schema if not exists {schema}")
            for table, columns in tables.items():
                connection.execute(f"create or replace table {schema}.{table} ({columns})")
                if rows[table]:
                    names = [column.split()[0] for column in columns.split(", ")]
                    batch = pa.table(dict(zip(names, zip(*rows[table], strict=True), strict=True)))
                    connection.register("batch", batch)
                    connection.execute(f"insert into {schema}.{table} select * from batch")
                    connection.unregister("batch")

    # ---------- running dbt

    def run(
        self, *select: str, full_refresh: bool = False, variables: Mapping[str, Any] | None = None
    ) -> None:
        """``dbt run`` of the selected models; raises ``DbtRunFailedError`` with each reason."""
        self._invoke("run", select, full_refresh, variables)

    def test(self, *select: str, variables: Mapping[str, Any] | None = None) -> list[str]:
        """``dbt test`` of the selection; the names of those that passed, or ``DbtRunFailedError``."""
        return self._invoke("test", select, False, variables)

    def build(
        self, *select: str, full_refresh: bool = False, variables: Mapping[str, Any] | None = None
    ) -> None:
        """``dbt build`` of the selection: models and their tests in order."""
        self._invoke("build", select, full_refresh, variables)

    def _invoke(
        self, command: str, select: Sequence[str], full_refresh: bool, variables: Mapping[str, Any] | None
    ) -> list[str]:
        arguments = [command, *self._paths(), "--indirect-selection", "buildable"]
        if select:
            arguments += ["--select", *select]
        if full_refresh:
            arguments += ["--full-refresh"]
        if variables:
            arguments += ["--vars", repr(dict(variables))]
        with self._environment():
            outcome = dbtRunner(manifest=self.manifest).invoke(arguments)
            DuckDBConnectionManager.close_all_connections()
        if not outcome.success:
            raise DbtRunFailedError(_reasons(outcome))
        return [result.node.name for result in outcome.result.results]

    @property
    def manifest(self) -> Manifest:
        """The parsed project; parsing takes seconds, so it happens once."""
        if self._manifest is None:
            with self._environment():
                outcome = dbtRunner().invoke(["parse", *self._paths(), "--no-partial-parse"])
                DuckDBConnectionManager.close_all_connections()
            if not outcome.success:
                raise DbtRunFailedError(str(outcome.exception))
            self._manifest = outcome.result
        return self._manifest

    def _paths(self) -> list[str]:
        return [
            "--quiet",
            "--project-dir", str(PROJECT),
            "--profiles-dir", str(PROJECT),
            "--target-path", str(self.folder / "target"),
            "--log-path", str(self.folder / "logs"),
        ]  # fmt: skip

    @contextmanager
    def _environment(self):
        names = {"KITHWORK_DATABASE": str(self.database)}
        before = {name: os.environ.get(name) for name in names}
        os.environ.update(names)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name)
                else:
                    os.environ[name] = value

    # ---------- looking at the result

    def rows(self, query: str) -> list[tuple]:
        """The rows of a query on the warehouse."""
        with self._connected() as connection:
            return connection.execute(query).fetchall()

    def dicts(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query on the warehouse as dicts."""
        with self._connected() as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @contextmanager
    def _connected(self):
        connection = duckdb.connect(str(self.database))
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()


def _months(first: date, last: date) -> Iterable[tuple[date, date]]:
    month = first.replace(day=1)
    while month <= last:
        end = month + timedelta(days=calendar.monthrange(month.year, month.month)[1])
        yield month, end
        month = end


def _reasons(outcome: Any) -> str:
    if outcome.exception is not None:
        return str(outcome.exception)
    failed = [r for r in outcome.result.results if r.status not in {"success", "pass", "warn"}]
    return "\n".join(f"{r.node.name}: {r.status}: {r.message}" for r in failed)
