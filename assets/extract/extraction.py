"""One feed from its landing into the lake: new and changed units read, the others left alone.

What is *new* is decided by content: a unit is known by its hash, and read again only if its
reader, its options, the key or the refusals that concern it have changed.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from assets.extract import lake, ledger, packing, vanished
from assets.extract.landing import unit_sha256
from assets.extract.ledger import UnitEntry
from assets.extract.reading import Reader, ReaderOptions, Refusals
from assets.extract.source_scope import SourceScope
from assets.extract.unit_reading import LakeWriteError, UnitJob, read_unit
from assets.identity import vault as vaults
from assets.identity.erasure_list import ErasureList
from assets.identity.key import must_match
from assets.identity.pseudonyms import fingerprint
from assets.identity.vault import Vault
from assets.identity.vault_format import compact
from assets.layout import Warehouse


@dataclass(frozen=True)
class Feed:
    """One configured source, HR feed, survey or registry, ready to be read."""

    name: str
    reader: Reader
    """The reader module."""
    landing: Sequence[Path]
    """Files and folders, globs resolved (``assets.extract.landing.resolved``)."""
    options: ReaderOptions = field(default_factory=ReaderOptions)
    account_ids_are_worker_ids: bool = False


@dataclass(frozen=True)
class Progress:
    """How far the reading of a feed is."""

    feed: str
    n_done: int
    n_units: int
    n_rows: int
    """Rows read in this run so far."""


@dataclass
class FeedReport:
    """What an extraction did, and what the lake holds of the feed after it."""

    feed: str
    n_new: int = 0
    n_changed: int = 0
    """Known units that were read again: another reader, options, key or refusals."""
    n_unchanged: int = 0
    n_unreadable: int = 0
    n_gone: int = 0
    """Units whose file is no longer in the landing; their rows stay."""
    rows: dict[str, int] = field(default_factory=dict)
    """Rows in the lake per table."""
    rows_read: int = 0
    n_packed: int = 0
    """Small lake files that were put together with others of their month."""
    n_quarantined: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    messages: list[str] = field(default_factory=list)

    @property
    def did_work(self) -> bool:
        """Whether the lake changed."""
        return bool(self.n_new or self.n_changed)


def check_key(warehouse: Warehouse, key: bytes) -> None:
    """Raise ``KeyMismatchError`` if vault or lake were written with another key.

    Where there is a vault, it decides: the lake follows a rotation on its next extraction.
    """
    if vaults.exists(warehouse.vault):
        with vaults.opened(warehouse.vault, key):
            return
    if warehouse.ledger.exists():
        with ledger.opened(warehouse.ledger) as book:
            must_match("lake", book.key_fingerprint(), key)


def extract_feed(
    feed: Feed,
    warehouse: Warehouse,
    key: bytes,
    refusals: Refusals | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> FeedReport:
    """Bring the lake up to date with one feed's landing.

    An unreadable unit is recorded with its reason and the others go on. Raises
    ``KeyMismatchError``, ``ReaderFailedError`` (an error in a reader, told without any value of
    the data) and ``LakeWriteError`` (disk full); after each of them the lake is whole and the
    next run goes on where this one stopped.
    """
    if not vaults.exists(warehouse.vault):
        check_key(warehouse, key)
    refusals = refusals or Refusals()
    report = FeedReport(feed.name)
    with ledger.opened(warehouse.ledger) as book, vaults.opened(warehouse.vault, key) as vault:
        book.set_key_fingerprint(fingerprint(key))
        lake.sweep(warehouse.lake, book, feed.name)
        with vault.transaction():
            units = _distinct_units(feed, vault)
        known = {entry.sha256: entry for entry in book.units(feed.name)}
        signature = signature_of(feed, key, vault.meta("vault_id"))
        scope = SourceScope(book, vault, feed.name, refusals)
        before = scope.fingerprint(key)
        passed = scope.accounts() - scope.refused_accounts()
        met_erased = False
        current = _current_units(warehouse.lake, book, feed.name, (signature, before))
        with _telling_disk(feed.name):
            packing.unpack(warehouse.lake, book, feed.name, (units.keys() & known.keys()) - current)
        job = UnitJob(feed.name, feed.reader, feed.options, key, refusals, vault.known_words())
        for n_done, (sha256, path) in enumerate(units.items()):
            if progress:
                progress(Progress(feed.name, n_done, len(units), report.rows_read))
            if sha256 in current:
                report.n_unchanged += 1
                continue
            entry = UnitEntry(feed.name, sha256, signature, before)
            outcome = read_unit(job, path, entry, warehouse.lake, book, vault)
            report.rows_read += outcome.n_rows
            report.n_changed += sha256 in known
            report.n_new += sha256 not in known
            passed |= outcome.passed
            met_erased |= outcome.met_erased
        _keep_vanished_in_line(units, signature, warehouse.lake, scope, before)
        # Somebody refused had passed before it was known who that is: read again, see `closure`.
        leaked = not passed.isdisjoint(scope.refused_accounts())
        book.settle(feed.name, units, "" if leaked else scope.fingerprint(key))
        if met_erased:
            book.question_refusals()
        with _telling_disk(feed.name):
            report.n_packed = packing.pack(warehouse.lake, book, feed.name)
        _describe(report, book.units(feed.name))
        if progress:
            progress(Progress(feed.name, len(units), len(units), report.rows_read))
    if met_erased:
        compact(warehouse.vault)
    return report


def remove_feeds(warehouse: Warehouse, configured: Sequence[str]) -> list[str]:
    """Take the rows of sources that are no longer configured out of the lake; their names.

    The landing stays as it is: a source that is configured again is read again.
    """
    if not warehouse.ledger.exists():
        return []
    with ledger.opened(warehouse.ledger) as book:
        gone = [source for source in book.sources() if source not in configured]
        for source in gone:
            book.forget_packed(source)
            for entry in book.units(source):
                lake.take_away(warehouse.lake, book, source, entry.sha256)
            lake.sweep(warehouse.lake, book, source)
    return gone


def signature_of(feed: Feed, key: bytes, vault_id: str) -> str:
    """Changes whenever the same file would give other rows, or a new vault has to learn its identities."""
    parts = [
        feed.reader.NAME,
        feed.reader.VERSION,
        feed.options.fingerprint(),
        feed.account_ids_are_worker_ids,
        fingerprint(key),
        vault_id,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _distinct_units(feed: Feed, vault: Vault) -> dict[str, Path]:
    """Units by content hash, in the order the reader found them; a second path of one content is left out."""
    units: dict[str, Path] = {}
    for path in feed.reader.discover(feed.landing):
        sha256 = unit_sha256(path)
        if sha256 not in units:
            units[sha256] = path
            if vault.landing_path(feed.name, sha256) != str(path):
                vault.remember_landing(feed.name, sha256, path)
    return units


def _current_units(lake_root: Path, book: ledger.Ledger, source: str, read_as: tuple[str, str]) -> set[str]:
    """Units that are in the lake as they would be read today: by signature and refusals, files complete."""
    packed = book.packed(source)
    return {
        entry.sha256
        for entry in book.units(source)
        if (entry.signature, entry.refusals) == read_as and lake.is_complete(lake_root, entry, packed)
    }


def _keep_vanished_in_line(
    present: Mapping[str, Path], signature: str, lake_root: Path, scope: SourceScope, refused_before: str
) -> None:
    """Units without a landing file cannot be read again, but refusals and a new key hold for them too."""
    mark = f"vanished {signature}"
    in_line = {(mark, refused_before), (signature, refused_before)}
    waiting = [
        entry
        for entry in scope.book.units(scope.source)
        if entry.sha256 not in present and (entry.signature, entry.refusals) not in in_line
    ]
    if not waiting:
        return
    renamed = scope.vault.former_hashes()
    refused = scope.refused()
    former = {old for old, new in renamed.items() if new in refused}
    with _telling_disk(scope.source):
        packing.unpack(lake_root, scope.book, scope.source, [entry.sha256 for entry in waiting])
    change = vanished.Rewriting(renamed, frozenset(refused | former), ErasureList(scope.vault).hashes())
    for entry in waiting:
        if entry.status == "ok":
            renewed = replace(entry, signature=mark, refusals=refused_before)
            vanished.rewrite(lake_root, scope.book, renewed, change)
        else:
            scope.book.remove(scope.source, entry.sha256)


@contextmanager
def _telling_disk(source: str) -> Iterator[None]:
    """An error of the disk while lake files are put together or taken apart, told as what it is."""
    try:
        yield
    except OSError as error:
        raise LakeWriteError(
            f"{source}: the lake cannot be written ({error.strerror})"
            + ("; make room on the disk and run again" if error.errno == errno.ENOSPC else "")
            + ". Everything read before was kept"
        ) from None


def _describe(report: FeedReport, entries: list[UnitEntry]) -> None:
    for entry in entries:
        report.n_quarantined += entry.n_quarantined
        report.n_gone += not entry.is_present
        for table, n in entry.rows.items():
            report.rows[table] = report.rows.get(table, 0) + n
        if entry.first_at and (report.first_at is None or entry.first_at < report.first_at):
            report.first_at = entry.first_at
        if entry.last_at and (report.last_at is None or entry.last_at > report.last_at):
            report.last_at = entry.last_at
        if entry.status == "unreadable" and entry.is_present:
            report.n_unreadable += 1
            report.messages.append(
                f"{report.feed}: unit {entry.sha256[:12]} is unreadable ({entry.reason}): {entry.message}"
            )
    if report.n_gone:
        report.messages.append(
            f"{report.feed}: {report.n_gone} unit(s) read earlier are no longer in the landing; "
            "their rows stay in the lake"
        )
