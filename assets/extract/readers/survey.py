"""Network surveys: who names whom, for what, how strongly. One row per nomination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from assets.extract import delimited
from assets.extract.columns import Wanted
from assets.extract.frames import batches
from assets.extract.reading import Batch, Border, ReaderOptions
from assets.extract.sheets import numbers, open_sheet, with_dates, without_names

NAME: Final = "survey"
VERSION: Final = "2"

WANTED: Final = Wanted(
    required=("respondent", "nominee"), optional=("relation", "strength", "answered_at", "survey")
)
_TABLE: Final = "nominations"


def discover(landing: Sequence[Path]) -> list[Path]:
    """The CSV and Parquet files below the given files and folders; each is a unit."""
    return delimited.discover(landing)


def read(unit: Path, options: ReaderOptions, border: Border) -> Iterator[Batch]:
    """Nominations between workers (by worker id or e-mail), without those who refused.

    ``survey`` is the feed's name where the file gives none; words of known people's names in it
    and in ``relation`` become ``[name]``. Raises ``UnreadableLandingError``.
    """
    sheet, frame = open_sheet(unit, options, WANTED, border, _TABLE)
    frame = with_dates(sheet, frame, (), ("answered_at",), options, _TABLE)
    for name in ("relation", "strength", "answered_at", "survey"):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.String).alias(name))
    frame = frame.with_columns(numbers(frame["strength"]).alias("number"))
    for wrong, reason, detail in (
        (pl.col("respondent").is_null(), "nomination_without_respondent", "respondent is empty"),
        (pl.col("nominee").is_null(), "nomination_without_nominee", "nominee is empty"),
        (pl.col("respondent") == pl.col("nominee"), "self_nomination", "respondent and nominee are the same"),
        (
            pl.col("strength").is_not_null() & pl.col("number").is_null(),
            "unreadable_strength",
            "strength: expected a number such as 3 or 0.5",
        ),
    ):
        frame = sheet.without(frame, wrong, table=_TABLE, reason=reason, detail=detail)
    if frame["answered_at"].count():
        border.observe(frame["answered_at"].max())  # type: ignore[arg-type]
    people = pl.concat([frame["respondent"], frame["nominee"]]).unique().sort().to_list()
    hashes = {
        person: None if border.is_refused_worker(person) else border.worker(person) for person in people
    }
    frame = frame.with_columns(without_names(frame[text], border) for text in ("relation", "survey"))
    answers = frame.select(
        pl.col("survey").fill_null(border.source),
        pl.col("respondent").replace_strict(hashes, return_dtype=pl.String).alias("respondent_worker_id"),
        pl.col("nominee").replace_strict(hashes, return_dtype=pl.String).alias("nominee_worker_id"),
        "relation",
        pl.col("number").alias("strength"),
        pl.col("answered_at").cast(pl.Datetime("us", "UTC")),
    )
    answers = answers.drop_nulls(["respondent_worker_id", "nominee_worker_id"]).unique(maintain_order=True)
    yield from batches(_TABLE, answers)
