"""What surrounds the messages of a Slack export: its channels, their members and folders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from assets.extract.archives import Archive, UnreadableMemberError
from assets.extract.json_member import BrokenJsonError, parse_json
from assets.extract.readers.slack_accounts import SlackAccounts
from assets.extract.readers.slack_time import ts_micros
from assets.extract.reading import Border, UnreadableLandingError

USER_LISTS: Final = ("users.json", "org_users.json")
CHANNEL_LISTS: Final = {
    "channels.json": "public",
    "groups.json": "private",
    "mpims.json": "group_direct",
    "dms.json": "direct",
}
_DAY_FILE = re.compile(r"(?P<folder>(?:.*/)?[^/]+)/(?P<day>\d{4}-\d{2}-\d{2})\.json", re.IGNORECASE)
_SLACK_ID = re.compile(r"[CGD][A-Z0-9]{6,}")


@dataclass
class SlackChannel:
    """One conversation of the export, of any kind."""

    channel_id: str
    kind: str
    name: str | None = None
    """None for direct and group-direct channels, and where it names a person."""
    created: int | None = None
    """Microseconds since 1970."""
    is_archived: bool | None = None
    is_external: bool = False
    members: list[str] = field(default_factory=list)
    """Original account ids; empty where the export does not tell."""
    is_listed: bool = True
    day_files: list[tuple[str, str]] = field(default_factory=list)
    """(day, member name), in the order of days."""

    @property
    def is_direct(self) -> bool:
        """Whether messages here are addressed to the members."""
        return self.kind in ("direct", "group_direct")


def read_users(archive: Archive, border: Border, accounts: SlackAccounts) -> None:
    """Describe all listed accounts. A broken list makes the whole export unreadable.

    Without it a refusal by e-mail could not be honoured and bots would pass for people.
    """
    for member in _lists(archive, USER_LISTS):
        for index, user in enumerate(_records(archive, member)):
            user_id = user.get("id") if isinstance(user, dict) else None
            if not isinstance(user, dict) or not isinstance(user_id, str) or not user_id:
                border.reject(
                    position=f"{member} record {index + 1}",
                    target_table="accounts",
                    reason="account_without_id",
                    detail="expected an object with an id",
                    original=orjson.dumps(user).decode(),
                )
                continue
            accounts.describe(user, user_id)


def read_channels(archive: Archive, border: Border) -> list[SlackChannel]:
    """All channels of the export with their day files, ordered by id.

    A folder that no list names becomes a channel of its own: its kind follows from its name
    (``D...`` direct, ``mpdm-`` group direct, otherwise public).
    """
    by_folder: dict[str, SlackChannel] = {}
    by_id: dict[str, SlackChannel] = {}
    for member in _lists(archive, tuple(CHANNEL_LISTS)):
        prefix, _, basename = member.rpartition("/")
        kind = CHANNEL_LISTS[basename.casefold()]
        for index, record in enumerate(_records(archive, member)):
            channel = _channel(record, kind, border, f"{member} record {index + 1}")
            if channel is None:
                continue
            channel = by_id.setdefault(channel.channel_id, channel)
            for folder in (record.get("name"), channel.channel_id):
                if isinstance(folder, str) and folder:
                    by_folder.setdefault(f"{prefix}/{folder}".lstrip("/").casefold(), channel)
    for member in archive.members():
        match = _DAY_FILE.fullmatch(member)
        if match is not None:
            key = match["folder"].casefold()
            if key not in by_folder:
                unlisted = _unlisted(match["folder"].rpartition("/")[2], border)
                by_folder[key] = by_id.setdefault(unlisted.channel_id, unlisted)
            by_folder[key].day_files.append((match["day"], member))
    for channel in by_id.values():
        channel.day_files.sort()
    return [by_id[channel_id] for channel_id in sorted(by_id)]


def _lists(archive: Archive, names: tuple[str, ...]) -> list[str]:
    """Members of these names at the top, in a wrapping folder, or in each workspace of a Grid export."""
    return sorted(m for m in archive.members() if m.rpartition("/")[2].casefold() in names)


def _records(archive: Archive, member: str) -> Iterator[Any]:
    basename = member.rpartition("/")[2]
    remedy = f"{basename} tells who and where everybody is; without it nothing is read. Export again."
    try:
        records = parse_json(archive.read(member))
    except (UnreadableMemberError, BrokenJsonError) as error:
        raise UnreadableLandingError("broken_directory_file", f"{basename}: {error}. {remedy}") from error
    if not isinstance(records, list):
        found = type(records).__name__
        raise UnreadableLandingError(
            "broken_directory_file", f"{basename} holds a {found}; expected a list. {remedy}"
        )
    yield from records


def _channel(record: Any, kind: str, border: Border, position: str) -> SlackChannel | None:
    channel_id = record.get("id") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(channel_id, str) or not channel_id:
        border.reject(
            position=position,
            target_table="channels",
            reason="channel_without_id",
            detail="expected an object with an id",
            original=orjson.dumps(record).decode(),
        )
        return None
    if record.get("is_mpim"):
        kind = "group_direct"
    elif kind == "public" and record.get("is_private"):
        kind = "private"
    members = record.get("members")
    archived = record.get("is_archived")
    return SlackChannel(
        channel_id=channel_id,
        kind=kind,
        name=_publishable_name(record.get("name"), kind, border),
        created=ts_micros(record.get("created")),
        is_archived=archived if isinstance(archived, bool) else None,
        is_external=any(bool(record.get(flag)) for flag in ("is_ext_shared", "is_pending_ext_shared")),
        members=[m for m in members if isinstance(m, str) and m] if isinstance(members, list) else [],
    )


def _unlisted(folder: str, border: Border) -> SlackChannel:
    kind = "public"
    if folder.startswith("mpdm-"):
        kind = "group_direct"
    elif _SLACK_ID.fullmatch(folder):
        kind = {"D": "direct", "G": "private"}.get(folder[0], "public")
        return SlackChannel(channel_id=folder, kind=kind, is_listed=False)
    # a folder's name may be made of handles, so it cannot serve as an id
    channel_id = border.message_id(f"channel folder {folder}")
    return SlackChannel(channel_id, kind, _publishable_name(folder, kind, border), is_listed=False)


def _publishable_name(name: Any, kind: str, border: Border) -> str | None:
    if kind in ("direct", "group_direct") or not isinstance(name, str) or not name:
        return None
    return None if border.names_a_person(name) else name
