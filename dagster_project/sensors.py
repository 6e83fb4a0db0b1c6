"""A build when new landing files have arrived and stopped growing."""

import time
from collections.abc import Callable
from pathlib import Path

from dagster import (
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from assets.extract import watching
from dagster_project.jobs import BUILD_ALL


def landing_sensor(paths: list[Path], is_built: Callable[[], bool]) -> SensorDefinition:
    """Looks at the landing folders every 30 seconds; asks for one build per settled state.

    ``is_built`` tells whether a build could only repeat what the last one gave, from the command line
    or from here: then nothing is asked for.
    """

    @sensor(
        name="landing_files",
        job_name=BUILD_ALL,
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING,
        description="Starts build_all when landing files have settled for a minute and are in no build yet.",
    )
    def landing_files(context: SensorEvaluationContext) -> SensorResult:
        """Ask for a build once what has landed stands still and no build has read it."""
        found = watching.look(paths, watching.remembered(context.cursor), time.time())
        if found.settled is None:
            reason = "files are still changing" if found.memory else "no landing files"
            return SensorResult(skip_reason=SkipReason(reason), cursor=found.as_text())
        if is_built():
            return SensorResult(
                skip_reason=SkipReason("nothing new since the last build"), cursor=found.as_text()
            )
        return SensorResult(run_requests=[RunRequest(run_key=found.settled)], cursor=found.as_text())

    return landing_files
