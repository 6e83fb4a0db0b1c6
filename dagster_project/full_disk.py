"""A disk that is full: one message with the remedy, from whatever part met it first.

The run history, the vault, the lake, dbt and the working file each tell a full disk in words of
their own, often wrapped into other errors. What they wrote stays whole: nothing of a build is
seen by readers before the pointer moves, and the next build goes on from the ledger.
"""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import typer

from dagster_project.console import bad, errors

_CODES: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WORDS: Final = re.compile(
    r"no space left on device|database or disk is full|disk quota exceeded|file too large", re.IGNORECASE
)
_UNSPECIFIC: Final = re.compile(r"disk i/o error|unable to open database file", re.IGNORECASE)
"""What SQLite says of a full disk in some places, and of a broken one."""
_NEARLY_FULL: Final = 1 << 20
"""Bytes left below which an unspecific error of the disk means that it is full."""


def is_full_disk(error: BaseException, folder: Path) -> bool:
    """Whether an error, or one behind it, came from a full disk, an exhausted quota or a size limit."""
    return any(
        (isinstance(each, OSError) and each.errno in _CODES) or tells_full_disk(str(each), folder)
        for each in _chain(error)
    )


def tells_full_disk(text: str, folder: Path) -> bool:
    """Whether these words of a library tell of a full disk, as far as the disk of ``folder`` confirms it."""
    if _WORDS.search(text):
        return True
    return _UNSPECIFIC.search(text) is not None and shutil.disk_usage(folder).free < _NEARLY_FULL


def remedy(folder: Path) -> str:
    """What to do about it."""
    free = shutil.disk_usage(folder).free / 1e6
    return (
        f"the disk is full: no space left to write {folder} ({free:,.0f} MB free now). Make room there "
        "and run kithwork build again: it goes on where this one stopped, nothing was lost"
    )


@contextmanager
def telling_full_disk(folder: Path) -> Iterator[None]:
    """End the command with the remedy where the block fails for a full disk; other errors pass."""
    from assets.publish.version import current_version

    before = current_version(folder)
    try:
        yield
    except typer.Exit:
        raise
    except Exception as error:
        if not is_full_disk(error, folder):
            raise
        bad(remedy(folder))
        now = current_version(folder)
        if now != before:
            errors.print(f"Version {now} was published before the disk was full.")
        else:
            kept = f"version {now} stays current" if now else "nothing is published yet"
            errors.print(f"Not published; {kept}.")
        raise typer.Exit(1) from None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__]
