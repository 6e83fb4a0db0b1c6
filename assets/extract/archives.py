"""Safe access to an export that comes as a zip or as a folder.

Nothing is ever unpacked to disk: members are read one at a time, by name. An entry that would
leave the archive (``../``, an absolute path, a link out of the folder) is never opened, it is
listed in ``refused``; an archive that would explode in memory is refused as a whole before its
first byte is read.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

from assets.extract.reading import UnreadableLandingError

_LOCAL_HEADER: Final = b"PK\x03\x04"
_DRIVE = re.compile(r"^[A-Za-z]:")


BROKEN_STREAM: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError)
"""What reading an opened member raises where its bytes are damaged or cut off."""


@dataclass(frozen=True)
class Limits:
    """What an archive may grow to. JSON and CSV exports shrink 5 to 30 times, deflate ends at 1,032."""

    member_bytes: int = 4 << 30
    total_bytes: int = 400 << 30
    ratio: int = 250
    ratio_from_bytes: int = 32 << 20
    """Below this size no ratio is suspicious: a small repetitive file is no danger."""
    members: int = 5_000_000


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True)
class RefusedMember:
    """An entry that is not read, and why. ``position`` never repeats a hostile path."""

    position: str
    reason: str  # path_traversal, duplicate_member
    detail: str


class UnreadableMemberError(Exception):
    """One member cannot be read (broken checksum, cut off); the others may well be."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Archive(Protocol):
    """A zip or folder export: member names with ``/``, their sizes and their bytes."""

    refused: list[RefusedMember]

    def members(self) -> list[str]:
        """The names of all readable files, sorted."""
        ...

    def size(self, name: str) -> int:
        """The member's size in bytes, unpacked."""
        ...

    def find(self, name: str) -> str | None:
        """The member of this name whatever its case; None if there is none."""
        ...

    def open(self, name: str) -> IO[bytes]:
        """The member as a binary stream. Raises ``UnreadableMemberError``."""
        ...

    def read(self, name: str) -> bytes:
        """The member's bytes, checksum verified. Raises ``UnreadableMemberError``."""
        ...


@contextmanager
def open_archive(path: Path, limits: Limits = DEFAULT_LIMITS) -> Iterator[Archive]:
    """The export at ``path``; closes it at the end.

    Raises ``UnreadableLandingError`` with the reason ``missing``, ``unreadable``, ``empty_file``,
    ``not_a_zip``, ``truncated_zip``, ``encrypted_zip`` or ``zip_bomb``.
    """
    if path.is_dir():
        yield FolderArchive(path, limits)
        return
    with _opened_zip(path) as archive:
        yield ZipArchive(archive, path.stat().st_size, limits)


class ZipArchive:
    """A zip file, read member by member through the central directory."""

    def __init__(self, archive: zipfile.ZipFile, packed_bytes: int, limits: Limits = DEFAULT_LIMITS) -> None:
        self._archive = archive
        self.refused: list[RefusedMember] = []
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._check_growth(packed_bytes, limits)
        for index, entry in enumerate(archive.infolist()):
            self._admit(index, entry)
        self._folded = _folded(self._members)

    def members(self) -> list[str]:
        """The names of all readable files, sorted."""
        return sorted(self._members)

    def size(self, name: str) -> int:
        """The member's size in bytes, unpacked."""
        return self._members[name].file_size

    def find(self, name: str) -> str | None:
        """The member of this name whatever its case; None if there is none."""
        return name if name in self._members else self._folded.get(name.casefold())

    def open(self, name: str) -> IO[bytes]:
        """The member as a binary stream. Raises ``UnreadableMemberError``."""
        try:
            return self._archive.open(self._members[name])
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
            raise _broken_member(error) from error

    def read(self, name: str) -> bytes:
        """The member's bytes, checksum verified. Raises ``UnreadableMemberError``."""
        try:
            return self._archive.read(self._members[name])
        except (*BROKEN_STREAM, RuntimeError) as error:
            raise _broken_member(error) from error

    def _check_growth(self, packed_bytes: int, limits: Limits) -> None:
        entries = self._archive.infolist()
        total = sum(entry.file_size for entry in entries)
        largest = max((entry.file_size for entry in entries), default=0)
        ratio = max(
            (
                entry.file_size / max(entry.compress_size, 1)
                for entry in entries
                if entry.file_size > limits.ratio_from_bytes
            ),
            default=0.0,
        )
        if total > limits.ratio_from_bytes:
            # entries may overlap in the file, so the sum of packed sizes proves nothing
            ratio = max(ratio, total / max(packed_bytes, 1))
        if (
            len(entries) > limits.members
            or total > limits.total_bytes
            or largest > limits.member_bytes
            or ratio > limits.ratio
        ):
            raise UnreadableLandingError(
                "zip_bomb",
                f"the archive holds {len(entries):,} entries and would grow to {total:,} bytes"
                f" (largest entry {largest:,}, {ratio:,.0f} times its packed size); at most"
                f" {limits.members:,} entries, {limits.total_bytes:,} bytes, {limits.member_bytes:,} in one"
                f" entry and {limits.ratio} times are read. If it is genuine, unpack it and land the folder.",
            )

    def _admit(self, index: int, entry: zipfile.ZipInfo) -> None:
        if entry.is_dir() or entry.filename.endswith("\\"):
            return
        name = _safe_name(entry.filename)
        if name is None:
            detail = (
                "the entry's path leaves the archive; it was not opened, the others were read. No platform"
                " writes such a path: export again, and ask who changed the file on its way"
            )
            self.refused.append(RefusedMember(f"entry {index + 1}", "path_traversal", detail))
            return
        if _is_hidden(name):
            return
        if entry.flag_bits & 0x1:
            raise UnreadableLandingError(
                "encrypted_zip",
                "the archive is encrypted; expected one without a password. Unpack it and land the folder.",
            )
        earlier = self._members.get(name)
        if earlier is not None and (earlier.CRC, earlier.file_size) != (entry.CRC, entry.file_size):
            detail = (
                "two entries of one name with different content; the later one is read, as unzip would."
                " If the earlier one is right, export again"
            )
            self.refused.append(RefusedMember(f"entry {index + 1}", "duplicate_member", detail))
        self._members[name] = entry


class FolderArchive:
    """An unpacked export. Links that lead out of the folder are refused."""

    def __init__(self, root: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self._root = root
        self.refused: list[RefusedMember] = []
        self._members: dict[str, Path] = {}
        real_root = root.resolve()
        for index, path in enumerate(sorted(root.rglob("*"))):
            name = path.relative_to(root).as_posix()
            if _is_hidden(name) or not path.is_file():
                continue
            if not path.resolve().is_relative_to(real_root):
                detail = (
                    "a link that leads out of the folder; it was not opened, the others were read. Put the"
                    " file itself there"
                )
                self.refused.append(RefusedMember(f"entry {index + 1}", "path_traversal", detail))
                continue
            if path.stat().st_size > limits.member_bytes:
                raise UnreadableLandingError(
                    "file_too_large",
                    f"a file of {path.stat().st_size:,} bytes; at most {limits.member_bytes:,} are read"
                    " at a time. Split it, or export a shorter period.",
                )
            self._members[name] = path
        self._folded = _folded(self._members)

    def members(self) -> list[str]:
        """The names of all readable files, sorted."""
        return sorted(self._members)

    def size(self, name: str) -> int:
        """The member's size in bytes."""
        return self._members[name].stat().st_size

    def find(self, name: str) -> str | None:
        """The member of this name whatever its case; None if there is none."""
        return name if name in self._members else self._folded.get(name.casefold())

    def open(self, name: str) -> IO[bytes]:
        """The member as a binary stream. Raises ``UnreadableMemberError``."""
        try:
            return self._members[name].open("rb")
        except OSError as error:
            raise _broken_member(error) from error

    def read(self, name: str) -> bytes:
        """The member's bytes. Raises ``UnreadableMemberError``."""
        with self.open(name) as stream:
            return stream.read()


@contextmanager
def _opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        if path.stat().st_size == 0:
            raise UnreadableLandingError("empty_file", "the file is empty (0 bytes); expected a zip archive")
        with path.open("rb") as stream:
            starts_as_zip = stream.read(4) == _LOCAL_HEADER
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise _cannot_open(error) from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _not_a_zip(starts_as_zip) from error
    with archive:
        yield archive


def _not_a_zip(starts_as_zip: bool) -> UnreadableLandingError:
    if starts_as_zip:
        return UnreadableLandingError(
            "truncated_zip",
            "the file begins like a zip archive but has no readable directory at its end: cut off or damaged"
            " on the way. Download or copy it again.",
        )
    return UnreadableLandingError(
        "not_a_zip", "the file is not a zip archive; expected the export's zip, or its unpacked folder"
    )


def _cannot_open(error: OSError) -> UnreadableLandingError:
    if isinstance(error, FileNotFoundError):
        return UnreadableLandingError("missing", "there is no such file; expected a zip archive or a folder")
    # strerror alone: str(error) repeats the path, and landing paths may hold names
    return UnreadableLandingError(
        "unreadable", f"the file cannot be read ({error.strerror}). Check its permissions and the disk."
    )


def _broken_member(error: Exception) -> UnreadableMemberError:
    if isinstance(error, RuntimeError) and "password" in str(error):
        return UnreadableMemberError("encrypted_member", "the member is encrypted")
    found = error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
    return UnreadableMemberError("broken_member", f"the member is damaged or cut off ({found})")


def _safe_name(name: str) -> str | None:
    """The entry's name with ``/``, or None if it points outside the archive."""
    name = name.replace("\\", "/")
    if name.startswith("/") or _DRIVE.match(name) or "\x00" in name:
        return None
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return None if not parts or ".." in parts else "/".join(parts)


def _is_hidden(name: str) -> bool:
    """What operating systems leave behind: dot files, ``__MACOSX``."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _folded(members: dict[str, zipfile.ZipInfo] | dict[str, Path]) -> dict[str, str]:
    return {name.casefold(): name for name in sorted(members, reverse=True)}
