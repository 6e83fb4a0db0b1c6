"""The vault's list of erased people: enough to refuse them for ever, not enough to find them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assets.extract.reading import erasure_mark
from assets.identity.vault import Vault


class ErasureList:
    """The erasure list of an open vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def key(self) -> bytes:
        """The key of the erasure marks; it belongs to the vault and outlives every pseudonym key."""
        return bytes.fromhex(self._vault.meta("erasure_key"))

    def marks(self) -> frozenset[str]:
        """What remains of erased people: enough to refuse them, not enough to find them."""
        return frozenset(
            str(mark)
            for (mark,) in self._vault.connection.execute(
                "select mark from erasures where mark is not null"
            ).fetchall()
        )

    def hashes(self) -> frozenset[str]:
        """Pseudonyms of erased people (under the key of that day): their rows are not to come back."""
        rows = self._vault.connection.execute("select hashed_id from erasures where hashed_id is not null")
        return frozenset(str(hashed) for (hashed,) in rows.fetchall())

    def add(self, places: Mapping[tuple[str, str, str], str | None]) -> bool:
        """Put ids and addresses on the erasure list, by their marks; whether the list grew.

        ``places``: (kind, source, value), with kind account, worker or email, to the pseudonym
        (None for an address). Everything else the vault knows of these pseudonyms goes away,
        their integer keys too, which are not given again.
        """
        listed = self.marks()
        rows = [(self.mark_of(*place), hashed) for place, hashed in sorted(places.items())]
        new = [row for row in rows if row[0] not in listed]
        gone = [hashed for _, hashed in rows if hashed is not None]
        with self._vault.transaction():
            for row in new:
                self._vault.connection.execute("insert into erasures values (?, ?)", list(row))
            for table in ("identities", "labels", "keys"):
                self._vault.connection.execute(
                    f"delete from {table} where list_contains(?, hashed_id)", [gone]
                )
        return bool(new)

    def add_words(self, words: Iterable[str]) -> None:
        """Put words of an erased person's name on the list: no topic or channel is called by them."""
        new = {erasure_mark(self.key(), "word", "", word) for word in words} - self.marks()
        for mark in sorted(new):
            self._vault.connection.execute("insert into erasures values (?, null)", [mark])

    def mark_of(self, kind: str, space: str, value: str) -> str:
        """The erasure mark of an id (kind account, worker) or a normalised address (kind email)."""
        return erasure_mark(self.key(), kind, space, value)
