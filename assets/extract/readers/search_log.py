"""Search logs: who looked for something, when, and what was opened then. One row per opened object.

The words of a query become features at the border, as a message's do: its declared terms and
hashtags, and one keyed hash of all of it, by which the same search is known again. The log of any
search works: an intranet's, a wiki's, a platform's audit log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import polars as pl

from assets.extract import delimited
from assets.extract.columns import Wanted
from assets.extract.frames import batches
from assets.extract.readers.slack_markup import linked_messages
from assets.extract.reading import Batch, Border, ReaderOptions
from assets.extract.sheets import Sheet, numbers, open_sheet, with_dates
from assets.extract.topic_terms import TermFinder, normalised_term
from assets.identity.pseudonyms import normalised_email

NAME: Final = "search_log"
VERSION: Final = "1"

WANTED: Final = Wanted(
    required=("account", "searched_at"), optional=("query", "opened_object", "opened_at", "dwell_seconds")
)
_TABLE: Final = "searches"
_PLAIN_ID: Final = re.compile(r"[\w:.\-]{1,80}")
"""An object's id as platforms give it; a path or an address may hold a name and is hashed."""


def discover(landing: Sequence[Path]) -> list[Path]:
    """The CSV and Parquet files below the given files and folders; each is a unit."""
    return delimited.discover(landing)


def read(unit: Path, options: ReaderOptions, border: Border) -> Iterator[Batch]:
    """Accounts, searches and the covered period, without those who refused.

    ``opened_object`` is a message's id, a link to a Slack message or any other id; without
    ``opened_at`` it was opened at an unknown time. Raises ``UnreadableLandingError``.
    """
    sheet, frame = open_sheet(unit, options, WANTED, border, _TABLE)
    frame = with_dates(sheet, frame, (), ("searched_at", "opened_at"), options, _TABLE)
    for name in WANTED.optional:
        if name not in frame.columns:
            dtype = pl.Datetime("us", "UTC") if name == "opened_at" else pl.String
            frame = frame.with_columns(pl.lit(None, dtype).alias(name))
    frame = _usable(sheet, frame.with_columns(numbers(frame["dwell_seconds"]).alias("seconds")))
    if not frame.height:
        return
    first, last = frame["searched_at"].min(), frame["searched_at"].max()
    border.observe(last)  # type: ignore[arg-type]
    searches = _hashed(frame, options, border).drop_nulls("account_id")
    accounts = searches.select("account_id").unique().sort("account_id")
    yield from batches("accounts", accounts.with_columns(pl.lit("person").alias("kind")))
    yield from batches(_TABLE, searches)
    coverage = pl.DataFrame(
        {"covered_from": [first], "covered_to": [last], "observed_at": [last], "contains": [["searches"]]}
    )
    yield from batches(
        "source_coverage", coverage.with_columns(pl.col("covered_to") + timedelta(microseconds=1))
    )


def _usable(sheet: Sheet, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows that tell a search; the others go to quarantine."""
    for wrong, reason, detail in (
        (pl.col("account").is_null(), "search_without_account", "account is empty"),
        (pl.col("searched_at").is_null(), "search_without_time", "searched_at is empty"),
        (
            pl.col("dwell_seconds").is_not_null() & ~(pl.col("seconds") >= 0).fill_null(False),
            "unreadable_dwell",
            "dwell_seconds: expected a number of seconds from 0",
        ),
        (
            pl.col("opened_at") < pl.col("searched_at"),
            "opened_before_search",
            "opened_at lies before searched_at",
        ),
    ):
        frame = sheet.without(frame, wrong, table=_TABLE, reason=reason, detail=detail)
    return frame


def _hashed(frame: pl.DataFrame, options: ReaderOptions, border: Border) -> pl.DataFrame:
    """The contract's columns: pseudonyms for accounts, features for queries."""
    accounts = {text: _account(text, border) for text in frame["account"].unique().sort()}
    finder = TermFinder(options.vocabulary)
    queries = frame["query"].unique().drop_nulls().sort().to_list()
    terms = {text: [border.term(term) for term in finder.terms(text)] or None for text in queries}
    signatures = {text: border.message_id(f"query\x1f{normalised_term(text)}") for text in queries}
    objects = {text: _object(text, border) for text in frame["opened_object"].unique().drop_nulls()}
    return frame.select(
        pl.col("account").replace_strict(accounts, return_dtype=pl.String).alias("account_id"),
        pl.col("searched_at").cast(pl.Datetime("us", "UTC")),
        pl.col("query").replace_strict(signatures, return_dtype=pl.String).alias("query_signature"),
        pl.Series("topic_terms", [terms.get(text) for text in frame["query"]], dtype=pl.List(pl.String)),
        pl.col("opened_object").replace_strict(objects, return_dtype=pl.String).alias("opened_object_id"),
        pl.col("opened_at").cast(pl.Datetime("us", "UTC")),
        pl.col("seconds").alias("dwell_seconds"),
    )


def _account(text: str, border: Border) -> str | None:
    account = normalised_email(text) if "@" in text else text
    return border.describe_account(account, email=account if "@" in account else None)


def _object(text: str, border: Border) -> str:
    """The id of a Slack message for a link to it, another plain id as it is, the rest hashed."""
    linked = linked_messages(f"<{text}>")
    if linked:
        return linked[0]
    return text if _PLAIN_ID.fullmatch(text) else border.message_id(f"object\x1f{text}")
