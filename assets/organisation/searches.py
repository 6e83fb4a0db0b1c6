"""What people look for in the intranet's search before they ask, and whether they find it.

Searches follow what is written: somebody looks for a term some time before a message of theirs,
so that everybody who searches is at work. What becomes of each search is planted; a person's
searches and questions keep more than a day apart, so that nothing else decides about it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from assets.organisation.accounts import hr_email, worker_id
from assets.organisation.hr_files import write_csv
from assets.organisation.knowledge import permalink
from assets.organisation.messages import SLACK
from assets.organisation.period import DAY_SECONDS
from assets.organisation.streams import Streams
from assets.organisation.topics import TOPICS, WHO
from assets.organisation.traces import Traces

COLUMNS = ("account", "searched_at", "query", "opened_object", "opened_at", "dwell_seconds")
PER_PERSON_MONTH = 0.25
OUTCOMES = ("found", "left_at_once", "nothing_opened", "searched_again")
WEIGHTS = (0.6, 0.15, 0.15, 0.1)
BEFORE_QUESTION = 0.2
"""Share of questions whose asker had searched first."""
APART = 27 * 3600
"""Seconds between what one person looks for or asks: more than the day by which searches are judged."""


@dataclass(frozen=True)
class Planted:
    """A session of searches: what was looked for, when (UTC seconds), by whom, and what came of it."""

    person: int
    at: int
    topic: int
    term: int
    outcome: str
    """One of ``OUTCOMES``, or ``asked``."""
    luck: float

    @property
    def is_successful(self) -> bool:
        """By F6: read, and nothing about it was looked for or asked afterwards."""
        return self.outcome == "found"


def write_searches(path: Path, traces: Traces, streams: Streams) -> pl.DataFrame:
    """The log, and what was planted: a row per session."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sessions = sorted(_sessions(traces, streams.of("searches")), key=lambda s: (s.at, s.person))
    write_csv(path, COLUMNS, _rows(traces, sessions))
    return pl.DataFrame(
        {
            "worker_id": [worker_id(s.person) for s in sessions],
            "searched_at": [s.at for s in sessions],
            "topic": [TOPICS[s.topic].name for s in sessions],
            "outcome": [s.outcome for s in sessions],
            "is_successful": [s.is_successful for s in sessions],
        },
        schema_overrides=dict.fromkeys(("worker_id", "topic", "outcome"), pl.String)
        | {"searched_at": pl.Int64, "is_successful": pl.Boolean},
    ).with_columns(pl.from_epoch("searched_at", time_unit="s"))


def _sessions(traces: Traces, rng: np.random.Generator) -> Iterator[Planted]:
    messages, knowledge, history = traces.messages, traces.knowledge, traces.history
    if not knowledge.topic:
        return
    busy: dict[int, list[int]] = defaultdict(list)
    for row in knowledge.topic:
        insort(busy[int(messages.author[row])], int(messages.sent[row]))
    begin, end = (day * DAY_SECONDS for day in (history.period.first_day, history.period.end_day))
    asked = [row for row in sorted(knowledge.topic) if messages.mentioned[row] < 0]
    for row, (chance, luck) in zip(asked, rng.random((len(asked), 2)), strict=True):
        person, moment = int(messages.author[row]), int(messages.sent[row]) - 300 - int(luck * 3000)
        if chance < BEFORE_QUESTION and moment >= begin and _is_alone(busy[person], moment, row=True):
            insort(busy[person], moment)
            topic = knowledge.topic[row]
            term = next(n for n, term in enumerate(TOPICS[topic].terms) if term in knowledge.texts[row])
            yield Planted(person, moment, topic, term, "asked", luck)
    rows = np.flatnonzero((messages.author < history.persons) & (messages.sent >= begin + 7200))
    rows = rng.permutation(rows)[: round(PER_PERSON_MONTH * history.persons * history.plan.months)]
    kinds = rng.choice(len(OUTCOMES), len(rows), p=WEIGHTS)
    picks, lucks = rng.integers(0, len(TOPICS) * 3, len(rows)), rng.random(len(rows))
    for row, kind, pick, luck in zip(*(x.tolist() for x in (rows, kinds, picks, lucks)), strict=True):
        person, moment = int(messages.author[row]), int(messages.sent[row]) - 1800
        if moment + APART >= end or not _is_alone(busy[person], moment):
            continue
        insort(busy[person], moment)
        topic, term = divmod(pick, 3)
        yield Planted(person, moment, topic, term, OUTCOMES[kind], luck)


def _is_alone(moments: list[int], moment: int, row: bool = False) -> bool:
    """Whether nothing of the person lies within a day; ``row``: except for the question that follows."""
    place = bisect_left(moments, moment)
    before = moments[place - 1] if place else -APART
    after = moments[place + row] if place + row < len(moments) else moment + APART + APART
    return moment - before > APART and after - moment > (APART if row else 2 * APART)


def _rows(traces: Traces, sessions: list[Planted]) -> Iterator[tuple[object, ...]]:
    """Lines of the log; an answer to a question about the topic is what can be opened."""
    messages, knowledge = traces.messages, traces.knowledge
    answers: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row, answer in knowledge.answer.items():
        if messages.platform[answer] == SLACK:
            answers[knowledge.topic[row]].append((int(messages.sent[answer]), answer))
    for rows in answers.values():
        rows.sort()
    for s in sessions:
        account = hr_email(traces.history.plan, traces.accounts.names[s.person])
        query = f"{TOPICS[s.topic].terms[s.term]} {WHO[int(s.luck * len(WHO))]}"
        known = answers[s.topic][: bisect_left(answers[s.topic], (s.at, 0))]
        place = permalink(messages, known[int(s.luck * len(known))][1]) if known else f"page-{s.topic}"
        opened = s.at + 20 + int(s.luck * 400)
        if s.outcome == "nothing_opened":
            yield account, _iso(s.at), query, "", "", ""
        elif s.outcome == "left_at_once":
            yield account, _iso(s.at), query, place, _iso(opened), 3 + int(s.luck * 20)
        else:
            yield account, _iso(s.at), query, place, _iso(opened), 40 + int(s.luck * 300)
        if s.outcome == "searched_again":
            yield account, _iso(s.at + 3600 + int(s.luck * 60_000)), query, "", "", ""


def _iso(second: int) -> str:
    return f"{np.datetime64(second, 's')}Z"
