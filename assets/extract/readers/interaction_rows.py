"""The rows of a trace as columns of integers, and which of them can be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from assets.extract.codebook import Codebook
from assets.extract.columns import Wanted
from assets.extract.delimited import ROW, Table, as_text, quarantine
from assets.extract.instants import decide_style, parse_instants
from assets.extract.reading import Border, ReaderOptions, UnreadableLandingError

WANTED: Final = Wanted(
    required=("sender", "recipient", "sent_at"),
    optional=("message_id", "channel", "kind", "role", "thread_id", "in_reply_to", "subject"),
)
KINDS: Final = {
    **dict.fromkeys(("mail", "email", "e-mail"), "mail"),
    **dict.fromkeys(("direct", "dm", "chat", "im", "direct_message", "direct message"), "direct"),
}
"""Words of the column ``kind`` and what they mean."""

ROLES: Final = ("to", "cc", "bcc", "direct")
ROLE: Final = pl.Enum(ROLES)
"""Roles by openness: where a recipient has several, the first one counts."""

_CODED: Final = ("sender", "recipient", "channel", "kind", "role", "subject")
_TEXTS: Final = ("message_id", "thread_id", "in_reply_to")


@dataclass
class Trace:
    """The file as read: rows with codes, and what the codes stand for."""

    rows: pl.DataFrame = field(default_factory=pl.DataFrame)
    books: dict[str, Codebook] = field(default_factory=dict)
    hashes: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    """Pseudonym of each account code; NULL where refused."""
    is_service: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.Boolean))

    def book(self, column: str) -> Codebook:
        """The codes of a column; senders and recipients share theirs."""
        space = "account" if column in ("sender", "recipient") else column
        return self.books.setdefault(space, Codebook())


def collected(table: Table, border: Border) -> Trace:
    """Every row of the file; columns that it lacks are NULL."""
    trace = Trace()
    pieces = []
    for frame in table.frames(border, "messages"):
        columns = [frame[ROW]]
        for name in (*_CODED, *_TEXTS):
            if name not in frame.columns:
                dtype = pl.UInt32 if name in _CODED else pl.String
                columns.append(pl.Series(name, [None], dtype=dtype).new_from_index(0, frame.height))
            elif name in _CODED:
                columns.append(trace.book(name).encode(as_text(frame[name])))
            else:
                columns.append(as_text(frame[name]))
        pieces.append(pl.DataFrame([*columns, frame["sent_at"]]))
    if pieces:
        trace.rows = pl.concat(pieces)
    return trace


def readable(trace: Trace, options: ReaderOptions, border: Border) -> pl.DataFrame:
    """Rows with sender, recipient, time, kind and role; the others go to quarantine."""
    rows = trace.rows
    if not rows.height:
        return rows
    style = decide_style({"sent_at": rows["sent_at"]}, options.time_format, " %H:%M:%S")
    instants = parse_instants(rows["sent_at"], style, options.timezone)
    if instants.null_count() == rows.height:
        raise UnreadableLandingError(
            "unreadable_times",
            "no value of sent_at could be read as a time; expected e.g. 2024-05-31 14:05:00 or "
            '2024-05-31T14:05:00Z; another format can be declared: time_format: "%d.%m.%Y %H:%M"',
        )
    kinds = _words(trace, "kind", KINDS)
    roles = _words(trace, "role", {role: role for role in ROLES})
    rows = rows.with_columns(
        instants.alias("instant"),
        _taken(kinds, rows["kind"]).alias("kind_word"),
        _taken(roles, rows["role"]).cast(ROLE).alias("role_word"),
    )
    for reason, condition, detail in _problems(_several_addresses(trace)):
        wrong = rows.filter(condition)
        if wrong.height:
            put_aside(border, trace, wrong[ROW], reason, detail)
            rows = rows.filter(~condition)
    is_direct = (pl.col("kind_word") == "direct").fill_null(False) | (
        pl.col("role_word") == "direct"
    ).fill_null(False)
    return rows.with_columns(
        sent_at=pl.col("instant"),
        is_direct=is_direct,
        role=pl.when(is_direct).then(pl.lit("direct", ROLE)).otherwise(pl.col("role_word").fill_null("to")),
    ).drop("instant", "kind", "kind_word", "role_word")


def _problems(several: list[int]) -> tuple[tuple[str, pl.Expr, str], ...]:
    """Reason, condition and detail of what makes a row unusable, in the order of looking."""
    return (
        ("interaction_without_sender", pl.col("sender").is_null(), "sender is empty"),
        ("interaction_without_recipient", pl.col("recipient").is_null(), "recipient is empty"),
        ("interaction_without_time", pl.col("sent_at").is_null(), "sent_at is empty"),
        (
            "unreadable_time",
            pl.col("instant").is_null(),
            "sent_at is no time that exists between 1970 and 2100 in the file's format and time zone",
        ),
        (
            "several_recipients_in_one_field",
            pl.col("recipient").is_in(several) | pl.col("sender").is_in(several),
            "several addresses in one field; expected one row per recipient",
        ),
        (
            "unknown_kind",
            pl.col("kind").is_not_null() & pl.col("kind_word").is_null(),
            f"kind: expected one of {', '.join(KINDS)}, or nothing",
        ),
        (
            "unknown_role",
            pl.col("role").is_not_null() & pl.col("role_word").is_null(),
            f"role: expected one of {', '.join(ROLES)}, or nothing",
        ),
    )


def _words(trace: Trace, column: str, known: dict[str, str]) -> pl.Series:
    """What each code of ``column`` means; NULL for unknown words."""
    return pl.Series([known.get(text.casefold()) for text in trace.book(column).texts()], dtype=pl.String)


def _taken(words: pl.Series, codes: pl.Series) -> pl.Expr:
    return pl.lit(words.gather(codes)) if len(words) else pl.lit(None, pl.String)


def _several_addresses(trace: Trace) -> list[int]:
    return [
        code
        for code, text in enumerate(trace.book("sender").texts())
        if text.count("@") > 1 and "<" not in text
    ]


def put_aside(border: Border, trace: Trace, numbers: pl.Series, reason: str, detail: str) -> None:
    """Put the rows of these numbers into quarantine, as they stood in the file."""
    rows = trace.rows.filter(pl.col(ROW).is_in(numbers.implode()))
    decoded = rows.with_columns(trace.book(name).decode(rows[name]) for name in _CODED if rows[name].count())
    quarantine(border, decoded, table="messages", reason=reason, detail=detail)
