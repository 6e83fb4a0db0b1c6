"""A build every night, for sources that are fetched rather than dropped."""

from __future__ import annotations

from dagster import DefaultScheduleStatus, ScheduleDefinition

from dagster_project.jobs import BUILD_ALL


def nightly(timezone: str) -> ScheduleDefinition:
    """Every day at 04:30 in the organisation's time zone; off until someone turns it on."""
    return ScheduleDefinition(
        name="nightly",
        job_name=BUILD_ALL,
        cron_schedule="30 4 * * *",
        execution_timezone=timezone,
        default_status=DefaultScheduleStatus.STOPPED,
        description="build_all every night at 04:30.",
    )
