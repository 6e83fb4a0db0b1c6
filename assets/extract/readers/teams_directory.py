"""What surrounds the messages of a Teams export: teams, channels, chats and who is in them.

Ids of chats hold the ids of their members, so every place goes by a keyed hash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from assets.extract.readers.teams_accounts import TeamsAccounts, text_of
from assets.extract.readers.teams_documents import Document, Record
from assets.extract.readers.teams_time import graph_micros
from assets.extract.reading import Border

CHAT_KINDS: Final = {"oneOnOne": "direct", "group": "group_direct", "meeting": "meeting_series"}
_GUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_PAIR = re.compile(rf"19:({_GUID})_({_GUID})@unq\.gbl\.spaces")
_MAX_KEPT_ORIGINAL: Final = 65_536


@dataclass
class TeamsPlace:
    """A channel or a chat; times in microseconds since 1970."""

    channel_id: str
    kind: str
    name: str | None = None
    team_id: str | None = None
    """Of standard channels: everybody in the team is in them."""
    tenant_id: str | None = None
    audience: str = "internal"
    created: int | None = None
    is_archived: bool | None = None
    members: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    """Original account ids to when they joined and left; None where nobody says so."""
    first_sent: int | None = None
    is_listed: bool = False
    """Whether the export describes it; others are only written in, or referred to."""
    is_delta: bool = False
    """Whether the export holds changes of it only."""

    @property
    def is_chat(self) -> bool:
        """Whether messages here are addressed to the members."""
        return self.kind in CHAT_KINDS.values()


@dataclass
class _Team:
    name: str | None = None
    is_private: bool = False
    members: dict[str, None] = field(default_factory=dict)


class TeamsDirectory:
    """All places of an export by their original id. ``finish`` when every directory file is read."""

    def __init__(self, border: Border, accounts: TeamsAccounts) -> None:
        self.places: dict[str, TeamsPlace] = {}
        self.chat_of_url: dict[str, str] = {}
        """Address to join a meeting to the original id of its chat."""
        self.chat_of_event: dict[str, str] = {}
        """Id of the organiser's calendar event to the original id of its chat."""
        self._border = border
        self._accounts = accounts
        self._teams: dict[str, _Team] = {}
        self._waiting: list[tuple[Record, Document, str]] = []

    def add(self, kind: str, record: Record, document: Document, position: str) -> None:
        """One team, channel, chat or member; what has no id goes to quarantine."""
        if kind == "member":
            self._waiting.append((record, document, position))  # until every place is known
            return
        place_id = text_of(record.get("id")) or text_of(record.get("groupsId"))
        if place_id is None:
            target = "channels"
            self.reject(record, position, target, f"{kind}_without_id", "expected an object with an id")
            return
        if kind == "team":
            self._add_team(record, place_id)
        elif kind == "channel":
            self._add_channel(record, place_id, document)
        else:
            self._add_chat(record, place_id, position)

    def finish(self) -> None:
        """Put members and names where they belong, now that all teams and people are known."""
        for record, document, position in self._waiting:
            self._add_member(record, document, position)
        self._waiting = []
        for place in self.places.values():
            team = self._teams.get(place.team_id or "")
            if team is not None:
                place.members.update(dict.fromkeys(team.members, (None, None)))
                if team.is_private:
                    place.kind = "private"
                place.name = f"{team.name} / {place.name}" if team.name and place.name else place.name
            if place.is_chat or (place.name and self._border.names_a_person(place.name)):
                place.name = None

    def place(self, original_id: str, *, is_chat: bool) -> TeamsPlace:
        """The channel or chat of this id; one that no list holds is known by the shape of its id."""
        known = self.places.get(original_id)
        if known is None:
            known = self.places[original_id] = self._new(original_id, _guessed_kind(original_id, is_chat))
        return known

    def reject(self, record: Any, position: str, target: str, reason: str, detail: str) -> None:
        """Put a record into quarantine; its original goes to the vault."""
        self._border.reject(
            position=position,
            target_table=target,
            reason=reason,
            detail=detail,
            original=orjson.dumps(record).decode()[:_MAX_KEPT_ORIGINAL],
        )

    def _new(self, original_id: str, kind: str) -> TeamsPlace:
        place = TeamsPlace(self._border.message_id(f"place {original_id}"), kind)
        pair = _PAIR.fullmatch(original_id)
        if pair is not None:
            place.members = dict.fromkeys(pair.groups(), (None, None))
        return place

    def _add_team(self, record: Record, team_id: str) -> None:
        team = self._teams.setdefault(team_id, _Team())
        team.name = text_of(record.get("displayName")) or text_of(record.get("name")) or team.name
        privacy = text_of(record.get("visibility")) or text_of(record.get("privacy"))
        if privacy is not None:
            team.is_private = privacy.casefold() != "public"

    def _add_channel(self, record: Record, place_id: str, document: Document) -> None:
        membership = (text_of(record.get("membershipType")) or "standard").casefold()
        is_standard = membership == "standard"
        place = self.places[place_id] = self._new(place_id, "public" if is_standard else "private")
        place.is_listed = True
        place.name = text_of(record.get("displayName"))
        place.created = graph_micros(record.get("createdDateTime"))
        place.tenant_id = text_of(record.get("tenantId"))
        archived = record.get("isArchived")
        place.is_archived = archived if isinstance(archived, bool) else None
        if is_standard:
            place.team_id = self._team_of(document)

    def _add_chat(self, record: Record, place_id: str, position: str) -> None:
        chat_type = record.get("chatType")
        kind = CHAT_KINDS.get(chat_type) if isinstance(chat_type, str) else None
        place = self.places[place_id] = self._new(place_id, kind or _guessed_kind(place_id, is_chat=True))
        place.is_listed = True
        place.created = graph_micros(record.get("createdDateTime"))
        place.tenant_id = text_of(record.get("tenantId"))
        meeting = record.get("onlineMeetingInfo")
        if isinstance(meeting, dict):
            for known, value in ((self.chat_of_url, "joinWebUrl"), (self.chat_of_event, "calendarEventId")):
                if text_of(meeting.get(value)):
                    known[meeting[value]] = place_id
        members = record.get("members")
        for index, member in enumerate(members if isinstance(members, list) else ()):
            if isinstance(member, dict):
                self._join(place.members, place, member)
            else:
                where = f"{position} member {index + 1}"
                self.reject(member, where, "memberships", "not_a_record", "expected an object")

    def _add_member(self, record: Record, document: Document, position: str) -> None:
        address = document.address
        for collection in ("channels", "chats"):
            place = self.places.get(address.get(collection, ""))
            if place is not None:
                self._join(place.members, place, record)
                return
        in_path = [self.places[part] for part in document.path_ids & self.places.keys()]
        team_id = self._team_of(document)
        if in_path:
            self._join(in_path[0].members, in_path[0], record)
        elif team_id is not None:
            self._join(self._teams.setdefault(team_id, _Team()).members, None, record)
        else:
            detail = "expected the team, channel or chat in @odata.context or in the file's path"
            self.reject(record, position, "memberships", "member_without_place", detail)

    def _join(self, members: dict[str, Any], place: TeamsPlace | None, record: Record) -> None:
        account = text_of(record.get("userId"))
        if account is None:
            return  # a bot or a member of no directory
        name = text_of(record.get("displayName")) or text_of(record.get("name"))
        self._accounts.see_member(
            account, name, text_of(record.get("email")) or text_of(record.get("userName"))
        )
        members[account] = (None, None)
        tenant = text_of(record.get("tenantId"))
        if place is not None and place.tenant_id and tenant and tenant != place.tenant_id:
            place.audience = "external"

    def _team_of(self, document: Document) -> str | None:
        named = document.address.get("teams")
        in_path = next(iter(sorted(document.path_ids & self._teams.keys())), None)
        return in_path or (named if named and not named.casefold().endswith("list") else None)


def _guessed_kind(original_id: str, is_chat: bool) -> str:
    if not is_chat:
        return "public"
    if "meeting_" in original_id:
        return "meeting_series"
    return "direct" if original_id.endswith("@unq.gbl.spaces") else "group_direct"
