"""A warehouse goes into one private file and comes back whole; formats are never guessed."""

from __future__ import annotations

import stat
import tarfile

import duckdb
import pytest

from assets.publish import version as versions
from assets.publish.backup import BackupError, back_up, restore
from assets.publish.migrate import WarehouseFormatError, check_format, format_of, mark_new, migrate
from tests.factories.publication_case import publish_case


@pytest.fixture
def warehouse(tmp_path):
    root = tmp_path / "warehouse"
    root.mkdir()
    mark_new(root)
    (root / "vault").mkdir(mode=0o700)
    (root / "vault" / "names.duckdb").write_text("Ana")
    (root / "dagster").mkdir()
    (root / "dagster" / "runs.db").write_text("history")
    publish_case(root)
    return root


def test_a_backup_brings_everything_back(warehouse, tmp_path):
    target = tmp_path / "backup.tar.gz"
    back_up(warehouse, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    again = tmp_path / "again"
    restore(target, again)
    assert (again / "vault" / "names.duckdb").read_text() == "Ana"
    assert (again / "dagster" / "runs.db").exists()
    assert versions.current_version(again) == versions.current_version(warehouse)
    with duckdb.connect(str(again / "published/current/kithwork.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from dim_org_unit").fetchone() == (4,)
    mode = stat.S_IMODE((again / "published/current/kithwork.duckdb").stat().st_mode)
    assert mode == 0o444 and stat.S_IMODE((again / "vault").stat().st_mode) == 0o700
    publish_case(again)


def test_run_history_can_stay_out(warehouse, tmp_path):
    back_up(warehouse, tmp_path / "small.tar.gz", include_runs=False)
    restore(tmp_path / "small.tar.gz", tmp_path / "again")
    assert not (tmp_path / "again" / "dagster").exists()


def test_nothing_is_overwritten_and_nothing_half_done_remains(warehouse, tmp_path):
    target = tmp_path / "backup.tar.gz"
    back_up(warehouse, target)
    with pytest.raises(BackupError, match="never overwrites a file"):
        back_up(warehouse, target)
    with pytest.raises(BackupError, match="lies inside the warehouse"):
        back_up(warehouse, warehouse / "backup.tar.gz")
    with pytest.raises(BackupError, match="is not empty; a restore never overwrites"):
        restore(target, warehouse)
    target.write_bytes(target.read_bytes()[:5000])
    with pytest.raises(BackupError, match="could not be restored"):
        restore(target, tmp_path / "again")
    stray = tmp_path / "stray.tar.gz"
    with tarfile.open(stray, "w:gz") as archive:
        archive.add(__file__, arcname="../evil.py")
    with pytest.raises(BackupError, match="is not a backup of a warehouse"):
        restore(stray, tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar.gz", "stray.tar.gz", "warehouse"]


def test_a_new_folder_is_marked_and_a_foreign_one_refused(tmp_path):
    root = tmp_path / "warehouse"
    assert format_of(root) is None
    mark_new(root)
    check_format(root)
    foreign = tmp_path / "photos"
    foreign.mkdir()
    (foreign / "cat.jpg").write_text("")
    with pytest.raises(WarehouseFormatError, match="is not a warehouse"):
        mark_new(foreign)


def test_an_older_folder_is_upgraded_step_by_step_and_a_newer_one_refused(tmp_path):
    root = tmp_path / "warehouse"
    mark_new(root, current=1)
    with pytest.raises(WarehouseFormatError, match="written by an older Kithwork"):
        check_format(root, current=3)
    calls = []

    def second(path):
        if "killed" not in calls:
            calls.append("killed")
            raise KeyboardInterrupt
        calls.append("two")

    steps = {1: lambda path: calls.append("one"), 2: second}
    with pytest.raises(KeyboardInterrupt):
        migrate(root, 3, steps)
    assert format_of(root) == 2
    assert migrate(root, 3, steps) == [3]
    assert calls == ["one", "killed", "two"]
    with pytest.raises(WarehouseFormatError, match="written by a newer Kithwork"):
        check_format(root, current=2)
    with pytest.raises(WarehouseFormatError, match="from 3 there is no upgrade"):
        migrate(root, 4, steps)
    (root / "format.json").write_text('{"format": "x"}')
    with pytest.raises(WarehouseFormatError, match="expected a number"):
        check_format(root)
