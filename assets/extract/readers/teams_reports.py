"""Attendance reports of online meetings: who was there, and which calendar's entry it was.

A report knows its online meeting, an online meeting its chat, and an event the chat of its address
to join; the instances of a series share a chat and are told apart by their times.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from assets.extract.readers.teams_accounts import TeamsAccounts, text_of
from assets.extract.readers.teams_directory import TeamsDirectory
from assets.extract.readers.teams_documents import Document, Record
from assets.extract.readers.teams_time import graph_micros

Presence = tuple[str, int, int | None]
"""Original account id, first joining and last leaving."""

_THREAD = re.compile(r"/l/meetup-join/(19:[^/?]+@thread\.(?:v2|skype))/0\b")
_ENCODED_THREAD = re.compile(r"\*\*(19:.+@thread\.(?:v2|skype))$")
_NEAR: Final = 6 * 3_600 * 1_000_000
"""A report further than six hours from every event of its chat belongs to none of them."""
_KEPT: Final = ("id", "meetingStartDateTime", "meetingEndDateTime")
_EXPECTED: Final = (
    "expected the online meeting's id in @odata.context or in the path, its onlineMeeting record with"
    " chatInfo, and an event of that chat within six hours"
)


@dataclass
class _Report:
    started: int
    ended: int
    present: list[Presence]
    record: Record
    position: str


class TeamsReports:
    """Reads reports; ``place`` them when all online meetings are known, ask for ``presences`` at the end."""

    def __init__(self, accounts: TeamsAccounts, directory: TeamsDirectory) -> None:
        self._accounts = accounts
        self._directory = directory
        self._thread_of_online: dict[str, str] = {}
        self._waiting: list[tuple[Record, Document, str]] = []
        self._reports: dict[str, list[_Report]] = {}
        self._instances: dict[str, list[tuple[int, int, str]]] = {}

    def add_online_meeting(self, record: Record) -> None:
        """A record of ``/onlineMeetings``: which chat a meeting has."""
        chat = record.get("chatInfo")
        thread = text_of(chat.get("threadId")) if isinstance(chat, dict) else None
        thread = thread or thread_in(record.get("joinWebUrl"))
        if thread and text_of(record.get("id")):
            self._thread_of_online[record["id"]] = thread

    def add(self, record: Record, document: Document, position: str) -> None:
        """An attendance report with its records."""
        self._waiting.append((record, document, position))

    def place(self) -> None:
        """Find each report's chat."""
        for record, document, position in self._waiting:
            started = graph_micros(record.get("meetingStartDateTime"))
            ended = graph_micros(record.get("meetingEndDateTime"))
            thread = self._thread_of(document)
            if thread is None or started is None or ended is None:
                self._reject(record, position)
                continue
            found = _Report(started, ended, self._present(record), record, position)
            self._reports.setdefault(thread, []).append(found)
        self._waiting = []

    def see_instance(self, thread: str | None, start: int, end: int, meeting_id: str) -> None:
        """A meeting of this chat, in microseconds since 1970."""
        if thread is not None and thread in self._reports:
            self._instances.setdefault(thread, []).append((start, end, meeting_id))

    def presences(self) -> Iterator[tuple[str, Presence]]:
        """(meeting_id, presence) of everybody in the reports; a report without a meeting is rejected."""
        for thread, reports in self._reports.items():
            for report in reports:
                meeting_id = _nearest(report, self._instances.get(thread, []))
                if meeting_id is None:
                    self._reject(report.record, report.position)
                    continue
                for presence in report.present:
                    yield meeting_id, presence

    def _thread_of(self, document: Document) -> str | None:
        named = document.address.get("onlineMeetings")
        for one in (named, *sorted(document.path_ids)):
            if one is not None and one in self._thread_of_online:
                return self._thread_of_online[one]
        return _encoded_thread(named)

    def _present(self, report: Record) -> list[Presence]:
        found = []
        records = report["attendanceRecords"]
        for record in records if isinstance(records, list) else ():
            if not isinstance(record, dict):
                continue
            identity, intervals = record.get("identity"), record.get("attendanceIntervals")
            account = text_of(identity.get("id")) if isinstance(identity, dict) else None
            if account is None or not self._accounts.is_listed(account):
                address = text_of(record.get("emailAddress"))
                account = self._accounts.of_address(address, None) if address else None
            pairs = [one for one in intervals if isinstance(one, dict)] if isinstance(intervals, list) else []
            joined = _moments(pairs, "joinDateTime")
            if account is not None and joined:
                found.append((account, min(joined), max(_moments(pairs, "leaveDateTime"), default=None)))
        return found

    def _reject(self, record: Record, position: str) -> None:
        kept = {name: record.get(name) for name in _KEPT}
        self._directory.reject(kept, position, "attendances", "report_without_meeting", _EXPECTED)


def thread_in(url: Any) -> str | None:
    """The chat in an address to join; meetings in a channel name a message there instead of a 0."""
    match = _THREAD.search(unquote(url)) if isinstance(url, str) else None
    return match[1] if match else None


def _moments(intervals: list[Record], name: str) -> list[int]:
    return [moment for one in intervals if (moment := graph_micros(one.get(name))) is not None]


def _encoded_thread(online_id: str | None) -> str | None:
    """The chat in an online meeting's id, which is base64 of organiser and chat."""
    try:
        decoded = base64.b64decode((online_id or "") + "==").decode()
    except (binascii.Error, ValueError):
        return None
    match = _ENCODED_THREAD.search(decoded)
    return match[1] if match else None


def _nearest(report: _Report, instances: list[tuple[int, int, str]]) -> str | None:
    """The instance that overlaps most with the report, else the one that begins next to it."""
    best: tuple[int, int, str] | None = None
    for start, end, meeting_id in sorted(instances):
        overlap = max(0, min(end, report.ended) - max(start, report.started))
        distance = abs(start - report.started)
        if (overlap > 0 or distance <= _NEAR) and (best is None or (-overlap, distance) < best[:2]):
            best = (-overlap, distance, meeting_id)
    return best[2] if best else None
