"""Answers to "has anyone met this before, and whom can I ask?" from the restricted output.

Everything here is pseudonymous. People who hid a topic are not in the tables that are read.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb

from assets.extract.topic_terms import hashtag, normalised_term

TABLES: Final = ("dim_topic", "fct_expertise_month", "fct_question", "fct_question_topic", "dim_person")
N_NEAREST: Final = 5


class UnknownTopicError(Exception):
    """No topic is called like that; ``nearest`` holds those that come closest, maybe none."""

    def __init__(self, asked: str, nearest: list[str], n_topics: int) -> None:
        known = f"nearest: {', '.join(nearest)}" if nearest else "`--list` shows all topics"
        reason = known if n_topics else "no topic is shown yet; see docs/knowledge.md for what makes one"
        super().__init__(f"no topic is called {asked!r}; {reason}")
        self.nearest = nearest


@dataclass(frozen=True)
class Topic:
    """A topic that may be shown."""

    key: int
    name: str
    kind: str
    """declared, hashtag or channel."""
    n_authors: int


@dataclass(frozen=True)
class Expert:
    """Somebody with evidence; ``score`` 0..100."""

    person_key: int
    person_id: str
    score: float
    n_items: int
    n_askers: int
    n_accepted_answers: int


@dataclass(frozen=True)
class Thread:
    """A question of the topic and what became of it."""

    source: str
    channel: str
    """The channel's name, or its id where it has none that may be shown."""
    message_id: str
    asked_on: date
    n_answers: int
    is_accepted: bool


@dataclass(frozen=True)
class Found:
    """Everything about one topic; ``month`` is the one that expertise is of, None without any."""

    topic: Topic
    experts: list[Expert]
    threads: list[Thread]
    n_threads: int
    n_answered: int
    month: date | None


def topics(connection: duckdb.DuckDBPyConnection) -> list[Topic]:
    """All topics that may be shown, most used first."""
    rows = connection.execute(
        "select topic_key, topic, kind, n_defined from dim_topic order by n_defined desc, topic"
    ).fetchall()
    return [Topic(*row) for row in rows]


def find_topic(asked: str, known: list[Topic], vocabulary: Mapping[str, str]) -> Topic:
    """The topic called ``asked``: by its name, one of its declared terms, or its hashtag.

    Raises ``UnknownTopicError`` with the nearest topics.
    """
    by_name = {topic.name.casefold(): topic for topic in known}
    folded = " ".join(asked.casefold().split())
    meant = vocabulary.get(normalised_term(asked.removeprefix("#")), "").casefold()
    for name in (folded, meant, hashtag(asked.removeprefix("#"))):
        if name in by_name:
            return by_name[name]
    words = {**{name: name for name in by_name}, **{t: label.casefold() for t, label in vocabulary.items()}}
    near = [name for name in words if folded in name or any(word in name.split() for word in folded.split())]
    near += difflib.get_close_matches(folded, words, n=N_NEAREST, cutoff=0.5)
    nearest = list(dict.fromkeys(by_name[words[name]].name for name in near if words[name] in by_name))
    raise UnknownTopicError(asked, nearest[:N_NEAREST], len(known))


def look_up(connection: duckdb.DuckDBPyConnection, topic: Topic, limit: int) -> Found:
    """Experts by evidence, and threads with the most useful first, ``limit`` of each."""
    month = _one(connection.execute("select max(month_start) from fct_expertise_month").fetchall())
    experts = connection.execute(
        "select person_key, person_id, expertise_score, n_items, n_askers, n_accepted_answers"
        " from fct_expertise_month inner join dim_person using (person_key)"
        " where topic_key = ? and month_start = ? and expertise_score is not null"
        " order by expertise_score desc, n_items desc, person_id limit ?",
        [topic.key, month, limit],
    ).fetchall()
    threads = connection.execute(
        "select question.source, coalesce(channel.name, question.channel_id), question.message_id,"
        " question.local_date, question.n_answers, question.accepted_answer_at is not null"
        " from fct_question as question inner join fct_question_topic using (question_key)"
        " left join dim_channel as channel using (channel_key)"
        " where topic_key = ? and question.deleted_at is null"
        " order by question.accepted_answer_at is not null desc, question.n_answers > 0 desc,"
        " question.asked_at desc, question.message_id limit ?",
        [topic.key, limit],
    ).fetchall()
    n_threads, n_answered = connection.execute(
        "select count(*), count(*) filter (where n_answers > 0)"
        " from fct_question inner join fct_question_topic using (question_key)"
        " where topic_key = ? and deleted_at is null",
        [topic.key],
    ).fetchall()[0]
    return Found(
        topic,
        [Expert(*row) for row in experts],
        [Thread(*row) for row in threads],
        n_threads,
        n_answered,
        month,
    )


def _one(rows: list[tuple[date | None]]) -> date | None:
    return rows[0][0]
