import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assets.extract.readers import slack
from assets.extract.reading import Refusals, UnreadableLandingError
from tests.factories.reader_run import border, rows_of
from tests.factories.slack_export import channel, export_members, message, user, write_folder, write_zip

USERS = [user("U1", "ana", tz="Europe/Warsaw"), user("U2", "ben"), user("U3", "cleo")]
GENERAL = channel("C1", "general", ["U1", "U2"])


def _read(tmp_path: Path, days=None, at=None, **lists):
    lists = {"users": USERS, "channels": [GENERAL]} | lists
    members = export_members(days=days or {}, **lists)
    unit = tmp_path / "export.zip"
    return rows_of(slack, write_zip(unit, members), at)


def _one(rows, table="messages"):
    (row,) = rows[table]
    return row


def _at(seconds: int, micros: int = 0) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


def test_a_plain_message_in_full(tmp_path):
    at = border()
    text = "does <@U2|ben> know &amp; like <https://example.org/a?b|the plan>? <!here>"
    rows = _read(tmp_path, {"general/2024-01-02": [message("1704200000.000100", "U1", text)]}, at)
    row = _one(rows)
    assert row == {
        "message_id": "C1:1704200000.000100",
        "channel_id": "C1",
        "thread_id": None,
        "parent_message_id": None,
        "author_account_id": at.account("U1"),
        "kind": "post",
        "sent_at": _at(1704200000, 100),
        "edited_at": None,
        "deleted_at": None,
        "version_at": _at(1704200000, 100),
        "n_recipients": None,
        "n_words": 5,
        "n_links": 1,
        "n_attachments": 0,
        "is_question": True,
        "is_thanks": False,
        "topic_terms": None,
        "text_signature": row["text_signature"],
        "is_accepted_answer": None,
    }
    assert rows["mentions"] == [
        {"message_id": row["message_id"], "account_id": at.account("U2"), "is_broadcast": False},
        {"message_id": row["message_id"], "account_id": None, "is_broadcast": True},
    ]
    assert at.observed_at == _at(1704200000, 100)
    assert at.rejected == []


def test_folder_zip_wrapper_and_grid_layouts_read_alike(tmp_path):
    members = export_members(
        users=USERS, channels=[GENERAL], days={"general/2024-01-02": [message("1704200000.000100")]}
    )
    plain = rows_of(slack, write_zip(tmp_path / "a.zip", members))
    wrapped = {f"Acme export/{name}": raw for name, raw in members.items()}
    grid = {"org_users.json": members.pop("users.json")} | {f"teams/acme/{k}": v for k, v in members.items()}
    assert rows_of(slack, write_zip(tmp_path / "b.zip", wrapped)) == plain
    assert rows_of(slack, write_zip(tmp_path / "c.zip", grid)) == plain
    assert rows_of(slack, write_folder(tmp_path / "d", wrapped)) == plain
    assert slack.discover([tmp_path]) == [tmp_path / n for n in ("a.zip", "b.zip", "c.zip", "d/Acme export")]


def test_accounts_of_every_kind(tmp_path):
    at = border()
    users = [
        *USERS[:2],
        user("U4", "guest", is_restricted=True, updated=1704000000),
        user("U5", "app", is_bot=True),
        user("U6", "gone", deleted=True),
        user("USLACKBOT", "slackbot"),
    ]
    records = [
        message("1704200000.000001", None, subtype="bot_message", bot_id="B7", username="github"),
        message("1704200000.000002", None, subtype="bot_message", username="webhook"),
        message("1704200000.000003", "U8", "from nowhere"),
        message(
            "1704200000.000004", "U9", "partner", user_profile={"real_name": "Zed", "is_restricted": False}
        ),
        message("1704200000.000005", "U1", "<@U10> hi"),
        message("1704200000.000006", None, "nobody wrote this"),
    ]
    rows = _read(tmp_path, {"general/2024-01-02": records}, at, users=users)
    kinds = {row["account_id"]: row["kind"] for row in rows["accounts"]}
    expected = dict.fromkeys(["U1", "U2", "U6", "U8", "U10"], "person")
    expected |= dict.fromkeys(["U4", "U9"], "guest")
    expected |= dict.fromkeys(["U5", "USLACKBOT", "B7", "bot:webhook"], "bot")
    assert kinds == {at.account(original): kind for original, kind in expected.items()}
    details = {row["account_id"]: row for row in rows["accounts"]}
    assert details[at.account("U6")]["is_deactivated"] is True
    assert details[at.account("U1")]["timezone"] == "Europe/Warsaw"
    assert details[at.account("U4")]["updated_at"] == _at(1704000000)
    assert [row["author_account_id"] for row in rows["messages"]][-1] is None
    assert at.identities["account", "U1"].email == "ana@example.org"


def test_threads_edits_files_and_reactions(tmp_path):
    at = border()
    root, reply = "1704200000.000001", "1704200060.000001"
    records = [
        message(root, "U1", "topic", thread_ts=root, edited={"user": "U1", "ts": "1704200030.000000"}),
        message(reply, "U2", "answer", thread_ts=root, subtype="thread_broadcast"),
        message("1704200070.000001", "U2", "look", subtype="file_share", files=[{"id": "F1"}, {"id": "F2"}]),
        message(
            "1704200080.000001",
            "U1",
            "done",
            reactions=[
                {"name": "clap::skin-tone-3", "users": ["U2", "U3"], "count": 2},
                {"name": "clap", "users": ["U2"], "count": 1},
                {"name": "+1", "users": ["U2"], "count": 1},
                {"name": "thanks-cleo", "users": ["U1"], "count": 1},
            ],
        ),
    ]
    rows = _read(tmp_path, {"general/2024-01-02": records}, at)
    first, second, third, _ = rows["messages"]
    assert (first["kind"], first["thread_id"], first["parent_message_id"]) == ("post", f"C1:{root}", None)
    assert first["version_at"] == first["edited_at"] == _at(1704200030)
    assert (second["kind"], second["thread_id"], second["parent_message_id"]) == (
        "reply",
        f"C1:{root}",
        f"C1:{root}",
    )
    assert (third["kind"], third["n_attachments"]) == ("post", 2)
    reactions = {(row["account_id"], row["name"]): row["is_recognition"] for row in rows["reactions"]}
    assert len(rows["reactions"]) == len(reactions) == 4
    assert reactions[at.account("U2"), "clap"] and reactions[at.account("U3"), "clap"]
    assert reactions[at.account("U2"), "+1"] is False
    assert not any("cleo" in name for _, name in reactions), "an emoji named after a person"
    assert {row["reacted_at"] for row in rows["reactions"]} == {None}


def test_housekeeping_is_system_without_features_and_mentions(tmp_path):
    records = [
        message("1704200000.000001", "U1", "<@U1|ana> has joined the channel", subtype="channel_join"),
        message("1704200000.000002", "U1", "<@U1> set the topic: <@U2>?", subtype="channel_topic"),
        message(
            "1704200000.000003", None, "<@U2> commented: fine", subtype="file_comment", comment={"user": "U2"}
        ),
        message("1704200000.000004", "U1", "a new kind", subtype="something_new"),
        message("1704200000.000005", "U1", "a new kind", subtype="something_new", client_msg_id="x"),
    ]
    at = border()
    rows = _read(tmp_path, {"general/2024-01-02": records}, at)
    assert [row["kind"] for row in rows["messages"]] == ["system"] * 4 + ["post"]
    assert rows["messages"][2]["author_account_id"] == at.account("U2")
    for row in rows["messages"][:4]:
        assert {
            row[name] for name in ("n_words", "n_links", "n_attachments", "is_question", "text_signature")
        } == {None}
    assert rows["mentions"] == []


def test_deletions_and_logged_edits_are_versions_of_their_message(tmp_path):
    at = border()
    gone, changed, removed = "1704200000.000001", "1704200010.000001", "1704200020.000001"
    records = [
        message(gone, "USLACKBOT", "This message was deleted.", subtype="tombstone", thread_ts=gone,
                latest_reply="1704200500.000001"),
        message("1704200500.000001", "U2", "reply", thread_ts=gone, parent_user_id="U1"),
        message(changed, "U1", "first words"),
        message("1704200600.000000", None, "", subtype="message_changed",
                message=message(changed, "U1", "other words entirely", edited={"ts": "1704200600.000000"})),
        message("1704200700.000000", None, "", subtype="message_deleted", deleted_ts=removed,
                previous_message=message(removed, "U2", "oops", thread_ts=gone)),
        message("1704200800.000000", None, "", subtype="message_deleted"),
    ]  # fmt: skip
    rows = _read(tmp_path, {"general/2024-01-02": records}, at)
    versions = {}
    for row in rows["messages"]:
        versions.setdefault(row["message_id"], []).append(row)
    (tombstone,) = versions[f"C1:{gone}"]
    assert tombstone["deleted_at"] == tombstone["version_at"] == _at(1704200500, 1)
    assert tombstone["author_account_id"] == at.account("U1")
    assert tombstone["n_words"] is None
    assert [row["n_words"] for row in versions[f"C1:{changed}"]] == [2, 3]
    assert versions[f"C1:{changed}"][1]["version_at"] == _at(1704200600)
    (deletion,) = versions[f"C1:{removed}"]
    assert (deletion["kind"], deletion["deleted_at"]) == ("reply", _at(1704200700))
    assert [record.reason for record in at.rejected] == ["change_without_target"]


def test_a_logged_deletion_of_an_old_message_does_not_stretch_the_coverage(tmp_path):
    old = message("1500000000.000001", "U1", "long ago")
    deletion = message("1704200700.000000", None, "", subtype="message_deleted", previous_message=old)
    rows = _read(tmp_path, {"general/2024-01-02": [deletion]})
    assert _one(rows)["sent_at"] == _at(1500000000, 1)
    assert _one(rows, "source_coverage")["covered_from"] == _at(1704200700)


def test_direct_messages_have_recipients_and_no_names(tmp_path):
    at = border()
    days = {
        "D1/2024-01-02": [message("1704200000.000001", "U1", "psst")],
        "mpdm-ana--ben--cleo-1/2024-01-02": [message("1704200001.000001", "U2", "psst all")],
        "secret/2024-01-02": [message("1704200002.000001", "U3", "private")],
    }
    lists = {
        "dms": [{"id": "D1", "created": 1700000000, "members": ["U1", "U2"]}],
        "mpims": [channel("G1", "mpdm-ana--ben--cleo-1", ["U1", "U2", "U3"])],
        "groups": [channel("G2", "secret", ["U3"])],
    }
    rows = _read(tmp_path, days, at, **lists)
    channels = {row["channel_id"]: (row["kind"], row["name"]) for row in rows["channels"]}
    assert channels == {
        "C1": ("public", "general"),
        "D1": ("direct", None),
        "G1": ("group_direct", None),
        "G2": ("private", "secret"),
    }
    sent = {row["channel_id"]: row for row in rows["messages"]}
    assert [sent[c]["n_recipients"] for c in ("D1", "G1", "G2")] == [1, 2, None]
    recipients = {(row["message_id"][:2], row["account_id"], row["role"]) for row in rows["recipients"]}
    assert recipients == {
        ("D1", at.account("U2"), "direct"),
        ("G1", at.account("U1"), "direct"),
        ("G1", at.account("U3"), "direct"),
    }
    contains = {row["channel_id"]: row["contains"] for row in rows["source_coverage"]}
    assert contains["D1"] == ["messages", "reactions", "mentions", "direct_messages"]
    assert contains["G2"] == ["messages", "reactions", "mentions"]


def test_memberships_come_from_lists_joins_and_leaves(tmp_path):
    at = border()
    records = [
        message("1704200000.000000", "U1", "joined", subtype="channel_join"),
        message("1704200001.000000", "U3", "joined", subtype="channel_join"),
        message("1704200002.000000", "U3", "left", subtype="channel_leave"),
    ]
    rows = _read(tmp_path, {"general/2024-01-02": records}, at)
    found = {row["account_id"]: (row["joined_at"], row["left_at"]) for row in rows["memberships"]}
    assert found == {
        at.account("U1"): (_at(1704200000), None),
        at.account("U2"): (None, None),
        at.account("U3"): (_at(1704200001), _at(1704200002)),
    }


def test_channel_names_that_name_a_person_stay_out(tmp_path):
    folder = "old-cleo-talks"
    days = {f"{folder}/2024-01-02": [message("1704200000.000001")]}
    rows = _read(tmp_path, days, channels=[GENERAL, channel("C2", "ben_and_friends")])
    names = {row["channel_id"]: row["name"] for row in rows["channels"]}
    assert names.pop("C1") == "general" and names.pop("C2") is None
    ((unlisted_id, name),) = names.items()
    assert name is None and "cleo" not in unlisted_id
    assert rows["messages"][0]["channel_id"] == unlisted_id


def test_coverage_begins_with_the_export_and_leaves_out_what_was_unreadable(tmp_path):
    at = border()
    days = {
        "general/2024-01-02": [message("1704200000.000001")],
        "general/2024-01-10": b'[{"type": "message", "ts"',
        "general/2024-01-20": [message("1705750000.000001")],
        "young/2024-01-15": [message("1705300000.000001")],
    }
    young = channel("C2", "young", created=1705290000)
    rows = _read(tmp_path, days, at, channels=[GENERAL, young])
    spans = {}
    for row in rows["source_coverage"]:
        spans.setdefault(row["channel_id"], []).append((row["covered_from"], row["covered_to"]))
    end = _at(1705750000, 2)
    assert spans["C2"] == [(_at(1705290000), end)]
    assert spans["C1"] == [
        (_at(1704200000, 1), datetime(2024, 1, 9, tzinfo=UTC)),
        (datetime(2024, 1, 12, tzinfo=UTC), end),
    ]
    (rejected,) = at.rejected
    assert (rejected.position, rejected.reason) == ("C1/2024-01-10.json", "broken_json")
    assert "at byte 25" in rejected.detail


def test_records_that_cannot_be_read_are_counted_and_the_rest_goes_on(tmp_path):
    at = border()
    records = [
        {"type": "message", "user": "U1", "text": "ana's secret"},
        message("yesterday", "U1"),
        "not a record",
        message("1704200000.000001", "U1", text=["a", "list"]),
        message("1704200000.000002", "U1", reactions=[{"name": "clap"}]),
        {"type": "reaction_added", "ts": "1704200000.000003"},
        message("1704200000.000004", "U1", "fine"),
        message("1704200000.000005", "U1", "half an emoji \ud83d"),
        message("1704200000.000006", "U1", "huge " * 400_000),
    ]
    rows = _read(tmp_path, {"general/2024-01-02": records}, at)
    assert [row["n_words"] for row in rows["messages"]] == [1, 3, 400_000]
    assert [record.reason for record in at.rejected] == [
        "message_without_ts",
        "unreadable_ts",
        "not_a_record",
        "malformed_record",
        "malformed_record",
        "unknown_record_type",
    ]
    assert at.rejected[0].position == "C1/2024-01-02.json record 1"
    assert "secret" in at.rejected[0].original
    assert "secret" not in at.rejected[0].detail


def test_refused_people_leave_no_trace(tmp_path):
    refusals = Refusals(emails=frozenset({"ana@example.org"}))
    at = border(refusals=refusals)
    days = {
        "general/2024-01-02": [
            message("1704200000.000001", "U1", "mine", reactions=[{"name": "clap", "users": ["U2"]}]),
            message(
                "1704200000.000002", "U2", "<@U1> and <@U3>", reactions=[{"name": "clap", "users": ["U1"]}]
            ),
            {"type": "message", "user": "U1", "text": "mine, broken"},
        ],
        "D1/2024-01-02": [message("1704200000.000003", "U2", "hi")],
    }
    rows = _read(tmp_path, days, at, dms=[{"id": "D1", "members": ["U1", "U2"]}])
    assert [row["message_id"] for row in rows["messages"]] == ["C1:1704200000.000002", "D1:1704200000.000003"]
    assert [row["account_id"] for row in rows["mentions"]] == [at.account("U3")]
    assert rows["reactions"] == rows["recipients"] == []
    assert {row["account_id"] for row in rows["accounts"]} == {at.account("U2"), at.account("U3")}
    assert [record.original for record in at.rejected] == [None]
    assert ("account", "U1") not in at.identities


@pytest.mark.parametrize("broken", ["users", "channels", "groups"])
def test_without_its_lists_an_export_is_not_read_at_all(tmp_path, broken):
    members = export_members(users=USERS, channels=[GENERAL], groups=[])
    members[f"{broken}.json"] = b'[{"id": "U1"'
    with pytest.raises(UnreadableLandingError, match=f"{broken}.json.*byte 12") as error:
        rows_of(slack, write_zip(tmp_path / "e.zip", members))
    assert error.value.reason == "broken_directory_file"


def test_another_zip_is_no_slack_export(tmp_path):
    with pytest.raises(UnreadableLandingError) as error:
        rows_of(slack, write_zip(tmp_path / "e.zip", {"photos/cat.jpg": b"x"}))
    assert error.value.reason == "not_a_slack_export"


def test_an_export_without_messages_covers_nothing(tmp_path):
    at = border()
    rows = _read(tmp_path, {}, at)
    assert set(rows) == {"accounts", "channels", "memberships"}
    assert at.observed_at is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = """
type subtype ts user text thread_ts edited reactions files bot_id username user_profile message
previous_message comment file latest_reply parent_user_id client_msg_id deleted_ts
""".split()  # noqa: SIM905 - read as a list of words
TELLING = ["message", "1704200000.000001", "tombstone", "message_deleted", "message_changed", "channel_join"]
STRANGE = st.dictionaries(st.sampled_from(FIELDS), JSON | st.sampled_from([*TELLING, "file_share", "U1"]))
TIMED = STRANGE.map(lambda record: record | {"type": "message", "ts": "1704200000.000001"})
STRANGE_CHANGE = st.builds(
    lambda outer, inner, name: outer | {"subtype": name, "message": inner, "previous_message": inner},
    TIMED,
    TIMED,
    st.sampled_from(["message_changed", "message_deleted"]),
)


@settings(deadline=None, max_examples=120)
@given(st.lists(JSON | STRANGE | TIMED | STRANGE_CHANGE, max_size=8))
@example(
    [
        {
            "ts": "1704200000.000001",
            "subtype": "message_deleted",
            "previous_message": {"ts": "1704200000.000001", "bot_id": "B1", "subtype": []},
        }
    ]
)
def test_every_record_ends_as_a_message_or_in_quarantine(tmp_path_factory, records):
    at = border()
    rows = _read(
        tmp_path_factory.mktemp("strange"), {"general/2024-01-02": json.loads(json.dumps(records))}, at
    )
    assert len(rows["messages"]) + len(at.rejected) <= len(records)
    tombstones = sum(isinstance(r, dict) and r.get("subtype") == "tombstone" for r in records)
    assert len(rows["messages"]) + len(at.rejected) >= len(records) - max(0, tombstones - 1)
