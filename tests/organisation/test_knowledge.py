"""Planted knowledge changes words and moves check marks; who writes when stays as it was."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from assets.extract.question import is_question
from assets.extract.readers.slack_markup import plain_text
from assets.extract.topic_terms import TermFinder, normalised_term
from assets.organisation.messages import SLACK
from assets.organisation.plan import Plan
from assets.organisation.topics import TOPICS
from assets.organisation.traces import Traces, leave_traces

PLAN = Plan(people=120, months=5, seed=11)


@pytest.fixture(scope="module")
def traces() -> Traces:
    return leave_traces(PLAN)


@pytest.fixture(scope="module")
def without() -> Traces:
    return leave_traces(replace(PLAN, knowledge=False))


def months(seconds: np.ndarray) -> list[str]:
    return np.asarray(seconds).astype("datetime64[s]").astype("datetime64[M]").astype(str).tolist()


def test_who_writes_when_to_whom_does_not_depend_on_it(traces: Traces, without: Traces) -> None:
    for column in ("author", "sent", "platform", "channel", "chat", "parent", "mentioned"):
        assert np.array_equal(getattr(traces.messages, column), getattr(without.messages, column))
    told = {row for row, text in enumerate(traces.texts) if text != without.texts[row]}
    assert told == set(traces.knowledge.texts)
    assert not without.knowledge.topic and not without.knowledge.experts


def test_check_marks_are_moved_reactions_of_the_same_person_and_month(
    traces: Traces, without: Traces
) -> None:
    def per_month(one: Traces) -> Counter[tuple[int, str]]:
        where = months(one.messages.sent[one.reactions.message])
        return Counter(zip(one.reactions.author.tolist(), where, strict=True))

    assert per_month(traces) == per_month(without)
    pairs = list(zip(traces.reactions.author.tolist(), traces.reactions.message.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    moved = [pairs[number] for number in traces.knowledge.accepting]
    assert len(moved) == len(traces.knowledge.accepted) > 20
    parent, author = traces.messages.parent, traces.messages.author
    assert all(asker == author[parent[answer]] for asker, answer in moved)


def test_questions_read_as_questions_about_their_topic_and_experts_answer_them(traces: Traces) -> None:
    knowledge, messages = traces.knowledge, traces.messages
    finder = TermFinder([term for topic in TOPICS for term in topic.terms])
    assert len(knowledge.topic) > 100
    for row, topic in knowledge.topic.items():
        # Viva Engage's plain "@Given Family" before the words hides a yes/no question from the rule.
        assert is_question(plain_text(traces.texts[row])) or traces.texts[row].startswith("@")
        terms = {term for term in finder.terms(traces.texts[row]) if not term.startswith("#")}
        assert terms & {normalised_term(term) for term in TOPICS[topic].terms}
    expertise = {person: topic for topic, person in knowledge.experts}
    by_experts = [
        expertise[person] == knowledge.topic[row]
        for row, answer in knowledge.answer.items()
        if (person := int(messages.author[answer])) in expertise
    ]
    assert len(by_experts) > 50 and all(by_experts)
    assert any(row not in knowledge.answer for row in knowledge.topic)


def test_links_lead_to_what_others_said_a_week_before(traces: Traces) -> None:
    messages = traces.messages
    assert len(traces.knowledge.links) > 5
    for row, target in traces.knowledge.links.items():
        assert messages.platform[row] == messages.platform[target] == SLACK
        assert messages.author[row] != messages.author[target]
        assert messages.sent[row] - messages.sent[target] >= 7 * 86_400
        assert "/archives/" in traces.texts[row]
