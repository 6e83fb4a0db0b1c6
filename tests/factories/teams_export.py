"""Small Teams exports for tests, in the shape of Microsoft Graph: records, and files that hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from tests.factories.slack_export import write_folder, write_zip

Json = dict[str, Any]

TENANT = "5caa9117-0000-4000-8000-000000000000"
TEAM = "7ea00000-0000-4000-8000-000000000001"
CHANNEL = "19:general0000@thread.tacv2"
GRAPH = "https://graph.microsoft.com/v1.0"
__all__ = ["write_folder", "write_zip"]


def oid(person: int) -> str:
    """Object id of a person, as Entra ID gives it."""
    return f"{person:08d}-0000-4000-8000-00000000abcd"


def user(person: int, name: str = "", email: str = "", **more: Any) -> Json:
    """A record of ``/users``."""
    email = email or f"person{person:02}@acme.test"
    name = name or f"Given{person:02} Family{person:02}"
    return {"id": oid(person), "displayName": name, "mail": email, "userPrincipalName": email, **more}


def identity(person: int | str, kind: str = "aadUser") -> Json:
    """Who wrote or reacted; a text is an application's id."""
    if isinstance(person, str):
        return {"application": {"id": person, "displayName": "A Bot"}, "user": None, "device": None}
    who = {"id": oid(person), "displayName": f"Given{person:02} Family{person:02}", "userIdentityType": kind}
    return {"application": None, "device": None, "user": who}


def member(person: int, **more: Any) -> Json:
    """A ``conversationMember``."""
    who = {"userId": oid(person), "displayName": f"Given{person:02} Family{person:02}"}
    kind = "#microsoft.graph.aadUserConversationMember"
    return {"@odata.type": kind, "id": f"m{person}", "roles": [], **who, "tenantId": TENANT, **more}


def message(message_id: int, author: int | str | None, at: str, text: str = "hello", **more: Any) -> Json:
    """A ``chatMessage``; ``at`` as 2024-05-06T10:00:00Z; ``chat`` names a chat, else the channel."""
    chat = more.pop("chat", None)
    place = {"teamId": TEAM, "channelId": more.pop("channel", CHANNEL)}
    return {
        "id": str(message_id),
        "replyToId": None,
        "messageType": "message",
        "createdDateTime": at,
        "lastModifiedDateTime": at,
        "lastEditedDateTime": None,
        "deletedDateTime": None,
        "subject": None,
        "chatId": chat,
        "from": None if author is None else identity(author),
        "body": {"contentType": "html", "content": f"<p>{text}</p>"},
        "channelIdentity": None if chat else place,
        "attachments": [],
        "mentions": [],
        "reactions": [],
        "eventDetail": None,
        **more,
    }


def reaction(person: int, kind: str = "like", at: str = "2024-05-06T12:00:00Z") -> Json:
    """A ``chatMessageReaction``."""
    return {"reactionType": kind, "createdDateTime": at, "user": identity(person)}


def meeting_chat(name: str) -> str:
    """The id of a meeting's chat."""
    return f"19:meeting_{name}@thread.v2"


def chat(chat_id: str, kind: str, people: Sequence[int], **more: Any) -> Json:
    """A record of ``/chats`` with its members."""
    members = [member(person) for person in people]
    return {"id": chat_id, "chatType": kind, "topic": None, "tenantId": TENANT, "members": members, **more}


def event(
    uid: str, start: str, end: str, organiser: int, attendees: Mapping[int | str, str], **more: Any
) -> Json:
    """An instance of a calendar; ``attendees`` maps people (or addresses) to their responses."""
    zone = more.pop("zone", "UTC")
    chat_id = more.pop("chat", None)
    address = f"https://teams.microsoft.com/l/meetup-join/{quote(chat_id or '', safe='')}/0?context=%7b%7d"

    def party(who: int | str) -> Json:
        if isinstance(who, str):
            return {"emailAddress": {"name": who, "address": who}}
        known = user(who)
        return {"emailAddress": {"name": known["displayName"], "address": known["mail"]}}

    return {
        "id": f"AAMk{uid}",
        "iCalUId": uid,
        "type": "singleInstance",
        "subject": "secretquux with everybody",
        "isAllDay": False,
        "isCancelled": False,
        "isOrganizer": False,
        "sensitivity": "normal",
        "seriesMasterId": None,
        "lastModifiedDateTime": "2024-04-01T08:00:00Z",
        "responseStatus": {"response": "none"},
        "start": {"dateTime": start, "timeZone": zone},
        "end": {"dateTime": end, "timeZone": zone},
        "organizer": party(organiser),
        "attendees": [
            {**party(who), "type": "required", "status": {"response": response}}
            for who, response in attendees.items()
        ],
        "onlineMeeting": {"joinUrl": address} if chat_id else None,
        **more,
    }


def report(person_spans: Mapping[int, tuple[str, str]], start: str, end: str) -> Json:
    """An attendance report with its records."""
    return {
        "id": "r1",
        "meetingStartDateTime": start,
        "meetingEndDateTime": end,
        "attendanceRecords": [
            {
                "emailAddress": user(person)["mail"],
                "identity": {"id": oid(person), "displayName": "somebody"},
                "role": "Attendee",
                "attendanceIntervals": [{"joinDateTime": joined, "leaveDateTime": left}],
            }
            for person, (joined, left) in person_spans.items()
        ],
    }


def page(records: Sequence[Any], context: str = "", **more: Any) -> bytes:
    """A file as Graph answers: a collection with its context."""
    return json.dumps(
        {"@odata.context": f"{GRAPH}/$metadata#{context}", "value": list(records), **more}
    ).encode()


def directory(people: Sequence[Json], chats: Sequence[Json] = ()) -> dict[str, bytes]:
    """Users, a public team with a channel and all people of it, and chats."""
    members = [
        member(int(one["id"].partition("-")[0]))
        for one in people
        if "id" in one and one.get("userType") != "Guest"
    ]
    channel = {"id": CHANNEL, "displayName": "General", "membershipType": "standard", "tenantId": TENANT}
    return {
        "users.json": page(people, "users"),
        "teams.json": page([{"id": TEAM, "displayName": "Everybody", "visibility": "public"}], "teams"),
        "channels.json": page([channel], f"teams('{TEAM}')/channels"),
        "team_members.json": page(members, f"teams('{TEAM}')/members"),
        "chats.json": page(chats, "chats"),
    }
