"""The format of a warehouse folder: older ones are upgraded step by step, newer ones refused.

``format.json`` in the warehouse folder says with which layout it was written. A folder is never
read on a guess: without the mark, it must be empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from assets.publish.inputs import write_json

MARK: Final = "format.json"
FORMAT: Final = 1
"""Raised whenever a warehouse written before would be misread; then ``STEPS`` gets an entry."""

Step = Callable[[Path], None]
_LOCK: Final = "build.lock"
"""The build lock is taken before the mark is written; it says nothing about a format."""
STEPS: Final[Mapping[int, Step]] = {}
"""Format to the step that makes the next one of it. A step must be repeatable after a kill."""


class WarehouseFormatError(Exception):
    """The warehouse folder cannot be used as it is; the message says what to do."""


def format_of(root: Path) -> int | None:
    """The folder's format; None for a folder that is absent or empty.

    Raises ``WarehouseFormatError`` when there is something else, or a damaged mark.
    """
    mark = root / MARK
    if not mark.exists():
        files = (path for path in root.rglob("*") if path.is_file() and path != root / _LOCK)
        if not root.exists() or not any(files):
            return None
        raise WarehouseFormatError(
            f"{root} holds files but no {MARK}: it is not a warehouse, or one of before version 0.1; "
            "choose an empty folder as warehouse"
        )
    try:
        found = json.loads(mark.read_text(encoding="utf-8"))["format"]
    except (OSError, ValueError, KeyError, TypeError):
        raise WarehouseFormatError(
            f"{mark} is damaged; restore the warehouse from a backup (kithwork restore)"
        ) from None
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise WarehouseFormatError(f"{mark} says format {found!r}, expected a number from 1 on")
    return found


def check_format(root: Path, current: int = FORMAT) -> None:
    """Before any reading: raise ``WarehouseFormatError`` unless the folder has today's format or is new."""
    found = format_of(root)
    if found is None or found == current:
        return
    if found > current:
        raise WarehouseFormatError(
            f"{root} was written by a newer Kithwork (format {found}, this one knows {current}); "
            "install that version, or restore an older backup"
        )
    raise WarehouseFormatError(
        f"{root} was written by an older Kithwork (format {found}, today {current}); "
        "run `kithwork backup` and then `kithwork migrate`"
    )


def mark_new(root: Path, current: int = FORMAT) -> None:
    """Mark a new warehouse folder; an existing mark stays. Raises as ``format_of``."""
    if format_of(root) is None:
        write_json(root / MARK, {"format": current})


def migrate(root: Path, current: int = FORMAT, steps: Mapping[int, Step] = STEPS) -> list[int]:
    """Upgrade the folder to today's format; the formats that it passed through.

    The mark moves after each step, so that a killed migration goes on where it stood. Raises
    ``WarehouseFormatError`` when the folder is newer, or too old for the steps there are.
    """
    found = format_of(root)
    if found is None:
        raise WarehouseFormatError(f"{root} is empty: there is nothing to migrate")
    if found > current:
        check_format(root, current)
    missing = [number for number in range(found, current) if number not in steps]
    if missing:
        raise WarehouseFormatError(
            f"{root} has format {found}; from {missing[0]} there is no upgrade. "
            "Keep it for reference and build a new warehouse from the landing files"
        )
    passed = []
    for number in range(found, current):
        steps[number](root)
        write_json(root / MARK, {"format": number + 1})
        passed.append(number + 1)
    return passed
