"""HR files as CSV or Parquet: employee lists, dated jobs, snapshots, absences, reports-to lists.

What a file is follows from its header, after the settings' ``columns:`` mapping. One feed may
mix the kinds: each file is read for what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

import polars as pl

from assets.extract import delimited
from assets.extract.columns import Wanted
from assets.extract.delimited import ROW
from assets.extract.frames import batches
from assets.extract.hr.jobs import JOB_COLUMNS, has_jobs, job_batches, with_intervals, with_managers
from assets.extract.hr.spells import believable, latest_states, spell_batches, without_overlaps
from assets.extract.hr.words import employment_type
from assets.extract.reading import Batch, Border, ReaderOptions, UnreadableLandingError
from assets.extract.sheets import Sheet, open_sheet, with_dates
from assets.identity.pseudonyms import normalised_email

NAME: Final = "csv"
VERSION: Final = "2"

Kind = Literal["employees", "jobs", "snapshots", "absences"]

_SPELL_COLUMNS: Final = (
    "hire_date",
    "termination_date",
    "termination_type",
    "reason",
    "notice_date",
    "is_regretted",
)
_DATES: Final = (
    "hire_date",
    "termination_date",
    "notice_date",
    "snapshot_date",
    "valid_from",
    "valid_to",
    "absent_from",
    "absent_to",
)
_INSTANTS: Final = ("updated_at", "exported_on")
WANTED: Final = Wanted(
    required=("worker_id",),
    optional=("name", "email", *_SPELL_COLUMNS, *JOB_COLUMNS, *_DATES[3:], "kind", *_INSTANTS),
    is_shared=True,
)
_STATE_DATE: Final[dict[Kind, str]] = {
    "employees": "hire_date",
    "jobs": "valid_from",
    "snapshots": "snapshot_date",
    "absences": "absent_from",
}


def discover(landing: Sequence[Path]) -> list[Path]:
    """The CSV and Parquet files below the given files and folders; each is a unit."""
    return delimited.discover(landing)


def read(unit: Path, options: ReaderOptions, border: Border) -> Iterator[Batch]:
    """Workers, spells, jobs and absences of one file. Raises ``UnreadableLandingError``.

    Erased people are left out, as workers and as managers. Rows that contradict themselves or
    each other go to quarantine and the rest goes on (metric specification, K13).
    """
    sheet, frame = open_sheet(unit, options, WANTED, border, "workers")
    kind = file_kind(frame.columns, options)
    frame = with_dates(sheet, frame, _DATES, _INSTANTS, options, "workers")
    frame = sheet.without(
        frame,
        pl.col("worker_id").is_null(),
        table="workers",
        reason="row_without_worker_id",
        detail="worker_id is empty",
    )
    _observe(frame, border)
    hashes, emails = _introduced(frame, border, _STATE_DATE[kind])
    frame = _without_repeats(sheet, frame, kind)
    if kind == "absences":
        frame = frame.with_columns(_hashed("worker_id", hashes).alias("worker")).drop_nulls("worker")
        yield from _absence_batches(sheet, frame)
        return
    frame = believable(sheet, frame)
    if kind == "employees" and "hire_date" in frame.columns:
        frame = without_overlaps(sheet, frame)
    frame = frame.with_columns(_hashed("worker_id", hashes).alias("worker"))
    yield from _worker_batches(frame.drop_nulls("worker"), _STATE_DATE[kind])
    if "hire_date" in frame.columns:
        spells = frame.drop_nulls("worker")
        if kind != "employees":
            states = spells.filter(
                pl.col("hire_date").is_not_null() & pl.col(_STATE_DATE[kind]).is_not_null()
            )
            spells = latest_states(sheet, states, _STATE_DATE[kind])
        yield from spell_batches(sheet, spells)
    if kind == "employees" and not has_jobs(frame.columns):
        return
    jobs = with_managers(sheet, _dated(sheet, frame, kind), hashes, emails)
    if kind == "snapshots":
        jobs = jobs.with_columns(pl.lit(None, pl.Date).alias("valid_to"))
    yield from job_batches(sheet, jobs.drop_nulls("worker"), is_snapshot=kind == "snapshots")


def file_kind(columns: Sequence[str], options: ReaderOptions) -> Kind:
    """What a file is by the contract columns that it has. Raises ``UnreadableLandingError``."""
    if "absent_from" in columns:
        return "absences"
    if "snapshot_date" in columns:
        return "snapshots"
    if "valid_from" in columns:
        return "jobs"
    for name in ("valid_from", "snapshot_date", "hire_date"):
        if name in options.columns and name not in columns and "hire_date" not in columns:
            raise UnreadableLandingError(
                "missing_column",
                f"column {options.columns[name]!r} is missing (the setting columns.{name} names it), and "
                "without a date the file says nothing about time; correct the setting or export the column",
            )
    if "termination_date" in columns and "hire_date" not in columns:
        raise UnreadableLandingError(
            "missing_column",
            "column 'hire_date' is missing beside 'termination_date'; write "
            "columns: {hire_date: <column of the file>} in this feed's settings",
        )
    known = {"name", "email", "hire_date"}.intersection(columns)
    if known or has_jobs(list(columns)):
        return "employees"
    raise UnreadableLandingError(
        "unknown_hr_file",
        "beside worker_id no known column was found; expected one of: an employee list (hire_date, name, "
        "email …), dated jobs (valid_from, manager_id, org_unit_path …), snapshots (snapshot_date …), "
        "absences (absent_from, absent_to); write columns: {hire_date: <column of the file>, …}",
    )


def _observe(frame: pl.DataFrame, border: Border) -> None:
    """The latest instant at which the file was certainly known; terminations lie in the future."""
    stated = [name for name in ("updated_at", "exported_on", "snapshot_date") if name in frame.columns]
    found = [name for name in stated if frame[name].count()] or [
        name for name in ("valid_from", "hire_date", "absent_from") if name in frame.columns
    ]
    for name in found:
        if frame[name].count():
            border.observe(frame[name].cast(pl.Datetime("us", "UTC")).max())  # type: ignore[arg-type]


def _introduced(
    frame: pl.DataFrame, border: Border, state_date: str
) -> tuple[dict[str, str | None], dict[str, str]]:
    """Every worker's hash (None: erased), and whose address an e-mail is; the latest row speaks."""
    order = [name for name in (state_date, ROW) if name in frame.columns]
    last = (
        frame.sort(*order, nulls_last=False)
        .group_by("worker_id", maintain_order=True)
        .agg(pl.col(name).drop_nulls().last() for name in ("name", "email") if name in frame.columns)
    )
    hashes: dict[str, str | None] = {}
    emails: dict[str, str] = {}
    for person in last.sort("worker_id").iter_rows(named=True):
        email = person.get("email")
        email = email if email and "@" in email else None
        hashes[person["worker_id"]] = border.describe_worker(
            person["worker_id"], name=person.get("name"), email=email
        )
        if email:
            emails[normalised_email(email)] = person["worker_id"]
    return hashes, emails


def _hashed(column: str, hashes: dict[str, str | None]) -> pl.Expr:
    return pl.col(column).replace_strict(hashes, return_dtype=pl.String)


def _without_repeats(sheet: Sheet, frame: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """Identical rows once; of rows about the same fact the latest version, else the first."""
    frame = frame.unique(pl.exclude(ROW), keep="first", maintain_order=True)
    fact = [name for name in ("worker_id", _STATE_DATE[kind]) if name in frame.columns]
    if "updated_at" in frame.columns:
        newest = pl.col("updated_at").max().over(fact)
        frame = frame.filter(newest.is_null() | (pl.col("updated_at") == newest))
    return sheet.without(
        frame,
        ~pl.struct(fact).is_first_distinct(),
        table="absences" if kind == "absences" else "workers",
        reason="conflicting_rows",
        detail=f"an earlier row has the same {' and '.join(fact)} with other values; the earlier one stays",
    )


def _worker_batches(frame: pl.DataFrame, state_date: str) -> Iterator[Batch]:
    """One row per worker; whether contingent, by the latest row that states an employment type."""
    order = [name for name in (state_date, ROW) if name in frame.columns]
    frame = frame.sort(*order, nulls_last=False)
    kinds = pl.lit(None, pl.Boolean)
    if "employment_type" in frame.columns:
        texts = frame["employment_type"].drop_nulls().unique().to_list()
        contingent = {text: employment_type(text) == "contingent" for text in texts}
        kinds = pl.col("employment_type").replace_strict(contingent, return_dtype=pl.Boolean)
    versions = [name for name in (*_INSTANTS, "snapshot_date") if name in frame.columns]
    version = (
        pl.coalesce(pl.col(name).cast(pl.Datetime("us", "UTC")) for name in versions) if versions else None
    )
    workers = (
        frame.with_columns(
            kinds.alias("is_contingent"),
            (pl.lit(None, pl.Datetime("us", "UTC")) if version is None else version).alias("version"),
        )
        .group_by("worker", maintain_order=True)
        .agg(pl.col("is_contingent").drop_nulls().last(), pl.col("version").max().alias("updated_at"))
        .rename({"worker": "worker_id"})
        .sort("worker_id")
    )
    yield from batches("workers", workers)


def _dated(sheet: Sheet, frame: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """``frame`` with ``valid_from`` and ``valid_to``: of the row, the snapshot or the employment."""
    if kind == "jobs":
        return with_intervals(sheet, frame)
    if kind == "snapshots":
        frame = sheet.without(
            frame,
            pl.col("snapshot_date").is_null(),
            table="jobs",
            reason="snapshot_without_date",
            detail="snapshot_date is empty",
        )
        # For the search of circles a state holds on its day; the lake closes it with the next one.
        day = pl.col("snapshot_date")
        return frame.with_columns(day.alias("valid_from"), (day + timedelta(days=1)).alias("valid_to"))
    nothing = pl.lit(None, pl.Date)
    hired = pl.col("hire_date") if "hire_date" in frame.columns else nothing
    left = pl.col("termination_date") + timedelta(days=1) if "termination_date" in frame.columns else nothing
    return frame.with_columns(hired.alias("valid_from"), left.alias("valid_to"))


def _absence_batches(sheet: Sheet, frame: pl.DataFrame) -> Iterator[Batch]:
    """Absences; ``absent_to`` is the last day absent in the file and the day after in the lake."""
    for name, dtype in (("absent_to", pl.Date), ("kind", pl.String)):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype).alias(name))
    for wrong, reason, detail in (
        (pl.col("absent_from").is_null(), "absence_without_start", "absent_from is empty"),
        (
            pl.col("absent_to") < pl.col("absent_from"),
            "absence_ends_before_start",
            "absent_to lies before absent_from",
        ),
    ):
        frame = sheet.without(frame, wrong, table="absences", reason=reason, detail=detail)
    yield from batches(
        "absences",
        frame.select(
            pl.col("worker").alias("worker_id"),
            "absent_from",
            pl.col("absent_to") + timedelta(days=1),
            "kind",
        ),
    )
