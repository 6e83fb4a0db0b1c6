"""Monthly network snapshots as one partitioned asset."""

import time
from collections.abc import Sequence
from datetime import date

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    BackfillPolicy,
    MaterializeResult,
    MetadataValue,
    StaticPartitionsDefinition,
    asset,
)

from assets import keys
from assets.network.fingerprints import code_version
from assets.network.snapshot_options import SnapshotOptions
from assets.network.update import STAGE, update_network
from assets.progress import report
from assets.warehouse.connection import connected
from dagster_project.resources import Pipeline


def network_assets(months: Sequence[str]) -> AssetsDefinition:
    """One asset, partitioned by month; a range of months is one run."""

    @asset(
        key=keys.NETWORK_SNAPSHOTS,
        deps=[
            AssetKey(["marts", "fct_tie_month"]),
            *(
                AssetKey(["intermediate", name])
                for name in (
                    "int_network_population",
                    "int_dyad_weeks",
                    "int_jobs",
                    "int_person_months",
                    "int_person_load_quarter",
                )
            ),
        ],
        partitions_def=StaticPartitionsDefinition(list(months)),
        backfill_policy=BackfillPolicy.single_run(),
        group_name=keys.NETWORK,
        owners=keys.OWNERS,
        kinds={"python", "igraph", "duckdb"},
        code_version=code_version(),
        description=(
            "The network at each month's end, from thirteen weeks of interactions: centrality, structural "
            "holes, brokerage and communities per person; density, E-I index and flows per org unit. At each "
            "quarter's end also role labels, change, chart against collaboration, robustness. A month is "
            "computed again only if its ties, its people or the code changed; asked for alone, always."
        ),
    )
    def snapshots(context: AssetExecutionContext, pipeline: Pipeline) -> MaterializeResult:
        """Compute the months and quarters whose content changed, or the month asked for."""
        settings = pipeline.settings
        asked_for = {date.fromisoformat(f"{key}-01") for key in context.partition_keys}
        started = time.monotonic()
        with connected(pipeline.warehouse.database, memory=settings.limits.memory) as connection:
            done = update_network(
                connection,
                SnapshotOptions(
                    theta=settings.ties.theta,
                    min_event_days=settings.ties.min_event_days,
                    half_life_days=settings.ties.half_life_days,
                    window_weeks=settings.ties.window_weeks,
                    seed=settings.network.seed,
                ),
                asked_for=None if len(asked_for) == len(months) else asked_for,
                workers=settings.limits.threads,
            )
            rows = connection.execute("select count(*) from network.person_month").fetchall()[0][0]
        report(STAGE, f"{len(done.months)} of {done.n_months} months computed", rows)
        lines = [
            f"| {month:%Y-%m} | " + " | ".join(f"{n:,}" for n in counts) + " |"
            for month, *counts in done.months
        ]
        return MaterializeResult(
            metadata={
                "rows": rows,
                "months_computed": len(done.months),
                "months_unchanged": done.n_months - len(done.months),
                "quarters_computed": len(done.quarters),
                "seconds": round(time.monotonic() - started, 1),
                "computed": MetadataValue.md(
                    "| month | people | mutual ties | isolates |\n|---|---|---|---|\n" + "\n".join(lines)
                ),
            }
        )

    return snapshots
