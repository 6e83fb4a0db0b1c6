"""Great Expectations on DuckDB. Importing this module imports Great Expectations: do it late.

Through SQLAlchemy, the library closes the connection before it fetches the rows; DuckDB's
cursor is empty by then, and every expectation fails as if the data were bad. The engine below
freezes the rows while the connection is open; nothing of the library is patched.
"""

from __future__ import annotations

import builtins
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when the library is imported

import great_expectations as gx
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.core.expect_column_values_to_be_between import (
    ExpectColumnValuesToBeBetween,
)
from great_expectations.expectations.row_conditions import Column
from sqlalchemy import event

logging.getLogger("great_expectations").setLevel(logging.ERROR)


class FrozenRowsExecutionEngine(SqlAlchemyExecutionEngine):
    """Fetches a query's rows before its connection closes."""

    def execute_query(self, query: Any) -> Any:
        """The result of ``query``, readable after the connection is gone."""
        with self.get_connection() as connection:
            return self._execute_query_with_recovery(connection, query).freeze()()


class DuckDBDatasource(SQLDatasource):
    """A DuckDB file as a Great Expectations data source."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> builtins.type[SqlAlchemyExecutionEngine]:
        """The engine that freezes rows."""
        return FrozenRowsExecutionEngine


@dataclass(frozen=True)
class Expected:
    """Measured values of one check must lie within the limits; ``level`` is warn or block."""

    check_id: str
    level: Literal["warn", "block"]
    minimum: float | None
    maximum: float | None


@dataclass(frozen=True)
class Outcome:
    """Whether an expectation held; ``error`` when it could not be evaluated at all."""

    check_id: str
    level: Literal["warn", "block"]
    is_met: bool
    error: str | None


def validate(database: Path, schema: str, table: str, suites: dict[str, Sequence[Expected]]) -> list[Outcome]:
    """Validate ``schema.table`` (columns check_id, subject, measured) against one suite per name.

    Opens the file itself and closes it again; nobody else may hold a connection with another
    configuration meanwhile.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    source = DuckDBDatasource(
        name="working_file",
        connection_string=f"duckdb:///{database}",
        create_temp_table=False,
    )
    context.add_datasource(datasource=source)
    event.listen(source.get_engine(), "connect", lambda raw, _: raw.execute("set TimeZone = 'UTC'"))
    try:
        asset = source.add_query_asset(table, query=f"select * from {schema}.{table}")
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        outcomes: list[Outcome] = []
        for name, expected in suites.items():
            suite = gx.ExpectationSuite(name=name, expectations=[_expectation(e) for e in expected])
            result = batch.validate(suite, result_format={"result_format": "BOOLEAN_ONLY"})
            outcomes.extend(_outcome(each) for each in result.results)
        return outcomes
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()


def _expectation(expected: Expected) -> Any:
    return ExpectColumnValuesToBeBetween(
        column="measured",
        min_value=expected.minimum,
        max_value=expected.maximum,
        row_condition=Column("check_id") == expected.check_id,
        severity="critical" if expected.level == "block" else "warning",  # type: ignore[arg-type]
        meta={"check_id": expected.check_id, "level": expected.level},
    )


def _outcome(result: Any) -> Outcome:
    meta = result.expectation_config.meta
    return Outcome(meta["check_id"], meta["level"], bool(result.success), _raised(result.exception_info))


def _raised(info: Any) -> str | None:
    """The first exception of a result; the library nests them per metric, or not at all."""
    if not isinstance(info, dict):
        return None
    if "raised_exception" in info:
        return str(info.get("exception_message")) if info["raised_exception"] else None
    return next((message for part in info.values() if (message := _raised(part))), None)
