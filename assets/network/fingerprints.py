"""Which months must be computed: a fingerprint per month of edges, attributes, options and code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.network.snapshot import SnapshotOptions


@cache
def code_version() -> str:
    """Hash of this package's modules and of the graph library's version; 16 hexadecimal characters."""
    import igraph

    digest = hashlib.sha256(igraph.__version__.encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        if module.name not in ("assets.py", "checks.py"):
            digest.update(module.name.encode() + b"\0" + module.read_bytes())
    return digest.hexdigest()[:16]


def month_fingerprint(ties: pa.Table, people: pa.Table, options: SnapshotOptions | None = None) -> str:
    """What a snapshot depends on, whatever the order of rows and columns; 32 hexadecimal characters."""
    digest = hashlib.sha256(code_version().encode())
    digest.update(repr(sorted(asdict(options or SnapshotOptions()).items())).encode())
    for table, keys in ((people, ["person_id"]), (ties, ["from_person_key", "to_person_key"])):
        names = sorted(table.column_names)
        ordered = table.select(names).sort_by([(key, "ascending") for key in keys])
        digest.update(repr([(name, str(ordered[name].type)) for name in names]).encode())
        for name in names:
            _update(digest, ordered[name])
    return digest.hexdigest()[:32]


def months_to_compute(
    current: Mapping[date, str], stored: Mapping[date, str]
) -> tuple[list[date], list[date]]:
    """Months whose fingerprint is new or changed, and stored months that no longer exist; ascending.

    >>> january, february = date(2024, 1, 1), date(2024, 2, 1)
    >>> months_to_compute({january: "a", february: "c"}, {january: "a", february: "b"})
    ([datetime.date(2024, 2, 1)], [])
    """
    changed = sorted(month for month, mark in current.items() if stored.get(month) != mark)
    gone = sorted(month for month in stored if month not in current)
    return changed, gone


def _update(digest: Any, column: pa.ChunkedArray) -> None:
    """Values, not buffers: a slice or another chunking of the same rows gives the same hash."""
    combined = column.combine_chunks()
    digest.update(combined.is_null().to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_string(combined.type) or pa.types.is_large_string(combined.type):
        digest.update("\0".join(text or "" for text in combined.to_pylist()).encode())
    else:
        filled = combined.fill_null(False if pa.types.is_boolean(combined.type) else 0)
        digest.update(filled.to_numpy(zero_copy_only=False).tobytes())
