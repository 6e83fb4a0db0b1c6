"""Jobs: for whom, in which unit, where, from when until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import polars as pl

from assets.extract.columns import ATTRIBUTE
from assets.extract.delimited import ROW
from assets.extract.frames import batches
from assets.extract.hr.consistency import ends_are_inclusive, manager_cycles
from assets.extract.hr.spells import NEVER_AGAIN
from assets.extract.hr.words import employment_type, full_time_share, unit_path
from assets.extract.reading import Batch
from assets.extract.sheets import Sheet
from assets.identity.pseudonyms import normalised_email

JOB_COLUMNS: Final = (
    "manager_id",
    "org_unit_id",
    "org_unit_path",
    "location",
    "job_family",
    "level",
    "fte",
    "age_band",
    "employment_type",
)

PART_OF_A_WHOLE: Final = 0.5
"""A file in which more than this share of the managers is missing is not the whole company."""
MANY_MANAGERS: Final = 20


def has_jobs(columns: list[str]) -> bool:
    """Whether an employee list says more about jobs than the kind of employment."""
    return any(
        name.startswith(ATTRIBUTE) or (name in JOB_COLUMNS and name != "employment_type") for name in columns
    )


def with_intervals(sheet: Sheet, frame: pl.DataFrame) -> pl.DataFrame:
    """Dated rows with ``valid_to`` exclusive, without impossible ones, none beyond the next."""
    frame = sheet.without(
        frame,
        pl.col("valid_from").is_null(),
        table="jobs",
        reason="job_without_valid_from",
        detail="valid_from is empty",
    )
    if "valid_to" not in frame.columns:
        return frame.with_columns(pl.lit(None, pl.Date).alias("valid_to"))
    ends = pl.col("valid_to")
    frame = frame.with_columns(pl.when(ends < NEVER_AGAIN).then(ends).alias("valid_to"))
    if ends_are_inclusive(frame):
        frame = frame.with_columns(ends + timedelta(days=1))
    frame = sheet.without(
        frame,
        ends <= pl.col("valid_from"),
        table="jobs",
        reason="job_ends_before_start",
        detail="valid_to does not lie after valid_from",
    )
    frame = frame.sort("worker_id", "valid_from", ROW)
    following = pl.col("valid_from").shift(-1).over("worker_id")
    late = frame.filter(ends > following)
    if late.height:
        sheet.put_aside(
            late[ROW],
            table="jobs",
            reason="overlapping_jobs",
            detail="the worker's next row begins before valid_to; the row stays and ends there",
        )
    return frame.with_columns(pl.when(ends > following).then(following).otherwise(ends).alias("valid_to"))


def with_managers(
    sheet: Sheet, frame: pl.DataFrame, hashes: dict[str, str | None], emails: dict[str, str]
) -> pl.DataFrame:
    """``frame`` with ``manager``: the manager's hash, NULL for none, unknown and circular ones.

    ``hashes`` knows every worker of the file, ``emails`` which worker an address belongs to.
    Who is their own manager has none. What is not true of a manager costs the manager, not the row.
    """
    if "manager_id" not in frame.columns:
        return frame.with_columns(pl.lit(None, pl.String).alias("manager"))
    distinct = frame["manager_id"].drop_nulls().unique().to_list()
    ids = {text: emails.get(normalised_email(text), text) if "@" in text else text for text in distinct}
    manager = pl.col("manager_id").replace_strict(ids, return_dtype=pl.String)
    frame = frame.with_columns(manager.alias("manager_id"))
    frame = frame.with_columns(
        pl.when(pl.col("manager_id") != pl.col("worker_id")).then(pl.col("manager_id")).alias("manager_id")
    )
    managers = frame["manager_id"].drop_nulls().unique().sort().to_list()
    unknown = [person for person in managers if person not in hashes]
    is_part = len(unknown) > PART_OF_A_WHOLE * len(managers) and len(managers) >= MANY_MANAGERS
    if unknown and not is_part:
        lost = frame.filter(pl.col("manager_id").is_in(unknown)).unique(
            ["worker_id", "manager_id"], keep="first", maintain_order=True
        )
        sheet.put_aside(
            lost[ROW],
            table="jobs",
            reason="unknown_manager",
            detail="manager_id is no worker of this file; the row stays, without a manager",
        )
    known = dict(hashes) | ({person: sheet.border.worker(person) for person in unknown} if is_part else {})
    circular = manager_cycles(frame.select("worker_id", "manager_id", "valid_from", "valid_to", ROW))
    if len(circular):
        sheet.put_aside(
            circular,
            table="jobs",
            reason="manager_cycle",
            detail="manager_id makes the worker, over several steps, their own manager; the row stays, "
            "without a manager",
        )
    is_kept = ~pl.col(ROW).is_in(circular.implode())
    found = {person: known.get(person) for person in managers}
    return frame.with_columns(
        pl.when(is_kept)
        .then(pl.col("manager_id").replace_strict(found, return_dtype=pl.String))
        .alias("manager")
    )


def job_batches(sheet: Sheet, frame: pl.DataFrame, *, is_snapshot: bool) -> Iterator[Batch]:
    """The jobs of ``frame``: hashes in ``worker`` and ``manager``, ``valid_from``, ``valid_to``."""
    for name in JOB_COLUMNS:
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.String).alias(name))
    shares = full_time_share(frame["fte"])
    unreadable = frame.filter(shares.is_null() & frame["fte"].is_not_null())
    if unreadable.height:
        sheet.put_aside(
            unreadable[ROW],
            table="jobs",
            reason="unreadable_fte",
            detail="fte: expected a number such as 0.8 or 80 %; the row stays, without it",
        )
    paths = {text: unit_path(text) for text in frame["org_unit_path"].drop_nulls().unique()}
    derived = {text: " > ".join(path) or None for text, path in paths.items()}
    kinds = {text: employment_type(text) for text in frame["employment_type"].drop_nulls().unique()}
    jobs = frame.select(
        pl.col("worker").alias("worker_id"),
        "valid_from",
        "valid_to",
        pl.col("manager").alias("manager_worker_id"),
        pl.coalesce("org_unit_id", pl.col("org_unit_path").replace_strict(derived, return_dtype=pl.String)),
        _path_lists(frame["org_unit_path"], paths),
        "location",
        "job_family",
        "level",
        shares.alias("fte"),
        pl.col("employment_type").replace_strict(kinds, return_dtype=pl.String),
        "age_band",
        *_attributes(frame),
        pl.lit(is_snapshot).alias("is_snapshot"),
    )
    yield from batches("jobs", jobs)


def _path_lists(texts: pl.Series, paths: dict[str, list[str]]) -> pl.Series:
    known = pl.DataFrame(
        {"text": list(paths), "path": list(paths.values())},
        schema={"text": pl.String, "path": pl.List(pl.String)},
    )
    joined = pl.DataFrame({"text": texts}).join(known, on="text", how="left", maintain_order="left")
    return joined["path"].alias("org_unit_path")


def _attributes(frame: pl.DataFrame) -> list[pl.Expr]:
    """Declared columns as one map; no column where the file has none of them."""
    pairs = [
        pl.struct(pl.lit(name.removeprefix(ATTRIBUTE)).alias("key"), pl.col(name).alias("value"))
        for name in frame.columns
        if name.startswith(ATTRIBUTE)
    ]
    return [pl.concat_list(pairs).alias("attributes")] if pairs else []
