"""Slack export zips as a workspace owner downloads them: directory files, one folder per channel
or chat, one file per day. Field names follow real exports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from assets.organisation.accounts import BOT, GUEST, Account, slack_id
from assets.organisation.archive import SteadyZip
from assets.organisation.arrays import FAR, Flags, Ints
from assets.organisation.messages import SLACK
from assets.organisation.period import DAY_SECONDS
from assets.organisation.traces import Traces

TEAM = "T0ACME00001"
REACTIONS = (
    "+1",
    "eyes",
    "heart",
    "tada",
    "raised_hands",
    "white_check_mark",
    "pray",
    "+1::skin-tone-3",
    "joy",
)


@dataclass(frozen=True)
class Export:
    """One export: what was sent in ``[begin, end)``, as it looked at ``end`` (UTC seconds)."""

    begin: int
    end: int
    is_later: bool
    """The second export shows what was edited and deleted after the first."""


@dataclass(frozen=True)
class _Folder:
    record: dict[str, Any]
    name: str
    list_file: str


def write_slack_export(path: Path, traces: Traces, export: Export) -> int:
    """Write one zip; the number of message records in it."""
    folders, folder_of = _folders(traces)
    rows = _rows_of(traces, export)
    folder = folder_of(rows)
    days = traces.messages.sent[rows] // DAY_SECONDS
    writer = _Records(traces, export, rows)
    joined = _joins(traces, export)
    count = 0
    with SteadyZip(path) as archive:
        _directory(archive, traces, export, folders, set(np.unique(folder).tolist()))
        order = np.lexsort((traces.messages.sent[rows], days, folder))
        edges = np.flatnonzero(np.diff(folder[order]) | np.diff(days[order])) + 1
        for part in np.split(order, edges):
            if not len(part):
                continue
            number, day = int(folder[part[0]]), int(days[part[0]])
            records = joined.pop((number, day), []) + [writer.record(int(rows[i])) for i in part]
            count += len(records)
            archive.add(_member(folders[number].name, day), orjson.dumps(records))
        for (number, day), records in sorted(joined.items()):
            count += len(records)
            archive.add(_member(folders[number].name, day), orjson.dumps(records))
    return count


def _member(folder: str, day: int) -> str:
    return f"{folder}/{np.datetime64(day, 'D')}.json"


def _rows_of(traces: Traces, export: Export) -> Ints:
    m = traces.messages
    wanted = (m.platform == SLACK) & (m.sent >= export.begin) & (m.sent < export.end)
    if export.is_later:
        wanted &= ~traces.revisions.deleted_later
    return np.flatnonzero(wanted).astype(np.int64)


def _folders(traces: Traces) -> tuple[list[_Folder], Any]:
    """Channels first, then chats; and the function from message rows to folder numbers."""
    channels, accounts = traces.channels, traces.accounts.all()
    folders = []
    for i, name in enumerate(channels.names):
        private = bool(channels.is_private[i])
        record = {
            "id": slack_id(i, "G" if private else "C"), "name": name,
            "created": (traces.history.period.first_day - 500) * DAY_SECONDS,
            "creator": accounts[0].slack_id, "is_archived": False, "is_general": name == "general",
            "members": [], "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": f"Everything about {name}", "creator": "", "last_set": 0},
        }  # fmt: skip
        folders.append(_Folder(record, name, "groups.json" if private else "channels.json"))
    m = traces.messages
    first_sent = np.full(len(traces.chats), FAR * DAY_SECONDS, dtype=np.int64)
    in_chat = m.chat >= 0
    np.minimum.at(first_sent, m.chat[in_chat], m.sent[in_chat])
    for i, members in enumerate(traces.chats):
        ids = [accounts[p].slack_id for p in members]
        record = {"created": int(first_sent[i]) - 5, "members": ids}
        if len(members) == 2:
            chat_id = slack_id(i, "D")
            folders.append(_Folder({"id": chat_id, **record}, chat_id, "dms.json"))
        else:
            handles = "--".join(accounts[p].handle for p in members)
            name = f"mpdm-{handles}-1"
            record |= {"id": slack_id(i, "G") + "M", "name": name, "is_archived": False}
            folders.append(_Folder(record, name, "mpims.json"))
    n_channels = len(channels.names)

    def folder_of(rows: Ints) -> Ints:
        return np.where(m.chat[rows] >= 0, n_channels + m.chat[rows], m.channel[rows])

    return folders, folder_of


def _directory(
    archive: SteadyZip, traces: Traces, export: Export, folders: list[_Folder], used: set[int]
) -> None:
    accounts = traces.accounts
    users = [
        _user(traces, account, export)
        for account in accounts.all()
        if account.kind != "person"
        or (accounts.has_account[account.person] and _is_known(traces, account, export))
    ]
    archive.add("users.json", orjson.dumps(users, option=orjson.OPT_INDENT_2))
    members = traces.channel_members(export.end)
    lists: dict[str, list[dict[str, Any]]] = {
        "channels.json": [], "groups.json": [], "dms.json": [], "mpims.json": [],
    }  # fmt: skip
    n_channels = len(traces.channels.names)
    for number, folder in enumerate(folders):
        if number < n_channels:
            if traces.channels.platform[number] != SLACK:
                continue
            folder.record["members"] = members[number]
        elif number not in used:
            continue
        lists[folder.list_file].append(folder.record)
    for name, records in lists.items():
        archive.add(name, orjson.dumps(records, option=orjson.OPT_INDENT_2))
    archive.add("integration_logs.json", b"[]")


def _is_known(traces: Traces, account: Account, export: Export) -> bool:
    return bool(traces.first_hired[account.person] * DAY_SECONDS < export.end)


def _user(traces: Traces, account: Account, export: Export) -> dict[str, Any]:
    updated, deleted, zone = (traces.history.period.first_day - 300) * DAY_SECONDS, False, "Europe/Warsaw"
    if account.kind == "person":
        gone = int(traces.last_exit[account.person])
        deleted = (gone + 1) * DAY_SECONDS < export.end
        since = int(traces.first_hired[account.person])
        updated = (gone + 1 if deleted else since) * DAY_SECONDS
        zone = traces.timezone[account.person]
    profile: dict[str, Any] = {
        "real_name": account.name, "real_name_normalized": account.name,
        "display_name": account.handle if account.kind == "person" else account.name, "title": "",
    }  # fmt: skip
    if account.slack_email:
        profile["email"] = account.slack_email
    is_bot = account.kind == BOT
    if is_bot:
        profile["bot_id"] = "B" + account.slack_id[1:]
    is_guest = account.kind == GUEST
    return {
        "id": account.slack_id, "team_id": TEAM, "name": account.handle, "deleted": deleted,
        "real_name": account.name, "tz": zone, "profile": profile, "is_admin": False, "is_owner": False,
        "is_restricted": is_guest, "is_ultra_restricted": is_guest, "is_bot": is_bot, "is_app_user": False,
        "updated": updated,
    }  # fmt: skip


class _Records:
    """Message rows to the records of one export."""

    def __init__(self, traces: Traces, export: Export, rows: Ints) -> None:
        self._traces, self._export = traces, export
        accounts = traces.accounts.all()
        self._ids = [a.slack_id for a in accounts]
        self._kinds = [a.kind for a in accounts]
        self._names = [a.name for a in accounts]
        m = traces.messages
        self._author, self._sent, self._parent = m.author.tolist(), m.sent.tolist(), m.parent.tolist()
        shown = np.zeros(len(m), dtype=np.bool_)
        shown[rows] = True
        self._replies = _grouped(rows[m.parent[rows] >= 0], m.parent)
        self._reactions = self._reactions_of(shown)
        self._edited = self._edits()
        self._has_file = traces.has_file

    def record(self, row: int) -> dict[str, Any]:
        """One message as Slack exports it."""
        author = self._author[row]
        ts = self._ts(row)
        user = self._ids[author]
        if self._kinds[author] == BOT:
            return {
                "type": "message", "subtype": "bot_message", "text": "Daily digest: all checks are green.",
                "ts": ts,
                "bot_id": "B" + user[1:], "username": self._names[author],
            }  # fmt: skip
        record: dict[str, Any] = {
            "client_msg_id": f"{row * 2_654_435_761 % 2**32:08x}-0000-4000-8000-{row:012x}",
            "type": "message",
            "text": self._traces.texts[row], "user": user, "ts": ts, "team": TEAM,
        }  # fmt: skip
        parent = self._parent[row]
        if parent >= 0:
            record["thread_ts"] = self._ts(parent)
            record["parent_user_id"] = self._ids[self._author[parent]]
        elif row in self._replies:
            self._describe_thread(record, ts, self._replies[row])
        if row in self._reactions:
            record["reactions"] = [
                {"name": name, "users": users, "count": len(users)}
                for name, users in self._reactions[row].items()
            ]
        edited = self._edited[row]
        if edited >= 0:
            if edited >= self._export.begin and self._traces.revisions.edited_later[row]:
                record["text"] += " (corrected)"
            record["edited"] = {"user": user, "ts": f"{edited}.000000"}
        if self._has_file[row]:
            file_id = slack_id(row, "F")
            record["files"] = [
                {"id": file_id, "name": "notes.pdf", "mimetype": "application/pdf", "user": user}
            ]
        return record

    def _ts(self, row: int) -> str:
        return f"{self._sent[row]}.{row % 1_000_000:06d}"

    def _describe_thread(self, record: dict[str, Any], ts: str, replies: list[int]) -> None:
        users = list(dict.fromkeys(self._ids[self._author[r]] for r in replies))
        record |= {
            "thread_ts": ts, "reply_count": len(replies), "reply_users_count": len(users),
            "latest_reply": self._ts(max(replies, key=lambda r: (self._sent[r], r))), "reply_users": users,
            "replies": [{"user": self._ids[self._author[r]], "ts": self._ts(r)} for r in replies],
        }  # fmt: skip

    def _reactions_of(self, shown: Flags) -> dict[int, dict[str, list[str]]]:
        reactions, names = self._traces.reactions, self._traces.reaction_names
        wanted = np.flatnonzero(shown[reactions.message] & (reactions.at < self._export.end))
        grouped: dict[int, dict[str, list[str]]] = {}
        for message, author, name in zip(
            reactions.message[wanted].tolist(), reactions.author[wanted].tolist(), names[wanted].tolist(),
            strict=True,
        ):  # fmt: skip
            users = grouped.setdefault(message, {}).setdefault(REACTIONS[name], [])
            users.append(self._ids[author])
        return grouped

    def _edits(self) -> list[int]:
        """Second of the last edit that the export shows, -1 for none."""
        revisions, sent = self._traces.revisions, self._traces.messages.sent
        edited = np.where(revisions.edited_after >= 0, sent + revisions.edited_after, -1)
        edited = np.where(edited >= self._export.end, -1, edited)
        if self._export.is_later:
            edited = np.where(revisions.edited_later, self._traces.cut + 3600 + sent % 7200, edited)
        return [int(e) for e in edited.tolist()]


def _grouped(rows: Ints, key: Ints) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for row, parent in zip(rows.tolist(), key[rows].tolist(), strict=True):
        groups.setdefault(parent, []).append(row)
    return groups


def _joins(traces: Traces, export: Export) -> dict[tuple[int, int], list[dict[str, Any]]]:
    """Join notices per folder and day; and the messages whose time was lost."""
    accounts = traces.accounts.all()
    found: dict[tuple[int, int], list[dict[str, Any]]] = {}
    person, channel, second = traces.joins
    order = np.lexsort((person, second))
    for i in order[(second[order] >= export.begin) & (second[order] < export.end)].tolist():
        user = accounts[int(person[i])].slack_id
        record = {
            "type": "message", "subtype": "channel_join", "user": user,
            "text": f"<@{user}> has joined the channel",
            "ts": f"{int(second[i])}.{900_000 + i % 100_000:06d}",
        }  # fmt: skip
        found.setdefault((int(channel[i]), int(second[i]) // DAY_SECONDS), []).append(record)
    for i in range(0 if export.is_later else traces.history.plan.messages_without_time):
        user = accounts[i].slack_id
        lost = {"type": "message", "user": user, "text": "Sent from the old client."}
        found.setdefault((0, traces.history.period.first_day + 8 + 7 * i), []).append(lost)
    for i in range(0 if export.is_later else traces.history.plan.future_messages):
        ahead = export.end + (400 + i) * DAY_SECONDS
        early = {
            "type": "message",
            "user": accounts[i].slack_id,
            "text": "My clock is wrong.",
            "ts": f"{ahead}.000001",
        }
        found.setdefault((0, ahead // DAY_SECONDS), []).append(early)
    return found
