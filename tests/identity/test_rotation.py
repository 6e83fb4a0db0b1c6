"""A key changes: other pseudonyms, the same integer keys, nothing lost, whenever the process dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from assets.extract.extraction import extract_feed
from assets.identity import vault
from assets.identity.key import KeyMismatchError, KeyProblemError, load_key, make_key
from assets.identity.pseudonyms import fingerprint, keyed_hash
from assets.identity.rotation import finish_pending_rotation, rekey, rotate, rotate_key_file
from tests.factories.lines import KEY, account, lake_rows, line_feed, message, warehouse_at, write_lines

NEW = b"n" * 32


@pytest.fixture
def built(tmp_path):
    warehouse = warehouse_at(tmp_path / "warehouse")
    write_lines(tmp_path / "in/a.jsonl", account("U1", email="ana@example.org"), message("m1", "U1"))
    write_lines(tmp_path / "in/b.jsonl", message("m2", "U2", mentions=["U1"]))
    feed = line_feed("chat", tmp_path / "in")
    extract_feed(feed, warehouse, KEY)
    with vault.opened(warehouse.vault, KEY) as opened:
        keys = opened.assign_keys("account", [keyed_hash(KEY, "account", "chat", u) for u in ("U1", "U2")])
    return warehouse, feed, keys


def test_the_key_is_private_and_never_overwritten(tmp_path):
    file = tmp_path / "kithwork.key"
    key = make_key(file)
    assert file.stat().st_mode & 0o777 == 0o600 and len(key) == 32
    assert load_key(None, file) == key == load_key(f" {key.hex()}\n", tmp_path / "absent")
    with pytest.raises(KeyProblemError, match="not overwritten"):
        make_key(file)
    file.chmod(0o644)
    with pytest.raises(KeyProblemError, match="chmod 600"):
        load_key(None, file)


@pytest.mark.parametrize("text", ["abc", "zz" * 32, "ab" * 31, ""])
def test_a_key_of_another_shape_is_refused_without_repeating_it(tmp_path, text):
    with pytest.raises(KeyProblemError, match="64 hexadecimal digits") as caught:
        load_key(text, tmp_path / "absent")
    assert not text or text not in str(caught.value)
    with pytest.raises(KeyProblemError, match="kithwork init"):
        load_key(None, tmp_path / "absent")


def test_rotation_keeps_integer_keys_and_changes_every_pseudonym(built):
    warehouse, feed, keys = built
    before = lake_rows(warehouse, "mentions", "account_id")
    assert rotate(warehouse, KEY, NEW) == 2
    with pytest.raises(KeyMismatchError):
        extract_feed(feed, warehouse, KEY)
    assert extract_feed(feed, warehouse, NEW).n_changed == 2
    after = lake_rows(warehouse, "mentions", "account_id")
    assert before != after == [(keyed_hash(NEW, "account", "chat", "U1"),)]
    with vault.opened(warehouse.vault, NEW) as opened:
        renewed = {
            keyed_hash(NEW, "account", "chat", u): keyed_hash(KEY, "account", "chat", u) for u in ("U1", "U2")
        }
        assert opened.known_keys("account") == {new: keys[old] for new, old in renewed.items()}
    assert rotate(warehouse, KEY, NEW) == 2, "asking twice is harmless"
    assert not extract_feed(feed, warehouse, NEW).did_work


def test_rotation_reaches_rows_whose_file_is_gone(built, tmp_path):
    warehouse, feed, _ = built
    (tmp_path / "in/b.jsonl").unlink()
    rotate(warehouse, KEY, NEW)
    rotate(warehouse, NEW, b"o" * 32)
    extract_feed(feed, warehouse, b"o" * 32)
    assert lake_rows(warehouse, "mentions", "account_id") == [
        (keyed_hash(b"o" * 32, "account", "chat", "U1"),)
    ]
    assert not extract_feed(feed, warehouse, b"o" * 32).did_work


def test_a_lost_key_is_replaced_from_the_vault(built):
    warehouse, feed, keys = built
    rekey(warehouse, NEW)
    extract_feed(feed, warehouse, NEW)
    with vault.opened(warehouse.vault, NEW) as opened:
        assert sorted(opened.known_keys("account").values()) == sorted(keys.values())


def test_rotation_with_a_foreign_key_is_refused(built):
    with pytest.raises(KeyMismatchError):
        rotate(built[0], b"f" * 32, NEW)


@pytest.mark.parametrize("moment", ["before the vault", "inside the vault", "after the vault"])
def test_rotation_killed_anywhere_is_finished_by_the_next_run(tmp_path, moment):
    file = tmp_path / "kithwork.key"
    old = make_key(file)
    warehouse = warehouse_at(tmp_path / "warehouse")
    write_lines(tmp_path / "a.jsonl", account("U1", name="Ana"), message("m1", "U1"))
    feed = line_feed("chat", tmp_path / "a.jsonl")
    extract_feed(feed, warehouse, old)
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from assets.identity import rotation
        from assets.layout import Warehouse
        moment, root, file = sys.argv[1:]
        def die(*_):
            os.kill(os.getpid(), signal.SIGKILL)
        if moment == "before the vault":
            rotation.rotate = die
        elif moment == "inside the vault":
            before = rotation.Vault.transaction
            from contextlib import contextmanager
            @contextmanager
            def transaction(self):
                with before(self):
                    yield
                    die()
            rotation.Vault.transaction = transaction
        else:
            whole = rotation.rotate
            rotation.rotate = lambda *keys: (whole(*keys), die())
        rotation.rotate_key_file(Warehouse(Path(root)), Path(file))
        """
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, moment, str(warehouse.root), str(file)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == -signal.SIGKILL
    assert finish_pending_rotation(warehouse, file)
    new = load_key(None, file)
    assert new != old and vault.stored_fingerprint(warehouse.vault) == fingerprint(new)
    assert not finish_pending_rotation(warehouse, file)
    extract_feed(feed, warehouse, new)
    assert lake_rows(warehouse, "messages", "author_account_id") == [
        (keyed_hash(new, "account", "chat", "U1"),)
    ]


def test_rotating_the_key_file_leaves_one_private_key(built, tmp_path):
    warehouse, feed, _ = built
    file = tmp_path / "kithwork.key"
    file.touch(mode=0o600)
    file.write_text(KEY.hex())
    new = rotate_key_file(warehouse, file)
    assert load_key(None, file) == new and not list(tmp_path.glob("*.next"))
    assert extract_feed(feed, warehouse, new).n_changed == 2
