from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from assets.extract.readers import interactions
from assets.extract.reading import ReaderOptions, Refusals, UnreadableLandingError
from tests.factories.delimited_files import SHARED_DATA, Outcome, outcome, write

MAIL = """sender,recipient,sent_at,role
ana@x.org,bo@x.org,2024-05-06 09:00:00,to
ana@x.org,cy@x.org,2024-05-06 09:00:00,cc
ana@x.org,di@x.org,2024-05-06 09:00:00,bcc
bo@x.org,ana@x.org,2024-05-06 09:30:00,
bo@x.org,bo@x.org,2024-05-07 10:00:00,to
"""


def read(tmp_path: Path, content: str, refusals: Refusals | None = None, **options: object) -> Outcome:
    unit = write(tmp_path, content)
    return outcome(interactions.read, unit, ReaderOptions(**options), refusals, "mail")  # type: ignore[arg-type]


def pairs(found: Outcome) -> set[tuple[str, str]]:
    """(author, recipient) as the file called them."""
    names = {i.hashed_id: i.original_id for i in found.border.identities.values()}
    authors = {m["message_id"]: m["author_account_id"] for m in found.tables["messages"]}
    return {
        (names[authors[r["message_id"]]], names[r["account_id"]]) for r in found.tables.get("recipients", [])
    }


def test_rows_of_one_mail_are_one_message_with_its_recipients(tmp_path: Path) -> None:
    found = read(tmp_path, MAIL)
    sizes = sorted((m["sent_at"].hour, m["n_recipients"]) for m in found.tables["messages"])
    assert sizes == [(9, 1), (9, 2), (10, 1)]  # a hidden recipient does not widen the mail
    assert Counter(r["role"] for r in found.tables["recipients"]) == {"to": 3, "cc": 1, "bcc": 1}
    assert ("bo@x.org", "bo@x.org") in pairs(found)  # self-mail is kept here and left out of ties later
    assert {m["kind"] for m in found.tables["messages"]} == {"post"}
    assert len(found.tables["accounts"]) == 4
    assert "channels" not in found.tables


def test_coverage_reaches_from_the_first_to_the_last_instant(tmp_path: Path) -> None:
    found = read(tmp_path, MAIL)
    (coverage,) = found.tables["source_coverage"]
    last = datetime(2024, 5, 7, 10, tzinfo=UTC)
    assert coverage["covered_from"] == datetime(2024, 5, 6, 9, tzinfo=UTC)
    assert coverage["covered_to"] == last + timedelta(microseconds=1)
    assert coverage["channel_id"] is None and coverage["contains"] == ["mail"]
    assert found.border.observed_at == last


def test_one_address_is_one_account_however_it_is_written(tmp_path: Path) -> None:
    content = MAIL.replace("bo@x.org,ana", '"Bo Berg <BO@x.org>",Ana+lists')
    found = read(tmp_path, content)
    assert len(found.tables["accounts"]) == 4
    assert found.border.identities["account", "bo@x.org"].name == "Bo Berg"


def test_row_order_and_repeated_rows_change_nothing(tmp_path: Path) -> None:
    header, *lines = MAIL.splitlines()
    shuffled = lines + lines[:2]
    Random(7).shuffle(shuffled)
    first, second = read(tmp_path, MAIL), read(tmp_path, "\n".join([header, *shuffled]))
    for table in ("messages", "recipients", "accounts"):
        assert sorted(map(repr, first.tables[table])) == sorted(map(repr, second.tables[table]))


def test_the_same_mail_in_two_exports_has_one_id(tmp_path: Path) -> None:
    later = MAIL.replace("bo@x.org,bo@x.org,2024-05-07", "cy@x.org,bo@x.org,2024-05-09")
    ids = [{m["message_id"] for m in read(tmp_path, text).tables["messages"]} for text in (MAIL, later)]
    assert len(ids[0] & ids[1]) == 2


def test_given_ids_that_carry_an_address_are_hashed_and_replies_make_threads(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "sender,recipient,sent_at,message_id,in_reply_to\n"
        "a@x.org,b@x.org,2024-05-06 09:00,<1@mail.x.org>,\n"
        "b@x.org,a@x.org,2024-05-06 10:00,<2@mail.x.org>,<1@mail.x.org>\n"
        "a@x.org,b@x.org,2024-05-06 11:00,<3@mail.x.org>,<2@mail.x.org>\n"
        "c@x.org,b@x.org,2024-05-06 11:00,4,gone-before\n"
        "c@x.org,b@x.org,2024-05-06 12:00,5,\n",
    )
    by_hour = {(m["sent_at"].hour, m["message_id"]): m for m in found.tables["messages"]}
    root, reply, third, outside, alone = (by_hour[key] for key in sorted(by_hour, key=_by_chain(found)))
    assert "@" not in repr(found.tables)
    assert reply["parent_message_id"] == root["message_id"]
    assert {m["thread_id"] for m in (root, reply, third)} == {root["message_id"]}
    assert (outside["message_id"], outside["thread_id"]) == ("4", "gone-before")
    assert (alone["message_id"], alone["thread_id"]) == ("5", None)


def _by_chain(found: Outcome):  # type: ignore[no-untyped-def]
    return lambda key: (key[1] in ("4", "5"), key[1] == "5", key[0])


def test_an_id_used_by_two_senders_keeps_its_first_one(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "sender,recipient,sent_at,message_id\n"
        "a,b,2024-05-06 09:00,1\na,c,2024-05-06 09:00,1\nb,c,2024-05-06 09:00,1\n",
    )
    assert pairs(found) == {("a", "b"), ("a", "c")}
    assert found.reasons() == [("row 4", "conflicting_message")]


def test_direct_messages_and_lists_are_told_apart(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "sender,recipient,sent_at,kind,channel\n"
        "a,b,2024-05-06 09:00,chat,anna-and-bo\n"
        "a,b,2024-05-06 10:00,mail,all-staff\n",
    )
    kinds = {c["kind"]: c["name"] for c in found.tables["channels"]}
    assert kinds == {"direct": None, "mailing_list": "all-staff"}
    assert sorted(r["role"] for r in found.tables["recipients"]) == ["direct", "to"]
    assert found.tables["source_coverage"][0]["contains"] == ["mail", "chat"]
    assert "anna" not in repr(found.tables)


def test_refused_people_leave_no_trace_as_sender_or_recipient(tmp_path: Path) -> None:
    found = read(tmp_path, MAIL, Refusals(emails=frozenset({"bo@x.org"})))
    assert pairs(found) == {("ana@x.org", "cy@x.org"), ("ana@x.org", "di@x.org")}
    assert len(found.tables["messages"]) == 1
    assert found.tables["messages"][0]["n_recipients"] == 2


def test_machines_are_services(tmp_path: Path) -> None:
    found = read(tmp_path, MAIL.replace("bo@x.org", "no-reply@x.org"))
    assert Counter(a["kind"] for a in found.tables["accounts"]) == {"person": 3, "service": 1}


def test_local_times_become_utc(tmp_path: Path) -> None:
    found = read(tmp_path, MAIL, timezone="Europe/Warsaw")
    assert min(m["sent_at"] for m in found.tables["messages"]) == datetime(2024, 5, 6, 7, tzinfo=UTC)


def test_bad_rows_go_to_quarantine_without_names_and_the_rest_goes_on(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "sender,recipient,sent_at,kind,role\n"
        "good@x.org,fine@x.org,2024-05-06 09:00,,\n"
        ",secret@x.org,2024-05-06 09:00,,\n"
        "secret@x.org,,2024-05-06 09:00,,\n"
        "secret@x.org,secret@x.org,,,\n"
        "secret@x.org,secret@x.org,last tuesday,,\n"
        "secret@x.org,secret@x.org; secret@x.org,2024-05-06 09:00,,\n"
        "secret@x.org,secret@x.org,2024-05-06 09:00,secret word,\n"
        "secret@x.org,secret@x.org,2024-05-06 09:00,,reader\n"
        "secret@x.org\n",
    )
    assert found.reasons() == [
        ("row 3", "interaction_without_sender"),
        ("row 4", "interaction_without_recipient"),
        ("row 5", "interaction_without_time"),
        ("row 6", "unreadable_time"),
        ("row 7", "several_recipients_in_one_field"),
        ("row 8", "unknown_kind"),
        ("row 9", "unknown_role"),
        ("row 10", "wrong_number_of_fields"),
    ]
    assert pairs(found) == {("good@x.org", "fine@x.org")}
    assert "secret" not in found.quarantine_text()
    assert all("secret" in (r.original or "") for r in found.border.rejected)


def test_unreadable_times_refuse_the_file_with_the_setting_to_write(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLandingError, match="time_format"):
        read(tmp_path, "sender,recipient,sent_at\na,b,6 o'clock\n")


def test_a_header_alone_is_an_empty_trace(tmp_path: Path) -> None:
    assert read(tmp_path, "sender,recipient,sent_at\n").tables == {}


def test_parquet_and_csv_give_the_same_rows(tmp_path: Path) -> None:
    csv = read(tmp_path, "sender,recipient,sent_at\n17,37,2024-05-06 09:00:00\n17,38,2024-05-06 09:00:00\n")
    frame = pl.DataFrame(
        {"sender": [17, 17], "recipient": [37.0, 38.0], "sent_at": [datetime(2024, 5, 6, 9)] * 2}
    )
    frame.write_parquet(tmp_path / "trace.parquet")
    parquet = outcome(interactions.read, tmp_path / "trace.parquet", ReaderOptions(), None, "mail")
    assert parquet.tables == csv.tables


def test_the_mail_of_a_manufacturing_company() -> None:
    unit = SHARED_DATA / "manufacturing_email" / "communication.csv"
    if not unit.exists():
        pytest.skip("needs ../shared/data/manufacturing_email, which is not part of the repository")
    columns = {"sender": "Sender", "recipient": "Recipient", "sent_at": "EventDate"}
    found = outcome(interactions.read, unit, ReaderOptions(columns=columns), None, "mail")
    frame = pl.read_csv(unit, separator=";")
    distinct = frame.unique(["Sender", "Recipient", "EventDate"]).height
    assert frame.height == 82_927 and len(found.tables["recipients"]) == distinct
    assert len(found.tables["accounts"]) == 167
    every = pairs(found)
    assert len({pair for pair in every if pair[0] != pair[1]}) == 5_783
    selves = {a for a, b in every if a == b}
    assert len(selves) == 1
    (self_mailer,) = (found.border.account(account) for account in selves)
    own = {m["message_id"] for m in found.tables["messages"] if m["author_account_id"] == self_mailer}
    assert (
        sum(r["message_id"] in own and r["account_id"] == self_mailer for r in found.tables["recipients"])
        == 51
    )
    assert found.border.rejected == []
