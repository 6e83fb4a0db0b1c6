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
from assets.network import store
from assets.network.fingerprints import code_version, month_fingerprint, months_to_compute
from assets.network.snapshot import SnapshotOptions, snapshot
from assets.progress import report
from assets.warehouse.connection import connected
from dagster_project.resources import Pipeline

STAGE = "Network"


def network_assets(months: Sequence[str]) -> AssetsDefinition:
    """One asset, partitioned by month; a range of months is one run."""

    @asset(
        key=keys.NETWORK_SNAPSHOTS,
        deps=[AssetKey(["marts", "fct_tie_month"]), AssetKey(["intermediate", "int_network_population"])],
        partitions_def=StaticPartitionsDefinition(list(months)),
        backfill_policy=BackfillPolicy.single_run(),
        group_name=keys.NETWORK,
        owners=keys.OWNERS,
        kinds={"python", "igraph", "duckdb"},
        code_version=code_version(),
        description=(
            "The network at each month's end, from thirteen weeks of interactions: centrality, structural "
            "holes, brokerage and communities per person; density, E-I index and flows per org unit. A month "
            "is computed again only if its ties, its people or the code changed; asked for alone, always."
        ),
    )
    def snapshots(context: AssetExecutionContext, pipeline: Pipeline) -> MaterializeResult:
        options = SnapshotOptions(
            theta=pipeline.settings.ties.theta,
            min_event_days=pipeline.settings.ties.min_event_days,
            seed=pipeline.settings.network.seed,
        )
        asked_for = set(context.partition_keys)
        is_whole_range = len(asked_for) == len(months)
        started = time.monotonic()
        lines: list[str] = []
        with connected(pipeline.warehouse.database, memory=pipeline.settings.limits.memory) as connection:
            store.prepare(connection)
            covered = store.covered_months(connection)
            stored = store.stored_fingerprints(connection)
            current: dict[date, str] = {}
            wanted: list[date] = []
            for month in covered:
                if not is_whole_range and f"{month:%Y-%m}" not in asked_for:
                    continue
                ties, people = store.month_inputs(connection, month)
                current[month] = month_fingerprint(ties, people, options)
                wanted.append(month)
            changed, gone = months_to_compute(current, stored)
            if not is_whole_range:
                changed, gone = wanted, []
            for number, month in enumerate(changed, start=1):
                report(STAGE, f"{month:%Y-%m} ({number} of {len(changed)})")
                done = snapshot(month, *store.month_inputs(connection, month), options)
                store.replace_months(connection, [done], current)
                facts = done.tables["organisation_month"].to_pylist()[0]
                counts = (facts[name] for name in ("n_nodes", "n_ties", "n_isolates"))
                lines.append(f"| {month:%Y-%m} | " + " | ".join(f"{n:,}" for n in counts) + " |")
            store.replace_months(connection, [], current, gone)
            rows = connection.execute("select count(*) from network.person_month").fetchall()[0][0]
        report(STAGE, f"{len(changed)} of {len(wanted)} months computed", rows)
        return MaterializeResult(
            metadata={
                "rows": rows,
                "months_computed": len(changed),
                "months_unchanged": len(wanted) - len(changed),
                "seconds": round(time.monotonic() - started, 1),
                "computed": MetadataValue.md(
                    "| month | people | mutual ties | isolates |\n|---|---|---|---|\n" + "\n".join(lines)
                ),
            }
        )

    return snapshots
