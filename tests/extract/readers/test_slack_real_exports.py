"""Real exports: what the lake gets reconciles with what a look into the files counts."""

import json
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from assets.extract.readers import slack
from tests.factories.reader_run import border, rows_of

ROOT = Path(__file__).parents[3]
HOUSTON = ROOT / "examples/houston/landing/slack/slack_export_houston.zip"
SMALL = ROOT.parent / "shared/data/slack_export_small.zip"


def _raw_records(path):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if re.search(r"/\d{4}-\d{2}-\d{2}\.json$", name):
                yield from json.loads(archive.read(name))


@pytest.fixture(scope="module")
def houston():
    at = border()
    return rows_of(slack, HOUSTON, at), at


def test_houston_holds_what_its_files_hold(houston):
    rows, at = houston
    assert at.rejected == []
    assert len(rows["messages"]) == 1_382
    assert len({row["message_id"] for row in rows["messages"]}) == 1_382
    assert len(rows["accounts"]) == 71
    assert len(rows["channels"]) == len(rows["source_coverage"]) == 16
    kinds = Counter(row["kind"] for row in rows["messages"])
    # 964 plain messages and 61 file shares are posts; 320 joins and 37 other records are housekeeping.
    # The export is older than threads, so there are no replies.
    assert kinds == {"post": 964 + 61, "system": 320 + 37}
    assert sum(row["n_attachments"] or 0 for row in rows["messages"]) == 61
    assert {row["thread_id"] for row in rows["messages"]} == {None}


def test_houston_mentions_reconcile(houston):
    rows, _ = houston
    plain, shared, everywhere, repeated = 0, 0, 0, 0
    for record in _raw_records(HOUSTON):
        named = re.findall(r"<@(\w+)", record["text"])
        everywhere += len(named)
        if record.get("subtype") is None:
            plain += len(named)
            repeated += len(named) - len(set(named))
        elif record["subtype"] == "file_share":
            shared += len(named)
    assert (plain, everywhere) == (156, 575)
    # Of the 63 in file shares, 61 are the uploader, named by Slack; 2 stand in the uploader's comment.
    # The other 356 stand in texts that Slack wrote and are no act of a person.
    assert shared == 61 + 2
    # Three people are named twice in one message; five plain messages call everybody.
    named_rows = [row for row in rows["mentions"] if not row["is_broadcast"]]
    assert repeated == 3
    assert len(named_rows) == plain - repeated + 2 == 155
    assert len(rows["mentions"]) == 155 + 5


def test_houston_reactions_reconcile(houston):
    rows, _ = houston
    assert len(rows["reactions"]) == 199
    assert sum(row["is_recognition"] for row in rows["reactions"]) == _claps()


def _claps():
    reactions = [r for record in _raw_records(HOUSTON) for r in record.get("reactions", ())]
    return sum(len(r["users"]) for r in reactions if r["name"].startswith("clap"))  # in all skin tones


def test_small_export_with_bots_files_and_edits():
    if not SMALL.exists():
        pytest.skip("the small sample export is not beside this repository (../shared/data)")
    at = border()
    rows = rows_of(slack, SMALL, at)
    assert at.rejected == []
    assert len(rows["messages"]) == 158
    kinds = {row["account_id"]: row["kind"] for row in rows["accounts"]}
    assert Counter(kinds.values()) == {"person": 4, "bot": 3}
    by_bots = sum(kinds.get(row["author_account_id"]) == "bot" for row in rows["messages"])
    assert by_bots == sum(r.get("subtype") == "bot_message" for r in _raw_records(SMALL)) == 94
    assert sum(row["edited_at"] is not None for row in rows["messages"]) == 1
    assert len(rows["reactions"]) == 1
