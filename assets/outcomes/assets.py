"""Outcome tables that need exact intervals, computed from the counts that SQL prepared."""

from collections.abc import Mapping
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    asset,
)

from assets import keys
from assets.outcomes.retention import COUNTS_SQL, GAP_SQL, retention_by_engagement
from assets.progress import report
from assets.warehouse.connection import connected, replace_tables
from dagster_project.resources import Pipeline

STAGE = "Outcomes"
SURVIVAL_STAGE = "Survival"


def outcome_assets() -> AssetsDefinition:
    """Retention by engagement, for every lag."""

    @asset(
        key=keys.RETENTION_BY_ENGAGEMENT,
        deps=[
            AssetKey(["intermediate", "int_retention_exposure_counts"]),
            AssetKey(["intermediate", "int_retention_gap_counts"]),
            # After the network, so that the working file has one writer at a time.
            keys.NETWORK_SNAPSHOTS,
        ],
        group_name=keys.OUTCOMES,
        owners=keys.OWNERS,
        kinds={"python", "duckdb"},
        description=(
            "Voluntary exits per 100 person-years of engaged against not engaged people, for lags of 0 to 6 "
            "months: exact intervals, rate ratio, E-value, the raw gap beside them, and a sentence that says "
            "how to read them. Associations, never effects."
        ),
    )
    def retention(context: AssetExecutionContext, pipeline: Pipeline) -> MaterializeResult:
        """Store ``outcomes.retention_by_engagement`` from the counts that SQL prepared."""
        report(STAGE, "retention by engagement")
        with connected(pipeline.warehouse.database, memory=pipeline.settings.limits.memory) as connection:
            counts = connection.execute(COUNTS_SQL).to_arrow_table()
            gap = connection.execute(GAP_SQL).to_arrow_table()
            result = retention_by_engagement(counts, gap)
            replace_tables(connection, "outcomes", {"retention_by_engagement": result})
        report(STAGE, "retention by engagement", result.num_rows)
        curve = [row for row in result.to_pylist() if row["sample"] == "common"]
        lines = "\n".join(_line(row) for row in curve)
        header = "| lag | exits engaged | not engaged | rate ratio | from | to |\n|---|---|---|---|---|---|\n"
        return MaterializeResult(
            metadata={"rows": result.num_rows, "lag_curve": MetadataValue.md(header + lines)}
        )

    return retention


def survival_assets() -> AssetsDefinition:
    """Survival curves with delayed entry, by group."""

    @asset(
        key=keys.SURVIVAL,
        deps=[
            AssetKey(["intermediate", "int_survival_spells"]),
            # One writer of the working file at a time.
            keys.RETENTION_BY_ENGAGEMENT,
        ],
        group_name=keys.OUTCOMES,
        owners=keys.OWNERS,
        kinds={"python", "duckdb"},
        description=(
            "How long people stay: Kaplan and Meier with delayed entry by group and year of hire, and from a "
            "landmark by engagement before it; restricted mean, median, competing exits, log-rank. NULL with "
            "a reason where too few people are observed."
        ),
    )
    def survival(context: AssetExecutionContext, pipeline: Pipeline) -> MaterializeResult:
        """Store ``outcomes.survival_curves`` and ``outcomes.survival_summaries``."""
        from assets.outcomes.survival_tables import LIVES_SQL, survival_tables

        report(SURVIVAL_STAGE, "curves by group")
        with connected(pipeline.warehouse.database, memory=pipeline.settings.limits.memory) as connection:
            lives = connection.execute(LIVES_SQL).to_arrow_table()
            tables = survival_tables(lives, pipeline.settings.privacy.k_outcome)
            replace_tables(connection, "outcomes", tables)
        rows = sum(table.num_rows for table in tables.values())
        report(SURVIVAL_STAGE, "curves by group", rows)
        return MaterializeResult(metadata={"rows": rows, "lives": lives.num_rows})

    return survival


def _line(row: Mapping[str, Any]) -> str:
    """A row of the curve; the run history outlives versions, so it shows what may be published only."""
    if not row["is_publishable"]:
        return f"| {row['lag_months']} | – | – | – | – | – |"
    ratio = (row["rate_ratio"], row["rate_ratio_ci_low"], row["rate_ratio_ci_high"])
    return (
        f"| {row['lag_months']} | {row['n_events_engaged']} | {row['n_events_not_engaged']} | "
        + " | ".join("–" if value is None else f"{value:.2f}" for value in ratio)
        + " |"
    )
