"""Finding landing units: what is read, hashed and replaced as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path


def exports_below(landing: Sequence[Path], marks: frozenset[str]) -> list[Path]:
    """Export zips and export folders below the given paths, sorted, each once.

    A folder is an export if it holds a file named in ``marks`` (lower case); what lies below it
    belongs to it. A file named outright counts whatever its name, in a folder only ``*.zip``.
    Paths that do not exist are kept when they were named outright, so that reading them says so.
    """
    found: set[Path] = set()
    for path in landing:
        found.update(_units(path, marks) if path.is_dir() else [path])
    return sorted(found)


def _units(folder: Path, marks: frozenset[str]) -> Iterator[Path]:
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith((".", "__MACOSX"))]
    if any(entry.name.casefold() in marks and entry.is_file() for entry in entries):
        yield folder
        return
    for entry in entries:
        if entry.is_dir():
            yield from _units(entry, marks)
        elif entry.suffix.casefold() == ".zip":
            yield entry
