"""`kithwork key`: changed, lost and recognised, without ever being shown."""

from __future__ import annotations

import pytest

from assets.identity import vault
from assets.identity.key import load_key
from assets.identity.pseudonyms import fingerprint
from tests.factories.houston_lake import read_into_lake
from tests.factories.lines import lake_rows


@pytest.fixture
def key_file(config):
    return config.parent / "kithwork.key"


def stored(config):
    return vault.stored_fingerprint(config.parent / "warehouse/vault")


def test_rotation_changes_key_vault_and_pseudonyms(config, key_file, kithwork):
    old = load_key(None, key_file)
    result = kithwork(config, "key", "rotate")
    new = load_key(None, key_file)
    assert result.exit_code == 0, result.output
    assert new != old and stored(config) == fingerprint(new) and fingerprint(new) in result.output
    assert new.hex() not in result.output and old.hex() not in result.output
    shown = kithwork(config, "key", "fingerprint")
    assert shown.exit_code == 0 and "the lake follows with the next" in shown.output
    before = lake_rows(read_warehouse(config), "workers", "worker_id")
    read_into_lake(config)
    assert set(before).isdisjoint(lake_rows(read_warehouse(config), "workers", "worker_id"))
    assert "the lake follows" not in kithwork(config, "key", "fingerprint").output


def read_warehouse(config):
    from assets.layout import Warehouse

    return Warehouse(config.parent / "warehouse")


def test_a_rotation_that_was_cut_short_is_completed(config, key_file, kithwork):
    waiting = key_file.with_name(key_file.name + ".next")
    waiting.write_text("cd" * 32)
    waiting.chmod(0o600)
    assert "cut short" in kithwork(config, "doctor").output
    assert kithwork(config, "quarantine", "show").exit_code == 0
    assert key_file.read_text().strip() == "cd" * 32 and not waiting.exists()
    assert stored(config) == fingerprint(bytes.fromhex("cd" * 32))


def test_a_wrong_key_is_told_and_a_lost_one_replaced(config, key_file, kithwork):
    right = fingerprint(load_key(None, key_file))
    kept = kithwork(config, "key", "rekey", "--yes")
    assert kept.exit_code == 0 and "nothing is lost" in kept.output and stored(config) == right
    key_file.unlink()
    assert kithwork(config, "key", "fingerprint").exit_code == 1
    refused = kithwork(config, "key", "rekey", answer="n\n")
    assert refused.exit_code == 1 and not key_file.exists() and stored(config) == right
    assert kithwork(config, "key", "rekey", answer="y\n").exit_code == 0
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert stored(config) == fingerprint(load_key(None, key_file)) != right
    key_file.write_text("ab" * 32)
    wrong = kithwork(config, "key", "fingerprint")
    assert wrong.exit_code == 1 and "kithwork key rekey" in wrong.output
    rotated = kithwork(config, "key", "rotate")
    assert rotated.exit_code == 1 and "was written with the key of fingerprint" in rotated.output


def test_a_key_from_the_environment_changes_through_a_file(config, key_file, kithwork, monkeypatch):
    monkeypatch.setenv("KITHWORK_KEY", key_file.read_text().strip())
    key_file.unlink()
    with config.open("a") as file:
        file.write('privacy: {key: "${KITHWORK_KEY}"}\n')
    refused = kithwork(config, "key", "rotate")
    assert refused.exit_code == 2 and "--new-key" in refused.output
    target = config.parent / "new.key"
    for _ in range(2):  # again after it was cut short
        assert kithwork(config, "key", "rotate", "--new-key", str(target)).exit_code == 0
    assert stored(config) == fingerprint(load_key(None, target))
    assert kithwork(config, "key", "fingerprint").exit_code == 1
    monkeypatch.setenv("KITHWORK_KEY", target.read_text().strip())
    assert kithwork(config, "key", "fingerprint").exit_code == 0


def test_without_a_warehouse_there_is_nothing_to_rotate(config, kithwork):
    config.write_text(config.read_text().replace("./warehouse", "./other"))
    result = kithwork(config, "key", "rotate")
    assert result.exit_code == 1 and "there is no warehouse yet" in result.output
    assert not (config.parent / "other").exists()
