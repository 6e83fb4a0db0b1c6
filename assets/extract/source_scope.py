"""Which of a source's people are refused, as far as the vault knows them."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass

from assets.extract.ledger import Ledger
from assets.extract.reading import Refusals
from assets.identity.pseudonyms import WORKER_SPACE
from assets.identity.vault import Vault

_HR_TABLES = frozenset({"workers", "spells", "jobs", "absences"})
_NAMING_TABLES = frozenset({"nominations", "initiatives", "success_metrics"})
"""Tables that leave out workers who have opted out; HR tables leave out the erased only."""


@dataclass(frozen=True)
class SourceScope:
    """One source under today's refusals."""

    book: Ledger
    vault: Vault
    source: str
    refusals: Refusals

    def fingerprint(self, key: bytes) -> str:
        """Which of the people that the source holds are refused, as one keyed hash.

        Somebody who opts out and never appears in a source does not make it be read again.
        """
        refused = json.dumps(sorted(self.refused()))
        return hmac.new(key, refused.encode(), hashlib.sha256).hexdigest()[:32]

    def refused(self) -> set[str]:
        """Pseudonyms of accounts and workers whose traces must not be in the source's rows."""
        return self.refused_accounts() | self._refused_workers()

    def accounts(self) -> set[str]:
        """Pseudonyms of the source's accounts; empty where nobody at all is refused."""
        return {row["hashed_id"] for row in self._rows("account")}

    def refused_accounts(self) -> set[str]:
        """Those of ``accounts`` that must not pass."""
        return {
            row["hashed_id"]
            for row in self._rows("account")
            if self.refusals.refuses_account(self.source, row["original_id"], row["email"])
        }

    def _refused_workers(self) -> set[str]:
        tables = {table for entry in self.book.units(self.source) for table in entry.rows}
        if not tables & (_HR_TABLES | _NAMING_TABLES):
            return set()
        names = bool(tables & _NAMING_TABLES)
        return {
            row["hashed_id"]
            for row in self._rows("worker")
            if self.refusals.erases("worker", WORKER_SPACE, row["original_id"], row["email"])
            or (names and self.refusals.refuses_worker_named(row["original_id"]))
        }

    def _rows(self, kind: str) -> list[dict[str, str]]:
        if not self.refusals.anybody:
            return []
        rows = self.vault.known(kind).to_pylist()
        return [row for row in rows if kind == "worker" or row["source"] == self.source]
