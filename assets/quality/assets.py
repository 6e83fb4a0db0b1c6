"""Every quality check, run once per build over lake and marts."""

from collections import Counter

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    asset,
)

from assets import keys
from assets.progress import report
from assets.quality.definition import CheckResult
from assets.quality.validation import run_checks
from dagster_project.resources import Pipeline

STAGE = "Quality"


def quality_assets(upstream: list[AssetKey]) -> AssetsDefinition:
    """The results of all checks; ``upstream`` are the tables that they judge."""

    @asset(
        key=keys.CHECK_RESULTS,
        deps=upstream,
        group_name=keys.QUALITY,
        owners=keys.OWNERS,
        kinds={"python", "greatexpectations", "duckdb"},
        description=(
            "What each quality check measured over lake and marts, judged by Great Expectations against the "
            "thresholds in force. Blocking failures stop the publication; overridden thresholds carry their "
            "reason into the manifest."
        ),
    )
    def check_results(context: AssetExecutionContext, pipeline: Pipeline) -> MaterializeResult:
        """Measure and judge every check once, for the gate and the UI."""
        report(STAGE, "measuring")
        results = run_checks(
            pipeline.warehouse.database,
            pipeline.warehouse.lake,
            pipeline.check_context(),
            pipeline.quality_overrides(),
            memory=pipeline.settings.limits.memory,
            on_progress=lambda text: report(STAGE, text),
        )
        pipeline.remember_checks(results)
        counts: Counter[str] = Counter(result.status for result in results)
        report(STAGE, ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in sorted(counts.items())))
        return MaterializeResult(
            metadata={
                **{status: counts[status] for status in ("passed", "warned", "failed", "error")},
                "checks": MetadataValue.md(_table(results)),
            }
        )

    return check_results


def _table(results: list[CheckResult]) -> str:
    rows = [f"| {result.id} | {result.status} | {result.message} |" for result in results]
    return "\n".join(["| check | status | |", "|---|---|---|", *rows])
