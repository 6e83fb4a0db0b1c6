"""Reading again until nobody who is refused is left in the lake.

Extraction teaches the vault who is who: that an account belongs to somebody who opted out may
be known only after the account's traces have passed. Then the sources concerned, and only they,
are read again, until the answer no longer grows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assets.extract import ledger
from assets.extract.extraction import Feed, FeedReport, Progress, extract_feed
from assets.extract.reading import Refusals
from assets.extract.source_scope import SourceScope
from assets.identity import vault as vaults
from assets.identity.refusals import Declarations, refusals_of
from assets.layout import Warehouse


def current_refusals(warehouse: Warehouse, key: bytes, declared: Declarations) -> Refusals:
    """Everybody refused, as far as the vault knows today."""
    with vaults.opened(warehouse.vault, key) as vault:
        return refusals_of(vault, declared)


def sources_to_repeat(warehouse: Warehouse, key: bytes, refusals: Refusals) -> list[str]:
    """Sources whose rows may hold traces of people who are refused today."""
    with ledger.opened(warehouse.ledger) as book, vaults.opened(warehouse.vault, key) as vault:
        return [
            source
            for source in book.sources()
            if {entry.refusals for entry in book.units(source)}
            != {SourceScope(book, vault, source, refusals).fingerprint(key)}
        ]


def close_refusals(
    feeds: Sequence[Feed],
    warehouse: Warehouse,
    key: bytes,
    declared: Declarations,
    progress: Callable[[Progress], None] | None = None,
) -> list[FeedReport]:
    """After all feeds were extracted: read again what must be; the reports of these readings.

    It ends: each round refuses more identities than the one before, and there are finitely many.
    """
    reports: list[FeedReport] = []
    while True:
        refusals = current_refusals(warehouse, key, declared)
        again = sources_to_repeat(warehouse, key, refusals)
        repeated = [feed for feed in feeds if feed.name in again]
        if not repeated:
            return reports
        reports += [extract_feed(feed, warehouse, key, refusals, progress) for feed in repeated]
