"""Small lake files are put together: fewer files, the same rows, whatever happens on the way."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from assets.extract import ledger, packing
from assets.extract.extraction import extract_feed, remove_feeds
from assets.extract.reading import ReaderOptions, Refusals
from tests.factories.lines import KEY, account, lake_rows, line_feed, message, warehouse_at, write_lines

ROWS = (
    "source, _file_sha256, message_id, author_account_id, sent_at, version_at, _observed_at, _reader_version"
)
TABLES = {
    "messages": ROWS,
    "mentions": "_file_sha256, message_id, account_id",
    "accounts": "_file_sha256, account_id",
}


def deliver(landing, days, month=3):
    """One landing file a day."""
    for day in days:
        write_lines(
            landing / f"2024-{month:02}-{day:02}.jsonl",
            account(f"U{day % 4}", email=f"u{day % 4}@acme.test"),
            message(
                f"m{month}-{day}", f"U{day % 4}", f"2024-{month:02}-{day:02}T10:00:00+00:00", mentions=["U9"]
            ),
            message(f"n{month}-{day}", "U5", f"2024-{month:02}-{day:02}T11:00:00+00:00"),
        )


def files(warehouse, table="messages"):
    return sorted(path.name for path in warehouse.lake.glob(f"{table}/source=chat/*"))


def everything(warehouse):
    return {table: lake_rows(warehouse, table, columns) for table, columns in TABLES.items()}


@pytest.fixture(autouse=True)
def three_files_are_many(monkeypatch):
    """So that the tests need few files."""
    monkeypatch.setattr(packing, "MIN_FILES", 3)


@pytest.fixture
def unpacked(tmp_path, monkeypatch):
    """What the lake holds if nothing is ever put together, by landing folder."""

    def held(landing, **more):
        warehouse = warehouse_at(tmp_path / "unpacked")
        with monkeypatch.context() as patch:
            patch.setattr(packing, "MIN_FILES", 10**9)
            extract_feed(line_feed("chat", landing, **more), warehouse, KEY)
        return everything(warehouse)

    return held


@pytest.fixture
def warehouse(tmp_path):
    return warehouse_at(tmp_path / "warehouse")


def test_daily_files_become_one_a_month_with_the_same_rows(tmp_path, warehouse, unpacked):
    deliver(tmp_path / "in", range(1, 6), month=2)
    deliver(tmp_path / "in", range(1, 5), month=3)
    deliver(tmp_path / "in", range(1, 3), month=4)
    report = extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    assert (report.n_new, report.rows["messages"]) == (11, 22)
    names = files(warehouse)
    assert [name[:8] for name in names if "-" in name] == ["2024-02-", "2024-03-"]
    assert len(names) == 2 + 2, "two files are too few to be worth it"
    assert everything(warehouse) == unpacked(tmp_path / "in")
    packed = pq.ParquetFile(warehouse.lake / "messages" / "source=chat" / names[0])
    assert packed.metadata.num_rows in (8, 10) and packed.num_row_groups == 1


def test_doing_it_again_does_nothing(tmp_path, warehouse):
    deliver(tmp_path / "in", range(1, 7))
    feed = line_feed("chat", tmp_path / "in")
    extract_feed(feed, warehouse, KEY)
    before = {path: path.stat().st_mtime_ns for path in warehouse.lake.rglob("*.parquet")}
    with ledger.opened(warehouse.ledger) as book:
        book.mark_merged(book.pending_months().token)
        state = book.state_fingerprint()
    report = extract_feed(feed, warehouse, KEY)
    assert (report.n_unchanged, report.n_packed, report.did_work) == (6, 0, False)
    assert before == {path: path.stat().st_mtime_ns for path in warehouse.lake.rglob("*.parquet")}
    with ledger.opened(warehouse.ledger) as book:
        assert book.state_fingerprint() == state and not book.pending_months().months


def test_a_file_a_day_stays_few_files(tmp_path, warehouse, unpacked):
    for day in range(1, 9):
        deliver(tmp_path / "in", [day])
        extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
        assert len(files(warehouse)) <= packing.MIN_FILES
    assert everything(warehouse) == unpacked(tmp_path / "in")


def test_other_options_replace_packed_rows(tmp_path, warehouse, unpacked):
    deliver(tmp_path / "in", range(1, 6))
    extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    options = ReaderOptions(columns={"sender": "From"})
    report = extract_feed(line_feed("chat", tmp_path / "in", options=options), warehouse, KEY)
    assert (report.n_changed, report.rows["messages"]) == (5, 10)
    assert everything(warehouse) == unpacked(tmp_path / "in", options=options)


def test_a_replaced_and_an_unreadable_file_leave_the_others_packed(tmp_path, warehouse):
    deliver(tmp_path / "in", range(1, 6))
    feed = line_feed("chat", tmp_path / "in")
    extract_feed(feed, warehouse, KEY)
    with ledger.opened(warehouse.ledger) as book:
        lost = book.units("chat")[3].sha256
        book.invalidate("chat", lost)
    report = extract_feed(feed, warehouse, KEY)
    assert (report.n_changed, report.n_unchanged) == (1, 4)
    rows = lake_rows(warehouse, "messages", "message_id")
    assert len(rows) == len(set(rows)) == 10


def test_a_lost_packed_file_is_read_again(tmp_path, warehouse, unpacked):
    deliver(tmp_path / "in", range(1, 6))
    feed = line_feed("chat", tmp_path / "in")
    extract_feed(feed, warehouse, KEY)
    next(
        path for path in (warehouse.lake / "messages" / "source=chat").iterdir() if "-" in path.name
    ).unlink()
    assert extract_feed(feed, warehouse, KEY).n_changed == 5
    assert everything(warehouse) == unpacked(tmp_path / "in")


def test_who_opts_out_later_leaves_packed_rows_too_also_of_files_that_are_gone(tmp_path, warehouse):
    deliver(tmp_path / "in", range(1, 6))
    feed = line_feed("chat", tmp_path / "in")
    extract_feed(feed, warehouse, KEY)
    for day in range(1, 4):
        (tmp_path / "in" / f"2024-03-{day:02}.jsonl").unlink()
    refusals = Refusals(accounts=frozenset({("chat", "U5")}))
    report = extract_feed(feed, warehouse, KEY, refusals)
    assert report.n_gone == 3
    left = lake_rows(warehouse, "messages", "message_id")
    assert sorted(left) == sorted((f"m3-{day}",) for day in range(1, 6))


def test_a_source_that_is_no_longer_configured_leaves_no_packed_file(tmp_path, warehouse):
    deliver(tmp_path / "in", range(1, 6))
    extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    assert remove_feeds(warehouse, []) == ["chat"]
    assert list(warehouse.lake.rglob("*.parquet")) == []
    assert extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY).n_new == 5


@pytest.mark.parametrize(
    ("direction", "step"),
    [
        *(("pack", step) for step in ("written", "renamed", "counted", "deleted")),
        *(("unpack", step) for step in ("renamed", "counted")),
    ],
)
def test_killed_at_any_step_then_run_again(tmp_path, direction, step, unpacked):
    """kill -9 before the rename, after it, after the ledger's step, and in the middle of deleting."""
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from assets.extract import ledger, packing
        from assets.extract.extraction import extract_feed
        from assets.extract.reading import ReaderOptions
        from assets.layout import Warehouse
        from tests.factories.lines import KEY, line_feed

        direction, step, landing, root = sys.argv[1:]
        packing.MIN_FILES = 3
        die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        warehouse = Warehouse(Path(root))
        warehouse.create()
        feed = line_feed("chat", Path(landing))
        if direction == "unpack":
            extract_feed(feed, warehouse, KEY)
            feed = line_feed("chat", Path(landing), options=ReaderOptions(columns={"sender": "From"}))
        if step == "written":
            whole = packing._write
            packing._write = lambda *all: (whole(*all), die())
        elif step == "renamed":
            packing.sync = die
        elif step == "counted":
            before = ledger.Ledger.repack
            ledger.Ledger.repack = lambda *all: (before(*all), die())
        else:
            before = Path.unlink
            def unlink(path, **more):
                before(path, **more)
                if path.parent.name == "source=chat":
                    die()
            Path.unlink = unlink
        extract_feed(feed, warehouse, KEY)
        """
    )
    deliver(tmp_path / "in", range(1, 5))
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, direction, step, str(tmp_path / "in"), str(tmp_path / "w")],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.returncode == -9, "the kill came in time"
    warehouse = warehouse_at(tmp_path / "w")
    options = ReaderOptions(columns={"sender": "From"}) if direction == "unpack" else ReaderOptions()
    feed = line_feed("chat", tmp_path / "in", options=options)
    extract_feed(feed, warehouse, KEY)
    assert everything(warehouse) == unpacked(tmp_path / "in", options=options)
    assert len(files(warehouse)) == 1
    report = extract_feed(feed, warehouse, KEY)
    assert (report.n_unchanged, report.n_packed) == (4, 0)
