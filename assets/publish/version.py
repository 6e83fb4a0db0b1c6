"""Versions and the one pointer that readers follow.

``published/<version>/`` and ``restricted/<version>/`` are built beside, made durable and
read-only, and only then does one symbolic link move::

    current            -> .pointers/<version>/        the only link that ever moves
    .pointers/<version>/published  -> ../../published/<version>
    .pointers/<version>/restricted -> ../../restricted/<version>
    published/current  -> ../current/published        constant
    restricted/current -> ../current/restricted       constant

Both sides therefore change at the same instant. A process that is killed leaves folders that
no pointer names; the next publication removes them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SIDES: Final = ("published", "restricted")
POINTERS: Final = ".pointers"
CURRENT: Final = "current"
DRAFT: Final = ".building"
MANIFEST: Final = "manifest.json"
_VERSION: Final = re.compile(r"^(\d{4,})-(\d{4}-\d{2}-\d{2})-([0-9a-f]{8})$")


class VersionError(Exception):
    """A version that does not exist or cannot be used; the message says which there are."""


@dataclass(frozen=True)
class Version:
    """One published version."""

    id: str
    sequence: int
    as_of: str
    is_current: bool
    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """Where the files of the next version are written before anybody can see them."""

    root: Path
    sequence: int

    def side(self, side: str) -> Path:
        """The folder of ``published`` or ``restricted`` files."""
        return self.root / side / f"{DRAFT}-{self.sequence:04d}"


def version_id(sequence: int, as_of: str, content: str) -> str:
    """``0003-2025-06-30-1a2b3c4d``: sequence, last covered day, start of the content's hash."""
    return f"{sequence:04d}-{as_of}-{content[:8]}"


def begin(root: Path) -> Draft:
    """Remove what a killed process left, and make the folders of the next version.

    ``root`` is the warehouse folder. Only one process at a time may do this (the build lock).
    """
    for side in SIDES:
        (root / side).mkdir(mode=0o700, parents=True, exist_ok=True)
    _open_folder(root / POINTERS)
    clean(root)
    known = [int(match.group(1)) for name in _pointer_names(root) if (match := _VERSION.match(name))]
    draft = Draft(root, max(known, default=0) + 1)
    for side in SIDES:
        draft.side(side).mkdir(mode=0o700)
    return draft


def clean(root: Path) -> list[Path]:
    """Remove drafts and versions without pointer; what was removed."""
    removed = []
    known = _pointer_names(root)
    for pointer in _entries(root / POINTERS):
        if not _VERSION.match(pointer.name):
            removed.append(pointer)
    for side in SIDES:
        for folder in _entries(root / side):
            is_version = _VERSION.match(folder.name) is not None
            if folder.name.startswith(DRAFT) or (is_version and folder.name not in known):
                removed.append(folder)
    for leftover in [*removed, *root.glob(f".{CURRENT}-*")]:
        remove_tree(leftover)
    return removed


def publish_draft(draft: Draft, version: str) -> None:
    """Make the draft durable and read-only, give it its name, and move the pointer to it."""
    root = draft.root
    if _VERSION.match(version) is None:
        raise VersionError(f"{version!r} is not a version name such as 0003-2025-06-30-1a2b3c4d")
    for side in SIDES:
        folder = draft.side(side)
        _make_durable(folder)
        folder.rename(root / side / version)
        seal(root / side / version)
        _sync_folder(root / side)
    building = root / POINTERS / f"{DRAFT}-{version}"
    _open_folder(building)
    for side in SIDES:
        (building / side).symlink_to(Path("..", "..", side, version))
    _sync_folder(building)
    building.rename(root / POINTERS / version)
    _sync_folder(root / POINTERS)
    move_pointer(root, version)


def move_pointer(root: Path, version: str) -> None:
    """Let ``current`` name another version, atomically. Raises ``VersionError`` if there is none."""
    if version not in _pointer_names(root):
        there = ", ".join(known.id for known in versions(root)) or "none"
        raise VersionError(f"there is no version {version}; there are: {there}")
    for side in SIDES:
        constant = root / side / CURRENT
        if not constant.is_symlink():
            _link(constant, Path("..", CURRENT, side))
    _link(root / CURRENT, Path(POINTERS, version))


def _link(link: Path, target: Path) -> None:
    """Create or move a symbolic link in one step."""
    temporary = link.with_name(f".{link.name}-{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)
    _sync_folder(link.parent)


def current_version(root: Path) -> str | None:
    """The version that readers see, or None before the first publication."""
    link = root / CURRENT
    if not link.is_symlink():
        return None
    name = link.readlink().name
    return name if name in _pointer_names(root) else None


def versions(root: Path) -> list[Version]:
    """All versions, oldest first."""
    current = current_version(root)
    found = []
    for name in sorted(_pointer_names(root)):
        match = _VERSION.match(name)
        if match is None:
            continue
        found.append(
            Version(
                name,
                int(match.group(1)),
                match.group(2),
                name == current,
                read_manifest(root, name),
            )
        )
    return sorted(found, key=lambda version: version.sequence)


def read_manifest(root: Path, version: str, side: str = "published") -> dict[str, Any]:
    """A version's manifest. Raises ``VersionError`` when it is not there or not readable."""
    path = root / side / version / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise VersionError(f"there is no version {version}: {path} is missing") from None
    except (OSError, ValueError) as error:
        raise VersionError(f"{path} cannot be read ({error}); the version is damaged") from None
    if not isinstance(content, dict):
        raise VersionError(f"{path} holds no manifest; the version is damaged")
    return content


def rollback(root: Path, to: str | None = None) -> tuple[str, str]:
    """Move the pointer to ``to``, or to the version before the current one; (from, to).

    Nothing is deleted: a later rollback can go forward again. Raises ``VersionError``.
    """
    known = versions(root)
    current = next((version for version in known if version.is_current), None)
    if current is None:
        raise VersionError("nothing is published yet, so there is nothing to roll back")
    if to is None:
        earlier = [version for version in known if version.sequence < current.sequence]
        if not earlier:
            raise VersionError(f"{current.id} is the oldest version that is kept")
        to = earlier[-1].id
    move_pointer(root, to)
    return current.id, to


def prune(root: Path, keep: int) -> list[str]:
    """Delete all but the newest ``keep`` versions, never the current one; what was deleted."""
    known = versions(root)
    doomed = [version.id for version in known[: max(len(known) - keep, 0)] if not version.is_current]
    for name in doomed:
        remove_tree(root / POINTERS / name)  # first: without its pointer it is a leftover
        for side in SIDES:
            remove_tree(root / side / name)
    return doomed


def seal(folder: Path) -> None:
    """Files 0444 and folders 0555: a tool that opens in its default mode cannot lock others out."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)
    folder.chmod(0o555)


def remove_tree(path: Path) -> None:
    """Delete a file, link or sealed folder."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        for folder in [path, *(inner for inner in path.rglob("*") if inner.is_dir())]:
            if not folder.is_symlink():
                folder.chmod(0o700)
        shutil.rmtree(path)


def _open_folder(folder: Path) -> None:
    """A folder of links only: whoever may enter ``published`` must get through it, whatever the umask."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)


def _pointer_names(root: Path) -> set[str]:
    return {entry.name for entry in _entries(root / POINTERS) if _VERSION.match(entry.name)}


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _make_durable(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            _sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
