# ruff: noqa: E501 - records read better as one line each
import csv
import io
from datetime import UTC, datetime

import pytest

from assets.extract.readers import viva_engage
from assets.extract.readers.viva_time import viva_micros
from assets.extract.reading import ReaderOptions, Refusals, UnreadableLandingError
from tests.factories.reader_run import border, rows_of
from tests.factories.slack_export import write_folder, write_zip

USERS = [
    {"id": "1", "name": "Ana Ruiz", "email": "Ana@Example.org", "joined_at": "2019/01/02 08:00:00 +0000", "state": "active"},
    {"id": "2", "name": "Ben Ott", "email": "ben@example.org", "state": "active"},
    {"id": "3", "name": "Cleo Sun", "email": "cleo@example.org", "state": "soft_delete", "deleted_at": "2022/05/01 00:00:00 +0000"},
]  # fmt: skip
GROUPS = [
    {"id": "10", "name": "Data Community", "private": "false", "external": "false", "created_at": "2020/01/01 00:00:00 +0000"},
    {"id": "11", "name": "Board", "private": "true", "external": "true", "created_at": "2020/01/01 00:00:00 +0000"},
]  # fmt: skip


def _csv(records, columns=None, encoding="utf-8"):
    columns = columns or list(dict.fromkeys(name for record in records for name in record))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue().encode(encoding)


def _message(number, sender="1", body="hello there", **more):
    sent = f"2022/11/11 20:{number // 60:02d}:{number % 60:02d} +0000"
    return {"id": str(number), "thread_id": str(number), "group_id": "10", "sender_id": sender,
            "sender_type": "user", "body": body, "created_at": sent} | more  # fmt: skip


def _read(tmp_path, messages, at=None, options=None, **members):
    files = {"Users.csv": _csv(USERS), "Groups.csv": _csv(GROUPS), "Messages.csv": messages}
    files = {name: raw for name, raw in (files | members).items() if raw is not None}
    if isinstance(messages, list):
        files["Messages.csv"] = _csv(messages)
    return rows_of(viva_engage, write_zip(tmp_path / "export.zip", files), at, options)


def _at(second):
    return datetime(2022, 11, 11, 20, second // 60, second % 60, tzinfo=UTC)


def test_posts_replies_and_what_their_texts_hold(tmp_path):
    at = border()
    rows = _read(
        tmp_path,
        [
            _message(1, "1", "Does anyone know [[user:2]] &amp; [User:3:Cleo Sun]? https://example.org/a [[tag:9]]"),
            _message(2, "2", "<p>yes, thanks</p>", thread_id="1", replied_to_id="1",
                     attachments="uploadedfile:5,opengraphobject:[7 : https://example.org/x,y]"),
            _message(3, "3", "to Ben", thread_id="1", replied_to_id="2", deleted_at="2022/11/12 00:00:00 +0000"),
        ],
        at,
    )  # fmt: skip
    first, second, third = rows["messages"]
    assert (first["kind"], first["thread_id"], first["parent_message_id"]) == ("post", "1", None)
    assert (first["n_words"], first["n_links"], first["is_question"]) == (3, 1, True)
    assert (second["kind"], second["parent_message_id"], second["n_attachments"]) == ("reply", "1", 1)
    assert (second["n_words"], second["is_thanks"]) == (2, True)
    assert (third["parent_message_id"], third["thread_id"]) == ("2", "1")
    assert third["deleted_at"] == third["version_at"] == datetime(2022, 11, 12, tzinfo=UTC)
    assert [row["author_account_id"] for row in rows["messages"]] == [at.account(i) for i in "123"]
    mentioned = {(row["message_id"], row["account_id"]) for row in rows["mentions"]}
    assert mentioned == {("1", at.account("2")), ("1", at.account("3"))}
    assert at.observed_at == datetime(2022, 11, 12, tzinfo=UTC)
    assert at.rejected == []


def test_there_are_no_likes_and_the_coverage_says_so(tmp_path):
    rows = _read(tmp_path, [_message(1), _message(90)])
    assert "reactions" not in rows
    coverage = {row["channel_id"]: row for row in rows["source_coverage"]}
    assert coverage["10"]["contains"] == ["messages", "mentions"]
    assert (coverage["10"]["covered_from"], coverage["10"]["covered_to"]) == (
        _at(1),
        _at(90).replace(microsecond=1),
    )
    request = b"GET /api/v1/export?since=2022-11-01T00:00:00Z&until=2031-01-01&include=csv"
    rows = _read(tmp_path, [_message(1), _message(90)], **{"request.txt": request})
    (row,) = [row for row in rows["source_coverage"] if row["channel_id"] == "10"]
    assert row["covered_from"] == datetime(2022, 11, 1, tzinfo=UTC)
    assert row["covered_to"] == _at(90).replace(microsecond=1), "a requested end may lie in the future"


def test_groups_and_accounts(tmp_path):
    at = border()
    bot = _message(1, "99", "beep", sender_type="bot", sender_name="Reminder")
    rows = _read(tmp_path, [bot, _message(2, "1", group_id="")], at)
    channels = {row["channel_id"]: (row["kind"], row["audience"], row["name"]) for row in rows["channels"]}
    assert channels == {
        "10": ("public", "internal", "Data Community"),
        "11": ("private", "external", "Board"),
        "all_company": ("public", "internal", "All Company"),
    }
    accounts = {row["account_id"]: row for row in rows["accounts"]}
    assert accounts[at.account("99")]["kind"] == "bot"
    assert accounts[at.account("3")]["is_deactivated"] and not accounts[at.account("1")]["is_deactivated"]
    assert accounts[at.account("1")]["created_at"] == datetime(2019, 1, 2, 8, tzinfo=UTC)
    assert at.identities["account", "2"].email == "ben@example.org"


def test_private_conversations_have_recipients(tmp_path):
    at = border()
    private = {"group_id": "", "in_private_conversation": "true"}
    rows = _read(
        tmp_path,
        [
            _message(1, "1", "psst", participants="user:1,user:2", **private),
            _message(2, "2", "psst all", participants="user:1,user:2,user:3", **private),
        ],
        at,
    )
    kinds = {row["channel_id"]: (row["kind"], row["name"]) for row in rows["channels"]}
    assert kinds["conversation:1"] == ("direct", None)
    assert kinds["conversation:2"] == ("group_direct", None)
    assert [row["n_recipients"] for row in rows["messages"]] == [1, 2]
    recipients = {(row["message_id"], row["account_id"]) for row in rows["recipients"]}
    assert recipients == {("1", at.account("2")), ("2", at.account("1")), ("2", at.account("3"))}
    contains = {row["channel_id"]: row["contains"] for row in rows["source_coverage"]}
    assert "direct_messages" in contains["conversation:1"] and "direct_messages" not in contains["10"]


def test_message_types(tmp_path):
    rows = _read(
        tmp_path,
        [
            _message(1, message_type="announcement"),
            _message(2, message_type="praise"),
            _message(3, body="Backup plan", message_type="question"),
            _message(4, message_type="system", body="Ana joined"),
            _message(5, sender_type="system", body="Ana joined"),
            _message(6, message_type="question", thread_id="3", replied_to_id="3", body="it is here"),
        ],
    )
    kinds = [row["kind"] for row in rows["messages"]]
    assert kinds == ["announcement", "praise", "post", "system", "system", "reply"]
    assert [row["is_question"] for row in rows["messages"]] == [False, False, True, None, None, False]


@pytest.mark.parametrize("kept", ["thread_id", "replied_to_id"])
def test_reply_structure_from_whatever_is_there(tmp_path, kept):
    messages = [
        _message(1, replied_to_id=""),
        _message(2, thread_id="1", replied_to_id="1"),
        _message(3, thread_id="1", replied_to_id="2"),
    ]
    other = ({"thread_id", "replied_to_id"} - {kept}).pop()
    rows = _read(tmp_path, [{k: v for k, v in m.items() if k != other} for m in messages])
    assert [row["kind"] for row in rows["messages"]] == ["post", "reply", "reply"]
    assert [row["thread_id"] for row in rows["messages"]][1:] == ["1", "1"]
    parents = [row["parent_message_id"] for row in rows["messages"]]
    assert parents == ([None, "1", "1"] if kept == "thread_id" else [None, "1", "2"])


def test_without_users_csv_accounts_come_from_the_senders(tmp_path):
    by_mail = [
        {"id": "1", "created_at": "2022-11-11T20:00:01Z", "sender_email": "Ana@example.org", "sender_name": "Ana Ruiz"},
        {"id": "2", "created_at": "2022-11-11T20:00:02Z", "sender_email": "ana@example.org", "sender_name": "Ana Ruiz"},
    ]  # fmt: skip
    at = border()
    rows = _read(tmp_path, by_mail, at, **{"Users.csv": None, "Groups.csv": None})
    assert {row["author_account_id"] for row in rows["messages"]} == {at.account("ana@example.org")}
    assert [row["kind"] for row in rows["accounts"]] == ["person"]
    assert "n_words" in rows["messages"][0] and rows["messages"][0]["n_words"] is None, (
        "no body in this export"
    )
    named_late = [_message(1, "2", "[[user:1]]"), _message(2, "1", sender_email="ana@example.org")]
    at = border(refusals=Refusals(emails=frozenset({"ana@example.org"})))
    rows = _read(tmp_path, named_late, at, **{"Users.csv": None})
    assert [row["message_id"] for row in rows["messages"]] == ["1"]
    assert rows["mentions"] == []


def test_refused_people_leave_no_trace(tmp_path):
    at = border(refusals=Refusals(emails=frozenset({"ana@example.org"})))
    private = {"group_id": "", "in_private_conversation": "true", "participants": "user:1,user:2"}
    rows = _read(
        tmp_path, [_message(1, "1"), _message(2, "2", "[[user:1]]"), _message(3, "2", **private)], at
    )
    assert [row["message_id"] for row in rows["messages"]] == ["2", "3"]
    assert rows["mentions"] == rows["recipients"] == []
    assert {row["account_id"] for row in rows["accounts"]} == {at.account("2"), at.account("3")}


def test_columns_in_any_order_case_and_number(tmp_path):
    plain = _read(tmp_path, [_message(1)])
    columns = ["extra", "body", "created_at", "sender_type", "sender_id", "group_id", "thread_id", "id"]
    shuffled = _csv([_message(1) | {"extra": "x"}], columns).replace(b"sender_id", b"Sender ID")
    assert _read(tmp_path, shuffled)["messages"] == plain["messages"]
    renamed = _csv([_message(1)]).replace(b"created_at", b"posted")
    options = ReaderOptions(columns={"created_at": "posted"})
    assert _read(tmp_path, renamed, options=options)["messages"] == plain["messages"]
    members = {"out/MESSAGES.CSV": _csv([_message(1)]), "out/users.csv": _csv(USERS)}
    folder = write_folder(tmp_path / "unpacked", members)
    assert viva_engage.discover([tmp_path]) == [tmp_path / "export.zip", folder / "out"]
    assert rows_of(viva_engage, folder / "out")["messages"] == plain["messages"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_give_the_same_rows(tmp_path, encoding):
    body = "Kannst du das für Müller prüfen, wie geht das?"
    expected = _read(tmp_path, [_message(1, body=body)])["messages"]
    assert _read(tmp_path, _csv([_message(1, body=body)], encoding=encoding))["messages"] == expected


@pytest.mark.parametrize(
    "text",
    ["2022/11/11 20:59:10 +0000", "2022-11-11T20:59:10Z", "2022-11-11 20:59:10 UTC", "2022-11-11T21:59:10.000+01:00",
     "2022-11-11T20:59:10.0000000Z", "2022/11/11 20:59:10", "1668200350"],
)  # fmt: skip
def test_times_in_several_formats(text):
    assert viva_micros(text, "UTC", None) == 1668200350_000_000


def test_times_without_a_zone_and_declared_formats():
    assert viva_micros("2022-11-11 21:59:10", "Europe/Warsaw", None) == 1668200350_000_000
    assert viva_micros("11/12/2022 08:00", "UTC", "%m/%d/%Y %H:%M") == 1668240000_000_000
    assert viva_micros("last Tuesday", "UTC", None) is None
    assert viva_micros("2022-13-45T00:00:00Z", "UTC", None) is None


def test_broken_rows_are_counted_and_the_rest_goes_on(tmp_path):
    good = _csv([_message(1), _message(2, body="x\ny, " * 200_000), _message(3)]).decode()
    lines = good.splitlines(keepends=True)
    raw = lines[0] + lines[1] + "only,three,fields\r\n" + "".join(lines[2:])
    raw += _csv([_message(4, created_at="soon"), _message(5, id="")]).decode().split("\n", 1)[1]
    at = border()
    rows = _read(tmp_path, raw.encode(), at)
    assert [row["message_id"] for row in rows["messages"]] == ["1", "2", "3"]
    assert rows["messages"][1]["n_words"] == 400_000
    reasons = [(record.position, record.reason) for record in at.rejected]
    assert reasons == [
        ("Messages.csv row 2", "wrong_number_of_fields"),
        ("Messages.csv row 5", "unreadable_created_at"),
        ("Messages.csv row 6", "message_without_id"),
    ]
    assert "only" in at.rejected[0].original and "only" not in at.rejected[0].detail


def test_what_is_no_export_is_said(tmp_path):
    with pytest.raises(UnreadableLandingError) as error:
        rows_of(viva_engage, write_zip(tmp_path / "e.zip", {"Users.csv": _csv(USERS)}))
    assert error.value.reason == "not_a_viva_engage_export"
    with pytest.raises(UnreadableLandingError, match=r"created_at, sender_id or sender_email.*Map|map"):
        _read(tmp_path, b"id,text\r\n1,hello\r\n")
    with pytest.raises(UnreadableLandingError, match="no header"):
        _read(tmp_path, b"")
