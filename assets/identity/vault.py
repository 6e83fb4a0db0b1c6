"""The vault: the only place where names, handles and e-mail addresses live.

One DuckDB file in a folder that only its owner can enter. Connections are opened for one step
and closed; its log and spill files lie in the same folder with the same modes. Everything that
leaves it through these functions is either a pseudonym, an integer key, or an answer to
somebody who may see originals.

Tables: ``meta`` · ``identities`` (original id of each pseudonym) · ``labels`` (each distinct
name, handle and e-mail an identity was seen with, and when last) · ``keys`` (integer keys,
assigned once, never reused) · ``landing`` (path of each landing unit) · ``originals`` (what
stands behind quarantined rows) · ``erasures`` · ``former_hashes`` (pseudonyms under earlier keys) ·
``terms`` (what stands behind hashed topic terms).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from assets.extract.reading import Identity, name_words
from assets.identity.key import must_match
from assets.identity.pseudonyms import normalised_email
from assets.identity.vault_format import FILE_NAME, VaultFormatError, prepare

_LABELS = pa.schema(
    [
        *((name, pa.string()) for name in ("kind", "source", "hashed_id", "original_id")),
        *((name, pa.string()) for name in ("name", "handle", "email", "unit")),
        ("seen", pa.timestamp("us")),
    ]
)


class Vault:
    """An open vault; get one from ``opened``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._in_transaction = False

    def meta(self, name: str) -> str:
        """A value of the vault's own: ``key_fingerprint``, ``vault_id``, ``format_version`` …"""
        found = self.connection.execute("select value from meta where name = ?", [name]).fetchone()
        if found is None:
            raise VaultFormatError(f"the vault has no {name}; restore it from a backup")
        return str(found[0])

    def learn(self, identities: Iterable[Identity], unit: str, observed_at: datetime | None) -> None:
        """Remember who stands behind pseudonyms, as one landing unit showed them.

        In whatever order units arrive, the vault ends in the same state, except for the unit
        that is called the first.
        """
        seen = observed_at.replace(tzinfo=None) if observed_at is not None else None
        rows = [
            (i.kind, i.source, i.hashed_id, i.original_id, i.name, i.handle, i.email, unit, seen)
            for i in identities
        ]
        if not rows:
            return
        incoming = pa.table(
            [
                pa.array(column, kind)
                for column, kind in zip(zip(*rows, strict=True), _LABELS.types, strict=True)
            ],
            schema=_LABELS,
        )
        with self._registered("incoming", incoming):
            self.connection.execute(
                "insert into identities select distinct kind, source, hashed_id, original_id from incoming"
                " where hashed_id not in (select hashed_id from identities)"
            )
            same = (
                "labels.hashed_id = incoming.hashed_id and labels.name is not distinct from incoming.name"
                " and labels.handle is not distinct from incoming.handle"
                " and labels.email is not distinct from incoming.email"
            )
            self.connection.execute(
                "update labels set last_seen = incoming.seen, last_unit = incoming.unit from incoming"
                f" where {same} and row(coalesce(incoming.seen, timestamp '0001-01-01'), incoming.unit)"
                " > row(coalesce(last_seen, timestamp '0001-01-01'), last_unit)"
            )
            self.connection.execute(
                "insert into labels select hashed_id, name, handle, email, unit, unit, seen from incoming"
                f" where not exists (select 1 from labels where {same})"
            )

    def assign_keys(self, kind: str, hashed_ids: Sequence[str]) -> dict[str, int]:
        """The integer keys of these pseudonyms; new ones get the next numbers, in order of the pseudonym.

        ``kind`` is 'account' or 'person'. A key is never given twice, not even after an erasure.
        """
        known = {
            str(hashed): int(key)
            for hashed, key in self.connection.execute(
                "select hashed_id, key from keys where kind = ?", [kind]
            ).fetchall()
        }
        new = sorted(set(hashed_ids) - known.keys())
        if new:
            start = int(self.meta(f"next_{kind}_key"))
            added = {hashed: start + offset for offset, hashed in enumerate(new)}
            table = pa.table(
                {
                    "kind": pa.array([kind] * len(new)),
                    "hashed_id": pa.array(new),
                    "key": pa.array(list(added.values()), pa.int64()),
                }
            )
            with self.transaction(), self._registered("incoming", table):
                self.connection.execute("insert into keys select kind, hashed_id, key from incoming")
                self.connection.execute(
                    "update meta set value = ? where name = ?", [str(start + len(new)), f"next_{kind}_key"]
                )
            known |= added
        return {hashed: known[hashed] for hashed in hashed_ids}

    def known_keys(self, kind: str) -> dict[str, int]:
        """Every key of a kind given so far, by pseudonym."""
        rows = self.connection.execute("select hashed_id, key from keys where kind = ?", [kind])
        return {str(hashed): int(key) for hashed, key in rows.fetchall()}

    def known(self, kind: str) -> pa.Table:
        """Everyone of a kind (account, worker) with the latest name, handle and e-mail.

        Columns kind, source, hashed_id, original_id, name, handle, email (all text).
        """
        return self.connection.execute(
            "select * from known where kind = ? order by source, hashed_id", [kind]
        ).to_arrow_table()

    def addresses(self) -> list[tuple[str, str, str, str, str]]:
        """Every e-mail address ever seen with an identity.

        Rows of (kind, source, hashed id, original id, normalised address).
        """
        rows = self.connection.execute(
            "select distinct kind, source, hashed_id, original_id, email"
            " from identities join labels using (hashed_id) where email is not null"
        ).fetchall()
        return sorted({(k, s, h, o, normalised_email(e)) for k, s, h, o, e in rows})

    def known_words(self) -> frozenset[str]:
        """The words of every name and handle: what topic terms and channel names are cleared of."""
        rows = self.connection.execute(
            "select distinct unnest([name, handle]) as label from labels"
        ).fetchall()
        words: set[str] = set()
        for (label,) in rows:
            words |= name_words(label) if label else set()
        return frozenset(words)

    def learn_terms(self, terms: Mapping[str, str]) -> None:
        """Remember what hashed topic terms stand for."""
        if not terms:
            return
        table = pa.table(
            {
                "hashed_id": pa.array(list(terms), pa.string()),
                "term": pa.array(list(terms.values()), pa.string()),
            }
        )
        with self._registered("incoming", table):
            self.connection.execute(
                "insert into terms select hashed_id, term from incoming"
                " where hashed_id not in (select hashed_id from terms)"
            )

    def terms(self) -> dict[str, str]:
        """Every topic term by its hash: some of them name people."""
        rows = self.connection.execute("select hashed_id, term from terms order by all").fetchall()
        return {str(hashed): str(term) for hashed, term in rows}

    def forget_terms_but(self, used: Collection[str]) -> int:
        """Forget the terms that no row of the lake uses any more; how many there were."""
        unused = [hashed for hashed in self.terms() if hashed not in used]
        if unused:
            self.connection.execute("delete from terms where list_contains(?, hashed_id)", [unused])
        return len(unused)

    def remember_landing(self, source: str, sha256: str, path: Path) -> None:
        """Remember where a landing unit was found; its path may hold a name."""
        self.connection.execute("delete from landing where source = ? and sha256 = ?", [source, sha256])
        self.connection.execute("insert into landing values (?, ?, ?)", [source, sha256, str(path)])

    def landing_path(self, source: str, sha256: str) -> str | None:
        """Where a landing unit was last found."""
        row = self.connection.execute(
            "select path from landing where source = ? and sha256 = ?", [source, sha256]
        ).fetchone()
        return str(row[0]) if row else None

    def keep_originals(self, source: str, unit: str, originals: Sequence[tuple[str, str]]) -> None:
        """Replace what is kept behind a unit's quarantined rows; (original_id, text) pairs."""
        self.connection.execute("delete from originals where source = ? and unit = ?", [source, unit])
        if originals:
            table = pa.table(
                {
                    "original_id": pa.array([name for name, _ in originals], pa.string()),
                    "original": pa.array([text for _, text in originals], pa.string()),
                }
            )
            with self._registered("incoming", table):
                self.connection.execute(
                    "insert into originals select original_id, ?, ?, original from incoming", [source, unit]
                )

    def original(self, original_id: str) -> str | None:
        """What stands behind a quarantined row; for somebody who may see it."""
        row = self.connection.execute(
            "select original from originals where original_id = ?", [original_id]
        ).fetchone()
        return str(row[0]) if row else None

    def former_hashes(self) -> dict[str, str]:
        """Pseudonyms under earlier keys to today's."""
        rows = self.connection.execute("select former, current from former_hashes").fetchall()
        return {str(former): str(current) for former, current in rows}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block, or nothing of it, also if the process is killed; inside another: part of it."""
        if self._in_transaction:
            yield
            return
        self.connection.execute("begin")
        self._in_transaction = True
        try:
            yield
        except BaseException:
            self.connection.execute("rollback")
            raise
        finally:
            self._in_transaction = False
        self.connection.execute("commit")

    @contextmanager
    def _registered(self, name: str, table: pa.Table) -> Iterator[None]:
        self.connection.register(name, table)
        try:
            yield
        finally:
            self.connection.unregister(name)


@contextmanager
def opened(folder: Path, key: bytes | None) -> Iterator[Vault]:
    """The vault in ``folder``, made on first use, closed at the end of the block.

    ``key`` None opens an existing vault whose key is lost or irrelevant (re-keying, lookups).
    Raises ``KeyMismatchError`` for another warehouse's key and ``VaultFormatError`` for a vault
    of a newer format.
    """
    with opened_unchecked(folder, key) as vault:
        if key is not None:
            must_match("vault", vault.meta("key_fingerprint"), key)
        yield vault


@contextmanager
def opened_unchecked(folder: Path, key: bytes | None) -> Iterator[Vault]:
    """As ``opened``, whatever key the vault was written with; ``key`` is used for a new vault only."""
    before = os.umask(0o077)  # DuckDB makes its log with the umask's mode, and it holds plain text
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        file = folder / FILE_NAME
        is_new = not file.exists()
        if is_new and key is None:
            raise VaultFormatError("there is no vault yet; `kithwork build` makes one")
        config: dict[str, Any] = {"temp_directory": str(folder / "spill"), "threads": 2}
        connection = duckdb.connect(str(file), config=config)
        try:
            file.chmod(0o600)
            connection.execute("set TimeZone = 'UTC'")
            vault = Vault(connection)
            prepare(connection, key)
            yield vault
        finally:
            connection.close()
    finally:
        os.umask(before)


def exists(folder: Path) -> bool:
    """Whether there is a vault in ``folder``."""
    return (folder / FILE_NAME).exists()


def stored_fingerprint(folder: Path) -> str | None:
    """The fingerprint of the key that the vault was written with, None without a vault."""
    if not exists(folder):
        return None
    with opened_unchecked(folder, None) as vault:
        return vault.meta("key_fingerprint")
