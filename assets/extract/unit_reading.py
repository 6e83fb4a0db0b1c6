"""One landing unit through its reader into the lake, the vault and the ledger, in that order of safety."""

from __future__ import annotations

import errno
import hashlib
import traceback
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from assets.extract import lake
from assets.extract.batch_checks import ContractViolationError
from assets.extract.contract import TABLES
from assets.extract.lake import UnitWriter
from assets.extract.landing import unit_state
from assets.extract.ledger import Ledger, UnitEntry
from assets.extract.reading import (
    Border,
    Reader,
    ReaderOptions,
    Refusals,
    Rejected,
    UnreadableLandingError,
)
from assets.identity.erasure_list import ErasureList
from assets.identity.pseudonyms import keyed_hash
from assets.identity.vault import Vault

_QUARANTINE_BATCH = 10_000
_ORIGINALS_PER_UNIT = 100_000
"""Originals that the vault keeps of one unit's quarantine; of a wholly broken file these suffice."""


class ReaderFailedError(Exception):
    """An error inside a reader; told by place and kind, without any value of the data."""


class LakeWriteError(Exception):
    """The lake could not be written: disk full, no permission."""


@dataclass(frozen=True)
class UnitJob:
    """What the reading of every unit of a feed shares."""

    source: str
    reader: Reader
    options: ReaderOptions
    key: bytes
    refusals: Refusals
    known_names: frozenset[str]


@dataclass(frozen=True)
class UnitOutcome:
    """What reading one unit came to."""

    n_rows: int = 0
    """Rows in the lake, quarantine included."""
    passed: frozenset[str] = frozenset()
    """Pseudonyms of accounts whose traces passed; empty where nobody is refused."""
    met_erased: bool = False
    """Whether an erased person turned out to own an id that was not on the erasure list."""


def read_unit(
    job: UnitJob, path: Path, entry: UnitEntry, lake_root: Path, book: Ledger, vault: Vault
) -> UnitOutcome:
    """Read one unit and put its rows into the lake.

    An unreadable unit is entered with its reason, and any rows of an earlier reading go away.
    Raises ``ReaderFailedError`` and ``LakeWriteError``; the unit then counts as not read.
    """
    border = Border(job.source, job.key, job.refusals, job.known_names, job.options.vocabulary)
    try:
        writer = UnitWriter(lake_root, job.source, entry.sha256, job.reader.VERSION)
        quarantine = _Quarantine(writer, entry.sha256)
        failure = _read(job, path, border, writer, quarantine)
        if failure is not None:
            writer.abandon()
            if not isinstance(failure, UnreadableLandingError):
                raise _told(failure, job.source, entry.sha256)
            if entry.sha256 in {known.sha256 for known in book.units(job.source)}:
                lake.take_away(lake_root, book, job.source, entry.sha256)
            book.record(replace(entry, status="unreadable", reason=failure.reason, message=str(failure)))
            return UnitOutcome()
        quarantine.take(border.rejected)
        quarantine.flush()
        written = writer.finish(border.observed_at)
        met_erased = _teach(vault, job, border, entry.sha256, quarantine.originals)
        lake.put(
            lake_root,
            book,
            written,
            replace(entry, n_quarantined=quarantine.n_rows, observed_at=border.observed_at),
        )
    except OSError as error:
        raise LakeWriteError(
            f"{job.source}: the lake cannot be written ({error.strerror})"
            + ("; make room on the disk and run again" if error.errno == errno.ENOSPC else "")
            + f". Nothing of unit {entry.sha256[:12]} was kept, everything read before it was"
        ) from None
    known = border.identities.values() if job.refusals.anybody else ()
    passed = frozenset(identity.hashed_id for identity in known if identity.kind == "account")
    return UnitOutcome(sum(written.rows.values()), passed, met_erased)


def _teach(vault: Vault, job: UnitJob, border: Border, sha256: str, originals: list[tuple[str, str]]) -> bool:
    """Give the vault what a unit showed of people; whether an erased person owned an unlisted id."""
    learnt = [*border.identities.values(), *border.opted_out.values()]
    erased = {place: keyed_hash(job.key, *place) for place in border.erased}
    with vault.transaction():
        vault.learn(learnt, sha256, border.observed_at)
        vault.keep_originals(job.source, sha256, originals)
        vault.learn_terms(border.terms)
        listed = ErasureList(vault)
        listed.add_words(border.erased_words)
        return bool(erased) and listed.add(erased)


def _read(
    job: UnitJob, path: Path, border: Border, writer: UnitWriter, quarantine: _Quarantine
) -> Exception | None:
    """Drive the reader; what it raised, or None. Errors of writing pass through."""
    try:
        before = unit_state(path)
        batches = job.reader.read(path, job.options, border)
    except Exception as error:
        return error
    while True:
        try:
            table, batch = next(batches)
        except StopIteration:
            break
        except Exception as error:
            return error
        for outsider in writer.add(table, batch):
            border.reject(
                position=outsider.position,
                target_table=outsider.table,
                reason="unknown_word",
                detail=outsider.detail,
                original=outsider.value,
            )
        quarantine.take(border.rejected)
    try:
        moved = unit_state(path) != before
    except OSError as error:
        return error
    if moved:
        return UnreadableLandingError(
            "changed_while_read", "the file changed while it was read; run again once it is complete"
        )
    return None


class _Quarantine:
    """Rejected records on their way to the lake (masked) and the vault (as they were)."""

    def __init__(self, writer: UnitWriter, sha256: str) -> None:
        self._writer = writer
        self._sha256 = sha256
        self._waiting: list[dict[str, str | None]] = []
        self.originals: list[tuple[str, str]] = []
        self.n_rows = 0

    def take(self, rejected: list[Rejected]) -> None:
        """Take the border's rejected records and empty its list."""
        for record in rejected:
            self.n_rows += 1
            original_id = None
            if record.original is not None and len(self.originals) < _ORIGINALS_PER_UNIT:
                place = f"{self._sha256}\x1f{self.n_rows}\x1f{record.position}"
                original_id = hashlib.sha256(place.encode()).hexdigest()[:32]
                self.originals.append((original_id, record.original))
            self._waiting.append(
                {
                    "position": record.position,
                    "target_table": record.target_table,
                    "reason": record.reason,
                    "detail": record.detail,
                    "original_id": original_id,
                }
            )
        rejected.clear()
        if len(self._waiting) >= _QUARANTINE_BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            batch = pa.RecordBatch.from_pylist(self._waiting, schema=TABLES["quarantine"])
            self._writer.add("quarantine", batch)
            self._waiting = []


def _told(error: Exception, source: str, sha256: str) -> Exception:
    """An error that may be shown: kind and place in the program, never the message (it may hold values)."""
    if isinstance(error, ContractViolationError):
        return ReaderFailedError(f"{source}: unit {sha256[:12]}: {error}")
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}" if frames else "?"
    own = [f for f in frames if "/assets/" in f.filename and not f.filename.endswith("unit_reading.py")]
    if own:
        place = f"{Path(own[-1].filename).name}:{own[-1].lineno} in {own[-1].name}"
    return ReaderFailedError(
        f"{source}: the reader failed on unit {sha256[:12]} with {type(error).__name__} at {place};"
        " this is an error of the program: please report it. `kithwork quarantine show --unit"
        f" {sha256[:12]}` names the file"
    )
