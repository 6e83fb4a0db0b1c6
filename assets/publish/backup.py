"""The whole warehouse folder as one file, and back.

The file holds the vault, so it is as private as the warehouse (mode 600). It does not hold the
key unless the key lies inside the warehouse folder: keep it elsewhere, and keep it safe.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from assets.publish.migrate import MARK, WarehouseFormatError, check_format
from assets.publish.version import CURRENT, SIDES, remove_tree, seal

RUN_HISTORY: Final = "dagster"
_MARK_LIMIT: Final = 1_000_000


class BackupError(Exception):
    """A backup that cannot be made or restored; the message says why and what to do."""


def back_up(root: Path, target: Path, *, include_runs: bool = True) -> int:
    """Write the warehouse ``root`` to ``target`` (tar, gzip); how many files it holds.

    The caller holds the build lock. ``include_runs`` False leaves Dagster's run history out.
    The file appears when it is complete. Raises ``BackupError``.
    """
    if not (root / MARK).is_file():
        raise BackupError(f"{root} is not a warehouse folder ({MARK} is missing): nothing to back up")
    if target.exists():
        raise BackupError(f"{target} exists already; a backup never overwrites a file")
    if target.resolve().is_relative_to(root.resolve()):
        raise BackupError(f"{target} lies inside the warehouse; write the backup elsewhere")
    temporary = target.with_name(f".{target.name}-{os.getpid()}")
    n_files = 0
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
                for path in _contents(root, include_runs):
                    archive.add(path, arcname=path.relative_to(root).as_posix(), recursive=False)
                    n_files += path.is_file()
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target)
    except OSError as error:
        raise BackupError(f"{target} could not be written: {error.strerror or error}") from None
    finally:
        temporary.unlink(missing_ok=True)
    return n_files


def _contents(root: Path, include_runs: bool) -> Iterator[Path]:
    """The format mark first, so that a restore can refuse before it writes; then everything."""
    yield root / MARK
    for path in sorted(root.rglob("*")):
        first = path.relative_to(root).parts[0]
        if path != root / MARK and (include_runs or first != RUN_HISTORY):
            yield path


def restore(source: Path, root: Path) -> int:
    """Unpack a backup into ``root``, which must not exist or be empty; how many files came back.

    Nothing of it appears unless all of it could be unpacked. Raises ``BackupError``.
    """
    if root.exists() and any(root.iterdir()):
        raise BackupError(
            f"{root} is not empty; a restore never overwrites a warehouse: "
            "move it away or choose another folder"
        )
    building = root.with_name(f".{root.name}-restoring")
    remove_tree(building)
    building.mkdir(parents=True, mode=0o700)
    try:
        with tarfile.open(source, mode="r:gz") as archive:
            _check_mark(archive, source)
            archive.extractall(building, filter="data")
        check_format(building)
        _protect(building)
        if root.exists():
            root.rmdir()
        building.rename(root)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BackupError(f"{source} could not be restored: {error}") from None
    except WarehouseFormatError as error:
        raise BackupError(f"{source}: {error}") from None
    finally:
        remove_tree(building)
    return sum(1 for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def _check_mark(archive: tarfile.TarFile, source: Path) -> None:
    first = archive.next()
    if first is None or first.name != MARK or first.size > _MARK_LIMIT:
        raise BackupError(f"{source} is not a backup of a warehouse ({MARK} is not its first entry)")


def _protect(root: Path) -> None:
    """Private again, and published versions read-only again."""
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)
    for side in SIDES:
        for folder in (root / side).glob("*"):
            if folder.name != CURRENT and folder.is_dir() and not folder.is_symlink():
                seal(folder)
