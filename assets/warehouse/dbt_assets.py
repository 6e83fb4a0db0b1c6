"""The dbt models as Dagster assets, one definition per stage of the build.

dbt runs inside the process (see ``dbt_invocation``); its results become materialisations and
asset checks, so that the UI shows each model and each test by name.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Failure,
    MaterializeResult,
)
from dagster_dbt import dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from assets.progress import report
from assets.warehouse import pending_merge
from assets.warehouse.connection import connected
from assets.warehouse.dbt_invocation import NodeResult
from assets.warehouse.translator import WarehouseTranslator
from dagster_project.resources import Pipeline

STAGES = {
    "before_network": "Facts",
    "after_network": "Network facts",
    "after_outcomes": "Outcome facts",
}
"""dbt tag of a stage and the name that a person sees."""

DbtEvent = MaterializeResult[Any] | AssetCheckResult


def dbt_stages(manifest: Mapping[str, Any]) -> list[AssetsDefinition]:
    """One assets definition per tag in ``STAGES``."""
    return [_stage(manifest, tag, title) for tag, title in STAGES.items()]


def _stage(manifest: Mapping[str, Any], tag: str, title: str) -> AssetsDefinition:
    translator = WarehouseTranslator()

    @dbt_assets(
        manifest=manifest,
        select=f"tag:{tag}",
        exclude="resource_type:unit_test",
        name=f"dbt_{tag}",
        dagster_dbt_translator=translator,
    )
    def stage(context: AssetExecutionContext, pipeline: Pipeline) -> Iterator[DbtEvent]:
        """Run the stage's models and tests; each becomes a materialisation or a check result."""

        def on_node(name: str, status: str) -> None:
            if status in {"success", "pass"}:
                report(title, name)

        with connected(pipeline.warehouse.database) as connection:
            is_fresh = pending_merge.rebuilds_everything(connection)
        results = pipeline.dbt.build(f"tag:{tag}", on_node, full_refresh=is_fresh)
        for result in results:
            if result.status not in {"success", "pass", "skipped"}:
                context.log.warning("%s: %s %s", result.name, result.status, result.message or "")
        rows = _row_counts(pipeline, results)
        report(title, f"{len(rows)} tables", sum(rows.values()))
        yield from _events(context, manifest, translator, results, rows)
        if tag == "before_network":
            _remember_merged(pipeline)

    return stage


def _events(
    context: AssetExecutionContext,
    manifest: Mapping[str, Any],
    translator: WarehouseTranslator,
    results: list[NodeResult],
    rows: Mapping[str, int],
) -> Iterator[DbtEvent]:
    """What Dagster should know; raises ``Failure`` naming every model that did not run."""
    wanted = context.selected_asset_check_keys
    for result in results:
        if result.resource_type == "model" and result.status == "success":
            yield MaterializeResult(
                asset_key=translator.get_asset_key(manifest["nodes"][result.unique_id]),
                metadata={"seconds": round(result.seconds, 2)}
                | ({"rows": rows[result.name]} if result.name in rows else {}),
            )
        elif result.resource_type == "test" and result.status != "skipped":
            key = get_asset_check_key_for_test(manifest, translator, result.unique_id, None)
            if key is not None and key in wanted:
                yield _check(key, result)
            elif result.status == "fail":
                raise Failure(f"dbt test {result.name} failed for {result.failures} rows")
    broken = [result for result in results if result.is_broken]
    if broken:
        raise Failure(
            "; ".join(f"{result.resource_type} {result.name}: {result.message}" for result in broken)
        )


def _check(key: AssetCheckKey, result: NodeResult) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=AssetKey(key.asset_key.path),
        check_name=key.name,
        passed=result.status == "pass",
        severity=AssetCheckSeverity.WARN if result.status == "warn" else AssetCheckSeverity.ERROR,
        metadata={"failing_rows": result.failures or 0, "seconds": round(result.seconds, 2)},
    )


def _remember_merged(pipeline: Pipeline) -> None:
    """The touched months are in the facts now; a stage cut short leaves them on the list."""
    with connected(pipeline.warehouse.database) as connection:
        pending_merge.settle(connection, pipeline.warehouse.ledger)


def _row_counts(pipeline: Pipeline, results: list[NodeResult]) -> dict[str, int]:
    """Rows of every table that this stage wrote; views are not counted."""
    models = {r.name for r in results if r.resource_type == "model" and r.status == "success"}
    if not pipeline.warehouse.database.exists():
        return {}
    with connected(pipeline.warehouse.database, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal"
        ).fetchall()
        return {
            name: connection.execute(f'select count(*) from "{schema}"."{name}"').fetchall()[0][0]
            for schema, name in tables
            if name in models
        }
