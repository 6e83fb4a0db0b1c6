"""Zip files that are the same byte for byte whenever they are made.

A real Slack export holds hundreds of thousands of tiny members; writing them with the standard
library costs several times more than making their content, so the format is written here:
local headers, data, central directory, and the 64-bit end records where there are many.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from types import TracebackType

MADE_AT = (0 << 11, (2020 - 1980) << 9 | 1 << 5 | 1)
"""Members carry a time and a date; the wall clock's would make every run differ."""
SMALL = 700
"""Bytes below which compressing costs more time than it saves room."""
STORED, DEFLATED = 0, 8
UTF8_NAMES = 0x800
MANY, LARGE = 0xFFFF, 0xFFFFFFFF


class SteadyZip:
    """A zip to write members into, in the order given. Files up to 4 GB."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb", buffering=1 << 20)
        self._at = 0
        self._directory: list[bytes] = []

    def add(self, name: str, content: bytes) -> None:
        """One member. Raises ``ValueError`` beyond 4 GB."""
        method, data = STORED, content
        if len(content) > SMALL:
            packer = zlib.compressobj(3, zlib.DEFLATED, -15)
            method, data = DEFLATED, packer.compress(content) + packer.flush()
        if self._at + len(data) > LARGE - (1 << 20):
            raise ValueError(f"the archive would exceed 4 GB at {name}; generate fewer people or months")
        encoded = name.encode()
        shared = struct.pack(
            "<HHHHHIII", 20, UTF8_NAMES, method, *MADE_AT, zlib.crc32(content), len(data), len(content)
        )
        header = b"PK\x03\x04" + shared + struct.pack("<HH", len(encoded), 0) + encoded
        tail = struct.pack("<HHHHHII", len(encoded), 0, 0, 0, 0, 0o100644 << 16, self._at)
        self._directory.append(b"PK\x01\x02" + struct.pack("<H", 3 << 8 | 20) + shared + tail + encoded)
        self._file.write(header)
        self._file.write(data)
        self._at += len(header) + len(data)

    def __enter__(self) -> SteadyZip:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        self._file.close()

    def _finish(self) -> None:
        start, count = self._at, len(self._directory)
        size = sum(map(len, self._directory))
        self._file.writelines(self._directory)
        if count >= MANY:
            end = start + size
            self._file.write(
                b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, start)
            )
            self._file.write(b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1))
        short = min(count, MANY)
        self._file.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, short, short, size, start, 0))
