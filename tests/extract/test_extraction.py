"""What a user notices of extraction: what is read, what is left alone, what survives accidents."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from assets.extract import ledger
from assets.extract.extraction import extract_feed, remove_feeds
from assets.extract.reading import ReaderOptions
from assets.extract.unit_reading import LakeWriteError, ReaderFailedError
from assets.identity import vault
from assets.identity.key import KeyMismatchError
from tests.factories import line_reader
from tests.factories.lines import (
    KEY,
    account,
    lake_rows,
    line_feed,
    message,
    warehouse_at,
    write_lines,
)

VIEW = "source, _file_sha256, message_id, author_account_id, sent_at, _observed_at"


@pytest.fixture
def warehouse(tmp_path):
    return warehouse_at(tmp_path / "warehouse")


def test_rows_arrive_with_the_common_columns_and_a_second_run_does_nothing(tmp_path, warehouse):
    write_lines(tmp_path / "in/a.jsonl", account("U1"), message("m1", "U1", mentions=["U2"]))
    feed = line_feed("chat", tmp_path / "in")
    first = extract_feed(feed, warehouse, KEY)
    assert (first.n_new, first.n_unchanged, first.rows) == (
        1,
        0,
        {"accounts": 1, "messages": 1, "mentions": 1},
    )
    assert first.first_at is not None and first.first_at.isoformat() == "2024-03-05T10:00:00+00:00"
    columns = (
        "source, length(_file_sha256), _observed_at::varchar, _reader_version, length(author_account_id)"
    )
    assert lake_rows(warehouse, "messages", columns) == [("chat", 64, "2024-03-05 10:00:00+00", "1", 32)]
    files = {path: path.stat().st_mtime_ns for path in warehouse.lake.rglob("*.parquet")}
    second = extract_feed(feed, warehouse, KEY)
    assert (second.n_new, second.n_unchanged, second.did_work) == (0, 1, False)
    assert second.rows == first.rows
    assert files == {path: path.stat().st_mtime_ns for path in warehouse.lake.rglob("*.parquet")}


def test_order_and_split_of_arrivals_give_the_same_lake(tmp_path):
    records = [message(f"m{i}", f"U{i % 3}", f"2024-0{1 + i}-05T10:00:00+00:00") for i in range(4)]
    views = []
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        warehouse = warehouse_at(tmp_path / f"w{order[0]}")
        landing = tmp_path / f"in{order[0]}"
        for index in order:
            write_lines(landing / f"day{index}.jsonl", records[index])
            extract_feed(line_feed("chat", landing), warehouse, KEY)
        views.append(lake_rows(warehouse, "messages", VIEW))
    assert views[0] == views[1] and len(views[0]) == 4


def test_the_same_content_under_two_paths_counts_once(tmp_path, warehouse):
    write_lines(tmp_path / "in/a.jsonl", message("m1", "U1"))
    write_lines(tmp_path / "in/copy/b.jsonl", message("m1", "U1"))
    assert extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY).rows["messages"] == 1


def test_changed_options_replace_the_rows(tmp_path, warehouse):
    write_lines(tmp_path / "in/a.jsonl", message("m1", "U1"))
    extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    changed = line_feed("chat", tmp_path / "in", options=ReaderOptions(columns={"sender": "From"}))
    report = extract_feed(changed, warehouse, KEY)
    assert (report.n_changed, report.n_new) == (1, 0)
    assert len(lake_rows(warehouse, "messages")) == 1


def test_an_unreadable_unit_is_told_and_the_rest_goes_on(tmp_path, warehouse):
    write_lines(tmp_path / "in/a.jsonl", message("m1", "U1"))
    (tmp_path / "in/b.jsonl").write_text("Ana Sofia wrote this")
    report = extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    assert (report.n_unreadable, report.rows["messages"]) == (1, 1)
    assert "not_json" in report.messages[0] and "deliver the file again" in report.messages[0]
    again = extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    assert again.n_unreadable == 1 and again.messages == report.messages and not again.did_work


def test_a_unit_that_becomes_unreadable_to_a_newer_reader_leaves_no_rows(tmp_path, warehouse, monkeypatch):
    write_lines(tmp_path / "in/a.jsonl", message("m1", "U1"))
    feed = line_feed("chat", tmp_path / "in")
    extract_feed(feed, warehouse, KEY)
    monkeypatch.setattr(line_reader, "VERSION", "2")

    def unreadable(unit, options, border):
        raise line_reader.UnreadableLandingError("too_old", "not supported any more")
        yield

    monkeypatch.setattr(line_reader, "read", unreadable)
    assert extract_feed(feed, warehouse, KEY).n_unreadable == 1
    assert lake_rows(warehouse, "messages") == []


def test_an_error_in_a_reader_is_told_without_values(tmp_path, warehouse):
    write_lines(tmp_path / "in/ana.jsonl", {"is": "crash", "value": "Ana Sofia"})
    with pytest.raises(ReaderFailedError) as caught:
        extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    assert "ValueError" in str(caught.value) and "chat" in str(caught.value)
    assert "Ana" not in str(caught.value) and "ana" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_quarantine_counts_masks_and_keeps_the_original_in_the_vault(tmp_path, warehouse):
    write_lines(tmp_path / "in/a.jsonl", {"is": "riddle", "who": "Ana"}, message("m", "U1", kind="shout"))
    report = extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    assert report.n_quarantined == 2 and report.rows == {"quarantine": 2}
    rows = lake_rows(warehouse, "quarantine", "position, reason, detail, original_id")
    assert {row[1] for row in rows} == {"unknown_record", "unknown_word"}
    assert not any("Ana" in str(row) or "shout" in str(row) for row in rows)
    with vault.opened(warehouse.vault, KEY) as opened:
        assert '"Ana"' in opened.original(next(row[3] for row in rows if row[1] == "unknown_record"))


def test_rows_outlive_their_landing_file_and_this_is_told(tmp_path, warehouse):
    gone = write_lines(tmp_path / "in/a.jsonl", message("m1", "U1"))
    write_lines(tmp_path / "in/b.jsonl", message("m2", "U1"))
    extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    gone.unlink()
    report = extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    assert report.n_gone == 1 and report.rows["messages"] == 2
    assert any("no longer in the landing" in text for text in report.messages)


def test_a_source_removed_from_the_settings_leaves_the_lake_and_touches_its_months(tmp_path, warehouse):
    write_lines(tmp_path / "in/a.jsonl", message("m1", "U1"))
    extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    with ledger.opened(warehouse.ledger) as book:
        book.mark_merged(book.pending_months().token)
    assert remove_feeds(warehouse, ["other"]) == ["chat"]
    assert lake_rows(warehouse, "messages") == []
    with ledger.opened(warehouse.ledger) as book:
        assert {month.isoformat() for month in book.pending_months().months} == {"2024-03-01"}


def test_another_key_is_refused_by_name_of_both_and_remedy(tmp_path, warehouse):
    write_lines(tmp_path / "in/a.jsonl", message("m1", "U1"))
    feed = line_feed("chat", tmp_path / "in")
    extract_feed(feed, warehouse, KEY)
    with pytest.raises(KeyMismatchError, match="kithwork key") as caught:
        extract_feed(feed, warehouse, b"x" * 32)
    assert caught.value.found in str(caught.value) and caught.value.given in str(caught.value)
    for file in warehouse.vault.iterdir():
        file.unlink()
    with pytest.raises(KeyMismatchError, match="lake"):
        extract_feed(feed, warehouse, b"x" * 32)


def test_a_lost_vault_is_filled_again(tmp_path, warehouse):
    write_lines(tmp_path / "in/a.jsonl", account("U1", name="Ana"), message("m1", "U1"))
    feed = line_feed("chat", tmp_path / "in")
    extract_feed(feed, warehouse, KEY)
    for file in warehouse.vault.iterdir():
        file.unlink()
    assert extract_feed(feed, warehouse, KEY).n_changed == 1
    with vault.opened(warehouse.vault, KEY) as opened:
        assert opened.known("account").to_pylist()[0]["name"] == "Ana"


def test_a_lost_lake_file_is_written_again(tmp_path, warehouse):
    write_lines(tmp_path / "in/a.jsonl", message("m1", "U1"))
    feed = line_feed("chat", tmp_path / "in")
    extract_feed(feed, warehouse, KEY)
    next(warehouse.lake.glob("messages/*/*.parquet")).unlink()
    assert extract_feed(feed, warehouse, KEY).n_changed == 1
    assert len(lake_rows(warehouse, "messages")) == 1


def test_a_full_disk_is_told_and_the_next_run_goes_on(tmp_path, warehouse, monkeypatch):
    write_lines(tmp_path / "in/a.jsonl", message("m1", "U1"))
    feed = line_feed("chat", tmp_path / "in")

    def full(self, observed_at):
        raise OSError(28, "No space left on device", "/landing/Ana Sofia")

    with monkeypatch.context() as patch:
        patch.setattr("assets.extract.lake.UnitWriter.finish", full)
        with pytest.raises(LakeWriteError, match="make room") as caught:
            extract_feed(feed, warehouse, KEY)
    assert "Ana" not in str(caught.value)
    assert extract_feed(feed, warehouse, KEY).rows["messages"] == 1


@pytest.mark.parametrize("moment", ["reading", "renaming", "entering"])
def test_killed_in_the_middle_then_run_again(tmp_path, moment):
    """kill -9 while reading, between two renames, before the ledger entry: nothing lost or doubled."""
    landing = tmp_path / "in"
    write_lines(landing / "a.jsonl", account("U1"), message("m1", "U1", mentions=["U2"]))
    write_lines(landing / "b.jsonl", account("U1"), message("m2", "U1", mentions=["U3"]))
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from assets.extract import lake, ledger
        from assets.extract.extraction import extract_feed
        from assets.layout import Warehouse
        from tests.factories import line_reader
        from tests.factories.lines import KEY, line_feed

        moment, landing, root = sys.argv[1:]
        def hang(*_):
            print("here", flush=True)
            time.sleep(60)
        if moment == "reading":
            whole = line_reader.read
            def read(unit, options, border):
                batches = whole(unit, options, border)
                if unit.name == "b.jsonl":
                    yield next(batches)
                    hang()
                yield from batches
            line_reader.read = read
        elif moment == "renaming":
            before = Path.replace
            calls = []
            def replace(path, target):
                if path.suffix == ".parquet":
                    calls.append(path)
                if len(calls) == 5:
                    hang()
                return before(path, target)
            Path.replace = replace
        else:
            before = ledger.Ledger.record
            ledger.Ledger.record = lambda self, entry: hang() if self.units() else before(self, entry)
        warehouse = Warehouse(Path(root))
        warehouse.create()
        extract_feed(line_feed("chat", Path(landing)), warehouse, KEY)
        """
    )
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", script, moment, str(landing), str(tmp_path / "w")],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "here\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()

    warehouse = warehouse_at(tmp_path / "w")
    report = extract_feed(line_feed("chat", landing), warehouse, KEY)
    assert report.n_unchanged == 1 and report.n_new + report.n_changed == 1
    untouched = warehouse_at(tmp_path / "untouched")
    extract_feed(line_feed("chat", landing), untouched, KEY)
    for table, columns in (
        ("messages", VIEW),
        ("mentions", "message_id, account_id"),
        ("accounts", "account_id, _file_sha256"),
    ):
        assert lake_rows(warehouse, table, columns) == lake_rows(untouched, table, columns)
    assert not list((warehouse.lake / ".staging").rglob("*.arrow"))


def test_a_file_that_changes_while_it_is_read_is_read_next_time(tmp_path, warehouse, monkeypatch):
    file = write_lines(tmp_path / "in/a.jsonl", message("m1", "U1"))
    whole = line_reader.read

    def read(unit, options, border):
        yield from whole(unit, options, border)
        write_lines(file, message("m1", "U1"), message("m2", "U1"))
        os.utime(file, ns=(time.time_ns(), time.time_ns() + 10**9))

    with monkeypatch.context() as patch:
        patch.setattr(line_reader, "read", read)
        report = extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY)
    assert report.n_unreadable == 1 and "changed_while_read" in report.messages[0]
    assert extract_feed(line_feed("chat", tmp_path / "in"), warehouse, KEY).rows["messages"] == 2
