"""The landing sensor asks for one build per settled state, and for none that has been made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dagster import SensorResult, build_sensor_context

from assets.extract import watching
from dagster_project.sensors import landing_sensor


def tick(folder: Path, cursor: str | None, *, is_built: bool) -> SensorResult:
    result = landing_sensor([folder], lambda: is_built)(build_sensor_context(cursor=cursor))
    assert isinstance(result, SensorResult)
    return result


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    (tmp_path / "export.zip").write_bytes(b"1")
    return tmp_path


def settled(cursor: str | None) -> str:
    """The cursor as it would be two minutes later."""
    memory = watching.remembered(cursor)
    return json.dumps({name: [size, at, seen - 120] for name, (size, at, seen) in memory.items()})


def test_a_file_counts_once_it_has_settled_and_not_if_a_build_has_it(landing: Path) -> None:
    first = tick(landing, None, is_built=False)
    assert not first.run_requests and "still changing" in str(first.skip_reason)
    cursor = settled(first.cursor)
    (asked,) = tick(landing, cursor, is_built=False).run_requests or []
    known = tick(landing, cursor, is_built=True)
    assert not known.run_requests and "nothing new" in str(known.skip_reason)
    (again,) = tick(landing, known.cursor, is_built=False).run_requests or []
    assert again.run_key == asked.run_key, "one build per state, whatever was said in between"


def test_another_file_is_another_state(landing: Path) -> None:
    cursor = settled(tick(landing, None, is_built=False).cursor)
    (before,) = tick(landing, cursor, is_built=False).run_requests or []
    (landing / "second.zip").write_bytes(b"2")
    moving = tick(landing, cursor, is_built=False)
    assert not moving.run_requests
    (after,) = tick(landing, settled(moving.cursor), is_built=False).run_requests or []
    assert after.run_key != before.run_key
