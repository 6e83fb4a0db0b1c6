"""The quality checks beside the assets that they judge."""

from collections.abc import Iterator

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    multi_asset_check,
)

from assets import keys
from assets.quality.definition import Check
from assets.quality.registry import CHECKS
from dagster_project.resources import Pipeline


def quality_checks() -> AssetChecksDefinition:
    """One Dagster check per quality check; the measuring itself is done once, by ``check_results``."""

    @multi_asset_check(specs=[_spec(check) for check in CHECKS], name="quality_checks", can_subset=False)
    def told(context: AssetCheckExecutionContext, pipeline: Pipeline) -> Iterator[AssetCheckResult]:
        """Show each check's verdict, measured value and examples beside the asset it judges."""
        for result in pipeline.check_results():
            yield AssetCheckResult(
                asset_key=AssetKey(result.asset_key),
                check_name=check_name(result.id, result.title),
                passed=result.status in {"passed", "not_applicable"},
                severity=AssetCheckSeverity.ERROR
                if result.status in {"failed", "error"}
                else AssetCheckSeverity.WARN,
                description=result.message,
                metadata={
                    "status": result.status,
                    "failing_rows": result.n_failing,
                    "judged_rows": result.n_judged,
                    "examples": ", ".join(result.examples),
                    **({"measured": result.measured} if result.measured is not None else {}),
                    **({"threshold": result.threshold} if result.threshold is not None else {}),
                    **({"override_reason": result.override_reason} if result.override_reason else {}),
                },
            )

    return told


def check_name(check_id: str, title: str) -> str:
    """'K2_identity_match_rate': Dagster takes letters, digits and underscores."""
    return "_".join([check_id, *"".join(c if c.isalnum() else " " for c in title).split()])


def _spec(check: Check) -> AssetCheckSpec:
    return AssetCheckSpec(
        name=check_name(check.id, check.title),
        asset=AssetKey(check.asset_key),
        description=check.description,
        additional_deps=[] if AssetKey(check.asset_key) == keys.CHECK_RESULTS else [keys.CHECK_RESULTS],
    )
