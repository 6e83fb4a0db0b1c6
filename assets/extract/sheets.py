"""Tables that a person keeps (HR, surveys, registries): dates, numbers, rows put aside.

A sheet fits into memory and its values are read strictly: what cannot be read goes to
quarantine with its row, and the rest of the sheet goes on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from assets.extract.columns import Wanted
from assets.extract.delimited import ROW, as_text, open_table, quarantine, read_frame
from assets.extract.instants import DateStyle, decide_style, parse_dates, parse_instants
from assets.extract.reading import Border, ReaderOptions, UnreadableLandingError

_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Sheet:
    """A file's rows as they stood there, and the border that takes those that cannot be used."""

    raw: pl.DataFrame
    border: Border

    def put_aside(self, numbers: pl.Series, *, table: str, reason: str, detail: str) -> None:
        """Quarantine the rows with these numbers (or note something about them)."""
        rows = self.raw.filter(pl.col(ROW).is_in(numbers.implode()))
        quarantine(self.border, rows, table=table, reason=reason, detail=detail)

    def without(
        self, frame: pl.DataFrame, wrong: pl.Expr, *, table: str, reason: str, detail: str
    ) -> pl.DataFrame:
        """``frame`` without the rows where ``wrong`` is true; those go to quarantine."""
        bad = frame.filter(wrong.fill_null(False))
        if not bad.height:
            return frame
        self.put_aside(bad[ROW], table=table, reason=reason, detail=detail)
        return frame.filter(~wrong.fill_null(False))


def open_sheet(
    unit: Path, options: ReaderOptions, wanted: Wanted, border: Border, table: str
) -> tuple[Sheet, pl.DataFrame]:
    """The file's rows; ``table`` is what rows are meant for that do not fit the header.

    Text, and a Parquet file's own types where they are dates or times.
    """
    raw = read_frame(open_table(unit, options, wanted), border, table)
    raw = raw.with_columns(
        as_text(raw[name]) for name, dtype in raw.schema.items() if name != ROW and not dtype.is_temporal()
    )
    return Sheet(raw, border), raw


def with_dates(
    sheet: Sheet,
    frame: pl.DataFrame,
    dates: Sequence[str],
    instants: Sequence[str],
    options: ReaderOptions,
    table: str,
) -> pl.DataFrame:
    """``frame`` with these columns (where it has them) as dates and as UTC instants.

    Rows with a value that cannot be read go to quarantine. Raises ``UnreadableLandingError``
    where the file leaves open whether day or month comes first, or no value can be read.
    """
    present = [name for name in (*dates, *instants) if name in frame.columns]
    style = decide_style({name: frame[name] for name in present}, options.time_format)
    parsed = {
        name: parse_dates(frame[name], style)
        if name in dates
        else _instants_or_days(frame[name], style, options.timezone)
        for name in present
    }
    unreadable = {name: parsed[name].is_null() & frame[name].is_not_null() for name in present}
    for name, bad in unreadable.items():
        if bad.any() and parsed[name].null_count() == len(bad):
            raise UnreadableLandingError(
                "unreadable_dates",
                f"no value of {name} could be read as a date; expected e.g. 2024-05-31; another format "
                'can be declared: time_format: "%d.%m.%Y"',
            )
    frame = frame.with_columns(values.alias(name) for name, values in parsed.items())
    kept = pl.Series([True]).new_from_index(0, frame.height)
    for name, bad in unreadable.items():
        if bad.any():
            sheet.put_aside(
                frame[ROW].filter(bad & kept),
                table=table,
                reason="unreadable_date",
                detail=f"{name}: expected a date of the calendar after 1900, as 2024-05-31 or in the format "
                "of the file's other rows",
            )
            kept = kept & ~bad
    return frame.filter(kept)


def _instants_or_days(values: pl.Series, style: DateStyle, timezone: str) -> pl.Series:
    instants = parse_instants(values, style, timezone)
    days = parse_dates(values, style).cast(pl.Datetime("us", "UTC"))
    return instants.zip_with(instants.is_not_null(), days)


def without_names(texts: pl.Series, border: Border) -> pl.Series:
    """Texts for people, with ``[name]`` for every word that is part of a known person's name or handle."""

    def word(match: re.Match[str]) -> str:
        return "[name]" if border.names_a_person(match.group()) else match.group()

    cleared = {text: _WORD.sub(word, text) for text in texts.unique().drop_nulls()}
    return texts.cast(pl.String).replace_strict(cleared, return_dtype=pl.String)


def numbers(values: pl.Series) -> pl.Series:
    """Decimal numbers, with point or comma; NULL where there is none."""
    if values.dtype.is_numeric():
        return values.cast(pl.Float64)
    return (
        values.str.replace_all(r"[\s\u00a0]", "")
        .str.replace(",", ".", literal=True)
        .cast(pl.Float64, strict=False)
    )
