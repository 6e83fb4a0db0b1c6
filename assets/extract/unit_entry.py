"""What the ledger knows of one landing unit, and how it writes that down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime


@dataclass(frozen=True)
class UnitEntry:
    """What the ledger knows of one landing unit."""

    source: str
    sha256: str
    signature: str
    refusals: str
    status: str = "ok"
    """'ok', or 'unreadable' with ``reason`` and ``message``."""
    reason: str | None = None
    message: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    """Rows per lake table, quarantine included."""
    n_quarantined: int = 0
    observed_at: datetime | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    months: frozenset[date] = frozenset()
    """First days of the months that its events and its coverage touch."""
    is_present: bool = True
    """Whether the landing unit was still there when last looked for."""


def to_row(entry: UnitEntry) -> tuple[object, ...]:
    """The columns of the ledger's table ``units``, in their order."""
    return (
        entry.source,
        entry.sha256,
        entry.status,
        entry.signature,
        entry.refusals,
        entry.reason,
        entry.message,
        entry.n_quarantined,
        _text(entry.observed_at),
        _text(entry.first_at),
        _text(entry.last_at),
        json.dumps(dict(sorted(entry.rows.items()))),
        json.dumps(sorted(month.isoformat() for month in entry.months)),
        int(entry.is_present),
        datetime.now(UTC).isoformat(),  # for people who look; nothing is computed from it
    )


def from_row(row: tuple[object, ...]) -> UnitEntry:
    """The entry of such a row."""
    source, sha256, status, signature, refusals, reason, message, n_quarantined = row[:8]
    observed_at, first_at, last_at, rows, months, is_present = row[8:14]
    return UnitEntry(
        source=str(source),
        sha256=str(sha256),
        signature=str(signature),
        refusals=str(refusals),
        status=str(status),
        reason=None if reason is None else str(reason),
        message=None if message is None else str(message),
        rows=json.loads(str(rows)),
        n_quarantined=int(str(n_quarantined)),
        observed_at=_instant(observed_at),
        first_at=_instant(first_at),
        last_at=_instant(last_at),
        months=frozenset(map(date.fromisoformat, json.loads(str(months)))),
        is_present=bool(is_present),
    )


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text is not None else None
