"""Builds that die by kill -9 or a full disk in any stage: the next one ends as if nothing had happened."""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from assets.publish.version import current_version
from tests.end_to_end.conftest import houston_copy
from tests.factories.builds import (
    Outcome,
    begin_build,
    build,
    change,
    contents,
    kill,
    lake_rows,
    manifest,
    published_rows,
    warehouse_of,
)
from tests.factories.small_disk import fill_when, small_disk


def test_the_kills_came_in_time(killed_houston):
    assert killed_houston.killed == {"extract": True, "dbt": True, "publish": True}


def test_nothing_half_is_published(killed_houston):
    first, _ = killed_houston.versions
    assert killed_houston.after_kill == {"extract": None, "dbt": None, "publish": first}


def test_the_build_after_two_kills_gives_what_an_uninterrupted_one_gives(houston, killed_houston):
    """Also under another time zone of the machine: nothing depends on it."""
    assert killed_houston.outcomes[0].code == 0
    assert killed_houston.contents[0] == houston.contents


def test_the_build_after_a_kill_while_publishing_gives_the_same_numbers(houston, killed_houston):
    assert killed_houston.outcomes[1].code == 0
    assert killed_houston.contents[1] == houston.contents


def test_leftovers_of_killed_builds_are_gone(killed_houston):
    root = warehouse_of(killed_houston.settings).root
    for side in ("published", "restricted"):
        names = {path.name for path in (root / side).iterdir()}
        assert names == {*killed_houston.versions, "current"}
    assert list((root / "lake" / ".staging").iterdir()) == []


def test_nothing_is_lost_or_read_twice(killed_houston):
    messages = lake_rows(killed_houston.settings, "messages", "message_id")
    assert len(messages) == len(set(messages)) == 1_382
    assert len(lake_rows(killed_houston.settings, "reactions")) == 199


def test_afterwards_there_is_nothing_to_do(killed_houston):
    again = build(killed_houston.settings)
    assert again.code == 0 and "nothing new" in again.out


@dataclass
class FullDisk:
    """A published warehouse whose next build met a full disk in three stages, and then had room again."""

    settings: Path
    was_full: dict[str, bool] = field(default_factory=dict)
    """Stage to whether the disk was full before the build ended."""
    codes: dict[str, int] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    current: dict[str, str | None] = field(default_factory=dict)
    """Stage to the version that readers saw afterwards."""
    damaged: dict[str, list[str]] = field(default_factory=dict)
    """Stage to the published files whose checksum was another one afterwards."""
    with_room: Outcome | None = None


@pytest.fixture(scope="module")
def full_disk(houston, tmp_path_factory):
    """A copy of the published example on a small disk; another encoding makes every feed be read again."""
    folder = tmp_path_factory.mktemp("full_disk") / "example"
    settings = houston_copy(folder)
    with small_disk(folder / "warehouse", 280):
        root = warehouse_of(settings).root
        shutil.copytree(warehouse_of(houston.settings).root, root, symlinks=True, dirs_exist_ok=True)
        for kind in ("sources", "hr"):
            feeds = yaml.safe_load(settings.read_text(encoding="utf-8"))[kind]
            change(settings, **{kind: [{**feed, "encoding": "utf-8"} for feed in feeds]})
        seen = FullDisk(settings)
        staging, published = warehouse_of(settings).lake / ".staging", warehouse_of(settings).published
        facts = warehouse_of(settings).dbt_target / "run"
        _fill_in("extract", seen, lambda: any(staging.glob("community_slack/*")))
        began = time.time()
        _fill_in(
            "facts", seen, lambda: any(p.stat().st_mtime > began for p in facts.rglob("int_activities.sql"))
        )
        _fill_in("publish", seen, lambda: any(published.glob(".building-*")))
        seen.with_room = build(settings)
        yield seen


def _fill_in(stage, seen, is_time):
    warehouse = warehouse_of(seen.settings)
    process = begin_build(seen.settings)
    try:
        seen.was_full[stage] = fill_when(process, warehouse.root, is_time)
    finally:
        kill(process)
    seen.codes[stage] = process.returncode
    seen.said[stage] = (seen.settings.parent / "build.log").read_text()
    seen.current[stage] = current_version(warehouse.root)
    seen.damaged[stage] = _damaged(seen.settings)


def _damaged(settings):
    """Published tables whose file is another one than the manifest says, or that cannot be read."""
    tables = manifest(settings)["tables"]
    current = warehouse_of(settings).published / "current"
    found = [
        name
        for name, entry in tables.items()
        if hashlib.sha256((current / f"{name}.parquet").read_bytes()).hexdigest() != entry["sha256"]
    ]
    rows = published_rows(settings, "select count(*) from fct_participation_org_month")
    return (
        found if rows[0][0] == tables["fct_participation_org_month"]["rows"] else [*found, "kithwork.duckdb"]
    )


def test_the_disk_was_full_in_the_middle_of_each_stage(full_disk):
    assert full_disk.was_full == {"extract": True, "facts": True, "publish": True}
    assert "Extract  " not in full_disk.said["extract"]
    assert "Reference  " in full_disk.said["facts"] and "Facts  " not in full_disk.said["facts"]
    assert "Quality  " in full_disk.said["publish"]


@pytest.mark.parametrize("stage", ["extract", "facts", "publish"])
def test_a_full_disk_is_told_with_the_remedy(full_disk, stage):
    assert full_disk.codes[stage] == 1
    told = full_disk.said[stage]
    assert "the disk is full" in told and str(warehouse_of(full_disk.settings).root) in told
    assert "Make room there and run kithwork build again" in told
    assert "stays current" in told
    assert "Traceback" not in told


def test_the_published_version_stays_whole_on_a_full_disk(full_disk):
    assert len(set(full_disk.current.values())) == 1 and None not in full_disk.current.values()
    assert full_disk.damaged == {"extract": [], "facts": [], "publish": []}


def test_with_room_again_the_build_ends_as_an_undisturbed_one(houston, full_disk):
    assert full_disk.with_room.code == 0, full_disk.with_room.said
    assert current_version(warehouse_of(full_disk.settings).root) != full_disk.current["publish"]
    assert contents(full_disk.settings) == houston.contents
    messages = lake_rows(full_disk.settings, "messages", "message_id")
    assert len(messages) == len(set(messages)) == 1_382
    assert len(lake_rows(full_disk.settings, "reactions")) == 199
