"""Staging of messages: the latest version, what is deleted, what belongs to it."""

from __future__ import annotations

from datetime import datetime

import pytest

FIRST, SECOND = "2024-02-01 00:00", "2024-03-01 00:00"


def _message(message: str, file: str, **columns) -> dict:
    observed = FIRST if file == "first" else SECOND
    return {
        "message_id": message,
        "channel_id": "general",
        "kind": "post",
        "author_account_id": "ann",
        "sent_at": "2024-01-10 09:00",
        "version_at": "2024-01-10 09:00",
        "_file_sha256": file,
        "_observed_at": observed,
        **columns,
    }


def _export(file: str, contains: list[str], **columns) -> dict:
    observed = FIRST if file == "first" else SECOND
    return {
        "covered_from": "2024-01-01",
        "covered_to": "2024-02-01",
        "observed_at": observed,
        "contains": contains,
        "_file_sha256": file,
        "_observed_at": observed,
        **columns,
    }


LAKE = {
    "channels": [
        {"channel_id": "general", "kind": "public"},
        {"channel_id": "talk", "kind": "direct"},
    ],
    "source_coverage": [
        _export("first", ["messages", "direct_messages", "reactions"]),
        _export("second", ["messages", "reactions"]),
        _export("second", ["messages"], source="forum", channel_id="ideas"),
    ],
    "messages": [
        # an edit, seen by both exports; the later one has its first text as well
        _message("edited", "first", n_words=1),
        _message("edited", "second", n_words=2, version_at="2024-01-11 09:00", edited_at="2024-01-11 09:00"),
        # the same version in both: once
        _message("repeated", "first"),
        _message("repeated", "second"),
        # the platform says when it was deleted
        _message("deleted", "first"),
        _message("deleted", "second", version_at="2024-01-12", deleted_at="2024-01-12"),
        # gone from the second export, which looked at that day
        _message("vanished", "first"),
        # the second export did not look at direct messages, nor beyond January
        _message("private", "first", channel_id="talk"),
        _message("outside", "first", sent_at="2024-02-01 00:00", version_at="2024-02-01 00:00"),
        # only one channel of the forum was exported again
        _message("idea", "first", source="forum", channel_id="ideas"),
        _message("chatter", "first", source="forum", channel_id="lounge"),
    ],
    "reactions": [
        {"message_id": "repeated", "account_id": "bob", "name": "+1", "_file_sha256": "first"},
        {"message_id": "repeated", "account_id": "bob", "name": "eyes", "_file_sha256": "first"},
        {"message_id": "repeated", "account_id": "bob", "name": "+1", "_file_sha256": "second"},
        {"message_id": "repeated", "account_id": "bob", "name": "+1", "_file_sha256": "second"},
        {"message_id": "vanished", "account_id": "bob", "name": "+1", "_file_sha256": "first"},
    ],
    "mentions": [
        {"message_id": "edited", "account_id": "cem", "is_broadcast": False, "_file_sha256": "first"},
        {"message_id": "edited", "account_id": "bob", "is_broadcast": False, "_file_sha256": "second"},
    ],
}


@pytest.fixture
def staged(dbt_project):
    dbt_project.lake(LAKE)
    dbt_project.run("+stg_messages", "stg_reactions", "stg_mentions")
    return dbt_project


def test_each_message_ends_in_its_latest_version_and_deletions_show(staged):
    found = {
        row["message_id"]: row
        for row in staged.dicts("select message_id, n_words, deleted_at from staging.stg_messages")
    }
    assert len(found) == 8
    assert found["edited"]["n_words"] == 2
    deleted = {name: row["deleted_at"] for name, row in found.items() if row["deleted_at"]}
    assert deleted == {
        "deleted": datetime(2024, 1, 12),
        "vanished": datetime.fromisoformat(SECOND),
        "idea": datetime.fromisoformat(SECOND),
    }


def test_reactions_and_mentions_are_those_of_the_newest_file_with_the_message(staged):
    assert staged.rows("select message_id, name from staging.stg_reactions order by all") == [
        ("repeated", "+1"),
        ("vanished", "+1"),
    ]
    assert staged.rows("select message_id, account_id from staging.stg_mentions") == [("edited", "bob")]
