"""Employments from employee lists and from snapshots: hired, left, why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from assets.extract.delimited import ROW
from assets.extract.frames import batches
from assets.extract.hr.consistency import overlapping_spells
from assets.extract.hr.words import MAX_REASON, regretted, termination_type
from assets.extract.reading import Batch, Border
from assets.extract.sheets import Sheet

NEVER_AGAIN = date(9999, 1, 1)
"""From this day on a date means 'open', as SAP and others write it."""


def believable(sheet: Sheet, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows without those that end before they begin, and of lists without overlapping ones."""
    if "termination_date" not in frame.columns:
        return frame
    ends = pl.col("termination_date")
    frame = frame.with_columns(pl.when(ends < NEVER_AGAIN).then(ends).alias("termination_date"))
    if "hire_date" not in frame.columns:
        return frame
    return sheet.without(
        frame,
        ends < pl.col("hire_date"),
        table="spells",
        reason="termination_before_hire",
        detail="termination_date lies before hire_date",
    )


def without_overlaps(sheet: Sheet, frame: pl.DataFrame) -> pl.DataFrame:
    """An employee list without rows whose employment overlaps an earlier one."""
    ends = [] if "termination_date" in frame.columns else [pl.lit(None, pl.Date).alias("termination_date")]
    wrong = overlapping_spells(frame.with_columns(ends))
    return sheet.without(
        frame,
        pl.col(ROW).is_in(wrong.implode()),
        table="spells",
        reason="overlapping_spells",
        detail="the employment begins before an earlier one of the same worker has ended; "
        "the earlier one stays",
    )


def latest_states(sheet: Sheet, frame: pl.DataFrame, state_date: str) -> pl.DataFrame:
    """One row per employment out of many states of it (snapshots, or job rows that repeat it).

    The latest state of an employment holds. Where a later state gives a worker another hire
    date: the earlier employment had ended, or the hire date was corrected, or the worker left
    and came back between two states (then the last state marks the end, and a note says so).
    """
    states = (
        frame.sort("worker_id", state_date, ROW)
        .unique(["worker_id", "hire_date"], keep="last", maintain_order=True)
        .sort("worker_id", state_date, ROW)
    )
    if "termination_date" not in states.columns:
        states = states.with_columns(pl.lit(None, pl.Date).alias("termination_date"))
    next_hire = pl.col("hire_date").shift(-1).over("worker_id")
    states = states.with_columns(next_hire.alias("next_hire"))
    is_ended = pl.col("termination_date") < pl.col("next_hire")
    came_back = pl.col("termination_date").is_null() & (pl.col(state_date) < pl.col("next_hire"))
    states = states.filter(pl.col("next_hire").is_null() | is_ended | came_back)
    gone = states.filter(came_back)
    if gone.height:
        sheet.put_aside(
            gone[ROW],
            table="spells",
            reason="implied_termination",
            detail=f"a later row has a later hire_date and this one no termination_date; {state_date} is "
            "taken for the last day employed",
        )
    return states.with_columns(
        pl.when(came_back)
        .then(pl.col(state_date))
        .otherwise(pl.col("termination_date"))
        .alias("termination_date")
    ).drop("next_hire")


def spell_batches(sheet: Sheet, frame: pl.DataFrame) -> Iterator[Batch]:
    """The spells of ``frame`` (one row each, worker_id already hashed in ``worker``)."""
    for name, dtype in (
        ("termination_date", pl.Date),
        ("notice_date", pl.Date),
        ("termination_type", pl.String),
        ("reason", pl.String),
        ("is_regretted", pl.String),
    ):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype).alias(name))
    is_ended = pl.col("termination_date").is_not_null()
    kinds = _termination_types(sheet, frame.filter(is_ended))
    assessed = _assessments(sheet, frame.filter(is_ended))
    number = pl.struct(pl.col("hire_date").fill_null(date.min), ROW).rank("ordinal").over("worker_id")
    spells = frame.select(
        pl.col("worker").alias("worker_id"),
        number.cast(pl.Int32).alias("spell_number"),
        "hire_date",
        "termination_date",
        pl.when(is_ended)
        .then(pl.col("termination_type").replace_strict(kinds, default="unknown", return_dtype=pl.String))
        .alias("termination_type"),
        _reasons(frame["reason"], sheet.border),
        "notice_date",
        pl.when(is_ended)
        .then(pl.col("is_regretted").replace_strict(assessed, default=None, return_dtype=pl.Boolean))
        .alias("is_regretted"),
    )
    yield from batches("spells", spells)


def _termination_types(sheet: Sheet, ended: pl.DataFrame) -> dict[str, str]:
    """Each word of the file and its type; one note per word that is not known."""
    kinds: dict[str, str] = {}
    for word in ended["termination_type"].drop_nulls().unique(maintain_order=True):
        known = termination_type(word)
        kinds[word] = known or "unknown"
        if known is None:
            rows = ended.filter(pl.col("termination_type") == word)
            sheet.put_aside(
                rows[ROW].head(1),
                table="spells",
                reason="unknown_termination_type",
                detail=f"termination_type: a word on {rows.height} rows is not known and read as unknown; "
                "the rows stay; expected a word such as voluntary, resignation, redundancy, retirement",
            )
    return kinds


def _assessments(sheet: Sheet, ended: pl.DataFrame) -> dict[str, bool | None]:
    """Each word of the file and whether it says regretted; a note for words that nobody knows."""
    said: dict[str, bool | None] = {}
    strange = []
    for word in ended["is_regretted"].drop_nulls().unique(maintain_order=True):
        is_known, said[word] = regretted(word)
        if not is_known:
            strange.append(word)
    rows = ended.filter(pl.col("is_regretted").is_in(strange))
    if rows.height:
        sheet.put_aside(
            rows[ROW].head(1),
            table="spells",
            reason="unknown_assessment",
            detail=f"is_regretted: {rows.height} rows hold a word that is not known and count as not "
            "assessed; the rows stay; expected yes, no or nothing",
        )
    return said


def _reasons(texts: pl.Series, border: Border) -> pl.Series:
    """Reasons as HR codes them; prose and whatever names a person is left out."""
    distinct = texts.drop_nulls().unique().to_list()
    kept = [
        text if len(text) <= MAX_REASON and "@" not in text and not border.names_a_person(text) else None
        for text in distinct
    ]
    return texts.replace_strict(distinct, kept, default=None, return_dtype=pl.String)
