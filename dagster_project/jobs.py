"""The one job: everything, from landing files to the published version."""

from __future__ import annotations

from collections.abc import Sequence

from dagster import AssetSelection, define_asset_job, in_process_executor
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

BUILD_ALL = "build_all"


def build_all(months: Sequence[str]) -> UnresolvedAssetJobDefinition:
    """The whole pipeline as one run over all ``months``.

    The range tags stand in the job itself, so that a click in the UI works too; which months
    are really computed again is decided inside, by what changed.
    """
    return define_asset_job(
        BUILD_ALL,
        selection=AssetSelection.all(),
        description="Landing files to the published version; months without changes are left alone.",
        tags={
            ASSET_PARTITION_RANGE_START_TAG: months[0],
            ASSET_PARTITION_RANGE_END_TAG: months[-1],
        },
        executor_def=in_process_executor,
    )
