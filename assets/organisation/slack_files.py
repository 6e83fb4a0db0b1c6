"""Slack export zips as a workspace owner downloads them: directory files, one folder per channel
or chat, one file per day. Field names follow real exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson

from assets.organisation.accounts import BOT, slack_id
from assets.organisation.archive import SteadyZip
from assets.organisation.arrays import Flags, Ints
from assets.organisation.messages import SLACK
from assets.organisation.period import DAY_SECONDS
from assets.organisation.slack_directory import TEAM, Export, folders_of, write_directory
from assets.organisation.traces import Traces

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


def write_slack_export(path: Path, traces: Traces, export: Export) -> int:
    """Write one zip; the number of message records in it."""
    folders, folder_of = folders_of(traces)
    rows = _rows_of(traces, export)
    folder = folder_of(rows)
    days = traces.messages.sent[rows] // DAY_SECONDS
    writer = _Records(traces, export, rows)
    joined = _joins(traces, export)
    count = 0
    with SteadyZip(path) as archive:
        write_directory(archive, traces, export, folders, set(np.unique(folder).tolist()))
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
