"""The pipeline as a Dagster resource: settings, folders, key, lock and dbt, bound together."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import ConfigurableResource, InitResourceContext
from pydantic import PrivateAttr

from assets.layout import Warehouse
from assets.lock import BuildLock
from assets.warehouse.dbt_invocation import DbtProject
from dagster_project import settings as settings_file
from dagster_project.settings import Settings

if TYPE_CHECKING:
    pass


def dbt_variables(settings: Settings) -> dict[str, Any]:
    """What dbt's models are told of the settings, by the names in ``dbt_project.yml``."""
    return {
        **settings.ties.model_dump(),
        "include_contingent": settings.population.include_contingent,
        "go_live": settings.population.go_live.isoformat() if settings.population.go_live else "",
        "network_group_level": settings.network.group_level,
        "k_view": settings.privacy.k_view,
        "k_outcome": settings.privacy.k_outcome,
    }


def dbt_project(settings: Settings) -> DbtProject:
    """The dbt project bound to the settings' warehouse."""
    return DbtProject(
        Warehouse(settings.warehouse_path),
        dbt_variables(settings),
        memory=settings.limits.memory,
        threads=settings.limits.threads,
    )


class Pipeline(ConfigurableResource):  # type: ignore[type-arg]
    """Everything a step needs; holds the warehouse's lock for as long as the run lasts."""

    settings_path: str
    _lock: BuildLock | None = PrivateAttr(default=None)

    @cached_property
    def settings(self) -> Settings:
        """The checked settings."""
        return settings_file.load(Path(self.settings_path))

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse folder."""
        return Warehouse(self.settings.warehouse_path)

    @cached_property
    def dbt(self) -> DbtProject:
        """dbt, parsed on first use."""
        return dbt_project(self.settings)

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Take the lock before the first write; a second build is told who holds it."""
        self.warehouse.create()
        lock = BuildLock(self.warehouse.root)
        run = context.run.run_id[:8] if context.run else f"process {os.getpid()}"
        lock.acquire(f"the Dagster run {run}")
        self._lock = lock

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        """Give the lock back."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
