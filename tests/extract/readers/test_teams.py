"""Teams exports in the shape of Microsoft Graph become contract tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assets.extract.readers import teams
from assets.extract.readers.teams_markup import linked_messages, plain_text, reaction_name
from assets.extract.readers.teams_time import UnknownZoneError, graph_micros, local_micros
from assets.extract.reading import Border, Refusals, UnreadableLandingError
from tests.factories import teams_export as graph
from tests.factories.reader_run import Rows, border, rows_of
from tests.factories.teams_export import chat, event, message, oid, page, reaction, user

AT = "2024-05-06T10:00:00Z"
PEOPLE = [user(n) for n in (1, 2, 3)]
ONE_ON_ONE = f"19:{oid(1)}_{oid(2)}@unq.gbl.spaces"
GROUP = "19:abc@thread.v2"


def read(tmp_path: Path, files: dict[str, bytes], at: Border | None = None, chats: Any = ()) -> Rows:
    """The rows of a zip with a directory and these files."""
    return rows_of(
        teams, graph.write_zip(tmp_path / "export.zip", {**graph.directory(PEOPLE, chats), **files}), at
    )


def by_id(rows: Rows) -> dict[str, dict[str, Any]]:
    """Messages by Graph's own id."""
    return {row["message_id"].partition(":")[2]: row for row in rows["messages"]}


def reasons(at: Border) -> dict[str, str]:
    return {record.position: record.reason for record in at.rejected}


def hashes(at: Border) -> dict[int, str | None]:
    return {n: at.account(oid(n)) for n in (1, 2, 3)}


def test_posts_replies_edits_and_deletions(tmp_path: Path) -> None:
    at = border()
    later = "2024-05-07T08:00:00.5Z"
    records = [
        message(1, 1, AT, "Who knows <b>Go</b>?", subject="A question", replies=[message(2, 2, AT)]),
        message(3, 2, AT, replyToId="999"),  # its root is missing
        message(4, 1, AT, lastEditedDateTime=later, lastModifiedDateTime=later),
        message(5, 1, AT, "", deletedDateTime=later, lastModifiedDateTime=later),
    ]
    rows = read(tmp_path, {"m.json": page(records)}, at)
    found = by_id(rows)
    channel = found["1"]["channel_id"]
    assert [(r["kind"], r["parent_message_id"]) for r in found.values()] == [
        ("post", None), ("reply", f"{channel}:1"), ("reply", f"{channel}:999"), ("post", None), ("post", None)
    ]  # fmt: skip
    assert found["1"]["is_question"] and found["1"]["n_words"] == 5
    moment = datetime(2024, 5, 7, 8, 0, 0, 500_000, UTC)
    assert (found["4"]["edited_at"], found["4"]["deleted_at"]) == (moment, None)
    assert (found["5"]["deleted_at"], found["5"]["version_at"], found["5"]["n_words"]) == (
        moment,
        moment,
        None,
    )
    assert at.rejected == []


def test_channels_take_their_team_and_kind(tmp_path: Path) -> None:
    listed = [
        {"id": "19:p@thread.tacv2", "displayName": "Plans", "membershipType": "private"},
        {"id": "19:n@thread.tacv2", "displayName": "About Family02", "membershipType": "standard"},
        {"displayName": "no id", "membershipType": "standard"},
    ]
    at = border()
    files = {"more_channels.json": page(listed, f"teams('{graph.TEAM}')/channels")}
    rows = read(tmp_path, files, at, [chat(ONE_ON_ONE, "oneOnOne", [1, 2]), chat(GROUP, "group", [1, 2, 3])])
    kinds = sorted((row["kind"], row["name"]) for row in rows["channels"] if row["name"])
    assert kinds == [("private", "Plans"), ("public", "Everybody / General")]
    assert sorted(row["kind"] for row in rows["channels"]) == [
        "direct",
        "group_direct",
        "private",
        "public",
        "public",
    ]
    assert reasons(at) == {"file 3 (channels) record 3": "channel_without_id"}
    everything = json.dumps(rows, default=str)
    assert oid(1) not in everything and "thread" not in everything, "ids of chats hold ids of people"
    assert len(rows["memberships"]) == 3 + 3 + 2 + 3, "both standard channels have everybody in the team"


def test_a_chat_is_addressed_to_its_members(tmp_path: Path) -> None:
    """Listed members, else the two in the id; the same message in both mailboxes counts once."""
    at = border()
    files = {
        f"users/{oid(1)}/messages_{oid(1)}.json": page([message(1, 1, AT, chat=ONE_ON_ONE)]),
        f"users/{oid(2)}/messages_{oid(2)}.json": page([message(1, 1, AT, chat=ONE_ON_ONE)]),
        "group.json": page([message(2, 1, AT, chat=GROUP)]),
    }
    rows = read(tmp_path, files, at, [chat(GROUP, "group", [1, 2, 3])])
    known = hashes(at)
    addressed = {(row["message_id"].partition(":")[2], row["account_id"]) for row in rows["recipients"]}
    assert addressed == {("1", known[2]), ("2", known[2]), ("2", known[3])}
    assert len(rows["messages"]) == 2 and len(rows["recipients"]) == 3
    assert {row["n_recipients"] for row in rows["messages"]} == {1, 2}
    assert all("direct_messages" in row["contains"] for row in rows["source_coverage"])


def test_who_wrote(tmp_path: Path) -> None:
    records = [
        message(1, "app-1", AT, "built"),
        message(2, 1, AT, **{"from": graph.identity(8, "anonymousGuest")}),
        message(3, None, AT),
        message(4, 9, AT),
    ]
    guest = user(7, "Gast Seven", "gast@other.test", userType="Guest")
    files = {"m.json": page(records), "guests.json": page([guest])}
    at = border()
    rows = read(tmp_path, files, at)
    kinds = {row["account_id"]: row["kind"] for row in rows["accounts"]}
    found = by_id(rows)
    authors = [kinds.get(found[n]["author_account_id"]) for n in "1234"]
    assert authors == ["bot", "guest", None, "person"]
    assert kinds[at.account(oid(7))] == "guest"


def test_mentions_reactions_and_files(tmp_path: Path) -> None:
    mentions = [
        {"id": 0, "mentioned": {"user": {"id": oid(2)}}},
        {"id": 1, "mentioned": {"user": {"id": oid(2)}}},
        {"id": 2, "mentioned": {"conversation": {"id": "x"}, "user": None}},
        {"id": 3, "mentioned": {"application": {"id": "bot"}}},
    ]
    files = [
        {"contentType": "reference", "contentUrl": "https://acme-my.sharepoint.test/personal/ana/a.docx"},
        {"contentType": "messageReference", "content": "{}"},
    ]
    given = [
        reaction(2),
        reaction(2, "\U0001f44f\U0001f3fd"),
        reaction(2, "\U0001f44f"),
        reaction(3, "heart"),
    ]
    at = border()
    rows = read(
        tmp_path,
        {"m.json": page([message(1, 1, AT, mentions=mentions, attachments=files, reactions=given)])},
        at,
    )
    known = hashes(at)
    assert [(row["account_id"], row["is_broadcast"]) for row in rows["mentions"]] == [
        (known[2], False),
        (None, True),
    ]
    named = {(row["account_id"], row["name"], row["is_recognition"]) for row in rows["reactions"]}
    assert named == {(known[2], "like", False), (known[2], "clap", True), (known[3], "heart", False)}
    assert {row["reacted_at"] for row in rows["reactions"]} == {datetime(2024, 5, 6, 12, tzinfo=UTC)}
    assert rows["messages"][0]["n_attachments"] == 1
    assert [row["kind"] for row in rows["links"]] == ["document"] and "ana" not in str(rows["links"])


def test_system_messages_tell_who_came_and_went(tmp_path: Path) -> None:
    def moved(number: int, kind: str, at: str) -> dict[str, Any]:
        detail = {"@odata.type": f"#microsoft.graph.{kind}EventMessageDetail", "members": [{"id": oid(3)}]}
        body = {"contentType": "html", "content": "<systemEventMessage/>"}
        more = {"messageType": "unknownFutureValue", "eventDetail": detail, "body": body}
        return message(number, None, at, chat=GROUP, **more)

    records = [
        moved(1, "membersAdded", AT),
        moved(2, "membersLeft", "2024-06-01T00:00:00Z"),
        message(3, 1, AT, messageType="typing"),
    ]
    at = border()
    rows = read(tmp_path, {"m.json": page(records)}, at, [chat(GROUP, "group", [1, 2])])
    assert {(row["kind"], row["n_words"]) for row in rows["messages"]} == {("system", None)}
    left = [row for row in rows["memberships"] if row["account_id"] == hashes(at)[3] and row["joined_at"]]
    assert [(row["joined_at"], row["left_at"]) for row in left] == [
        (datetime(2024, 5, 6, 10, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC))
    ]


def test_who_refuses_is_neither_author_nor_target(tmp_path: Path) -> None:
    refusals = Refusals(emails=frozenset({"person02@acme.test"}))
    at = border(refusals=refusals)
    m = graph.meeting_chat("a")
    records = [
        message(1, 2, AT),
        message(2, 1, AT, reactions=[reaction(2)]),
        message(3, 1, AT, chat=ONE_ON_ONE),
    ]
    held = [
        event("u1", "2024-05-06T10:00:00", "2024-05-06T11:00:00", 2, {1: "accepted", 3: "accepted"}, chat=m),
        event("u2", "2024-05-07T10:00:00", "2024-05-07T11:00:00", 1, {2: "accepted", 3: "accepted"}),
        event("u3", "2024-05-07T10:00:00", None, 2, {1: "accepted"}),  # type: ignore[arg-type]
    ]
    rows = read(tmp_path, {"m.json": page(records), "e.json": page(held)}, at)
    assert set(by_id(rows)) == {"2", "3"} and "reactions" not in rows and "recipients" not in rows
    assert {row["organiser_account_id"] for row in rows["meetings"]} == {None, hashes(at)[1]}
    everything = json.dumps(rows, default=str)
    plain = border()
    assert plain.account(oid(2)) not in everything and plain.account(oid(1)) in everything
    assert all("person02" not in (record.original or "") for record in at.rejected)


def test_a_meeting_of_many_calendars_counts_once(tmp_path: Path) -> None:
    """The organiser's copy knows all answers, everybody else's their own."""
    m = graph.meeting_chat("weekly")
    span = ("2024-05-06T09:00:00.0000000", "2024-05-06T10:00:00.0000000")
    of_one = event("u1", *span, 1, {2: "none", 3: "declined", "x@other.test": "tentativelyAccepted"}, chat=m,
                   isOrganizer=True)  # fmt: skip
    local = ("2024-05-06T11:00:00.0000000", "2024-05-06T12:00:00.0000000")
    of_two = event("u1", *local, 1, {2: "none", 3: "none"}, zone="W. Europe Standard Time", chat=m,
                   responseStatus={"response": "accepted"})  # fmt: skip
    again = event("u1", "2024-05-13T09:00:00", "2024-05-13T10:00:00", 1, {2: "accepted"}, chat=m,
                  type="occurrence", seriesMasterId="s", zone="Europe/London")  # fmt: skip
    at = border()
    files = {
        f"users/{oid(2)}/meetings_{oid(2)}.json": page([of_two]),
        "calendar.json": page([of_one, again], f"users('{oid(1)}')/calendarView"),
    }
    rows = read(tmp_path, files, at, [chat(m, "meeting", [1, 2, 3])])
    starts = {(row["starts_at"].isoformat(), row["is_recurring"]) for row in rows["meetings"]}
    assert starts == {("2024-05-06T09:00:00+00:00", False), ("2024-05-13T08:00:00+00:00", True)}
    meeting_ids = {row["meeting_id"] for row in rows["meetings"]}
    series = next(row["channel_id"] for row in rows["channels"] if row["kind"] == "meeting_series")
    assert len(meeting_ids) == 2 and {row["channel_id"] for row in rows["meetings"]} == {series}
    first = next(row["meeting_id"] for row in rows["meetings"] if not row["is_recurring"])
    known = hashes(at)
    told = {(row["account_id"], row["response"]) for row in rows["attendances"] if row["meeting_id"] == first}
    stranger = at.account("x@other.test")
    assert told == {
        (known[1], "accepted"), (known[2], "accepted"), (known[3], "declined"), (stranger, "tentative"),
        (known[2], "none"),
    }  # fmt: skip
    assert {row["kind"] for row in rows["accounts"] if row["account_id"] == stranger} == {"guest"}
    assert "secretquux" not in json.dumps(rows, default=str)


def test_what_is_no_meeting(tmp_path: Path) -> None:
    span = ("2024-05-06T09:00:00", "2024-05-06T10:00:00")
    room = {"emailAddress": {"address": "room@acme.test"}, "type": "resource"}
    held = [
        event("all day", *span, 1, {2: "accepted"}, isAllDay=True),
        event("private", *span, 1, {2: "accepted"}, sensitivity="private"),
        event("draft", *span, 1, {2: "accepted"}, isDraft=True),
        event("alone", *span, 1, {1: "accepted"}),
        {**event("a room", *span, 1, {}), "attendees": [room]},
        event("cancelled", *span, 1, {2: "accepted"}, isCancelled=True),
    ]
    at = border()
    rows = read(tmp_path, {"e.json": page(held)}, at)
    assert [row["is_cancelled"] for row in rows["meetings"]] == [True] and at.rejected == []


def test_events_that_cannot_be_read(tmp_path: Path) -> None:
    span = ("2024-05-06T09:00:00", "2024-05-06T10:00:00")
    held = [
        event("", *span, 1, {2: "accepted"}),
        {**event("u2", *span, 1, {2: "accepted"}), "end": None},
        event("u3", *span, 1, {2: "accepted"}, zone="Customized Time Zone"),
        event("u4", *span[::-1], 1, {2: "accepted"}),
        event("u5", "yesterday", span[1], 1, {2: "accepted"}),
        {**event("u6", *span, 1, {}), "attendees": "everybody"},
        event("u7", *span, 1, {2: "accepted"}, type="seriesMaster"),
    ]
    at = border()
    rows = read(tmp_path, {"e.json": page(held)}, at)
    assert "meetings" not in rows
    assert list(reasons(at).values()) == [
        "event_without_ical_uid", "event_without_end", "unknown_time_zone", "event_ends_before_it_starts",
        "event_without_start", "malformed_record", "series_not_expanded",
    ]  # fmt: skip
    told = next(record for record in at.rejected if record.reason == "unknown_time_zone")
    assert "outlook.timezone" in told.detail and "secretquux" not in (told.original or "")


def test_attendance_reports_tell_who_joined(tmp_path: Path) -> None:
    """By the online meeting's record; the instance of the series that overlaps."""
    m = graph.meeting_chat("series")
    weeks = [("2024-05-06T09:00:00", "2024-05-06T10:00:00"), ("2024-05-13T09:00:00", "2024-05-13T10:00:00")]
    held = [
        event(
            f"u{n}", *span, 1, {2: "accepted", 3: "accepted"}, chat=m, type="occurrence", seriesMasterId="s"
        )
        for n, span in enumerate(weeks)
    ]
    spans = {
        1: ("2024-05-13T09:00:00Z", "2024-05-13T09:55:00Z"),
        3: ("2024-05-13T09:10:00Z", "2024-05-13T09:50:00Z"),
    }
    told = graph.report(spans, "2024-05-13T09:00:00Z", "2024-05-13T10:00:00Z")
    lost = graph.report(spans, "2024-07-13T09:00:00Z", "2024-07-13T10:00:00Z")
    online = {"id": "om1", "joinWebUrl": "https://teams.microsoft.com/meet/1", "chatInfo": {"threadId": m}}
    address = "users('x')/onlineMeetings('om1')/attendanceReports"
    at = border()
    rows = read(
        tmp_path,
        {"online.json": page([online]), "r.json": page([told, lost], address), "e.json": page(held)},
        at,
    )
    second = next(row["meeting_id"] for row in rows["meetings"] if row["starts_at"].day == 13)
    joined = {
        (row["account_id"], row["joined_at"].isoformat(), row["left_at"].isoformat())
        for row in rows["attendances"]
        if row["joined_at"]
    }
    known = hashes(at)
    assert joined == {
        (known[1], "2024-05-13T09:00:00+00:00", "2024-05-13T09:55:00+00:00"),
        (known[3], "2024-05-13T09:10:00+00:00", "2024-05-13T09:50:00+00:00"),
    }
    assert {row["meeting_id"] for row in rows["attendances"] if row["joined_at"]} == {second}
    assert reasons(at) == {"file 5 record 2": "report_without_meeting"}


def test_files_of_microsofts_own_tool(tmp_path: Path) -> None:
    """Capitals, no collection around the records, ids in the paths."""
    path = f"TeamsDataExport/teams/{graph.TEAM}"
    lower = message(1, 1, AT)
    span, own = ("2024-05-06T09:00:00.0000000", "2024-05-06T10:00:00.0000000"), {"response": "accepted"}
    invited = event("u", *span, 1, {2: "none"}, chat=graph.meeting_chat("m"), responseStatus=own)

    def capitals(value: Any) -> Any:
        if isinstance(value, dict):
            return {name[:1].upper() + name[1:]: capitals(inner) for name, inner in value.items()}
        return [capitals(inner) for inner in value] if isinstance(value, list) else value

    files = {
        "TeamsDataExport/users/usersList.json": json.dumps(capitals(PEOPLE)).encode(),
        "TeamsDataExport/teams/teamsList.json": json.dumps(
            [{"Name": "Core", "Privacy": "Private", "GroupsId": graph.TEAM}]
        ).encode(),
        f"{path}/channels_{graph.TEAM}.json": json.dumps(
            [{"Id": graph.CHANNEL, "DisplayName": "General", "MembershipType": "standard"}]
        ).encode(),
        f"{path}/teamMembers_{graph.TEAM}.json": json.dumps(
            [
                {"Name": "x", "UserId": oid(n), "UserName": f"person0{n}@acme.test", "Role": None}
                for n in (1, 2)
            ]
        ).encode(),
        f"{path}/messages_{graph.TEAM}.json": json.dumps([capitals(lower)]).encode(),
        f"TeamsDataExport/users/{oid(2)}/meetings_{oid(2)}.json": json.dumps([capitals(invited)]).encode(),
    }
    unit = graph.write_folder(tmp_path / "landing", files)
    at = border()
    assert teams.discover([unit]) == [unit / "TeamsDataExport"]
    rows = rows_of(teams, unit / "TeamsDataExport", at)
    assert [(row["name"], row["kind"]) for row in rows["channels"]] == [("Core / General", "private")]
    assert {row["account_id"] for row in rows["memberships"]} == {hashes(at)[1], hashes(at)[2]}
    assert [row["author_account_id"] for row in rows["messages"]] == [hashes(at)[1]]
    (meeting,) = rows["meetings"]
    assert meeting["starts_at"].hour == 9 and meeting["channel_id"] and not meeting["is_recurring"]
    told = {(row["account_id"], row["response"]) for row in rows["attendances"]}
    assert told == {(hashes(at)[1], "accepted"), (hashes(at)[2], "accepted")}, (
        "whose calendar it is, by the path"
    )
    assert at.rejected == []


def test_messages_that_cannot_be_read(tmp_path: Path) -> None:
    records = [
        {**message(1, 1, AT), "id": None},
        message(2, 1, "yesterday"),
        {**message(3, 1, AT), "channelIdentity": None},
        message(4, 1, AT, reactions=[{"user": {}}]),
        message(5, 1, AT, body="text"),
        "a text",
        message(6, 1, AT),
    ]
    at = border()
    rows = read(tmp_path, {"m.json": page(records), "n.json": page([message(7, 1, AT)])[:-20]}, at)
    assert set(by_id(rows)) == {"6"}
    assert list(reasons(at).values()) == [
        "message_without_id", "unreadable_created_at", "message_without_place", "malformed_record",
        "malformed_record", "not_a_record", "broken_json",
    ]  # fmt: skip
    contains = {what for row in rows["source_coverage"] for what in row["contains"]}
    assert contains == {"reactions", "mentions"}, "what the broken file held must not pass for deleted"


def test_changes_only_say_nothing_of_what_is_absent(tmp_path: Path) -> None:
    link = {"@odata.deltaLink": f"{graph.GRAPH}/teams/x/channels/y/messages/delta?$deltatoken=z"}
    rows = read(tmp_path, {"m.json": page([message(1, 1, AT)], **link)})
    assert [row["contains"] for row in rows["source_coverage"]] == [["reactions", "mentions"]]


def test_calendars_are_covered_until_the_export_and_no_longer(tmp_path: Path) -> None:
    held = [
        event("u1", "2024-03-04T09:00:00", "2024-03-04T10:00:00", 1, {2: "accepted"}),
        event("u2", "2025-03-04T09:00:00", "2025-03-04T10:00:00", 1, {2: "accepted"}),
    ]
    rows = read(tmp_path, {"e.json": page(held)})
    (only,) = rows["source_coverage"]
    assert (only["channel_id"], only["contains"]) == (None, ["meetings"])
    assert only["covered_from"] == datetime(2024, 3, 4, 9, tzinfo=UTC)
    assert only["covered_to"] == datetime(2024, 4, 1, 8, 0, 0, 1, tzinfo=UTC), (
        "the last change, not the last plan"
    )


@pytest.mark.parametrize("broken", ["users.json", "chats.json"])
def test_a_broken_list_of_people_or_places_stops_the_unit(tmp_path: Path, broken: str) -> None:
    files = graph.directory(PEOPLE, [chat(GROUP, "group", [1, 2])])
    files[broken] = files[broken][:-9]
    with pytest.raises(UnreadableLandingError) as error:
        rows_of(teams, graph.write_zip(tmp_path / "e.zip", files))
    assert error.value.reason == "broken_directory_file"


def test_another_zip_is_no_export(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLandingError) as error:
        rows_of(teams, graph.write_zip(tmp_path / "e.zip", {"a.json": b'{"x": 1}', "b.txt": b"hello"}))
    assert error.value.reason == "not_a_teams_export"


@pytest.mark.parametrize("folder", [oid(1), "person01@acme.test", "Given01 Family01"])
def test_a_path_is_never_repeated(tmp_path: Path, folder: str) -> None:
    at = border()
    files = {f"users/{folder}/messages_{folder}.json": page([{**message(1, 1, AT), "id": None}])}
    read(tmp_path, files, at)
    assert list(reasons(at)) == ["file 6 (messages) record 1"]
    with pytest.raises(UnreadableLandingError) as error:
        broken = {f"users/{folder}/users_{folder}.json": page(PEOPLE)[:-9]}
        read(tmp_path, broken)
    assert str(error.value).startswith("file 6 (users): ")


def test_units_are_zips_and_export_folders(tmp_path: Path) -> None:
    files = graph.directory(PEOPLE)
    folder = graph.write_folder(tmp_path / "2024-06", files)
    archive = graph.write_zip(tmp_path / "2024-05.zip", files)
    assert teams.discover([tmp_path]) == [archive, folder]
    (tmp_path / "2024-05.zip").unlink()
    assert rows_of(teams, folder)["channels"]


def test_times() -> None:
    assert graph_micros("2025-08-08T08:56:36.7449137+00:00") == 1_754_643_396_744_913
    assert graph_micros("0001-01-01T00:00:00Z") is None and graph_micros("2025-08-08T08:56:36") is None
    for zone in ("W. Europe Standard Time", "Europe/Berlin"):
        assert local_micros({"dateTime": "2024-07-01T10:00:00.0000000", "timeZone": zone}) == graph_micros(
            "2024-07-01T08:00:00Z"
        )
    with pytest.raises(UnknownZoneError):
        local_micros({"dateTime": "2024-07-01T10:00:00", "timeZone": "Customized Time Zone"})
    assert local_micros({"dateTime": None, "timeZone": "UTC"}) is None


def test_markup() -> None:
    body = (
        '<div>Ask <at id="0">Jane Smith</at>: see <a href="https://x.test/a?b=1&amp;c=2">the page</a>'
        '<blockquote itemtype="http://schema.skype.com/Reply"><strong>Jane</strong> said</blockquote>'
        "<code>rm -rf</code> R&amp;D</div>"
    )
    assert plain_text(body, is_html=True).split() == [
        "Ask", ":", "see", "https://x.test/a?b=1&c=2", "the", "page", "`rm", "-rf`", "R&D"
    ]  # fmt: skip
    assert plain_text("a < b", is_html=False) == "a < b"
    link = '<a href="https://teams.microsoft.com/l/message/19%3Aabc%40thread.tacv2/1616?x=1">here</a>'
    assert linked_messages(link + link) == [("19:abc@thread.tacv2", "1616")]
    given = ("like", "\U0001f44d\U0001f3fb", "\u2764\ufe0f", "\U0001f438")
    assert [reaction_name(raw, None) for raw in given] == ["like", "+1", "heart", "\U0001f438"]
    assert reaction_name("custom", "party-parrot") == "party-parrot"
