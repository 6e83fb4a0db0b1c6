"""Landing files as delivered: finding them and telling one content from another.

A landing unit is a file, an archive, or a folder export as a whole. It is known by the hash of
its content: the same content under two paths is one unit.
"""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Sequence
from pathlib import Path

_CHUNK = 1 << 20


class LandingError(Exception):
    """A configured landing place that holds nothing; the message says what was looked for."""


def resolved(patterns: Sequence[str], folder: Path, feed: str) -> list[Path]:
    """Files and folders that the ``landing`` setting of ``feed`` names, sorted.

    Patterns are relative to ``folder`` (where the settings file lies). A folder stays a folder:
    the feed's reader looks for its units inside. Raises ``LandingError`` for a pattern that
    matches nothing and for an empty folder.
    """
    found: set[Path] = set()
    for pattern in patterns:
        wanted = (folder / Path(pattern).expanduser()).absolute()
        if wanted.exists():
            matches = [wanted]
        else:
            matches = [Path(match) for match in glob.glob(str(wanted), recursive=True)]  # noqa: PTH207 - absolute pattern
        if not matches:
            kind = "matches no file" if glob.has_magic(pattern) else "does not exist"
            raise LandingError(
                f"{feed}: landing {pattern!r} {kind} (looked for {wanted}); put the delivered files"
                " there or correct `landing`"
            )
        if wanted.is_dir() and not any(path.is_file() for path in wanted.rglob("*")):
            raise LandingError(
                f"{feed}: landing {pattern!r} is an empty folder ({wanted}); put the delivered files there"
            )
        found.update(matches)
    return sorted(found)


def unit_sha256(unit: Path) -> str:
    """The hash of a unit's content: a file's bytes; a folder's names and bytes, in order of name.

    Hidden files (``.DS_Store``) of a folder do not count. Raises ``OSError`` if unreadable.
    """
    digest = hashlib.sha256()
    if not unit.is_dir():
        _add_file(digest, unit)
        return digest.hexdigest()
    members = sorted(
        (path.relative_to(unit).as_posix(), path)
        for path in unit.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )
    for name, path in members:
        encoded = name.encode("utf-8", "surrogateescape")
        digest.update(b"%d:%s:%d:" % (len(encoded), encoded, path.stat().st_size))
        _add_file(digest, path)
    return digest.hexdigest()


def unit_state(unit: Path) -> tuple[int, int]:
    """Size and time of change of a file (of the newest member of a folder): has it moved while read?"""
    paths = [path for path in unit.rglob("*") if path.is_file()] if unit.is_dir() else [unit]
    states = [path.stat() for path in paths]
    return sum(state.st_size for state in states), max((state.st_mtime_ns for state in states), default=0)


def _add_file(digest: hashlib._Hash, path: Path) -> None:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
