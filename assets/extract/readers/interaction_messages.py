"""From rows of a trace (one per recipient) to messages, their recipients and their threads.

Everything works on integers: ``sender``, ``recipient``, ``channel`` and ``subject`` are codes.
"""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import polars as pl

from assets.extract.delimited import ROW
from assets.extract.readers.interaction_rows import ROLE, ROLES

MESSAGE: Final = "message"
"""The column that tells which rows are one message: 0, 1, 2 … in the order of the rows' keys."""

_DERIVED_KEY: Final = ("sender", "sent_at", "is_direct", "channel", "subject")


def with_message_numbers(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with ``MESSAGE``, in its order.

    Rows of one ``message_id`` are one message; rows without one are one message where sender,
    time, kind, channel and subject agree: a mail to five people has five such rows.
    """
    has_id = rows["message_id"].is_not_null()
    if not has_id.any():
        return _numbered(rows, _DERIVED_KEY, 0)
    given = _numbered(rows.filter(has_id), ("message_id",), 0)
    if has_id.all():
        return given
    return pl.concat([given, _numbered(rows.filter(~has_id), _DERIVED_KEY, given[MESSAGE][-1] + 1)])


def _numbered(rows: pl.DataFrame, keys: tuple[str, ...], first: int) -> pl.DataFrame:
    telling = [key for key in keys if rows[key].null_count() < rows.height]
    ordered = rows.sort(*telling, ROW)
    begins = pl.any_horizontal(pl.col(key).ne_missing(pl.col(key).shift()) for key in telling)
    is_first = pl.int_range(pl.len()) == 0
    return ordered.with_columns(((begins | is_first).cum_sum().cast(pl.Int64) - 1 + first).alias(MESSAGE))


def contradicting(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose message id an earlier row of the file gave to another sender."""
    given = rows.filter(pl.col("message_id").is_not_null())
    return given.filter(pl.col("sender") != pl.col("sender").sort_by(ROW).first().over(MESSAGE))


def messages(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per message: sender, first time, kind, id, channel, subject, thread and parent.

    ``rows`` in the order of ``MESSAGE``. What only some rows of a message state counts for it.
    """
    numbers = rows[MESSAGE].to_numpy()
    begins = np.flatnonzero(np.diff(numbers, prepend=-1)).astype(np.uint32)
    firsts = rows[pl.Series(begins)].select(MESSAGE, "sender", "is_direct", "message_id")
    times = np.minimum.reduceat(rows["sent_at"].dt.timestamp("us").to_numpy(), begins)
    firsts = firsts.with_columns(pl.Series("sent_at", times).cast(rows["sent_at"].dtype))
    for name in ("channel", "subject", "thread_id", "in_reply_to"):
        if not rows[name].count():
            firsts = firsts.with_columns(pl.lit(None, rows[name].dtype).alias(name))
            continue
        stated = rows.filter(pl.col(name).is_not_null()).unique(MESSAGE, keep="first").select(MESSAGE, name)
        firsts = firsts.join(stated, on=MESSAGE, how="left", maintain_order="left")
    return firsts


def recipients(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per message and recipient, with the most open of its roles (to, cc, bcc, direct)."""
    codes = rows["recipient"].to_numpy().astype(np.int64)
    n_accounts = int(codes.max(initial=0)) + 1
    packed = rows[MESSAGE].to_numpy() * n_accounts + codes
    packed = np.sort(packed * len(ROLES) + rows["role"].to_physical().to_numpy())
    pairs, roles = packed // len(ROLES), packed % len(ROLES)
    is_first = np.diff(pairs, prepend=-1) != 0
    pairs = pairs[is_first]
    return pl.DataFrame(
        {
            MESSAGE: pairs // n_accounts,
            "recipient": (pairs % n_accounts).astype(np.uint32),
            "role": pl.Series(ROLES, dtype=ROLE).gather(roles[is_first].astype(np.uint32)),
        }
    )


def recipient_counts(addressed: pl.DataFrame, n_messages: int) -> pl.Series:
    """How widely each message was spread: distinct to and cc (or direct) recipients.

    ``addressed`` as from ``recipients``, refused people included: the spread does not depend on
    who opted out. Hidden (bcc) recipients count only where there are no others.
    """
    numbers = addressed[MESSAGE].to_numpy()
    is_open = (addressed["role"] != "bcc").to_numpy()
    n_open = np.bincount(numbers[is_open], minlength=n_messages)
    n_all = np.bincount(numbers, minlength=n_messages)
    return pl.Series("n_recipients", np.where(n_open > 0, n_open, n_all), dtype=pl.Int32)


def derived_ids(frame: pl.DataFrame, hashes: pl.Series) -> pl.Series:
    """Ids of messages that came without one, stable over files: 32 hexadecimal characters.

    ``frame`` is as from ``messages`` with channel and subject as text; ``hashes`` the accounts'
    pseudonyms by code. The same mail in two exports gets the same id; the sender's pseudonym
    goes in, so nothing of the original id comes out.
    """
    keys = frame.select(
        key=pl.concat_str(
            hashes.gather(frame["sender"]),
            frame["sent_at"].dt.timestamp("us").cast(pl.String),
            frame["is_direct"].cast(pl.String),
            frame["channel"].fill_null(""),
            frame["subject"].fill_null(""),
            separator="\x1f",
        )
    )
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("keys", keys.to_arrow())
        hashed = connection.sql("select md5(key) as id from keys").to_arrow_table()
    return pl.Series(hashed.column("id"))


def thread_ids(ids: pl.Series, parents: pl.Series, given: pl.Series) -> pl.Series:
    """The thread of each message: as given, else the first message of its chain of replies.

    A message that neither replies nor is replied to has no thread (NULL). A chain whose
    beginning is not in the file is named after the message that it goes back to.
    """
    if parents.null_count() == len(parents):
        return given
    places = pl.DataFrame({"id": ids, "place": np.arange(len(ids))})
    parent = (
        pl.DataFrame({"id": parents})
        .join(places, on="id", how="left", maintain_order="left")["place"]
        .fill_null(-1)
        .to_numpy()
    )
    own = np.arange(len(ids))
    root = np.where(parent >= 0, parent, own)
    for _ in range(len(ids).bit_length()):  # each step doubles the length of chain that is followed
        root = root[root]
    is_in_chain = parents.is_not_null().to_numpy() | np.isin(own, root[parent >= 0])
    begins_with = parents.gather(root)
    begins_in_file = pl.Series(parent[root] >= 0)
    named = begins_with.zip_with(begins_with.is_not_null() & ~begins_in_file, ids.gather(root))
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(ids))
    return given.zip_with(given.is_not_null(), named.zip_with(pl.Series(is_in_chain), nothing))
