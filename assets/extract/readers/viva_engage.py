"""Viva Engage (Yammer) network data exports: a zip of CSV files, or the same unpacked.

``Messages.csv`` is required; ``Users.csv`` and ``Groups.csv`` are used where they are. The export
holds no likes, so ``source_coverage.contains`` lacks ``reactions``; nor does it hold group
membership. See ``docs/viva_engage.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from assets.extract.archives import Archive, UnreadableMemberError, open_archive
from assets.extract.columns import described
from assets.extract.landing_units import exports_below
from assets.extract.readers.viva_accounts import Micros, VivaAccounts
from assets.extract.readers.viva_records import VivaChannel, VivaMessages
from assets.extract.readers.viva_tables import CsvMember, csv_member, is_true
from assets.extract.readers.viva_time import viva_micros
from assets.extract.reading import Batch, Border, ReaderOptions, UnreadableLandingError
from assets.extract.row_buffer import RowBuffer, instant

NAME: Final = "viva_engage"
VERSION: Final = "3"

_MARKS: Final = frozenset({"messages.csv"})
_CONTAINS: Final = ["messages", "mentions"]
_KNOWN: Final = (
    *("id", "created_at", "sender_id", "sender_name", "sender_email", "thread_id", "replied_to_id", "body"),
    *("group_id", "group_name", "in_private_group", "in_private_conversation", "conversation_id"),
    *("participants", "sender_type", "message_type", "attachments", "deleted_at"),
)
"""Columns of Messages.csv that a message about a missing one may repeat."""
_SINCE = re.compile(r"\bsince\W{1,4}(\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+)?(?:Z|[+-]\d{2}:?\d{2})?)")


def discover(landing: Sequence[Path]) -> list[Path]:
    """Export zips, and folders that hold a ``Messages.csv``."""
    return exports_below(landing, _MARKS)


def read(unit: Path, options: ReaderOptions, border: Border) -> Iterator[Batch]:
    """The export's rows. Raises ``UnreadableLandingError``."""
    micros = partial(_micros, timezone=options.timezone, time_format=options.time_format)
    with open_archive(unit) as archive:
        for refused in archive.refused:
            border.reject(
                position=refused.position,
                target_table="messages",
                reason=refused.reason,
                detail=refused.detail,
            )
        table = partial(csv_member, archive, encoding=options.encoding, columns=options.columns)
        messages = _required(table("Messages.csv"))
        accounts = VivaAccounts(border, micros)
        _read_users(table("Users.csv"), accounts, border)
        if messages.has_column("sender_email"):
            # before the first hash is given out, so that a refusal by e-mail holds everywhere
            for _, record in messages.records(border, "messages", is_first_pass=True):
                accounts.see_sender(record)
        channels = _read_groups(table("Groups.csv"), border, micros)
        reader = VivaMessages(border, accounts, channels, micros)
        yield from _read_messages(messages, reader, accounts, border)
        border.observe(instant(reader.last_seen) if reader.last_seen else None)
        yield from _channel_rows(channels)
        yield from _coverage_rows(reader, _since(archive, micros), border)
    account_rows = RowBuffer("accounts")
    account_rows.rows = accounts.rows()
    yield from account_rows.last_batches()


def _micros(text: str | None, timezone: str, time_format: str | None) -> int | None:
    return viva_micros(text, timezone, time_format) if text else None


def _required(messages: CsvMember | None) -> CsvMember:
    if messages is None:
        raise UnreadableLandingError(
            "not_a_viva_engage_export",
            "there is no Messages.csv; expected the network data export as Viva Engage made it"
            " (choose messages and users when exporting).",
        )
    header = messages.header()
    missing = [name for name in ("id", "created_at") if not messages.has_column(name)]
    if not any(messages.has_column(name) for name in ("sender_id", "sender_email")):
        missing.append("sender_id or sender_email")
    if missing:
        raise UnreadableLandingError(
            "missing_column",
            f"Messages.csv lacks the column {', '.join(missing)}; {described(header, _KNOWN)}. If it is named"
            " otherwise, map it under columns:.",
        )
    return messages


def _read_users(users: CsvMember | None, accounts: VivaAccounts, border: Border) -> None:
    if users is None:
        return
    for position, record in users.records(border, "accounts"):
        user_id = record.get("id")
        if user_id is None:
            border.reject(
                position=position,
                target_table="accounts",
                reason="account_without_id",
                detail="expected an id",
                original=str(record),
            )
            continue
        accounts.describe(record, user_id)


def _read_groups(groups: CsvMember | None, border: Border, micros: Micros) -> dict[str, VivaChannel]:
    channels: dict[str, VivaChannel] = {}
    for position, record in groups.records(border, "channels") if groups is not None else ():
        group_id = record.get("id")
        if group_id is None:
            border.reject(
                position=position,
                target_table="channels",
                reason="channel_without_id",
                detail="expected an id",
                original=str(record),
            )
            continue
        name = record.get("name")
        is_private = is_true(record.get("private")) or record.get("privacy", "").casefold() == "private"
        channels[group_id] = VivaChannel(
            channel_id=group_id,
            kind="private" if is_private else "public",
            name=None if name is None or border.names_a_person(name) else name,
            audience="external" if is_true(record.get("external")) else "internal",
            created=micros(record.get("createdat")),
            is_archived=is_true(record.get("deleted")) or "deletedat" in record,
        )
    return channels


def _read_messages(
    messages: CsvMember, reader: VivaMessages, accounts: VivaAccounts, border: Border
) -> Iterator[Batch]:
    buffers = (reader.messages, reader.mentions, reader.recipients)
    for position, record in messages.records(border, "messages"):
        accounts.see_sender(record)
        reader.add(record, position)
        for buffer in buffers:
            yield from buffer.full_batches()
    for buffer in buffers:
        yield from buffer.last_batches()


def _channel_rows(channels: dict[str, VivaChannel]) -> Iterator[Batch]:
    buffer = RowBuffer("channels")
    for channel in channels.values():
        row = (
            channel.channel_id,
            channel.name,
            channel.kind,
            channel.audience,
            channel.created,
            channel.is_archived,
        )
        buffer.rows.append(row)
    yield from buffer.last_batches()


def _coverage_rows(reader: VivaMessages, since: int | None, border: Border) -> Iterator[Batch]:
    """From the requested beginning if ``request.txt`` tells it, else the first message, to the last one.

    A requested end says nothing: it may lie in the future.
    """
    if reader.first_sent is None or reader.last_sent is None:
        return
    earliest = since if since is not None else reader.first_sent
    end = reader.last_sent + 1
    buffer = RowBuffer("source_coverage")
    for channel in reader.channels.values():
        is_direct = channel.kind in ("direct", "group_direct")
        begin = channel.created if channel.created is not None else channel.first_sent
        start = earliest if since is not None else max(begin or earliest, earliest)
        if start < end:
            contains = [*_CONTAINS, "direct_messages"] if is_direct else _CONTAINS
            buffer.rows.append((channel.channel_id, start, end, border.observed_at, contains))
    yield from buffer.last_batches()


def _since(archive: Archive, micros: Micros) -> int | None:
    """The beginning that the export's own request asked for; None where it does not tell."""
    request = next((m for m in archive.members() if m.rpartition("/")[2].casefold() == "request.txt"), None)
    if request is None:
        return None
    try:
        found = _SINCE.search(archive.read(request).decode(errors="replace"))
    except UnreadableMemberError:
        return None
    return micros(found[1]) if found else None
