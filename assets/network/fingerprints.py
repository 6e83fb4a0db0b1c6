"""Which periods must be computed: a fingerprint per month of edges, attributes, options and code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

from assets.network.snapshot import SnapshotOptions


@cache
def code_version() -> str:
    """Hash of this package's modules and of the graph library's version; 16 hexadecimal characters."""
    digest = hashlib.sha256(version("igraph").encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        if module.name not in ("assets.py", "checks.py"):
            digest.update(module.name.encode() + b"\0" + module.read_bytes())
    return digest.hexdigest()[:16]


def fingerprint(
    marks: Iterable[str | None], options: SnapshotOptions | None = None, *, is_thorough: bool = False
) -> str:
    """What a month or a quarter was computed from; 32 hexadecimal characters.

    ``marks`` stand for its inputs, in a fixed order (see :func:`assets.network.store.content_marks`).
    """
    digest = hashlib.sha256(code_version().encode())
    digest.update(repr(sorted(asdict(options or SnapshotOptions()).items())).encode())
    digest.update(repr((is_thorough, list(marks))).encode())
    return digest.hexdigest()[:32]


def periods_to_compute(
    current: Mapping[date, str], stored: Mapping[date, str]
) -> tuple[list[date], list[date]]:
    """Periods whose fingerprint is new or changed, and stored ones that no longer exist; ascending.

    >>> january, february = date(2024, 1, 1), date(2024, 2, 1)
    >>> periods_to_compute({january: "a", february: "c"}, {january: "a", february: "b"})
    ([datetime.date(2024, 2, 1)], [])
    """
    changed = sorted(month for month, mark in current.items() if stored.get(month) != mark)
    gone = sorted(month for month in stored if month not in current)
    return changed, gone
