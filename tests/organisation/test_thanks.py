"""Planted thanks change names of reactions only, and are what the truth says."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from assets.organisation.plan import Plan
from assets.organisation.slack_files import REACTIONS
from assets.organisation.thanks import EYES, PRAY, THANKED, THANKFUL, THUMBS_UP
from assets.organisation.traces import Traces, leave_traces

PLAN = Plan(people=120, months=5, seed=11)


@pytest.fixture(scope="module")
def traces() -> Traces:
    return leave_traces(PLAN)


def test_the_places_are_those_of_the_written_names() -> None:
    assert (REACTIONS[THUMBS_UP], REACTIONS[EYES], REACTIONS[PRAY]) == ("+1", "eyes", "pray")
    thankful = {name for name in REACTIONS if name.startswith("+1") or name in ("pray", "raised_hands")}
    assert {REACTIONS[place] for place in THANKFUL} == thankful


def test_what_is_thanked_for_has_one_thanking_reaction_or_words_and_the_rest_none(traces: Traces) -> None:
    thanks, messages = traces.thanks, traces.messages
    names = defaultdict(list)
    for row, name in zip(traces.reactions.message.tolist(), traces.reaction_names.tolist(), strict=True):
        names[row].append(name)
    in_words = {
        int(messages.parent[row])
        for row in np.flatnonzero(messages.parent >= 0).tolist()
        if "thanks" in traces.texts[row].lower()
        and messages.author[row] != messages.author[messages.parent[row]]
    }
    assert set(thanks.kinds.values()) == {"answer", "document"}
    counts = {row: sum(name in THANKFUL for name in names[row]) for row in thanks.kinds}
    assert max(counts.values()) == 1
    assert {row for row, n in counts.items() if n} | (in_words & set(thanks.kinds)) == thanks.thanked
    reacted = [row for row in thanks.kinds if names[row]]
    accepting = traces.knowledge.accepting
    drawn = {
        int(row) for n, row in enumerate(traces.reactions.message.tolist())
        if n not in accepting and row in thanks.kinds
    }  # fmt: skip
    share = np.mean([counts[row] for row in drawn])
    assert abs(share - THANKED) < 4 * (0.25 / len(drawn)) ** 0.5
    assert len(drawn) > 100
    assert thanks.thanked <= thanks.shared and set(reacted) <= thanks.shared


def test_documents_bring_a_file_and_answers_follow_a_question_of_somebody_else(traces: Traces) -> None:
    messages = traces.messages
    for row, kind in traces.thanks.kinds.items():
        if kind == "document":
            assert traces.has_file[row]
        else:
            parent = messages.parent[row]
            assert "?" in traces.texts[parent] and messages.author[row] != messages.author[parent]
    assert set(traces.knowledge.answer.values()) <= set(traces.thanks.kinds)
