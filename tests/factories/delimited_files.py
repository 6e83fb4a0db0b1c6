"""Delimited files for tests, and what a reader makes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from assets.extract.contract import TABLES
from assets.extract.reading import Batch, Border, ReaderOptions, Refusals

KEY = b"k" * 32
SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Local-only sample data beside the repository; tests that need it skip where it is absent."""


class Read(Protocol):
    def __call__(self, unit: Path, options: ReaderOptions, border: Border) -> Iterable[Batch]: ...


class Outcome(NamedTuple):
    tables: dict[str, list[dict[str, Any]]]
    border: Border

    def reasons(self) -> list[tuple[str, str]]:
        """(position, reason) of what went to quarantine, in the order of the rows."""
        return sorted(
            ((r.position, r.reason) for r in self.border.rejected), key=lambda pair: int(pair[0].split()[1])
        )

    def quarantine_text(self) -> str:
        """What of the quarantine everybody may read."""
        return " ".join(f"{r.position} {r.target_table} {r.reason} {r.detail}" for r in self.border.rejected)


def write(folder: Path, content: str | bytes, name: str = "file.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def outcome(
    read: Read,
    unit: Path,
    options: ReaderOptions | None = None,
    refusals: Refusals | None = None,
    source: str = "feed",
) -> Outcome:
    """The rows of a reader by table; every batch is checked against the contract's schema."""
    border = Border(source, KEY, refusals)
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for table, batch in read(unit, options or ReaderOptions(), border):
        assert batch.schema == TABLES[table], table
        tables[table] += pa.Table.from_batches([batch]).to_pylist()
    return Outcome(dict(tables), border)
