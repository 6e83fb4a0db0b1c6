"""Calendar events to rows of ``meetings`` and ``attendances``.

A meeting is an instance with somebody besides its organiser: all-day entries, drafts, entries that
are marked private and entries of one person are none. It is known by iCalUId and start (metric
specification, K17), so that it counts once however many calendars hold it. Subjects, places and
bodies are not looked at.
"""

from __future__ import annotations

from typing import Any, Final

from assets.extract.readers.teams_accounts import TeamsAccounts, text_of
from assets.extract.readers.teams_directory import TeamsDirectory
from assets.extract.readers.teams_documents import Document, Record
from assets.extract.readers.teams_reports import TeamsReports, thread_in
from assets.extract.readers.teams_time import UnknownZoneError, graph_micros, local_micros
from assets.extract.reading import Border
from assets.extract.row_buffer import RowBuffer

_RESPONSES: Final = {
    "accepted": "accepted",
    "organizer": "accepted",
    "tentativelyAccepted": "tentative",
    "declined": "declined",
}
_PRIVATE: Final = frozenset({"private", "personal"})
_KEPT: Final = ("id", "iCalUId", "type", "seriesMasterId", "start", "end")
"""Fields of an unreadable record that the vault keeps: no people and no texts of a calendar."""


class TeamsMeetings:
    """Reads events; ``reports`` come before them, ``finish`` when all events are read."""

    def __init__(self, border: Border, accounts: TeamsAccounts, directory: TeamsDirectory) -> None:
        self.meetings = RowBuffer("meetings")
        self.attendances = RowBuffer("attendances")
        self.reports = TeamsReports(accounts, directory)
        self.first_start: int | None = None
        self.last_seen = 0
        """The latest change of an event."""
        self._border = border
        self._accounts = accounts
        self._directory = directory
        self._seen: set[int] = set()
        self._masters: dict[str, tuple[Record, str]] = {}
        self._expanded: set[str] = set()

    def add(self, record: Record, document: Document, position: str) -> None:
        """One event of somebody's calendar; what cannot be read goes to quarantine."""
        if record.get("type") == "seriesMaster":
            self._masters[str(record.get("id"))] = (record, position)
            return
        if record.get("seriesMasterId"):
            self._expanded.add(str(record["seriesMasterId"]))
        is_meeting = not (record.get("isAllDay") is True or record.get("isDraft") is True)
        if not is_meeting or text_of(record.get("sensitivity")) in _PRIVATE:
            return
        times = self._times(record, position)
        if times is None:
            return
        attendees = record.get("attendees")
        if not isinstance(attendees, list) or not all(isinstance(one, dict) for one in attendees):
            detail = "expected a list of attendees, each with an emailAddress"
            self._reject(record, position, "malformed_record", detail)
            return
        self._add_meeting(record, document, times, attendees)

    def finish(self) -> None:
        """Write who was there by the reports, and tell of series without their instances."""
        for meeting_id, (account, joined, left) in self.reports.presences():
            self._attend(meeting_id, account, None, joined, left)
        for series, (record, position) in self._masters.items():
            if series not in self._expanded:
                detail = "a series without its instances; export calendarView, which holds each of them"
                self._reject(record, position, "series_not_expanded", detail)

    def _times(self, record: Record, position: str) -> tuple[int, int, str] | None:
        """Start, end and the meeting's id; None, and a quarantined record, where one is missing."""
        reason, detail = "event_without_ical_uid", "expected iCalUId, by which a meeting counts once"
        if text_of(record.get("iCalUId")):
            try:
                start, end = local_micros(record.get("start")), local_micros(record.get("end"))
            except UnknownZoneError:
                reason, detail = (
                    "unknown_time_zone",
                    (
                        "expected UTC, a zone such as Europe/Warsaw or one of Windows' names; export with the"
                        ' header Prefer: outlook.timezone="UTC"'
                    ),
                )
            else:
                if start is not None and end is not None and start <= end:
                    meeting_id = self._border.message_id(f"meeting {record['iCalUId']} {start}")
                    return start, end, meeting_id
                reason = "event_without_start" if start is None else "event_without_end"
                detail = "expected start and end as {dateTime, timeZone}, the end not before the start"
                if start is not None and end is not None:
                    reason = "event_ends_before_it_starts"
        self._reject(record, position, reason, detail)
        return None

    def _add_meeting(
        self, record: Record, document: Document, times: tuple[int, int, str], attendees: list[Record]
    ) -> None:
        meeting_id = times[2]
        organiser = self._by_address(record.get("organizer"))
        invited = self._invited(attendees, organiser)
        if not invited:
            return
        owner = self._owner(record, document, organiser)
        own_response = _response(record.get("responseStatus"))
        if owner in invited and own_response != "none":
            invited[owner] = own_response
        is_first = self._is_first(meeting_id)
        is_organisers = owner is not None and owner == organiser
        if is_first or is_organisers or record.get("isCancelled") is True:
            self._add_row(record, times, organiser, is_first)
        if organiser and is_first:
            self._attend(meeting_id, organiser, "accepted")
        for account, response in invited.items():  # the organiser's copy knows all, others' their own
            if is_first or is_organisers or account == owner:
                self._attend(meeting_id, account, response)

    def _add_row(
        self, record: Record, times: tuple[int, int, str], organiser: str | None, is_first: bool
    ) -> None:
        start, end, meeting_id = times
        modified = graph_micros(record.get("lastModifiedDateTime"))
        self.last_seen = max(self.last_seen, modified or 0)
        if self.first_start is None or start < self.first_start:
            self.first_start = start
        thread = self._chat_of(record)
        if is_first:
            self.reports.see_instance(thread, start, end, meeting_id)
        chat = self._directory.place(thread, is_chat=True).channel_id if thread else None
        is_recurring = bool(record.get("seriesMasterId")) or record.get("type") in ("occurrence", "exception")
        hashed = self._accounts.hashed(organiser) if organiser else None
        is_cancelled = record.get("isCancelled") is True
        self.meetings.rows.append(
            (meeting_id, hashed, start, end, is_recurring, is_cancelled, chat, modified)
        )

    def _invited(self, attendees: list[Record], organiser: str | None) -> dict[str, str]:
        """Original account ids of the invited to their responses; rooms are none of them."""
        invited = {}
        for attendee in attendees:
            account = self._by_address(attendee) if attendee.get("type") != "resource" else None
            if account is not None and account != organiser:
                invited[account] = _response(attendee.get("status"))
        return invited

    def _attend(
        self,
        meeting_id: str,
        account: str,
        response: str | None,
        joined: int | None = None,
        left: int | None = None,
    ) -> None:
        hashed = self._accounts.hashed(account)
        if hashed is not None:
            self.attendances.rows.append((meeting_id, hashed, response, joined, left))

    def _by_address(self, party: Any) -> str | None:
        email = party.get("emailAddress") if isinstance(party, dict) else None
        if not isinstance(email, dict):
            return None
        address = text_of(email.get("address"))
        return self._accounts.of_address(address, text_of(email.get("name"))) if address else None

    def _owner(self, record: Record, document: Document, organiser: str | None) -> str | None:
        """Whose calendar the event lies in, where the export tells."""
        if record.get("isOrganizer") is True:
            return organiser
        named = document.address.get("users")
        if named is not None and "@" in named:
            return self._accounts.of_address(named, None)
        candidates = [named, *sorted(document.path_ids)]
        return next((one for one in candidates if one and self._accounts.is_listed(one)), None)

    def _chat_of(self, record: Record) -> str | None:
        """The original id of the meeting's chat; None for meetings in a channel or elsewhere."""
        online = record.get("onlineMeeting")
        url = text_of(online.get("joinUrl")) if isinstance(online, dict) else None
        url = url or text_of(record.get("onlineMeetingUrl"))
        known = self._directory.chat_of_url.get(url or "")
        return thread_in(url) or known or self._directory.chat_of_event.get(str(record.get("id")))

    def _is_first(self, meeting_id: str) -> bool:
        mark = int(meeting_id[:16], 16)
        is_first = mark not in self._seen
        self._seen.add(mark)
        return is_first

    def _reject(self, record: Record, position: str, reason: str, detail: str) -> None:
        kept = {name: record.get(name) for name in _KEPT if name in record}
        self._directory.reject(kept, position, "meetings", reason, detail)


def _response(status: Any) -> str:
    found = status.get("response") if isinstance(status, dict) else None
    return _RESPONSES.get(found, "none") if isinstance(found, str) else "none"
