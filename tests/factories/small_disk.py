"""A disk of its own for a folder, small enough to be filled to the last byte while a build runs."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.factories.builds import PATIENCE

_BALLAST = "ballast"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Mount a disk of this size at ``folder``; skips the test where nothing may be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "kithwork-test", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no disk can be mounted here to fill it ({error.strerror})")
    if done.returncode:
        pytest.skip(f"no disk can be mounted here to fill it ({done.stderr.strip()})")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_when(process: subprocess.Popen[str], folder: Path, is_time: Callable[[], bool]) -> bool:
    """From the moment ``is_time`` holds, leave no byte free until the process ends; then make room.

    False if the process ended before.
    """
    deadline = time.monotonic() + PATIENCE
    while not is_time():
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    ballast = folder / _BALLAST
    try:
        with ballast.open("wb") as file:
            while process.poll() is None and time.monotonic() < deadline:
                _grow(file.fileno())
                time.sleep(0.002)
    finally:
        ballast.unlink()
    return True


def _grow(descriptor: int) -> None:
    """Take what is free, in ever smaller pieces: what the process gives back is taken too."""
    for piece in (1 << 24, 1 << 20, 1 << 16, 1 << 12):
        with suppress(OSError):
            while True:
                os.posix_fallocate(descriptor, os.fstat(descriptor).st_size, piece)
