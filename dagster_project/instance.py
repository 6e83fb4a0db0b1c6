"""Dagster's run history: inside the warehouse, shared by the command and the UI."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.layout import Warehouse

if TYPE_CHECKING:
    from dagster import DagsterInstance

_CONFIGURATION = """\
# Written by kithwork. Run history only: deleting this folder loses history, never correctness.
telemetry:
  enabled: false
nux:
  enabled: false
# One build at a time: a second one waits here instead of meeting the lock.
concurrency:
  runs:
    max_concurrent_runs: 1
event_log_storage:
  module: dagster_project.run_history
  class: RunHistory
  config:
    base_dir: {event_logs}
"""


def prepare_home(warehouse: Warehouse) -> Path:
    """Make DAGSTER_HOME inside the warehouse and point the environment to it."""
    warehouse.create()
    file = warehouse.dagster_home / "dagster.yaml"
    event_logs = warehouse.dagster_home / "history" / "runs"
    wanted = _CONFIGURATION.format(event_logs=json.dumps(str(event_logs)))
    if not file.exists() or file.read_text(encoding="utf-8") != wanted:
        file.write_text(wanted, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(warehouse.dagster_home)
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    return warehouse.dagster_home


def open_instance(warehouse: Warehouse) -> DagsterInstance:
    """The instance of this warehouse."""
    from dagster import DagsterInstance

    _write_history_without_waiting()
    return DagsterInstance.from_config(str(prepare_home(warehouse)))


def _relax(connection: Any, _: Any) -> None:
    if type(connection).__module__ == "sqlite3":
        connection.execute("pragma synchronous = off")


def _write_history_without_waiting() -> None:
    """Let SQLite return before the disk has the run history.

    A build writes some hundred events, each in a transaction of its own; waiting for the disk
    every time costs seconds. A power cut may lose the last events of a run, never a result.
    """
    from sqlalchemy import Engine, event

    if not event.contains(Engine, "connect", _relax):
        event.listen(Engine, "connect", _relax)


def prune_runs(instance: DagsterInstance, keep: int) -> int:
    """Delete all but the newest ``keep`` finished runs; how many went."""
    from dagster import DagsterRunStatus, RunsFilter

    finished = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    runs = instance.get_runs(RunsFilter(statuses=finished))
    for run in runs[keep:]:
        instance.delete_run(run.run_id)
    return len(runs[keep:])
