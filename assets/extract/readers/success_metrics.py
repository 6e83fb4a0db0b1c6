"""What the organisation calls success: sales, satisfaction, ratings, by unit or person and period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from assets.extract import delimited
from assets.extract.columns import Wanted
from assets.extract.frames import batches
from assets.extract.reading import Batch, Border, ReaderOptions
from assets.extract.sheets import Sheet, numbers, open_sheet, with_dates, without_names

NAME: Final = "success_metrics"
VERSION: Final = "1"

WANTED: Final = Wanted(
    required=("entity_id", "metric", "period_start", "value"),
    optional=("entity_type", "period_end", "unit", "higher_is_better"),
)
_TABLE: Final = "success_metrics"
_ENTITIES: Final = {
    "unit": "org_unit", "org_unit": "org_unit", "team": "org_unit", "department": "org_unit",
    "person": "person", "worker": "person", "employee": "person",
}  # fmt: skip
_YES: Final = ("true", "yes", "y", "1")
_NO: Final = ("false", "no", "n", "0")


def discover(landing: Sequence[Path]) -> list[Path]:
    """The CSV and Parquet files below the given files and folders; each is a unit."""
    return delimited.discover(landing)


def read(unit: Path, options: ReaderOptions, border: Border) -> Iterator[Batch]:
    """One row per entity, metric and period. Raises ``UnreadableLandingError``.

    ``period_end`` is the last day of the period in the file and the day after it in the contract table;
    without one the period is the calendar month of ``period_start``. Values of people who refused are
    left out. Words of known people's names in ``metric`` and ``unit`` become ``[name]``.
    """
    sheet, frame = open_sheet(unit, options, WANTED, border, _TABLE)
    frame = with_dates(sheet, frame, ("period_start", "period_end"), (), options, _TABLE)
    for name in WANTED.optional:
        if name not in frame.columns:
            dtype = pl.Date if name == "period_end" else pl.String
            frame = frame.with_columns(pl.lit(None, dtype).alias(name))
    frame = frame.with_columns(
        numbers(frame["value"]).alias("number"),
        pl.col("entity_type").fill_null("org_unit").str.to_lowercase().str.replace_all(r"[\s-]+", "_"),
        pl.col("higher_is_better").str.to_lowercase(),
    )
    frame = _usable(sheet, frame)
    if frame.height:
        border.observe(frame["period_start"].cast(pl.Datetime("us", "UTC")).max())  # type: ignore[arg-type]
    frame = frame.with_columns(without_names(frame[text], border) for text in ("metric", "unit"))
    month_after = pl.col("period_start").dt.month_start().dt.offset_by("1mo")
    rows = frame.select(
        pl.col("entity_type").replace_strict(_ENTITIES, return_dtype=pl.String),
        "entity_id",
        "metric",
        "period_start",
        (pl.col("period_end") + pl.duration(days=1)).fill_null(month_after).alias("period_end"),
        pl.col("number").alias("value"),
        "unit",
        pl.when(pl.col("higher_is_better").is_not_null())
        .then(pl.col("higher_is_better").is_in(_YES))
        .alias("higher_is_better"),
    )
    yield from batches(_TABLE, _without_people_in_clear(rows, border))


def _usable(sheet: Sheet, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that say who, what, when and how much; the others go to quarantine."""
    flag = pl.col("higher_is_better")
    for wrong, reason, detail in (
        (pl.col("entity_id").is_null(), "success_without_entity", "entity_id is empty"),
        (pl.col("metric").is_null(), "success_without_metric", "metric is empty"),
        (pl.col("period_start").is_null(), "success_without_period", "period_start is empty"),
        (
            pl.col("number").is_null() | ~pl.col("number").is_finite(),
            "unreadable_value",
            "value: expected a number such as 3 or 0.5",
        ),
        (
            pl.col("period_end") < pl.col("period_start"),
            "period_ends_before_start",
            "period_end lies before period_start",
        ),
        (
            ~pl.col("entity_type").is_in(list(_ENTITIES)),
            "unknown_entity_type",
            "entity_type: expected org_unit or person, or nothing (org_unit)",
        ),
        (
            flag.is_not_null() & ~flag.is_in(_YES + _NO),
            "unreadable_flag",
            "higher_is_better: expected true or false, or nothing",
        ),
    ):
        frame = sheet.without(frame, wrong, table=_TABLE, reason=reason, detail=detail)
    return frame


def _without_people_in_clear(rows: pl.DataFrame, border: Border) -> pl.DataFrame:
    """Worker ids hashed, people who refused left out; unit ids as they are."""
    people = rows.filter(entity_type="person")["entity_id"].unique().sort().to_list()
    hashes = {
        person: None if border.is_refused_worker(person) else border.worker(person) for person in people
    }
    entity = (
        pl.when(pl.col("entity_type") == "person")
        .then(pl.col("entity_id").replace_strict(hashes, default=None, return_dtype=pl.String))
        .otherwise(pl.col("entity_id"))
    )
    return rows.with_columns(entity.alias("entity_id")).drop_nulls("entity_id")
