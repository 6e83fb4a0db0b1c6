"""The registry of initiatives: what was done, where, from when, and how it was assigned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from assets.extract import delimited
from assets.extract.columns import Wanted
from assets.extract.contract import ENUMS
from assets.extract.delimited import ROW
from assets.extract.frames import batches
from assets.extract.reading import Batch, Border, ReaderOptions
from assets.extract.sheets import Sheet, open_sheet, with_dates, without_names

NAME: Final = "initiatives"
VERSION: Final = "2"

WANTED: Final = Wanted(
    required=("initiative_id", "targets", "starts_on"),
    optional=("name", "ends_on", "assignment", "primary_metric", "hypothesis", "registered_on"),
)
_TABLE: Final = "initiatives"
_TEXTS: Final = ("name", "primary_metric", "hypothesis")
_ASSIGNMENTS: Final = sorted(ENUMS[_TABLE, "assignment"])
_TARGET: Final = re.compile(r"(unit|org_unit|person|worker)\s*:\s*(.+)", re.IGNORECASE)


def discover(landing: Sequence[Path]) -> list[Path]:
    """The CSV and Parquet files below the given files and folders; each is a unit."""
    return delimited.discover(landing)


def read(unit: Path, options: ReaderOptions, border: Border) -> Iterator[Batch]:
    """One row per initiative and target. Raises ``UnreadableLandingError``.

    ``targets`` is a list such as ``unit:sales; unit:service`` or ``person:4711``; refused
    people are left out of it.
    """
    sheet, frame = open_sheet(unit, options, WANTED, border, _TABLE)
    frame = with_dates(sheet, frame, ("starts_on", "ends_on", "registered_on"), (), options, _TABLE)
    for name in WANTED.optional:
        if name not in frame.columns:
            dtype = pl.Date if name in ("ends_on", "registered_on") else pl.String
            frame = frame.with_columns(pl.lit(None, dtype).alias(name))
    words = pl.col("assignment").str.to_lowercase().str.replace_all(r"[\s-]+", "_")
    frame = frame.with_columns(words.alias("assignment"))
    is_repeated = ~pl.col("initiative_id").is_first_distinct()
    for wrong, reason, detail in (
        (pl.col("initiative_id").is_null(), "initiative_without_id", "initiative_id is empty"),
        (is_repeated, "duplicate_initiative", "an earlier row has the same initiative_id"),
        (pl.col("starts_on").is_null(), "initiative_without_start", "starts_on is empty"),
        (
            pl.col("ends_on") < pl.col("starts_on"),
            "initiative_ends_before_start",
            "ends_on lies before starts_on",
        ),
        (
            ~pl.col("assignment").is_in(_ASSIGNMENTS),
            "unknown_assignment",
            f"assignment: expected one of {', '.join(_ASSIGNMENTS)}, or nothing",
        ),
    ):
        frame = sheet.without(frame, wrong, table=_TABLE, reason=reason, detail=detail)
    registered = frame["registered_on"].drop_nulls()
    if len(registered):
        border.observe(registered.cast(pl.Datetime("us", "UTC")).max())  # type: ignore[arg-type]
    frame = frame.with_columns(without_names(frame[text], border) for text in _TEXTS)
    rows = [row for record in frame.iter_rows(named=True) for row in _per_target(record, sheet)]
    columns = ("initiative_id", "target_kind", "target_id", *WANTED.optional, "starts_on")
    types = {
        name: pl.Date if name in ("starts_on", "ends_on", "registered_on") else pl.String for name in columns
    }
    yield from batches(_TABLE, pl.DataFrame(rows, schema=types))


def _per_target(record: dict[str, Any], sheet: Sheet) -> Iterator[dict[str, Any]]:
    texts = [text.strip() for text in (record["targets"] or "").split(";") if text.strip()]
    found = [_TARGET.fullmatch(text) for text in texts]
    if not texts or None in found:
        sheet.put_aside(
            pl.Series([record[ROW]]),
            table=_TABLE,
            reason="unknown_target",
            detail="targets: expected a list such as unit:ID;unit:ID or person:ID",
        )
        return
    for match in found:
        if match is None:
            continue
        kind, target = match.group(1).lower(), match.group(2).strip()
        if kind in ("unit", "org_unit"):
            yield record | {"target_kind": "org_unit", "target_id": target}
        elif not sheet.border.is_refused_worker(target) and (hashed := sheet.border.worker(target)):
            yield record | {"target_kind": "person", "target_id": hashed}
