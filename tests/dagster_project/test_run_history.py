"""The run history: Dagster's own files, read by either class, with few connections kept open."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from assets.layout import Warehouse
from dagster_project import run_history
from dagster_project.instance import open_instance
from dagster_project.run_history import RunHistory


@dg.asset
def figure() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3})


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "a warehouse: with 'odd' name")


def test_the_warehouse_keeps_its_history_and_dagsters_own_class_reads_it(warehouse: Warehouse) -> None:
    instance = open_instance(warehouse)
    run = dg.materialize([figure], instance=instance)
    own = SqliteEventLogStorage(str(warehouse.dagster_home / "history" / "runs"))

    assert isinstance(instance.event_log_storage, RunHistory)
    written = [entry.get_dagster_event().event_type_value for entry in instance.all_logs(run.run_id)]
    assert "ASSET_MATERIALIZATION" in written
    assert [e.get_dagster_event().event_type_value for e in own.get_logs_for_run(run.run_id)] == written


def test_what_dagsters_own_class_wrote_is_read_back(warehouse: Warehouse) -> None:
    folder = warehouse.dagster_home / "history" / "runs"
    warehouse.create()
    earlier = SqliteEventLogStorage(str(folder))
    with dg.instance_for_test() as other:
        run = dg.materialize([figure], instance=other)
        for entry in other.all_logs(run.run_id):
            earlier.store_event(entry)

    latest = open_instance(warehouse).get_latest_materialization_event(figure.key)

    assert latest is not None
    assert latest.run_id == run.run_id


def test_old_runs_do_not_keep_their_files_open(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_history, "_OPEN_DATABASES", 2)
    instance = open_instance(warehouse)

    runs = [dg.materialize([figure], instance=instance).run_id for _ in range(4)]

    storage = instance.event_log_storage
    assert isinstance(storage, RunHistory)
    assert len(storage.open_databases) == 2
    assert all(instance.all_logs(run) for run in runs)
