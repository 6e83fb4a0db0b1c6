"""The ledger: which landing unit is in the lake, with what rows, read how.

A small SQLite file inside the lake. It is the last thing written for a unit: rows without an
entry here do not count and are swept away. It holds hashes, counts and months, no path and no
personal value.

A unit's *signature* says how it was read (reader, version, options, key, vault); its *refusals*
say whose traces were left out. If either differs from today's, the unit is read again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assets.extract.unit_entry import UnitEntry, from_row, to_row

__all__ = ["Ledger", "LedgerFormatError", "PendingMonths", "UnitEntry", "opened"]

FORMAT_VERSION = "1"

_SCHEMA = """
create table if not exists meta (name text primary key, value text not null);
create table if not exists units (
    source text not null, sha256 text not null, status text not null,
    signature text not null, refusals text not null,
    reason text, message text, n_quarantined integer not null, observed_at text,
    first_at text, last_at text, rows text not null, months text not null,
    is_present integer not null default 1, extracted_at text not null,
    primary key (source, sha256)
);
create table if not exists packed (
    source text not null, table_name text not null, sha256 text not null, file text not null,
    primary key (source, table_name, sha256)
);
create table if not exists pending (
    id integer primary key autoincrement, source text not null, month text not null
);
"""


class LedgerFormatError(Exception):
    """The ledger was written by another version of Kithwork."""


@dataclass(frozen=True)
class PendingMonths:
    """Months whose events changed since the last merge; ``token`` settles exactly these."""

    months: frozenset[date]
    token: int


class Ledger:
    """An open ledger; get one from ``opened``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def units(self, source: str | None = None) -> list[UnitEntry]:
        """All units, or those of one source, in order of source and hash."""
        where = "" if source is None else "where source = ?"
        rows = self._connection.execute(
            f"select * from units {where} order by source, sha256", () if source is None else (source,)
        )
        return [from_row(row) for row in rows]

    def sources(self) -> list[str]:
        """Every source with a unit in the ledger."""
        return [row[0] for row in self._connection.execute("select distinct source from units order by 1")]

    def record(self, entry: UnitEntry) -> None:
        """Enter a unit, new or instead of its earlier entry; its months and the earlier ones are pending."""
        with self._connection:
            before = self._months_of(entry.source, entry.sha256)
            self._connection.execute(
                "insert or replace into units values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", to_row(entry)
            )
            self._add_pending(entry.source, before | entry.months)

    def invalidate(self, source: str, sha256: str) -> None:
        """Say that a unit's files are about to be replaced: until ``record``, it counts as not read."""
        with self._connection:
            self._connection.execute(
                "update units set signature = '' where source = ? and sha256 = ?", (source, sha256)
            )

    def invalidate_source(self, source: str) -> None:
        """Make every unit of a source be read again."""
        with self._connection:
            self._connection.execute("update units set signature = '' where source = ?", (source,))

    def remove(self, source: str, sha256: str) -> None:
        """Forget a unit; the months it touched are pending."""
        with self._connection:
            self._add_pending(source, self._months_of(source, sha256))
            for table in ("units", "packed"):
                self._connection.execute(
                    f"delete from {table} where source = ? and sha256 = ?", (source, sha256)
                )

    def packed(self, source: str) -> dict[tuple[str, str], str]:
        """(Table, unit) to the name of the file that holds its rows together with other units' rows."""
        rows = self._connection.execute(
            "select table_name, sha256, file from packed where source = ? order by 1, 2", (source,)
        )
        return {(table, sha256): file for table, sha256, file in rows}

    def repack(self, source: str, table: str, files: Mapping[str, str | None]) -> None:
        """Unit to the file that holds its rows of a table from now on, in one step; None: its own file."""
        moves = [(source, table, sha256, file) for sha256, file in files.items()]
        with self._connection:
            self._connection.executemany(
                "delete from packed where source = ? and table_name = ? and sha256 = ?",
                [move[:3] for move in moves],
            )
            self._connection.executemany(
                "insert into packed values (?, ?, ?, ?)", [move for move in moves if move[3] is not None]
            )

    def forget_packed(self, source: str) -> None:
        """Say that no packed file of a source counts any more."""
        with self._connection:
            self._connection.execute("delete from packed where source = ?", (source,))

    def settle(self, source: str, present: Iterable[str], refusals: str | None = None) -> None:
        """After a source was read: which units are still in the landing, and today's refusals for all."""
        here = set(present)
        with self._connection:
            for (sha256,) in self._connection.execute(
                "select sha256 from units where source = ?", (source,)
            ).fetchall():
                self._connection.execute(
                    "update units set is_present = ?, refusals = coalesce(?, refusals)"
                    " where source = ? and sha256 = ?",
                    (int(sha256 in here), refusals, source, sha256),
                )

    def question_refusals(self) -> None:
        """Make every unit be read again: an erased person turned out to own more than was known."""
        with self._connection:
            self._connection.execute("update units set refusals = ''")

    def pending_months(self) -> PendingMonths:
        """Months touched by units added, replaced or removed and not merged yet."""
        rows = self._connection.execute("select id, month from pending").fetchall()
        return PendingMonths(
            frozenset(date.fromisoformat(month) for _, month in rows),
            max((int(identifier) for identifier, _ in rows), default=0),
        )

    def mark_merged(self, token: int) -> None:
        """The months that ``pending_months`` answered with this token are in the facts now."""
        with self._connection:
            self._connection.execute("delete from pending where id <= ?", (token,))

    def state_fingerprint(self) -> str:
        """Changes whenever the lake's content may have changed: a hash over units and how they were read."""
        digest = hashlib.sha256()
        for entry in self.units():
            digest.update(
                json.dumps(
                    [
                        entry.source,
                        entry.sha256,
                        entry.signature,
                        entry.refusals,
                        entry.status,
                        dict(entry.rows),
                    ],
                    sort_keys=True,
                ).encode()
            )
        return digest.hexdigest()

    def key_fingerprint(self) -> str | None:
        """The fingerprint of the key under which the lake was last written."""
        row = self._connection.execute("select value from meta where name = 'key_fingerprint'").fetchone()
        return str(row[0]) if row else None

    def set_key_fingerprint(self, fingerprint: str) -> None:
        """Remember the key (by its fingerprint) under which the lake is written from now on."""
        with self._connection:
            self._connection.execute(
                "insert or replace into meta values ('key_fingerprint', ?)", (fingerprint,)
            )

    def _months_of(self, source: str, sha256: str) -> frozenset[date]:
        row = self._connection.execute(
            "select months from units where source = ? and sha256 = ?", (source, sha256)
        ).fetchone()
        return frozenset(map(date.fromisoformat, json.loads(row[0]))) if row else frozenset()

    def _add_pending(self, source: str, months: Iterable[date]) -> None:
        self._connection.executemany(
            "insert into pending (source, month) values (?, ?)",
            [(source, month.isoformat()) for month in sorted(months)],
        )


@contextmanager
def opened(file: Path) -> Iterator[Ledger]:
    """The ledger in ``file``, made on first use, closed at the end of the block.

    Raises ``LedgerFormatError`` for a ledger of another format.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(file, timeout=30)
    try:
        connection.executescript(_SCHEMA)
        with connection:
            connection.execute("insert or ignore into meta values ('format_version', ?)", (FORMAT_VERSION,))
        found = connection.execute("select value from meta where name = 'format_version'").fetchone()[0]
        if found != FORMAT_VERSION:
            raise LedgerFormatError(
                f"the lake's ledger has format {found}, this Kithwork reads {FORMAT_VERSION};"
                " run `kithwork migrate`, or use the Kithwork that wrote it"
            )
        yield Ledger(connection)
    finally:
        connection.close()
