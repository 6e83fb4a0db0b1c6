"""Delimited text as blocks of whole records in UTF-8, whatever the encoding and the dirt.

A broken line costs that line and nothing else: a quote that is never closed, a line of a
million characters or bytes that are no text go to the caller's ``reject``, and reading goes on
with the next line. Values may hold line breaks where their quotes are closed.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

from assets.extract.reading import UnreadableLandingError

BLOCK_BYTES: Final = 16 * 1024 * 1024
"""How much is parsed at a time: large enough to be fast, small enough for any machine."""

MAX_LINE_BYTES: Final = 1024 * 1024
"""A longer line is no row of a trace or an HR file, but a damaged or foreign file."""

MAX_RECORD_LINES: Final = 200
"""An open quote that is not closed within so many lines was a typing error."""

RejectLine = Callable[[int, str, str, str | None], None]
"""Told of a line that cannot be read: line number, reason, detail, original text."""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Block:
    """Whole records as UTF-8 bytes, and the line on which each begins (the first line is 1).

    ``records`` is None where every line is a record.
    """

    content: bytes
    starts: range | list[int]
    records: list[bytes] | None = None


def detect_encoding(path: Path, declared: str | None) -> str:
    """The file's encoding: as declared, by its byte-order mark, UTF-16, UTF-8 or Windows-1252.

    UTF-8 with a few damaged lines stays UTF-8 (those lines are rejected later); a file whose
    accented lines are mostly no UTF-8 is Windows-1252, or Latin-1 where that has no meaning.
    Raises ``UnreadableLandingError`` for empty files, archives, workbooks and unknown encodings.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise UnreadableLandingError("empty_file", "the file is empty; export it again")
    if head.startswith(b"PK\x03\x04") or head.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableLandingError(
            "not_text",
            "this is a workbook or an archive, expected CSV or Parquet; save it as CSV (UTF-8)",
        )
    if declared:
        try:
            return codecs.lookup(declared).name
        except LookupError:
            raise UnreadableLandingError(
                "unknown_encoding",
                f"encoding: {declared!r} is not known; write e.g. utf-8, utf-16 or cp1252",
            ) from None
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if head.count(0):
        if head[1::2].count(0) > 0.4 * len(head) / 2:
            return "utf-16-le"
        if head[::2].count(0) > 0.4 * len(head) / 2:
            return "utf-16-be"
        raise UnreadableLandingError("not_text", "the file holds binary data, expected CSV or Parquet")
    return _eight_bit_encoding(path)


def _eight_bit_encoding(path: Path) -> str:
    good = bad = 0
    undefined = False
    with path.open("rb") as file:
        for line in file:
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
                undefined = undefined or any(byte in line for byte in b"\x81\x8d\x8f\x90\x9d")
    if bad <= good:
        return "utf-8"
    return "latin-1" if undefined else "cp1252"


def line_blocks(path: Path, encoding: str, reject: RejectLine) -> Iterator[tuple[int, bytes]]:
    """The file as UTF-8 blocks of whole lines, each with the number of its first line."""
    first_line = 1
    for block in _whole_lines(_as_utf8(path, encoding)):
        cleaned = _without_damage(block, first_line, reject)
        yield first_line, cleaned
        first_line += block.count(b"\n")


def _as_utf8(path: Path, encoding: str) -> Iterator[bytes]:
    """Raw pieces; damaged UTF-8 passes unchanged and is found line by line."""
    plain = encoding in ("utf-8", "utf-8-sig", "ascii")
    decoder = None if plain else codecs.getincrementaldecoder(encoding)(errors="replace")
    with path.open("rb") as file:
        if plain and file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        while piece := file.read(BLOCK_BYTES):
            yield piece if decoder is None else decoder.decode(piece).encode()
    if decoder is not None:
        yield decoder.decode(b"", final=True).encode()


def _whole_lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Regroup pieces so that each ends with a line; old Mac line ends become line feeds."""
    rest = b""
    only_returns: bool | None = None
    for piece in pieces:
        if only_returns is None and piece:
            only_returns = b"\n" not in piece and b"\r" in piece
        if only_returns:
            piece = piece.replace(b"\r", b"\n")
        cut = piece.rfind(b"\n") + 1
        if not cut:
            # A line without an end: keep what shows that it is too long, and no more.
            rest = (rest + piece)[: 2 * MAX_LINE_BYTES]
            continue
        yield rest + piece[:cut]
        rest = piece[cut:]
    if rest:
        yield rest


def _without_damage(block: bytes, first_line: int, reject: RejectLine) -> bytes:
    """Empty the lines that are too long or no UTF-8, so that every other line keeps its number."""
    if not _has_damage(block):
        return block
    lines = block.split(b"\n")
    for index, line in enumerate(lines):
        if len(line) > MAX_LINE_BYTES:
            detail = f"the line is longer than {MAX_LINE_BYTES:,} bytes"
            reject(first_line + index, "huge_line", detail, line[:1000].decode(errors="replace"))
        elif not line.isascii() and not _is_utf8(line):
            detail = "bytes that are no UTF-8, in a file that otherwise is; set `encoding:` if that is wrong"
            reject(first_line + index, "undecodable_text", detail, line.decode("cp1252", errors="replace"))
        else:
            continue
        lines[index] = b""
    return b"\n".join(lines)


def _has_damage(block: bytes) -> bool:
    if not block.isascii() and not _is_utf8(block):
        return True
    if len(block) <= MAX_LINE_BYTES:
        return False
    # A line over the limit covers at least one whole step of half the limit without a line feed.
    step = MAX_LINE_BYTES // 2
    return any(block.find(b"\n", at, at + step) < 0 for at in range(0, len(block) - step, step))


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def record_blocks(
    lines: Iterator[tuple[int, bytes]], delimiter: str, n_fields: int, reject: RejectLine
) -> Iterator[Block]:
    """Join lines into records where a quoted value holds line breaks.

    ``lines`` as from ``line_blocks``. A line whose quote is never closed is rejected alone.
    """
    held: list[bytes] = []
    held_from = 1
    for first_line, content in lines:
        if not held and b'"' not in content:
            yield Block(content, range(first_line, first_line + _n_lines(content)))
            continue
        text = content[:-1] if content.endswith(b"\n") else content
        numbered = [*held, *text.split(b"\n")]
        start = held_from if held else first_line
        block, held = _records(numbered, start, delimiter, n_fields, reject, is_last=False)
        held_from = start + len(numbered) - len(held)
        yield block
    if held:
        yield _records(held, held_from, delimiter, n_fields, reject, is_last=True)[0]


def _records(
    lines: list[bytes], first_line: int, delimiter: str, n_fields: int, reject: RejectLine, *, is_last: bool
) -> tuple[Block, list[bytes]]:
    """Records of ``lines``, and the lines that may go on in the next block."""
    quotes = [line.count(b'"') for line in lines]
    if not any(n % 2 for n in quotes):
        return Block(b"\n".join(lines) + b"\n", range(first_line, first_line + len(lines))), []
    records: list[bytes] = []
    starts: list[int] = []
    at = 0
    while at < len(lines):
        length = 1
        if quotes[at] % 2 and not _is_record(lines[at], delimiter, n_fields):
            length = _record_length(lines, quotes, at, delimiter, n_fields)
            if not length and not is_last and len(lines) - at < MAX_RECORD_LINES:
                break
        if length:
            records.append(b"\n".join(lines[at : at + length]))
            starts.append(first_line + at)
        else:
            original = lines[at].decode(errors="replace")
            reject(first_line + at, "unbalanced_quote", "a quoted value is never closed", original)
        at += length or 1
    content = b"".join(record + b"\n" for record in records)
    return Block(content, starts, records), lines[at:]


def _record_length(lines: list[bytes], quotes: list[int], at: int, delimiter: str, n_fields: int) -> int:
    """How many lines from ``at`` make one record; 0 if none do."""
    window = range(at, min(at + MAX_RECORD_LINES, len(lines)))
    open_quotes = accumulate(quotes[index] for index in window)
    for index, n_quotes in zip(window, open_quotes, strict=True):
        if n_quotes % 2 == 0:
            joined = b"\n".join(lines[at : index + 1])
            if len(joined) <= MAX_LINE_BYTES and _is_record(joined, delimiter, n_fields):
                return index + 1 - at
            return 0
    return 0


def _is_record(text: bytes, delimiter: str, n_fields: int) -> bool:
    return (fields := split_record(text.decode(errors="replace"), delimiter)) is not None and (
        len(fields) == n_fields
    )


def split_record(text: str, delimiter: str) -> list[str] | None:
    """The fields of one record, or None if its quotes are not closed or it holds several records."""
    try:
        rows = list(csv.reader(_csv_lines(text), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _csv_lines(text: str) -> list[str]:
    return [line + "\n" for line in text.replace("\r\n", "\n").split("\n")]


def _n_lines(content: bytes) -> int:
    return content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
