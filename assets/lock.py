"""One build at a time: an operating-system lock that process death frees.

The lock is held from the first write to the publication, by the command, the UI, the schedule
and the sensor alike. Readers of published versions never wait for it.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import IO


class WarehouseBusyError(Exception):
    """Another build holds the warehouse; the message says who."""


class BuildLock:
    """The lock of one warehouse folder; taking it twice in one process is taking it once."""

    _held: dict[Path, tuple[IO[str], int]] = {}  # noqa: RUF012 - shared by the whole process on purpose

    def __init__(self, root: Path) -> None:
        self._file = (root / "build.lock").resolve()

    @property
    def is_mine(self) -> bool:
        """Whether this process holds the lock."""
        return self._file in self._held

    def acquire(self, holder: str) -> None:
        """Take the lock for ``holder`` ('kithwork build', 'Dagster run 1a2b3c4d').

        Raises ``WarehouseBusyError`` naming the present holder and its process.
        """
        if self._file in self._held:
            handle, depth = self._held[self._file]
            self._held[self._file] = (handle, depth + 1)
            return
        handle = self._file.open("a+", encoding="utf-8")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            other = _described(handle.read())
            handle.close()
            raise WarehouseBusyError(
                f"{other} is writing this warehouse; wait until it has finished, or stop it"
            ) from None
        handle.seek(0)
        handle.truncate()
        json.dump({"holder": holder, "process": os.getpid()}, handle)
        handle.flush()
        self._held[self._file] = (handle, 1)

    def release(self) -> None:
        """Give the lock back; the last of nested releases frees it."""
        if self._file not in self._held:
            return
        handle, depth = self._held[self._file]
        if depth > 1:
            self._held[self._file] = (handle, depth - 1)
            return
        del self._held[self._file]
        handle.seek(0)
        handle.truncate()
        handle.close()


def _described(content: str) -> str:
    try:
        holder = json.loads(content)
        return f"{holder['holder']} (process {holder['process']})"
    except (json.JSONDecodeError, KeyError):
        return "another process"
