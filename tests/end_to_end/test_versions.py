"""Readers, a second build and versions, while and after a build runs."""

from __future__ import annotations

import duckdb

from tests.factories.builds import kithwork, manifest, warehouse_of


def test_a_changed_setting_builds_a_new_version(killed_houston):
    first, second = killed_houston.versions
    assert first != second
    assert "nothing new" not in killed_houston.outcomes[1].out


def test_tables_of_an_older_release_get_the_columns_of_this_one(killed_houston):
    with duckdb.connect(str(warehouse_of(killed_houston.settings).database), read_only=True) as connection:
        rows = connection.execute("select table_name, column_name from duckdb_columns()").fetchall()
    assert ("int_activities", "is_creation") in rows
    assert ("fct_tie_month", "of_old") not in rows
    assert killed_houston.contents[0] == killed_houston.contents[1]


def test_readers_never_wait_for_a_build(killed_houston):
    assert len(killed_houston.read) > 5
    assert any(locked for _, _, locked in killed_houston.read), "the build never held the working file"
    assert {version for version, _, _ in killed_houston.read} == {killed_houston.versions[0]}
    assert all(rows > 0 for _, rows, _ in killed_houston.read)


def test_a_second_build_at_the_same_time_is_told_who_holds_the_warehouse(killed_houston):
    second = killed_houston.second
    assert second is not None and second.code == 1
    assert f"kithwork build (process {killed_houston.holder}) is writing this warehouse" in second.err


def test_the_diff_says_that_only_settings_changed(killed_houston):
    done = kithwork("published", "diff", *killed_houston.versions, "--config", killed_houston.settings)
    assert done.code == 0, done.said
    assert "changed: settings" in done.out
    assert "no published number moved" in done.out


def test_versions_are_listed_and_rolled_back(killed_houston):
    first, second = killed_houston.versions
    listed = kithwork("published", "list", "--config", killed_houston.settings)
    assert listed.code == 0 and first in listed.out and f"→ {second}" in listed.out
    back = kithwork("published", "rollback", "--config", killed_houston.settings)
    assert back.code == 0 and f"current version: {first} (was {second})" in back.out
    assert manifest(killed_houston.settings)["version"] == first
    assert manifest(killed_houston.settings, "restricted")["version"] == first
    forth = kithwork("published", "rollback", second, "--config", killed_houston.settings)
    assert forth.code == 0 and manifest(killed_houston.settings)["version"] == second
