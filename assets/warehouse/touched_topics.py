"""``reference.touched_topics``: topics whose evidence may have changed in every month.

What a topic is made of has no date: a hashtag that a fifth person uses becomes a topic, with all
the threads that ever named it. Compared with what dbt last merged: the terms and channels that
mean a topic, and the people who hide it.
"""

from __future__ import annotations

from typing import Final

import duckdb

MEMORY: Final = {
    "merged_topic_terms": "select term, topic_key from identity.topic_terms",
    "merged_topic_channels": "select source, channel_id, topic_key from identity.topic_channels",
    "merged_hidden_topics": "select person_key, topic_key from identity.hidden_topics",
}
"""What topics are made of; copied when dbt has merged, compared before it does so again."""


def write(connection: duckdb.DuckDBPyConnection, *, is_everything: bool) -> int:
    """Write ``reference.touched_topics`` (topic_key) and count them.

    None is new if ``is_everything``: then all are made anew anyhow, and no memory may exist. Where a
    term has changed, the topics of channels have too: they are those of threads without a term. Topics
    of a run that was cut short stay listed until ``forget_unfinished``.
    """
    connection.execute("create table if not exists reference.unfinished_topics (topic_key bigint)")
    if not is_everything:
        for name, query in MEMORY.items():
            connection.execute(f"insert into reference.unfinished_topics {_changed(name, query)}")
        connection.execute(
            "insert into reference.unfinished_topics select topic_key from reference.merged_topic_channels "
            f"where exists ({_changed('merged_topic_terms', MEMORY['merged_topic_terms'])})"
        )
    connection.execute(
        "create or replace table reference.touched_topics as "
        "select distinct topic_key from reference.unfinished_topics order by 1"
    )
    row = connection.execute("select count(*) from reference.touched_topics").fetchone()
    return int(row[0]) if row else 0


def forget_unfinished(connection: duckdb.DuckDBPyConnection) -> None:
    """Everything listed has been merged."""
    connection.execute("drop table if exists reference.unfinished_topics")


def _changed(name: str, query: str) -> str:
    """The topics of rows that are there now or were there, but not both."""
    known = f"from reference.{name}"
    return f"select topic_key from (({query} except {known}) union all ({known} except {query}))"
