"""`kithwork backup`, `restore` and `migrate`: the warehouse away and back, never over another one."""

from __future__ import annotations

import pytest

from assets.publish.inputs import LastBuild, last_build, remember, write_json
from dagster_project.settings import load


@pytest.fixture
def target(tmp_path):
    return tmp_path / "safe.tar.gz"


def todays(config):
    from dagster_project.build_state import todays_fingerprint
    from dagster_project.resources import key_of

    settings = load(config)
    return todays_fingerprint(settings, key_of(settings)).digest


def test_a_backup_comes_back_into_an_empty_place_only(config, kithwork, target):
    made = kithwork(config, "backup", str(target))
    assert made.exit_code == 0, made.output
    assert target.stat().st_mode & 0o777 == 0o600
    assert "holds the vault" in made.output and "The key is not in it" in made.output
    again = kithwork(config, "backup", str(target))
    assert again.exit_code == 1 and "never overwrites" in again.output
    occupied = kithwork(config, "restore", str(target))
    assert occupied.exit_code == 1 and "is not empty" in occupied.output
    root = config.parent / "warehouse"
    fingerprint = todays(config)
    remember(root / "state", LastBuild(fingerprint, "published", "v1"))
    target.unlink()
    kithwork(config, "backup", str(target))
    root.rename(config.parent / "before")
    back = kithwork(config, "restore", str(target))
    assert back.exit_code == 0 and "restored" in back.output
    assert (root / "vault/vault.duckdb").read_bytes() == (
        config.parent / "before/vault/vault.duckdb"
    ).read_bytes()
    assert kithwork(config, "doctor").exit_code == 0
    assert last_build(root / "state").fingerprint == fingerprint == todays(config), "nothing to build anew"


def test_a_backup_says_when_it_holds_the_key(config, kithwork, target):
    (config.parent / "kithwork.key").rename(config.parent / "warehouse/kithwork.key")
    with config.open("a") as file:
        file.write("privacy: {key_file: warehouse/kithwork.key}\n")
    assert "the key lies inside the warehouse" in kithwork(config, "backup", str(target)).output
    assert "key: it lies inside the warehouse" in kithwork(config, "doctor").output


def test_what_is_no_backup_leaves_nothing_behind(config, kithwork, target):
    target.write_text("hello")
    config.write_text(config.read_text().replace("./warehouse", "./fresh"))
    assert kithwork(config, "restore", str(target)).exit_code == 1
    assert not (config.parent / "fresh").exists()
    nothing = kithwork(config, "backup", str(target.with_name("b.tar.gz")))
    assert nothing.exit_code == 1 and "there is no warehouse yet" in nothing.output


def test_a_format_is_upgraded_or_refused_with_words(config, kithwork):
    assert "nothing to do" in kithwork(config, "migrate").output
    write_json(config.parent / "warehouse/format.json", {"format": 99})
    for words in (("migrate",), ("key", "rotate"), ("erase", "--worker-id", "E101", "--yes")):
        result = kithwork(config, *words)
        assert result.exit_code == 1 and "newer Kithwork" in result.output, words
