"""Is there anything new? The fingerprint of everything that a build is made of.

Unchanged inputs mean an unchanged result: the command then skips the work, or repeats the
failure that it already knows. Landing files are hashed once and looked up by size, times and
inode afterwards. The cache knows files by the hash of their path: a path may hold a name.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

LAST_BUILD: Final = "last_build.json"
STAT_CACHE: Final = "landing_stat.json"


@dataclass(frozen=True)
class BuildFingerprint:
    """What today's build would be made of.

    ``feeds``: feed to the fingerprint of its landing files. ``settings``, ``code``, ``key``,
    ``readers``: fingerprints; ``other`` holds further files (aliases, overrides, opt-outs,
    initiatives) by name.
    """

    feeds: Mapping[str, str]
    settings: str
    code: str
    key: str
    readers: str = ""
    other: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """32 hexadecimal characters over all parts."""
        text = json.dumps(
            [
                sorted(self.feeds.items()),
                self.settings,
                self.code,
                self.key,
                self.readers,
                sorted(self.other.items()),
            ]
        )
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class LastBuild:
    """How the last build of a warehouse ended."""

    fingerprint: str
    outcome: Literal["published", "failed"]
    version: str | None = None
    failures: tuple[str, ...] = ()
    """One line per blocking check or error, as the terminal showed it."""


def build_fingerprint(
    feeds: Mapping[str, Sequence[Path]],
    cache: Path,
    *,
    settings: str,
    code: str,
    key: str,
    readers: Mapping[str, str] | None = None,
    other: Mapping[str, Path | None] | None = None,
) -> BuildFingerprint:
    """Fingerprint the landing units (files, or folders as a whole) of every feed.

    ``cache`` is the stat cache's file; it is read, and written anew with what exists now. A
    landing path that does not exist counts as absent. Raises ``OSError`` where a file exists
    but cannot be read.
    """
    known = _read_json(cache)
    seen: dict[str, Any] = {}
    feed_digests = {
        name: _combined(
            [(str(index), digest) for index, digest in enumerate(sorted(_digests(units, known, seen)))]
        )
        for name, units in sorted(feeds.items())
    }
    others = {
        name: _combined([("", digest) for digest in _digests([path], known, seen)])
        for name, path in sorted((other or {}).items())
        if path is not None
    }
    if seen != known:
        write_json(cache, seen)
    return BuildFingerprint(
        feeds=feed_digests,
        settings=settings,
        code=code,
        key=key,
        readers=json.dumps(sorted((readers or {}).items())),
        other=others,
    )


def _digests(units: Sequence[Path], known: Mapping[str, Any], seen: dict[str, Any]) -> Iterator[str]:
    """One hash per landing unit; a folder's covers its files' relative names and contents."""
    for unit in units:
        if unit.is_dir():
            files = sorted(path for path in unit.rglob("*") if path.is_file())
            yield _combined(
                [(path.relative_to(unit).as_posix(), _digest(path, known, seen)) for path in files]
            )
        elif unit.exists():
            yield _digest(unit, known, seen)


def _digest(path: Path, known: Mapping[str, Any], seen: dict[str, Any]) -> str:
    stat = path.stat()
    state = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
    name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:32]
    entry = known.get(name)
    if isinstance(entry, list) and entry[:-1] == state:
        digest = str(entry[-1])
    else:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    seen[name] = [*state, digest]
    return digest


def _combined(parts: Sequence[tuple[str, str]]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def remember(state: Path, build: LastBuild) -> None:
    """Write ``state/last_build.json``, atomically."""
    write_json(state / LAST_BUILD, {**build.__dict__, "failures": list(build.failures)})


def last_build(state: Path) -> LastBuild | None:
    """How the last build ended; None when there was none or the file says nothing sensible."""
    content = _read_json(state / LAST_BUILD)
    if content.get("outcome") not in ("published", "failed") or not content.get("fingerprint"):
        return None
    return LastBuild(
        str(content["fingerprint"]),
        content["outcome"],
        content.get("version"),
        tuple(str(line) for line in content.get("failures", ())),
    )


def known_outcome(
    last: LastBuild | None, today: BuildFingerprint, current_version: str | None
) -> LastBuild | None:
    """The last build, if building again today could only give the same; else None.

    A published build counts only while its version is the current one (not after a rollback).
    """
    if last is None or last.fingerprint != today.digest:
        return None
    if last.outcome == "published" and (last.version is None or last.version != current_version):
        return None
    return last


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a small file beside and move it into place; readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _read_json(path: Path) -> dict[str, Any]:
    """A small file's content; a missing or damaged one says nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
