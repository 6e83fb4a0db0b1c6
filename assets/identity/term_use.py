"""Who uses which topic term and which public channel, counted from the lake: hashes in, hashes out."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb
import pyarrow as pa

from assets.extract.contract import lake_schema


def used_terms(lake: Path, *, but_by: Collection[str] = ()) -> set[str]:
    """The hashed terms of the lake's messages, those of the authors ``but_by`` (pseudonyms) left out."""
    with duckdb.connect() as connection:
        lake_view(connection, lake, "messages")
        rows = connection.execute(
            "select distinct unnest(topic_terms) from messages"
            " where topic_terms is not null"
            " and (author_account_id is null or not list_contains(?, author_account_id))",
            [sorted(but_by)],
        ).fetchall()
    return {str(term) for (term,) in rows}


def authors_of_terms(lake: Path, persons: pa.Table, term_labels: pa.Table) -> dict[str, int]:
    """Distinct persons who used a label's terms, by label.

    ``persons`` has the columns source, account_id and person_key, ``term_labels`` term (hash)
    and label. Messages that were deleted do not count.
    """
    with duckdb.connect() as connection:
        lake_view(connection, lake, "messages")
        connection.register("persons", persons)
        connection.register("term_labels", term_labels)
        rows = connection.execute(
            "with used as (select distinct source, author_account_id as account_id,"
            " unnest(topic_terms) as term from messages"
            " where topic_terms is not null and deleted_at is null)"
            " select label, count(distinct person_key) from used"
            " inner join term_labels using (term) inner join persons using (source, account_id)"
            " where person_key is not null group by label"
        ).fetchall()
    return {str(label): int(n) for label, n in rows}


def named_channels(lake: Path, persons: pa.Table) -> list[tuple[str, str, str, int]]:
    """Public, internal channels with a name: source, channel_id, name, distinct persons who wrote there."""
    with duckdb.connect() as connection:
        lake_view(connection, lake, "messages")
        lake_view(connection, lake, "channels")
        connection.register("persons", persons)
        rows = connection.execute(
            # Only the public channels meet the messages: most channels are conversations of two or three.
            "with latest as (select source, channel_id,"
            " arg_max(name, row(coalesce(_observed_at, timestamptz '0001-01-01'), _file_sha256)) as name,"
            " arg_max(kind, row(coalesce(_observed_at, timestamptz '0001-01-01'), _file_sha256)) as kind"
            " from channels where name is not null group by source, channel_id),"
            " named as materialized (select source, channel_id, name from latest where kind = 'public'),"
            " wrote as (select distinct source, channel_id, author_account_id as account_id from messages"
            " inner join named using (source, channel_id)"
            " where messages.kind <> 'system' and deleted_at is null)"
            " select source, channel_id, name, count(distinct person_key) from named"
            " inner join wrote using (source, channel_id) inner join persons using (source, account_id)"
            " where person_key is not null group by all order by all"
        ).fetchall()
    return [(str(source), str(channel), str(name), int(n)) for source, channel, name, n in rows]


def lake_view(connection: duckdb.DuckDBPyConnection, lake: Path, table: str) -> None:
    """Make the contract table visible to the connection, empty where nothing was read."""
    connection.execute("set TimeZone = 'UTC'")
    files = [str(path) for path in (lake / table).glob("source=*/*.parquet")]
    if files:
        connection.read_parquet(files, union_by_name=True, hive_partitioning=False).create_view(table)
    else:
        connection.register(table, lake_schema(table).empty_table())
