"""The JSON files of a Teams export: their records, what kind each is, and what its address tells.

Whoever calls Microsoft Graph names the files as they like, so a record is known by its own
fields. What a collection does not repeat in its records (whose calendar, whose members) stands in
``@odata.context`` and in the links to further pages, else in the file's path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from assets.extract.archives import Archive, UnreadableMemberError
from assets.extract.json_member import BrokenJsonError, parse_json

Record = dict[str, Any]

_PEEKED: Final = 65_536
_EXPORT_FOLDERS: Final = frozenset({"teams", "users", "chats", "calendars", "events"})
_TRACES = re.compile(rb'"(?:[mM]essageType|[cC]hannelIdentity|[eE]ventDetail|[iI]CalUId)"')
_DIRECTORY = re.compile(
    rb'"(?:[uU]serPrincipalName|[cC]hatType|[mM]embershipType|[gG]roupsId|joinWebUrl|attendanceRecords)"'
    rb"|[cC]onversationMember"
)
_ADDRESS = re.compile(
    r"\b(teams|channels|chats|users|onlineMeetings)(?:\('([^']+)'\)|/([^/?&'()]+)(?=[/?]|$))"
)
_FILE_WORDS: Final = (
    "messages",
    "members",
    "channels",
    "chats",
    "calendar",
    "events",
    "meetings",
    "teams",
    "users",
)
_LINKS: Final = ("@odata.context", "@odata.nextLink", "@odata.deltaLink")
_TEAM_FIELDS: Final = frozenset({"groupsId", "internalId", "isArchived", "visibility", "memberSettings"})


@dataclass(frozen=True)
class Document:
    """One JSON file."""

    label: str
    """For positions: the file's number, never its path."""
    records: list[Any]
    address: dict[str, str]
    """Collection (teams, channels, chats, users, onlineMeetings) to the id that it is of."""
    path_ids: frozenset[str]
    """Parts of the path, among which an id may be."""
    is_delta: bool
    """Whether it holds changes only, so that what is absent need not be gone."""


def units_below(landing: Sequence[Path]) -> list[Path]:
    """Export zips and export folders below the given paths, sorted, each once."""
    found: set[Path] = set()
    for path in landing:
        found.update(_units(path) if path.is_dir() else [path])
    return sorted(found)


def holds_traces(archive: Archive, member: str) -> bool:
    """Whether a file seems to hold messages or events, by its beginning. Raises ``UnreadableMemberError``."""
    return _TRACES.search(_beginning(archive, member)) is not None


def holds_directory(archive: Archive, member: str) -> bool:
    """Whether a file seems to tell who and where everybody is. Raises ``UnreadableMemberError``."""
    return _DIRECTORY.search(_beginning(archive, member)) is not None


def json_members(archive: Archive) -> list[str]:
    """The JSON files of an export, sorted."""
    return [member for member in archive.members() if member.casefold().endswith(".json")]


def label_of(member: str, number: int) -> str:
    """How positions call a file: ``file 6 (messages)``, counted in the order of names.

    Paths hold ids, addresses and names of people, so that only a word of ours is repeated.
    """
    name = member.rpartition("/")[2].casefold()
    word = next((word for word in _FILE_WORDS if word in name), None)
    return f"file {number} ({word})" if word else f"file {number}"


def open_document(archive: Archive, member: str, label: str) -> Document:
    """The file's records. Raises ``UnreadableMemberError`` and ``BrokenJsonError``."""
    value = parse_json(archive.read(member))
    pages = value if isinstance(value, list) else [value]
    records: list[Any] = []
    address = _address(member.removesuffix(".json"))
    is_delta = False
    for page in pages:
        if isinstance(page, dict):
            for name in _LINKS:
                link = unquote(page[name]) if isinstance(page.get(name), str) else ""
                address.update(_address(link))
                is_delta = is_delta or "delta" in link.casefold()
        if isinstance(page, dict) and isinstance(page.get("value"), list):
            records += page["value"]
        else:
            records.append(page)
    parts = [part for segment in unquote(member)[: -len(".json")].split("/") for part in _parts(segment)]
    return Document(label, [_folded(record) for record in records], address, frozenset(parts), is_delta)


def kind_of(record: Record) -> str | None:
    """message, event, user, chat, channel, team, member, online_meeting, report; None for others."""
    has = record.keys().__contains__
    if has("messageType") or (has("body") and (has("channelIdentity") or has("chatId"))):
        return "message"
    if has("iCalUId") or (has("start") and has("end") and (has("attendees") or has("organizer"))):
        return "event"
    for mark, kind in _MARKS:
        if has(mark):
            return kind
    if has("userId") and (has("roles") or has("role")):
        return "member"
    if has("id") and "@thread." in str(record["id"]) and has("displayName"):
        return "channel"
    return "team" if not _TEAM_FIELDS.isdisjoint(record) else None


_MARKS: Final = (
    ("attendanceRecords", "report"),
    ("chatType", "chat"),
    ("membershipType", "channel"),
    ("userPrincipalName", "user"),
    ("joinWebUrl", "online_meeting"),
)


def _beginning(archive: Archive, member: str) -> bytes:
    try:
        with archive.open(member) as stream:
            return stream.read(_PEEKED)
    except (OSError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableMemberError("broken_member", f"it cannot be read ({type(error).__name__})") from error


def _units(folder: Path) -> Iterator[Path]:
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith((".", "__MACOSX"))]
    for entry in entries:
        name = entry.name.casefold()
        if name in _EXPORT_FOLDERS if entry.is_dir() else name.endswith(".json"):
            yield folder
            return
    for entry in entries:
        if entry.is_dir():
            yield from _units(entry)
        elif entry.suffix.casefold() == ".zip":
            yield entry


def _address(link: str) -> dict[str, str]:
    return {collection: unquote(one or other) for collection, one, other in _ADDRESS.findall(link)}


def _parts(segment: str) -> tuple[str, str]:
    return segment, segment.partition("_")[2]


def _folded(value: Any) -> Any:
    """Field names as Graph writes them; Microsoft's own export tool begins them with a capital."""
    if isinstance(value, dict):
        if any(name[:1].isupper() for name in value):
            return {name[:1].lower() + name[1:]: _folded(inner) for name, inner in value.items()}
        return value
    if isinstance(value, list):
        return [_folded(inner) for inner in value]
    return value


__all__ = ["BrokenJsonError", "Document", "Record", "UnreadableMemberError"]
