"""Noticing new landing files, once they have stopped growing.

A file counts when its size and time have not changed for a minute: exports are copied slowly,
and half an archive is worse than none. What is remembered between two looks holds no path, only
its hash, because file names may hold people's names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

QUIET_SECONDS = 60


@dataclass(frozen=True)
class Look:
    """What one look at the landing folders found.

    ``memory`` maps a path's hash to [size, modification time, first seen so]; ``settled`` is a
    fingerprint of all settled files, or None while something is still moving.
    """

    memory: dict[str, list[float]]
    settled: str | None

    def as_text(self) -> str:
        """For keeping until the next look."""
        return json.dumps(self.memory, sort_keys=True)


def remembered(text: str | None) -> dict[str, list[float]]:
    """The memory of an earlier look; empty if there was none."""
    return dict(json.loads(text)) if text else {}


def look(paths: Iterable[Path], memory: Mapping[str, list[float]], now: float) -> Look:
    """Compare the files with what an earlier look saw; ``now`` in seconds since the epoch."""
    seen: dict[str, list[float]] = {}
    for path in _files(paths):
        state = path.stat()
        name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        size, changed = float(state.st_size), state.st_mtime
        earlier = memory.get(name)
        unchanged = earlier is not None and earlier[:2] == [size, changed]
        seen[name] = [size, changed, earlier[2] if unchanged and earlier else now]
    moving = any(now - first_seen < QUIET_SECONDS for _, _, first_seen in seen.values())
    if moving or not seen:
        return Look(seen, None)
    content = json.dumps({name: value[:2] for name, value in sorted(seen.items())})
    return Look(seen, hashlib.sha256(content.encode()).hexdigest()[:16])


def _files(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += [file for file in path.rglob("*") if file.is_file()]
        elif path.is_file():
            found.append(path)
    return sorted(set(found))
