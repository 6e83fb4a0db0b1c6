"""Microsoft Teams: JSON files in the shape of Microsoft Graph, as a zip or a folder.

Users, teams, channels, members, chats, messages, calendar events, online meetings and attendance
reports, in files of any names; ``docs/teams.md`` tells which calls give them and what becomes of
each. Memory is bounded by one file, one batch, the directory, and one number per message and
meeting; each file is parsed once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from assets.extract.archives import Archive, UnreadableMemberError, open_archive
from assets.extract.json_member import BrokenJsonError
from assets.extract.readers.teams_accounts import TeamsAccounts, text_of
from assets.extract.readers.teams_directory import TeamsDirectory
from assets.extract.readers.teams_documents import (
    Document,
    holds_directory,
    holds_traces,
    json_members,
    kind_of,
    label_of,
    open_document,
    units_below,
)
from assets.extract.readers.teams_meetings import TeamsMeetings
from assets.extract.readers.teams_messages import TeamsMessages
from assets.extract.reading import Batch, Border, ReaderOptions, UnreadableLandingError
from assets.extract.row_buffer import RowBuffer, instant

NAME: Final = "teams"
VERSION: Final = "1"

_CONTAINS: Final = ("messages", "reactions", "mentions")
_DIRECTORY: Final = frozenset({"team", "channel", "chat", "member"})


def discover(landing: Sequence[Path]) -> list[Path]:
    """Export zips, and folders that hold JSON files or the folders ``teams`` and ``users``."""
    return units_below(landing)


def read(unit: Path, options: ReaderOptions, border: Border) -> Iterator[Batch]:
    """The export's rows. Raises ``UnreadableLandingError``."""
    with open_archive(unit) as archive:
        yield from _Export(archive, border).batches()


def refuse_unless_export(archive: Archive) -> None:
    """Raise ``UnreadableLandingError`` if no file looks like a collection of Microsoft Graph."""
    for member in json_members(archive):
        try:
            if holds_traces(archive, member) or holds_directory(archive, member):
                return
        except UnreadableMemberError:
            continue
    raise UnreadableLandingError(
        "not_a_teams_export",
        "no JSON file with users, channels, chats, messages or events was found; expected the answers of"
        " Microsoft Graph, one collection or page per file.",
    )


class _Export:
    """One export: the directory first, so that a refusal by e-mail holds from the first message on."""

    def __init__(self, archive: Archive, border: Border) -> None:
        self._archive = archive
        self._border = border
        self._accounts = TeamsAccounts(border)
        self._directory = TeamsDirectory(border, self._accounts)
        self._messages = TeamsMessages(border, self._accounts, self._directory)
        self._meetings = TeamsMeetings(border, self._accounts, self._directory)
        self._is_partial = False
        """Whether a file of messages could not be read, so that what is absent need not be gone."""

    def batches(self) -> Iterator[Batch]:
        """All rows; accounts last, when everybody has been met."""
        refuse_unless_export(self._archive)
        for refused in self._archive.refused:
            self._border.reject(
                position=refused.position,
                target_table="messages",
                reason=refused.reason,
                detail=refused.detail,
            )
        late = self._read_directory()
        self._directory.finish()
        self._meetings.reports.place()
        buffers = (*self._messages.rows.buffers(), self._meetings.meetings, self._meetings.attendances)
        for number, member in late:
            self._read_traces(number, member)
            for buffer in buffers:
                yield from buffer.full_batches()
        self._messages.finish()
        self._meetings.finish()
        for buffer in buffers:
            yield from buffer.last_batches()
        last_seen = max(self._messages.last_seen, self._meetings.last_seen)
        self._border.observe(instant(last_seen) if last_seen else None)
        yield from self._channel_rows()
        yield from self._coverage_rows()
        account_rows = RowBuffer("accounts")
        account_rows.rows = self._accounts.rows()
        yield from account_rows.last_batches()

    def _read_directory(self) -> list[tuple[int, str]]:
        """Everything but messages and events; the numbers and names of the files that hold those."""
        late = []
        for number, member in enumerate(json_members(self._archive), start=1):
            document = None
            try:
                if not holds_traces(self._archive, member):
                    document = open_document(self._archive, member, label_of(member, number))
            except (UnreadableMemberError, BrokenJsonError) as error:
                self._refuse_broken_directory(number, member, error)
                continue
            if document is None or self._add_directory(document):
                late.append((number, member))
        return late

    def _add_directory(self, document: Document) -> bool:
        """Take all but messages and events; whether there were any of those."""
        has_traces = False
        for position, kind, record in self._records(document):
            if kind == "user":
                user_id = text_of(record.get("id"))
                if user_id is None:
                    reason, detail = "account_without_id", "expected an object with an id"
                    self._directory.reject(record, position, "accounts", reason, detail)
                else:
                    self._accounts.describe(record, user_id)
            elif kind in _DIRECTORY:
                self._directory.add(kind, record, document, position)
            elif kind == "online_meeting":
                self._meetings.reports.add_online_meeting(record)
            elif kind == "report":
                self._meetings.reports.add(record, document, position)
            else:
                has_traces = True
        return has_traces

    def _read_traces(self, number: int, member: str) -> None:
        label = label_of(member, number)
        try:
            document = open_document(self._archive, member, label)
        except (UnreadableMemberError, BrokenJsonError) as error:
            self._is_partial = True
            reason = error.reason if isinstance(error, UnreadableMemberError) else "broken_json"
            self._border.reject(position=label, target_table="messages", reason=reason, detail=str(error))
            return
        for position, kind, record in self._records(document):
            if kind == "message":
                self._messages.add(record, document, position)
            elif kind == "event":
                self._meetings.add(record, document, position)

    def _records(self, document: Document) -> Iterator[tuple[str, str, dict[str, object]]]:
        """(position, kind, record) of a file; what is no object goes to quarantine."""
        kinds = [kind_of(record) if isinstance(record, dict) else None for record in document.records]
        is_known = any(kinds)
        for index, (record, kind) in enumerate(zip(document.records, kinds, strict=True)):
            position = f"{document.label} record {index + 1}"
            if kind is not None:
                yield position, kind, record
            elif is_known and not isinstance(record, dict):
                target = "messages" if "message" in kinds else "accounts"
                self._directory.reject(record, position, target, "not_a_record", "expected an object")

    def _refuse_broken_directory(self, number: int, member: str, error: Exception) -> None:
        """A broken list of people or places makes the export unreadable; any other file is left out."""
        label = label_of(member, number)
        try:
            is_directory = holds_directory(self._archive, member)
        except UnreadableMemberError:
            is_directory = True
        if is_directory:
            raise UnreadableLandingError(
                "broken_directory_file",
                f"{label}: {error}. It tells who or where everybody is; without it nothing is read."
                " Export again.",
            ) from error
        self._border.reject(position=label, target_table="messages", reason="broken_json", detail=str(error))

    def _channel_rows(self) -> Iterator[Batch]:
        buffer = RowBuffer("channels")
        for place in self._directory.places.values():
            if not place.is_listed and place.first_sent is None:
                continue  # a link or an invitation led there
            row = (place.channel_id, place.name, place.kind, place.audience, place.created, place.is_archived)
            buffer.rows.append(row)
        yield from buffer.last_batches()

    def _coverage_rows(self) -> Iterator[Batch]:
        """Places from their creation or the export's first message to its last; calendars in one row.

        A place without any message is not covered: nobody may have asked for its messages. What
        lies ahead in a calendar is planned, so that the row ends where the export was made.
        """
        messages, observed = self._messages, self._border.observed_at
        buffer = RowBuffer("source_coverage")
        if messages.first_sent is not None and messages.last_sent is not None:
            for place in self._directory.places.values():
                if place.first_sent is None:
                    continue
                start = max(place.created or messages.first_sent, messages.first_sent)
                start = min(start, place.first_sent)
                contains = list(_CONTAINS)
                if place.is_chat:
                    contains.append("direct_messages")
                if place.is_delta or self._is_partial:
                    contains = [what for what in contains if not what.endswith("messages")]
                row = (place.channel_id, start, messages.last_sent + 1, observed, contains)
                buffer.rows.append(row)
        first = self._meetings.first_start
        last = max(self._messages.last_seen, self._meetings.last_seen)
        if first is not None and first < last:
            buffer.rows.append((None, first, last + 1, observed, ["meetings"]))
        yield from buffer.last_batches()
