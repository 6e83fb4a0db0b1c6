"""The published version: only after the gate, through disclosure control, behind one pointer."""

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    Failure,
    MaterializeResult,
    MetadataValue,
    asset,
)

from assets import keys
from assets.progress import report
from assets.publish.disclosure import Thresholds
from assets.publish.publication import SuppressionLeakError, publish
from assets.quality.definition import CheckResult, gate
from dagster_project.instance import prune_runs
from dagster_project.resources import Pipeline

STAGE = "Publish"
UNREADABLE = "landing"
"""The check on landing files that no reader could read."""


def publish_assets() -> AssetsDefinition:
    """The last asset of the graph."""

    @asset(
        key=keys.PUBLISHED_VERSION,
        deps=[keys.CHECK_RESULTS],
        group_name=keys.PUBLISH,
        owners=keys.OWNERS,
        kinds={"duckdb", "parquet"},
        description=(
            "A version for readers: group tables in `published/`, person, tie and below-threshold tables "
            "in `restricted/`, each as one DuckDB file and as Parquet, with a manifest. Written beside, then "
            "one pointer moves. Nothing is published while a blocking check fails."
        ),
    )
    def published_version(context: AssetExecutionContext, pipeline: Pipeline) -> MaterializeResult:
        """Write the next version and move the pointer to it."""
        results = pipeline.check_results()
        blocking = gate(results)
        if blocking:
            pipeline.build_failed([result.message for result in blocking] + _unreadable(pipeline, blocking))
            raise Failure(
                f"not published: {len(blocking)} blocking checks failed ({', '.join(r.id for r in blocking)})"
            )
        report(STAGE, "disclosure control")
        settings = pipeline.settings
        try:
            done = publish(
                pipeline.warehouse.root,
                pipeline.warehouse.database,
                pipeline.dbt.manifest(),
                pipeline.build_facts(),
                results,
                Thresholds(settings.privacy.k_view, settings.privacy.k_outcome),
                keep=settings.publish.keep_versions,
                memory=settings.limits.memory,
                overrides=pipeline.quality_overrides(),
                variables=pipeline.dbt.variables,
            )
        except SuppressionLeakError as error:
            pipeline.build_failed([str(error)])
            raise
        pipeline.build_published(done.version)
        prune_runs(context.instance, settings.publish.keep_runs)
        rows = sum(table.n_rows for table in done.published)
        report(STAGE, f"version {done.version}", rows)
        suppressed = sum(sum(reasons.values()) for reasons in done.suppressed.values())
        return MaterializeResult(
            metadata={
                "version": done.version,
                "rows": rows,
                "tables": len(done.published),
                "suppressed_rows": suppressed,
                "folder": MetadataValue.path(str(pipeline.warehouse.published / "current")),
                "removed_versions": ", ".join(done.removed) or "none",
            }
        )

    return published_version


def _unreadable(pipeline: Pipeline, blocking: list[CheckResult]) -> list[str]:
    """What is wrong with each file that could not be read, if that is what blocks."""
    if all(result.id != UNREADABLE for result in blocking):
        return []
    return [
        f"{unit.source}: file {unit.unit} ({unit.reason}): {unit.message}"
        for unit in pipeline.check_context().unreadable
    ]
