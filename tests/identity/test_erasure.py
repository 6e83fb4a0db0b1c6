"""Names live in the vault and nowhere else; an erased person lives nowhere."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from assets.extract.closure import close_refusals, current_refusals
from assets.extract.extraction import extract_feed
from assets.identity import vault
from assets.identity.erasure import ErasureError, Finding, erase, find_strings
from assets.identity.identity_tables import identify
from assets.identity.pseudonyms import keyed_hash
from assets.identity.refusals import Declarations
from assets.identity.rotation import rotate
from assets.warehouse.connection import connected
from assets.warehouse.identity_tables import write_identity
from tests.factories.lines import (
    KEY,
    account,
    lake_rows,
    line_feed,
    message,
    warehouse_at,
    worker,
    write_lines,
)

PLANTED = ["Ana Sofia Quintero", "asq_handle", "ana.sofia@planted.example", "U1PLANTED", "W1PLANTED"]
NAME, HANDLE, ADDRESS, ACCOUNT, WORKER = PLANTED
NOTHING = Declarations(sources=("chat", "hris"))


@pytest.fixture
def built(tmp_path):
    warehouse = warehouse_at(tmp_path / "warehouse")
    write_lines(
        tmp_path / f"in/{HANDLE}.jsonl",
        account(ACCOUNT, name=NAME, handle=HANDLE, email=ADDRESS),
        message("m1", ACCOUNT),
        message("m2", "U2", mentions=[ACCOUNT]),
        {"is": "riddle", "by": NAME},
        message("m3", "U2", kind=NAME),
    )
    write_lines(tmp_path / "in/bad.jsonl", message("m4", "U3"))
    (tmp_path / "in/bad.jsonl").write_text(NAME)
    write_lines(tmp_path / "hr.jsonl", worker(WORKER, name=NAME, email=ADDRESS), worker("W2"))
    feeds = [line_feed("chat", tmp_path / "in"), line_feed("hris", tmp_path / "hr.jsonl")]
    extract(feeds, warehouse)
    return warehouse, feeds


def extract(feeds, warehouse, key=KEY, declared=NOTHING):
    for feed in feeds:
        extract_feed(feed, warehouse, key, current_refusals(warehouse, key, declared))
    close_refusals(feeds, warehouse, key, declared)
    refusals = current_refusals(warehouse, key, declared)
    found = identify(warehouse, key, ("chat",), declared, refusals, has_hr=True)
    with connected(warehouse.database) as connection:
        write_identity(connection, found.tables)
    return found


def test_planted_names_are_in_the_vault_and_nowhere_else(built):
    warehouse, _ = built
    assert find_strings(warehouse.root, PLANTED, leave_out=["vault"]) == []
    assert {finding.number for finding in find_strings(warehouse.root, PLANTED)} == {1, 2, 3, 4, 5}


def test_the_search_looks_into_bytes_names_parquet_and_duckdb(tmp_path):
    (tmp_path / "ana.txt").write_text("x")
    (tmp_path / "log").write_text("hello ANA")
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.execute("create schema s")
        connection.execute("create table s.t as select ['x', 'Ana'] as names, 1 as n from range(3000)")
        connection.execute(f"copy s.t to '{tmp_path}/t.parquet' (compression zstd)")
    found = set(find_strings(tmp_path, ["zzz", "ana"]))
    assert Finding("ana.txt", 2, "name") in found and Finding("log", 2, "bytes") in found
    assert Finding("t.duckdb", 2, "s.t") in found and Finding("t.parquet", 2, "values") in found
    assert all(finding.number == 2 for finding in found)


def test_every_file_is_private_whatever_the_umask(tmp_path):
    """The vault's log exists while a connection is open; it holds plain text."""
    script = textwrap.dedent(
        f"""
        import os, stat, sys
        from pathlib import Path
        from assets.identity import vault
        from assets.extract.reading import Identity
        os.umask(0o022)
        folder = Path(sys.argv[1])
        with vault.opened(folder, {KEY!r}) as opened:
            opened.learn([Identity("account", "chat", "a" * 32, "U1", "Ana")], "u", None)
            for path in [folder, *folder.iterdir()]:
                print(path.name, oct(stat.S_IMODE(path.stat().st_mode)))
        """
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "vault")],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    modes = dict(line.split() for line in done.stdout.splitlines())
    assert modes == {"vault": "0o700", "vault.duckdb": "0o600", "vault.duckdb.wal": "0o600"}


def test_the_warehouse_is_private(built):
    warehouse, _ = built
    for path in warehouse.root.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, f"{path.name} has mode {mode:o}"


@pytest.mark.parametrize(
    "given", [{"email": ADDRESS.upper()}, {"worker_id": WORKER}], ids=["email", "worker"]
)
def test_an_erased_person_is_nowhere_not_even_in_the_vault(built, given):
    warehouse, feeds = built
    hashes = [keyed_hash(KEY, "account", "chat", ACCOUNT), keyed_hash(KEY, "worker", "hr", WORKER)]
    report = erase(warehouse, KEY, NOTHING, **given)
    assert (report.n_accounts, report.n_workers, report.n_addresses) == (1, 1, 1)
    assert report.sources == ("chat", "hris")
    names = [NAME, ADDRESS, ACCOUNT, WORKER]
    assert find_strings(warehouse.vault, names) == []
    found = extract(feeds, warehouse)
    assert find_strings(warehouse.lake, [*names, *hashes]) == []
    assert [row[0] for row in lake_rows(warehouse, "messages", "message_id")] == ["m2"]
    assert len(lake_rows(warehouse, "workers")) == 1
    assert found.tables["persons"].num_rows == 1 and found.tables["accounts"].num_rows == 1


def test_erasure_holds_for_new_files_new_accounts_and_another_key(built, tmp_path):
    warehouse, feeds = built
    erase(warehouse, KEY, NOTHING, worker_id=WORKER)
    extract(feeds, warehouse)
    rotate(warehouse, KEY, b"n" * 32)
    write_lines(tmp_path / "in/new1.jsonl", message("n1", "U9"), message("n2", ACCOUNT))
    extract(feeds, warehouse, b"n" * 32)
    write_lines(tmp_path / "in/new2.jsonl", account("U9", name=NAME, email=ADDRESS))
    extract(feeds, warehouse, b"n" * 32)
    assert [row[0] for row in lake_rows(warehouse, "messages", "message_id")] == ["m2"]
    with vault.opened(warehouse.vault, b"n" * 32) as opened:
        assert {row["original_id"] for row in opened.known("account").to_pylist()} == {"U2"}


def test_erasure_reaches_rows_whose_file_is_gone(built, tmp_path):
    warehouse, feeds = built
    (tmp_path / f"in/{HANDLE}.jsonl").unlink()
    erase(warehouse, KEY, NOTHING, email=ADDRESS)
    extract(feeds, warehouse)
    assert [row[0] for row in lake_rows(warehouse, "messages", "message_id")] == ["m2"]
    assert lake_rows(warehouse, "mentions") == []


def test_integer_keys_are_not_given_again(built):
    warehouse, _ = built
    with vault.opened(warehouse.vault, KEY) as opened:
        used = set(opened.known_keys("account").values())
    erase(warehouse, KEY, NOTHING, email=ADDRESS)
    with vault.opened(warehouse.vault, KEY) as opened:
        assert len(opened.known_keys("account")) == len(used) - 1
        assert set(opened.assign_keys("account", ["f" * 32]).values()).isdisjoint(used)


def test_an_unclear_person_is_refused(built, tmp_path):
    warehouse, feeds = built
    with pytest.raises(ErasureError, match="worker_id or an e-mail"):
        erase(warehouse, KEY, NOTHING)
    write_lines(tmp_path / "hr.jsonl", worker("W8", email="desk@x.org"), worker("W9", email="desk@x.org"))
    extract(feeds, warehouse)
    with pytest.raises(ErasureError, match="2 workers"):
        erase(warehouse, KEY, NOTHING, email="desk@x.org")
