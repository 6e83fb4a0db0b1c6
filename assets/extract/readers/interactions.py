"""The generic reader: any CSV or Parquet file of who acted towards whom, and when.

One row per recipient. Mail is the default; rows of kind ``direct`` are direct messages. The
lake gets accounts, messages, recipients (people who write to themselves included: ties leave
them out later), channels where the file names some, and the covered period.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Final

import polars as pl

from assets.extract import delimited
from assets.extract.delimited import ROW, open_table
from assets.extract.frames import BATCH_ROWS, batches
from assets.extract.readers.interaction_messages import (
    MESSAGE,
    contradicting,
    derived_ids,
    messages,
    recipient_counts,
    recipients,
    thread_ids,
    with_message_numbers,
)
from assets.extract.readers.interaction_rows import WANTED, Trace, collected, put_aside, readable
from assets.extract.reading import Batch, Border, ReaderOptions
from assets.identity.pseudonyms import normalised_email

NAME: Final = "interactions"
VERSION: Final = "2"

_SERVICE: Final = re.compile(
    r"^(no-?_?\.?reply|do-?_?not-?_?reply|mailer-daemon|postmaster|bounces?|notifications?)\b.*@",
    re.IGNORECASE,
)
"""Local parts that no person writes from."""


def discover(landing: Sequence[Path]) -> list[Path]:
    """The CSV and Parquet files below the given files and folders; each is a unit."""
    return delimited.discover(landing)


def read(unit: Path, options: ReaderOptions, border: Border) -> Iterator[Batch]:
    """The file's rows as batches of the contract. Raises ``UnreadableLandingError``."""
    table = open_table(unit, options, WANTED)
    trace = collected(table, border)
    rows = readable(trace, options, border)
    if not rows.height:
        return
    border.observe(rows["sent_at"].max())  # type: ignore[arg-type]
    rows = _with_accounts(rows, trace, border)
    rows = with_message_numbers(rows)
    wrong = contradicting(rows)
    if wrong.height:
        detail = "the message id stands on an earlier row with another sender"
        put_aside(border, trace, wrong[ROW], "conflicting_message", detail)
        rows = rows.join(wrong.select(ROW), on=ROW, how="anti", maintain_order="left")
    yield from _account_rows(rows, trace)
    yield from _channel_rows(rows, trace, border)
    yield from _message_rows(rows, trace, border)
    yield from _coverage_rows(rows)


def _with_accounts(rows: pl.DataFrame, trace: Trace, border: Border) -> pl.DataFrame:
    """Rows between people who may be seen, with one code per account however it was written."""
    texts = trace.book("sender").texts()
    used = set(rows["sender"].unique()) | set(rows["recipient"].unique())
    place_of: dict[str, int] = {}
    same: list[int] = list(range(len(texts)))
    hashes: list[str | None] = [None] * len(texts)
    for code in sorted(used):
        name, account = _account(texts[code])
        same[code] = place_of.setdefault(account, code)
        address = account if "@" in account else None
        hashes[code] = border.describe_account(account, name=name, email=address)
    trace.hashes = pl.Series(hashes, dtype=pl.String)
    trace.is_service = pl.Series([bool(_SERVICE.search(text)) for text in texts], dtype=pl.Boolean)
    one_code = pl.Series(same, dtype=pl.UInt32)
    rows = rows.with_columns(
        sender=one_code.gather(rows["sender"]), recipient=one_code.gather(rows["recipient"])
    )
    return rows.filter(trace.hashes.gather(rows["sender"]).is_not_null())


def _account(text: str) -> tuple[str | None, str]:
    """Name and id of ``Anna Kowalska <Anna@Example.org>``, an address or any other id."""
    name = None
    if "<" in text and "@" in text:
        name, text = parseaddr(text)
    return name or None, normalised_email(text) if "@" in text else text


def _account_rows(rows: pl.DataFrame, trace: Trace) -> Iterator[Batch]:
    codes = pl.concat([rows["sender"], rows["recipient"]]).unique().sort()
    frame = pl.DataFrame(
        {
            "account_id": trace.hashes.gather(codes),
            "kind": pl.DataFrame({"is_service": trace.is_service.gather(codes)})
            .select(pl.when("is_service").then(pl.lit("service")).otherwise(pl.lit("person")))
            .to_series(),
        }
    )
    yield from batches("accounts", frame.drop_nulls("account_id"))


def _channel_rows(rows: pl.DataFrame, trace: Trace, border: Border) -> Iterator[Batch]:
    """Mailing lists by name; groups of direct messages without: their names are people's."""
    used = (
        rows.filter(pl.col("channel").is_not_null())
        .group_by("channel", "is_direct")
        .agg(n_others=pl.col("recipient").n_unique())
        .sort("channel", "is_direct")
    )
    if not used.height:
        return
    ids = _channel_ids(used, trace, border)
    names = trace.book("channel").decode(used["channel"]).to_list()
    is_direct = used["is_direct"].to_list()
    frame = pl.DataFrame(
        {
            "channel_id": ids,
            "name": [
                None if direct or "@" in name or border.names_a_person(name) else name
                for name, direct in zip(names, is_direct, strict=True)
            ],
            "kind": [
                ("group_direct" if n > 2 else "direct") if direct else "mailing_list"
                for direct, n in zip(is_direct, used["n_others"], strict=True)
            ],
        },
        schema={"channel_id": pl.String, "name": pl.String, "kind": pl.String},
    )
    yield from batches("channels", frame)


def _channel_ids(frame: pl.DataFrame, trace: Trace, border: Border) -> pl.Series:
    """Channel ids: the file's own, hashed where they carry an address or are people's names."""
    texts = trace.book("channel").texts()
    if not texts:
        return pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    hashed = pl.Series([border.message_id(f"channel\x1f{text}") for text in texts])
    shown = hashed.zip_with(pl.Series(["@" in text for text in texts]), pl.Series(texts))
    direct = hashed.gather(frame["channel"])
    return direct.zip_with(frame["is_direct"], shown.gather(frame["channel"]))


def _message_rows(rows: pl.DataFrame, trace: Trace, border: Border) -> Iterator[Batch]:
    """Messages, then their recipients; a message to refused people only leaves no trace."""
    everyone = messages(rows)
    addressed = recipients(rows)
    spread = recipient_counts(addressed, int(everyone[MESSAGE][-1]) + 1)
    everyone = everyone.with_columns(spread.gather(everyone[MESSAGE]))
    seen = addressed.filter(trace.hashes.gather(addressed["recipient"]).is_not_null())
    everyone = everyone.with_columns(
        _channel_ids(everyone, trace, border).alias("channel"),
        trace.book("subject").decode(everyone["subject"])
        if everyone["subject"].count()
        else pl.lit(None, pl.String).alias("subject"),
    )
    is_given = everyone["message_id"].is_not_null()
    ids = _hashed_addresses(everyone["message_id"], border)
    if not is_given.all():
        ids = ids.zip_with(is_given, derived_ids(everyone, trace.hashes))
    parents = _hashed_addresses(everyone["in_reply_to"], border)
    threads = thread_ids(ids, parents, _hashed_addresses(everyone["thread_id"], border))
    reaches_someone = everyone[MESSAGE].is_in(seen[MESSAGE].unique().implode())
    everyone = everyone.with_columns(ids.alias("id"), parents.alias("parent"), threads.alias("thread"))
    for part in everyone.filter(reaches_someone).iter_slices(BATCH_ROWS):
        yield from batches(
            "messages",
            part.select(
                pl.col("channel").alias("channel_id"),
                pl.col("id").alias("message_id"),
                pl.col("thread").alias("thread_id"),
                pl.col("parent").alias("parent_message_id"),
                trace.hashes.gather(part["sender"]).alias("author_account_id"),
                pl.lit("post").alias("kind"),
                "sent_at",
                pl.col("sent_at").alias("version_at"),
                "n_recipients",
            ),
        )
    places = pl.Series(range(everyone.height), dtype=pl.UInt32)
    by_number = everyone.select(MESSAGE, place=places)
    for part in seen.iter_slices(BATCH_ROWS):
        at = part.join(by_number, on=MESSAGE, how="left", maintain_order="left")["place"]
        yield from batches(
            "recipients",
            part.select(
                ids.gather(at).alias("message_id"),
                trace.hashes.gather(part["recipient"]).alias("account_id"),
                pl.col("role").cast(pl.String),
            ),
        )


def _hashed_addresses(texts: pl.Series, border: Border) -> pl.Series:
    """Ids with those that carry an address replaced by keyed hashes."""
    addresses = texts.filter(texts.str.contains("@", literal=True).fill_null(False)).unique()
    if not len(addresses):
        return texts
    hashed = pl.Series([border.message_id(text.strip("<> ")) for text in addresses], dtype=pl.String)
    return texts.replace(addresses, hashed)


def _coverage_rows(rows: pl.DataFrame) -> Iterator[Batch]:
    """From the first to the last instant; of traces, never of messages.

    Nothing says that such a file is complete: it may hold one office or one department. So what
    a later file lacks is not taken as deleted.
    """
    first, last = rows["sent_at"].min(), rows["sent_at"].max()
    contains = (["mail"] if not rows["is_direct"].all() else []) + (
        ["chat"] if rows["is_direct"].any() else []
    )
    frame = pl.DataFrame(
        {"covered_from": [first], "covered_to": [last], "observed_at": [last], "contains": [contains]}
    ).with_columns(pl.col("covered_to") + timedelta(microseconds=1))
    yield from batches("source_coverage", frame)
