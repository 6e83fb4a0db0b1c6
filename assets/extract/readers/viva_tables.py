"""CSV members of a Viva Engage export as records by column name.

Columns come in any order and number; names are compared without case, blanks and underscores.
A row that does not fit the header goes to quarantine with its number and its lines.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from assets.extract.archives import BROKEN_STREAM, Archive, UnreadableMemberError
from assets.extract.reading import Border, UnreadableLandingError

_MAX_FIELD: Final = 1 << 30
"""Characters of one field: bodies can be long, and Python's default limit is 131,072."""
_CHUNK: Final = 1 << 20
_MAX_KEPT_ORIGINAL: Final = 65_536
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Record = dict[str, str]
"""Column name (lower case, no blanks or underscores) to its text; absent values are left out."""


@dataclass(frozen=True)
class CsvMember:
    """One CSV file of the export."""

    archive: Archive
    name: str
    encoding: str | None
    """As declared in the settings; None: detected."""
    renamed: Mapping[str, str]
    """Column of the file to the name the reader knows, from the settings."""

    @property
    def label(self) -> str:
        """The name without the folders it lies in, for positions and messages."""
        return self.name.rpartition("/")[2]

    def records(
        self, border: Border, target_table: str, *, is_first_pass: bool = False
    ) -> Iterator[tuple[str, Record]]:
        """(position, record) of every row that fits the header. A first pass rejects nothing."""
        if csv.field_size_limit() < _MAX_FIELD:
            csv.field_size_limit(_MAX_FIELD)
        with self.archive.open(self.name) as stream:
            text = io.TextIOWrapper(stream, encoding=self._encoding(), errors="replace", newline="")
            rows = csv.reader(text)
            try:
                header = [self._column(name) for name in next(rows, [])]
                line = rows.line_num
                for number, row in enumerate(rows, start=1):
                    first_line, line = line + 1, rows.line_num
                    if not any(row):
                        continue
                    position = f"{self.label} row {number}"
                    if len(row) > len(header) and not any(row[len(header) :]):
                        row = row[: len(header)]
                    if len(row) == len(header):
                        yield (
                            position,
                            {
                                name: value
                                for name, value in zip(header, row, strict=True)
                                if value and not value.isspace()
                            },
                        )
                    elif not is_first_pass:
                        border.reject(
                            position=position,
                            target_table=target_table,
                            reason="wrong_number_of_fields",
                            detail=f"lines {first_line}-{line}: {len(row)} fields, {len(header)} expected",
                            original=",".join(row)[:_MAX_KEPT_ORIGINAL],
                        )
            except (csv.Error, *BROKEN_STREAM) as error:
                if not is_first_pass:
                    self._reject_rest(border, target_table, rows.line_num, error)

    def has_column(self, name: str) -> bool:
        """Whether the header names this column."""
        return self._column(name) in self.header()

    def header(self) -> list[str]:
        """The column names as records carry them. Raises ``UnreadableLandingError``."""
        try:
            with self.archive.open(self.name) as stream:
                text = io.TextIOWrapper(stream, encoding=self._encoding(), errors="replace", newline="")
                return [self._column(name) for name in next(csv.reader(text), [])]
        except (csv.Error, UnreadableMemberError, *BROKEN_STREAM) as error:
            raise UnreadableLandingError(
                "broken_member", f"{self.label} cannot be read ({type(error).__name__}); export it again."
            ) from error

    def _column(self, name: str) -> str:
        folded = _folded(name)
        return self.renamed.get(folded, folded)

    def _encoding(self) -> str:
        """Declared, by byte order mark, UTF-8 if all of the file is, else Windows Latin-1."""
        if self.encoding:
            return self.encoding
        with self.archive.open(self.name) as stream, suppress(*BROKEN_STREAM):
            chunk = stream.read(_CHUNK)
            for mark, encoding in _BOMS:
                if chunk.startswith(mark):
                    return encoding
            decoder = codecs.getincrementaldecoder("utf-8")()
            try:
                while chunk:
                    decoder.decode(chunk)
                    chunk = stream.read(_CHUNK)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                return "cp1252"
        return "utf-8"  # a damaged member is told of when its records are read

    def _reject_rest(self, border: Border, target_table: str, line: int, error: Exception) -> None:
        border.reject(
            position=f"{self.label} line {line}",
            target_table=target_table,
            reason="broken_csv",
            detail=f"the file cannot be read beyond this line ({type(error).__name__})",
        )


def is_true(text: str | None) -> bool:
    """Whether a column says yes; absent is no."""
    return text is not None and text.strip().casefold() in ("true", "t", "1", "yes")


def _folded(name: str) -> str:
    return name.strip().strip("\ufeff").casefold().replace("_", "").replace(" ", "")


def csv_member(
    archive: Archive, name: str, encoding: str | None, columns: Mapping[str, str]
) -> CsvMember | None:
    """The CSV of this name, at the top or in a wrapping folder, whatever its case."""
    for member in archive.members():
        if member.rpartition("/")[2].casefold() == name.casefold():
            renamed = {_folded(found): _folded(known) for known, found in columns.items()}
            return CsvMember(archive, member, encoding, renamed)
    return None
