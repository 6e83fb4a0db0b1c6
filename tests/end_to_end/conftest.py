"""The real example: built once without interruption, and once killed in every stage."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from assets.identity.key import write_key
from assets.publish.version import current_version
from tests.factories.builds import (
    Outcome,
    begin_build,
    build,
    change,
    contents,
    kill,
    kill_when,
    manifest,
    published_rows,
    standing_still,
    warehouse_of,
)

ROOT = Path(__file__).resolve().parents[2]
KEY = bytes(range(32))
OTHER_TIME_ZONE = "Pacific/Auckland"


@dataclass(frozen=True)
class Built:
    """A settings file, how the build with it ended, and the hash of every published table."""

    settings: Path
    outcome: Outcome
    contents: dict[str, str]


@dataclass
class History:
    """A warehouse whose builds were killed in every stage, and what was seen on the way."""

    settings: Path
    killed: dict[str, bool] = field(default_factory=dict)
    """Stage to whether the kill came in time."""
    after_kill: dict[str, str | None] = field(default_factory=dict)
    """Stage to the version that the pointer named afterwards."""
    outcomes: list[Outcome] = field(default_factory=list)
    """The builds that were allowed to end."""
    contents: list[dict[str, str]] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    read: list[tuple[str, int, bool]] = field(default_factory=list)
    """During the second version's build: version, rows of a table, whether the working file was locked."""
    second: Outcome | None = None
    """A build that was tried during another one."""
    holder: int = 0
    """The process of that other one."""


def houston_copy(folder: Path) -> Path:
    """The settings file of a copy of the example; every copy has the same key."""
    shutil.copytree(
        ROOT / "examples" / "houston", folder, ignore=shutil.ignore_patterns("warehouse", "*.key")
    )
    write_key(folder / "kithwork.key", KEY)
    return folder / "kithwork.yaml"


@pytest.fixture(scope="session")
def houston(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The example, built without interruption. Nobody changes it."""
    settings = houston_copy(tmp_path_factory.mktemp("houston") / "example")
    outcome = build(settings)
    assert outcome.code == 0, outcome.said
    return Built(settings, outcome, contents(settings))


@pytest.fixture(scope="session")
def killed_houston(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Killed during extract and dbt, then published; killed while publishing again, then published.

    All of it under another time zone of the machine. The second version comes from a setting
    that changes no number, on a working file as an older release would have left it.
    """
    settings = houston_copy(tmp_path_factory.mktemp("houston") / "killed")
    seen = History(settings)
    warehouse = warehouse_of(settings)
    _kill_in("extract", seen, lambda: any(warehouse.lake.glob("*/source=hris/*.parquet")))
    _kill_in("dbt", seen, lambda: any(warehouse.dbt_target.glob("run/**/int_activities.sql")))
    _let_it_end(seen)
    _as_an_older_release_left_it(warehouse.database)
    change(settings, publish={"keep_versions": 4})
    _kill_in("publish", seen, _Reader(seen).until_draft)
    _let_it_end(seen)
    return seen


def _as_an_older_release_left_it(database: Path) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute("alter table intermediate.int_activities drop column is_creation")
        connection.execute("alter table marts.fct_tie_month add column of_old integer")
        # What it did not remember yet: so everything is made anew, which takes its time.
        connection.execute("drop table reference.merged_topic_terms")


def _kill_in(stage: str, seen: History, is_time: Callable[[], bool]) -> None:
    process = begin_build(seen.settings, TZ=OTHER_TIME_ZONE)
    seen.holder = process.pid
    try:
        seen.killed[stage] = kill_when(process, is_time)
    finally:
        kill(process)
    seen.after_kill[stage] = current_version(warehouse_of(seen.settings).root)


def _let_it_end(seen: History) -> None:
    seen.outcomes.append(build(seen.settings, TZ=OTHER_TIME_ZONE))
    assert seen.outcomes[-1].code == 0, seen.outcomes[-1].said
    seen.contents.append(contents(seen.settings))
    seen.versions.append(manifest(seen.settings)["version"])


class _Reader:
    """Reads what is published about once a second, as a BI tool would; tries a second build once.

    The build under way stands still meanwhile, so that its next step is looked for all the time it moves.
    """

    def __init__(self, seen: History) -> None:
        self._seen = seen
        self._next = 0.0
        self._began = time.time()

    def until_draft(self) -> bool:
        """Look once; True when the next version is being written."""
        warehouse = warehouse_of(self._seen.settings)
        if any(warehouse.published.glob(".building-*/*.parquet")):
            return True
        if self._publishes_soon() or time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + 1
        # What takes time here must not let the draft come and go unseen.
        with standing_still(self._seen.holder):
            self._read()
        return False

    def _read(self) -> None:
        seen = self._seen
        # Only until it was seen once: opening the working file could be in the build's own way.
        is_locked = seen.second is None and _is_locked(warehouse_of(seen.settings).database)
        rows = published_rows(seen.settings, "select count(*) from fct_participation_org_month")
        seen.read.append((manifest(seen.settings)["version"], rows[0][0], is_locked))
        if is_locked:
            seen.second = build(seen.settings)

    def _publishes_soon(self) -> bool:
        """After the checks nothing but the draft is looked for."""
        checks = warehouse_of(self._seen.settings).state / "check_results.json"
        return checks.stat().st_mtime > self._began


def _is_locked(database: Path) -> bool:
    try:
        duckdb.connect(str(database), read_only=True).close()
    except duckdb.IOException:
        return True
    return False
