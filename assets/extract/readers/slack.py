"""Slack exports: the zip that a workspace's owner downloads, or the same unpacked.

``message_id`` is ``<channel id>:<ts>``. A message's version is its last edit. Memory is bounded
by one day file of one channel and one batch. What is covered, and how bots, guests, deletions
and the time before threads are read, is told in ``docs/slack.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from assets.extract.archives import Archive, UnreadableMemberError, open_archive
from assets.extract.json_member import BrokenJsonError, parse_json
from assets.extract.landing_units import exports_below
from assets.extract.readers.chat_rows import ChatRows
from assets.extract.readers.slack_accounts import SlackAccounts
from assets.extract.readers.slack_directory import (
    CHANNEL_LISTS,
    USER_LISTS,
    SlackChannel,
    read_channels,
    read_users,
)
from assets.extract.readers.slack_records import ChannelReader
from assets.extract.reading import Batch, Border, ReaderOptions, UnreadableLandingError
from assets.extract.row_buffer import RowBuffer, instant

NAME: Final = "slack"
VERSION: Final = "4"

_MARKS: Final = frozenset(USER_LISTS) | frozenset(CHANNEL_LISTS)
_CONTAINS: Final = ["messages", "reactions", "mentions"]
_DAY_MICROS: Final = 86_400_000_000
_MAX_KEPT_ORIGINAL: Final = 65_536

Span = tuple[int, int]
"""From (inclusive) to (exclusive), microseconds since 1970."""


def discover(landing: Sequence[Path]) -> list[Path]:
    """Export zips, and folders that hold a ``users.json`` or a list of channels."""
    return exports_below(landing, _MARKS)


def read(unit: Path, options: ReaderOptions, border: Border) -> Iterator[Batch]:
    """The export's rows. Raises ``UnreadableLandingError``."""
    with open_archive(unit) as archive:
        for refused in archive.refused:
            border.reject(
                position=refused.position,
                target_table="messages",
                reason=refused.reason,
                detail=refused.detail,
            )
        accounts = SlackAccounts(border)
        read_users(archive, border, accounts)
        channels = read_channels(archive, border)
        if not channels:
            raise UnreadableLandingError(
                "not_a_slack_export",
                "neither a list of channels (channels.json) nor a folder with day files"
                " (<channel>/YYYY-MM-DD.json) was found; expected the export as Slack made it.",
            )
        yield from _read_channels(archive, channels, accounts, border)
    account_rows = RowBuffer("accounts")
    account_rows.rows = accounts.rows()
    yield from account_rows.last_batches()


def _read_channels(
    archive: Archive, channels: list[SlackChannel], accounts: SlackAccounts, border: Border
) -> Iterator[Batch]:
    rows = ChatRows(border)
    readers: list[tuple[ChannelReader, list[Span]]] = []
    for channel in channels:
        reader = ChannelReader(channel, rows, accounts, border)
        gaps: list[Span] = []
        for day, member in channel.day_files:
            if not _read_day(archive, reader, day, member, border):
                gaps.append(_around(day))
            for buffer in rows.buffers():
                yield from buffer.full_batches()
        reader.finish()
        readers.append((reader, gaps))
    for buffer in rows.buffers():
        yield from buffer.last_batches()
    last_seen = max(reader.last_seen for reader, _ in readers)
    border.observe(instant(last_seen) if last_seen else None)
    yield from _channel_rows(channels)
    yield from _coverage_rows(readers, border.observed_at)


def _read_day(archive: Archive, reader: ChannelReader, day: str, member: str, border: Border) -> bool:
    """Whether the file could be read. Positions name the channel's id, never a folder made of handles."""
    file_position = f"{reader.channel.channel_id}/{day}.json"
    raw = b""
    try:
        raw = archive.read(member)
        records = parse_json(raw)
        if not isinstance(records, list):
            raise BrokenJsonError(f"a {type(records).__name__} at byte 0; expected a list of messages")
    except (UnreadableMemberError, BrokenJsonError) as error:
        border.reject(
            position=file_position,
            target_table="messages",
            reason=error.reason if isinstance(error, UnreadableMemberError) else "broken_json",
            detail=str(error),
            original=raw[:_MAX_KEPT_ORIGINAL].decode(errors="replace") or None,
        )
        return False
    reader.day_span = _around(day)
    for index, record in enumerate(records):
        reader.add(record, f"{file_position} record {index + 1}")
    return True


def _channel_rows(channels: list[SlackChannel]) -> Iterator[Batch]:
    buffer = RowBuffer("channels")
    for channel in channels:
        audience = "external" if channel.is_external else "internal"
        row = (
            channel.channel_id,
            channel.name,
            channel.kind,
            audience,
            channel.created,
            channel.is_archived,
        )
        buffer.rows.append(row)
    yield from buffer.last_batches()


def _coverage_rows(
    readers: list[tuple[ChannelReader, list[Span]]], observed_at: datetime | None
) -> Iterator[Batch]:
    """What the export tells about each channel, and from when to when.

    All channels end with the latest message of the whole export. An export of a chosen period
    holds old channels too, so none begins before the earliest message of the whole export; the
    day of an unreadable file (and its neighbours: Slack cuts days in the workspace's time zone)
    is left out, or its messages would pass for deleted.
    """
    sent = [(r.first_sent, r.last_sent) for r, _ in readers if r.first_sent is not None]
    if not sent:
        return
    earliest = min(first for first, _ in sent if first is not None)
    end = max(last for _, last in sent if last is not None) + 1
    buffer = RowBuffer("source_coverage")
    for reader, gaps in readers:
        channel = reader.channel
        start = max(channel.created or earliest, earliest)
        if reader.first_sent is not None:
            start = min(start, reader.first_sent)
        contains = [*_CONTAINS, "direct_messages"] if channel.is_direct else _CONTAINS
        for covered_from, covered_to in _without_gaps((start, end), gaps):
            buffer.rows.append((channel.channel_id, covered_from, covered_to, observed_at, contains))
    yield from buffer.last_batches()


def _without_gaps(whole: Span, gaps: list[Span]) -> Iterator[Span]:
    start, end = whole
    for gap_start, gap_end in sorted(gaps):
        if start < min(gap_start, end):
            yield start, min(gap_start, end)
        start = max(start, gap_end)
    if start < end:
        yield start, end


@lru_cache(maxsize=4_096)  # every channel has the same days
def _around(day: str) -> Span:
    try:
        midnight = (date.fromisoformat(day) - date(1970, 1, 1)) // timedelta(days=1) * _DAY_MICROS
    except ValueError:  # a file called 2016-13-45.json
        return 0, 0
    return midnight - _DAY_MICROS, midnight + 2 * _DAY_MICROS
