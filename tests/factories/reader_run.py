"""One landing unit through a reader, as the extraction would do it, rows as plain dictionaries."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from assets.extract.batch_checks import checked
from assets.extract.contract import TABLES
from assets.extract.reading import Border, Reader, ReaderOptions, Refusals

KEY = bytes(range(32))

Rows = dict[str, list[dict[str, Any]]]


def border(source: str = "chat", refusals: Refusals | None = None, **more: Any) -> Border:
    return Border(source, KEY, refusals, **more)


def rows_of(
    reader: Reader, unit: Path, at: Border | None = None, options: ReaderOptions | None = None
) -> Rows:
    """All rows by table; every batch is held against the contract on the way."""
    found: Rows = defaultdict(list)
    for table, batch in reader.read(unit, options or ReaderOptions(), at or border()):
        checked(table, batch)
        assert batch.num_rows > 0
        found[table] += batch.to_pylist()
    assert set(found) <= set(TABLES)
    return found
