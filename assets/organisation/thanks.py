"""Thanks in context: which answers and documents are thanked for by whoever reacts to them.

Who reacts to what, and when, stays as ``conversations.py`` drew it; here only the names of
reactions to answers and documents change, so that what is thanked for is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from assets.organisation.arrays import Flags, Ints
from assets.organisation.messages import Messages, Reactions
from assets.organisation.streams import Streams

THANKED = 0.5
"""Share of answers and documents with a reaction whose first one says thanks."""
THUMBS_UP, EYES, PRAY = 0, 1, 6
"""Places among the reactions (``slack_files.REACTIONS``)."""
THANKFUL = (THUMBS_UP, 4, PRAY, 7)
"""Thumbs up, raised hands, folded hands, thumbs up with a skin tone."""


@dataclass(frozen=True)
class Thanks:
    """What one can be thanked for, by message row."""

    kinds: dict[int, str] = field(default_factory=dict)
    """``answer`` to anybody's question, else ``document``."""
    shared: set[int] = field(default_factory=set)
    """Those in which somebody else took part: is answered by it, replied or reacted."""
    thanked: set[int] = field(default_factory=set)
    """Those that got a thumbs-up, a thanking reaction or a reply with thanks."""


def give_thanks(
    messages: Messages, texts: list[str], has_file: Flags, reactions: Reactions, names: Ints,
    accepting: set[int], streams: Streams,
) -> Thanks:  # fmt: skip
    """Decide what is thanked for; changes ``names`` of reactions in place.

    The first reaction to an object is folded hands or a thumbs-up, or none of its reactions says
    thanks. Check marks that accept an answer (``accepting``) stay.
    """
    kinds = _objects(messages, texts, has_file)
    found = Thanks(kinds, *_partners(messages, texts, kinds))
    numbers = [n for n, row in enumerate(reactions.message.tolist()) if row in kinds]
    luck = streams.of("thanks").random((len(numbers), 2))
    decided: set[int] = set()
    for number, (thanks, kind) in zip(numbers, luck.tolist(), strict=True):
        row = int(reactions.message[number])
        found.shared.add(row)
        if number in accepting:
            continue
        is_first = row not in decided
        decided.add(row)
        if is_first and thanks < THANKED:
            found.thanked.add(row)
            names[number] = PRAY if kind < 0.5 else THUMBS_UP
        elif names[number] in THANKFUL:
            names[number] = EYES
    return found


def _objects(messages: Messages, texts: list[str], has_file: Flags) -> dict[int, str]:
    kinds = dict.fromkeys(np.flatnonzero(has_file & (messages.chat < 0)).tolist(), "document")
    answers = np.flatnonzero((messages.parent >= 0) & (messages.chat < 0))
    answers = answers[messages.author[answers] != messages.author[messages.parent[answers]]]
    parents = messages.parent[answers].tolist()
    return kinds | {
        row: "answer" for row, parent in zip(answers.tolist(), parents, strict=True) if "?" in texts[parent]
    }


def _partners(messages: Messages, texts: list[str], kinds: dict[int, str]) -> tuple[set[int], set[int]]:
    """Objects that answer somebody or are answered; those answered with thanks."""
    shared, thanked = set(), set()
    replies = np.flatnonzero((messages.parent >= 0) & (messages.chat < 0))
    replies = replies[messages.author[replies] != messages.author[messages.parent[replies]]]
    for row, parent in zip(replies.tolist(), messages.parent[replies].tolist(), strict=True):
        if row in kinds:
            shared.add(row)
        if parent in kinds:
            shared.add(parent)
            if "thanks" in texts[row].casefold():
                thanked.add(parent)
    return shared, thanked
