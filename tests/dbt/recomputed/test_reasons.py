"""Nothing observed is NULL, and a NULL says why: every column that the registry of metrics knows."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from assets.publish.metrics import ROW_REASONS, read_registry
from tests.factories.builds import warehouse_of

pytestmark = pytest.mark.slow

ELSEWHERE = frozenset({"network", "initiatives", "success", "retention"})
"""Areas whose tables say why in the registry alone: graphs share one gate, cards say it in words."""


def unexplained(tables: dict[str, pl.DataFrame]) -> dict[str, int]:
    """Column to its NULLs in rows where no reason that the registry names for it is set."""
    found: dict[str, int] = {}
    for metric in read_registry().metrics:
        if metric.area in ELSEWHERE:
            continue
        for table, columns in metric.columns.items():
            frame = tables.get(table)
            if frame is None:
                continue
            told = [name for name in (*ROW_REASONS, *metric.reasons) if name in frame.columns]
            silent = frame.filter(pl.all_horizontal(pl.lit(True), *(pl.col(name).is_null() for name in told)))
            for column in columns:
                if n := silent[column].null_count():
                    found[f"{table}.{column} ({metric.name})"] = n
    return found


def test_no_metric_is_null_without_a_reason(built):
    names = {name for metric in read_registry().metrics for name in metric.columns}
    with duckdb.connect(str(warehouse_of(built).database), read_only=True) as connection:
        built_marts = connection.sql(
            "select table_name from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
        marts = {
            name: connection.sql(f"select * from marts.{name}").pl()
            for (name,) in built_marts
            if name in names
        }
    assert len(marts) > 30
    assert sum(frame.height for frame in marts.values()) > 50_000
    assert unexplained(marts) == {}


def test_no_published_metric_is_null_without_a_reason(built):
    folder = built.parent / "warehouse" / "published" / "current"
    tables = {path.stem: pl.read_parquet(path) for path in folder.glob("*.parquet")}
    assert len(tables) > 30
    assert unexplained(tables) == {}


def test_a_null_without_a_reason_is_found():
    frame = pl.DataFrame({
        "response_rate": [None, None, 0.5, None],
        "response_reason": ["too_few_questions", None, None, None],
        "expert_coverage": [1, 2, 3, 4], "knowledge_bus_factor": [1, 2, 3, 4],
        "suppression_reason": [None, None, None, "below_minimum_group_size"],
    })  # fmt: skip
    assert unexplained({"fct_topic_quarter": frame}) == {
        "fct_topic_quarter.response_rate (topic_response_rate)": 1
    }
