"""CSV and Parquet files as frames of contract columns, with the row each value stands in.

Encoding and delimiter are detected (or declared), columns go by header name through the
settings' ``columns:`` mapping, and what does not fit is said with the columns that were found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from assets.extract.columns import Wanted, column_names
from assets.extract.reading import Border, ReaderOptions, UnreadableLandingError
from assets.extract.text_parsing import parse_block
from assets.extract.text_records import (
    RejectLine,
    detect_encoding,
    line_blocks,
    record_blocks,
    split_record,
)

SUFFIXES: Final = (".csv", ".tsv", ".txt", ".parquet")
DELIMITERS: Final = (",", ";", "\t", "|")
ABSENT: Final = ("", "NULL", "null", "\\N")
"""What exports write where there is no value."""

ROW: Final = "_row"
"""The column with a row's number in the file; the header is row 1."""

PARQUET_ROWS: Final = 500_000


@dataclass(frozen=True)
class Table:
    """An opened file: which contract columns it has, and under which names."""

    path: Path
    names: dict[str, str]
    """Contract name to the file's column name, present ones only."""
    encoding: str | None
    """None: a Parquet file."""
    delimiter: str = ","
    header: tuple[str, ...] = ()
    header_line: int = 1

    def frames(self, border: Border, target_table: str) -> Iterator[pl.DataFrame]:
        """The rows in pieces: ``ROW`` and the contract columns, text trimmed, absent as NULL.

        Text of a CSV file is not converted; a Parquet file's own types stay. Rows that do not
        fit the header go to the border's quarantine. Raises ``UnreadableLandingError`` where no
        row fits.
        """

        def reject(line: int, reason: str, detail: str, original: str | None) -> None:
            """Put one row, named by its number in the file, into quarantine."""
            border.reject(
                position=f"row {line}",
                target_table=target_table,
                reason=reason,
                detail=detail,
                original=original,
            )

        if self.encoding is None:
            yield from self._parquet_frames()
        else:
            yield from self._csv_frames(reject)

    def _csv_frames(self, reject: RejectLine) -> Iterator[pl.DataFrame]:
        n_good, n_bad = 0, 0

        def counted(line: int, reason: str, detail: str, original: str | None) -> None:
            nonlocal n_bad
            if line > self.header_line:
                n_bad += 1
                reject(line, reason, detail, original)

        lines = line_blocks(self.path, str(self.encoding), counted)
        used = set(self.names.values())
        for block in record_blocks(lines, self.delimiter, len(self.header), counted):
            numbers, columns = parse_block(block, self.header, used, self.delimiter, counted)
            frame = _tidy(pl.DataFrame({ROW: numbers} | columns), self.names)
            frame = frame.filter(pl.col(ROW) > self.header_line)
            n_good += frame.height
            yield frame
        if n_bad and not n_good:
            raise UnreadableLandingError(
                "no_readable_rows",
                f"none of the {n_bad:,} rows fits the header's {len(self.header)} columns; is "
                f"{self.delimiter!r} the delimiter? It can be set: delimiter: ';'",
            )

    def _parquet_frames(self) -> Iterator[pl.DataFrame]:
        row = 1
        file = pq.ParquetFile(self.path)
        columns = list(dict.fromkeys(self.names.values()))
        for batch in file.iter_batches(batch_size=PARQUET_ROWS, columns=columns):
            frame = pl.DataFrame(pl.from_arrow(batch))
            numbers = pl.Series(ROW, range(row + 1, row + 1 + frame.height), dtype=pl.Int64)
            row += frame.height
            yield _tidy(frame.with_columns(numbers), self.names)


def discover(landing: Sequence[Path]) -> list[Path]:
    """CSV and Parquet files: those named, and those below the folders named; sorted.

    Hidden files and the lock files of spreadsheet programs are left out.
    """
    found: set[Path] = set()
    for place in landing:
        if place.is_dir():
            files = (path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
            found.update(
                path
                for path in files
                if not any(part.startswith((".", "~$")) for part in path.relative_to(place).parts)
            )
        elif place.exists():
            found.add(place)
    return sorted(found)


def open_table(path: Path, options: ReaderOptions, wanted: Wanted) -> Table:
    """Open a file and find its columns.

    ``options.attributes`` are kept under ``attribute:<name>``. Raises
    ``UnreadableLandingError`` when the file is no table, or a column is missing, with the
    columns found and the setting to write.
    """
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet or path.suffix.lower() == ".parquet":
        return Table(path, column_names(_parquet_header(path), options, wanted), None)
    encoding = detect_encoding(path, options.encoding)
    head, declared = _head(path, encoding), options.delimiter
    header_line = 1
    if head and (stated := re.fullmatch(r"sep=(.)", head[0].strip(), re.IGNORECASE)):
        declared, head, header_line = declared or stated.group(1), head[1:], 2
    while head and not head[0].strip():
        head, header_line = head[1:], header_line + 1
    delimiter = _delimiter(head, declared)
    header = [name.strip().strip("\ufeff") for name in (split_record(head[0], delimiter) or head[:1])]
    names = column_names(header, options, wanted)
    return Table(path, names, encoding, delimiter, tuple(header), header_line)


def read_frame(table: Table, border: Border, target_table: str) -> pl.DataFrame:
    """All rows of a table that fits into memory (HR files, surveys, registries)."""
    pieces = list(table.frames(border, target_table))
    if pieces:
        return pl.concat(pieces, how="vertical_relaxed")
    return pl.DataFrame(schema={ROW: pl.Int64} | dict.fromkeys(table.names, pl.String))


def as_text(values: pl.Series) -> pl.Series:
    """Ids as text: 17 and 17.0 of a Parquet file are the ``17`` of a CSV file."""
    if values.dtype.is_float():
        values = values.cast(pl.Int64, strict=False)
    text = values.cast(pl.String).str.strip_chars()
    return text.set(text.is_in(list(ABSENT)).fill_null(False), None)


def quarantine(
    border: Border,
    rows: pl.DataFrame,
    *,
    table: str,
    reason: str,
    detail: str,
) -> None:
    """Put rows (``ROW`` and what stood in them) into quarantine, one record each."""
    for record in rows.sort(ROW).iter_rows(named=True):
        row = record.pop(ROW)
        border.reject(
            position=f"row {row}",
            target_table=table,
            reason=reason,
            detail=detail,
            original=json.dumps(record, default=str, ensure_ascii=False),
        )


def _head(path: Path, encoding: str) -> list[str]:
    """The first lines, as text; damaged ones are reported when the rows are read."""
    for _, content in line_blocks(path, encoding, lambda *_: None):
        return [line.rstrip("\r") for line in content[:262_144].decode(errors="replace").split("\n")[:30]]
    return []


def _delimiter(head: list[str], declared: str | None) -> str:
    if not head:
        raise UnreadableLandingError("empty_file", "the file holds no line; export it again")
    if declared:
        names = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
        delimiter = names.get(declared.lower(), declared)
        if len(delimiter) != 1:
            raise UnreadableLandingError(
                "bad_delimiter", f"delimiter: {declared!r} has more than one character; write e.g. ';' or tab"
            )
        return delimiter
    widths = {sign: [len(split_record(line, sign) or [""]) for line in head if line] for sign in DELIMITERS}
    best = max(DELIMITERS, key=lambda sign: (widths[sign][0] > 1, _agreement(widths[sign]), widths[sign][0]))
    if widths[best][0] < 2:
        raise UnreadableLandingError(
            "no_delimiter",
            "the first line holds one column only; expected a header whose names are separated by "
            "comma, semicolon, tab or |; another separator can be set: delimiter: '~'",
        )
    return best


def _agreement(widths: list[int]) -> float:
    """The share of lines with as many fields as the header."""
    return sum(width == widths[0] for width in widths) / len(widths)


def _parquet_header(path: Path) -> list[str]:
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError):
        raise UnreadableLandingError(
            "not_parquet", "the file is no Parquet file or is cut off; copy or export it again"
        ) from None


def _tidy(frame: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """Contract names, trimmed text, NULL for absent values; rows without any value are no rows."""
    tidied = frame.select(ROW, *(pl.col(column).alias(name) for name, column in names.items()))
    text = [name for name, dtype in tidied.schema.items() if dtype in (pl.String, pl.Categorical)]
    tidied = tidied.with_columns(pl.col(text).cast(pl.String).str.strip_chars())
    tidied = tidied.with_columns(
        pl.when(~pl.col(text).is_in(list(ABSENT))).then(pl.col(text)) for text in text
    )
    return tidied.filter(~pl.all_horizontal(pl.exclude(ROW).is_null()))
