"""Who knows what: questions with a topic, answered by the topic's experts.

What people write, when and to whom is drawn by ``conversations.py`` and stays as it is. Here
posts become questions: where an expert was the first of the experts to reply, mostly one about
that expert's topic; a few where others replied or nobody did. Some cases come back, some answers
are accepted by a check mark of whoever asked, and some replies link to what was said before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from assets.organisation.accounts import slack_id
from assets.organisation.arrays import FAR, Flags, Ints
from assets.organisation.history import History
from assets.organisation.messages import SLACK, Messages, Reactions
from assets.organisation.period import DAY_SECONDS
from assets.organisation.places import Channels
from assets.organisation.streams import Streams
from assets.organisation.topics import ANSWERS, N_CASES, SEEN_BEFORE, TOPICS, question

OPTED_OUT = (17, 23)
"""People who do not want their traces used: one named by worker id, one by address."""
EXPERT_SHARE = 0.01
"""Experts of each topic, of all people; at least three."""
ACTIVE_SHARE = 0.3
"""Experts are found among those who reply most."""
ASKED_OF_EXPERTS, ASKED_OF_OTHERS, NEVER_ANSWERED = 0.55, 0.05, 0.05
REPEATED = 0.15
"""Share of questions that take up a case that was answered before."""
TAGGED = 0.25
ACCEPTED = 0.7
LINKED = 0.6
REUSE_DAYS = 8
EDGE_DAYS = 1
"""An answer this close to the end of a month is not accepted: the check mark stays in its month."""


@dataclass
class Knowledge:
    """What was planted; rows are message rows, topics numbers in ``TOPICS``."""

    experts: list[tuple[int, int]] = field(default_factory=list)
    """(topic, person), several per topic; nobody is an expert twice."""
    hidden: list[tuple[int, int]] = field(default_factory=list)
    """Experts who do not want to be found by their topic."""
    topic: dict[int, int] = field(default_factory=dict)
    """Question row to topic."""
    case: dict[int, int] = field(default_factory=dict)
    answer: dict[int, int] = field(default_factory=dict)
    """Question row to the row of its first reply."""
    repeats: dict[int, int] = field(default_factory=dict)
    """Question row to the row of the earlier one with the same words, answered before."""
    accepted: set[int] = field(default_factory=set)
    """Rows of accepted answers."""
    accepting: set[int] = field(default_factory=set)
    """Reactions that accept."""
    links: dict[int, int] = field(default_factory=dict)
    """Row of the linking reply to the linked row."""
    texts: dict[int, str] = field(default_factory=dict)
    """What is written instead of small talk."""


def share_knowledge(
    history: History, channels: Channels, messages: Messages, reactions: Reactions, streams: Streams
) -> Knowledge:
    """Plant questions and answers; moves some reactions of askers to the answers that they accept."""
    found = Knowledge()
    if not history.plan.knowledge:
        return found
    rng = streams.of("knowledge")
    is_public = (messages.chat < 0) & (messages.author < history.persons)
    is_public &= ~channels.is_private[np.maximum(messages.channel, 0)]
    replies = np.flatnonzero(is_public & (messages.parent >= 0))
    replies = replies[messages.author[replies] != messages.author[messages.parent[replies]]]
    expertise = _choose_experts(history, messages, replies, found, rng)
    _ask(messages, is_public, replies, expertise, found, rng)
    _write(messages, found, rng)
    _accept(history, messages, reactions, found, rng)
    return found


def _choose_experts(
    history: History, messages: Messages, replies: Ints, found: Knowledge, rng: np.random.Generator
) -> Ints:
    """Each person's topic, -1 for none."""
    expertise = np.full(history.persons, -1, dtype=np.int64)
    n_replies = np.bincount(messages.author[replies], minlength=history.persons).astype(np.float64)
    n_replies[list(OPTED_OUT)] = 0
    per_topic = max(3, round(EXPERT_SHARE * history.plan.people))
    wanted = min(per_topic * len(TOPICS), int((n_replies > 0).sum()))
    active = np.argsort(-n_replies, kind="stable")[: max(wanted, int(ACTIVE_SHARE * history.persons))]
    active = active[n_replies[active] > 0]
    chosen = rng.permutation(active)[:wanted]
    for place, person in enumerate(chosen.tolist()):
        topic = place % len(TOPICS)
        expertise[person] = topic
        found.experts.append((topic, person))
    if found.experts:
        found.hidden.append(found.experts[0])
    return expertise


def _ask(
    messages: Messages, is_public: Flags, replies: Ints, expertise: Ints, found: Knowledge,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Which posts are questions, about what, and which replies came first."""
    posts = np.flatnonzero(is_public & (messages.parent < 0))
    n = len(messages)
    first = np.full(n, -1, dtype=np.int64)
    in_time = replies[np.lexsort((replies, messages.sent[replies]))][::-1]
    first[messages.parent[in_time]] = in_time
    expert = np.full(n, -1, dtype=np.int64)
    by_experts = in_time[expertise[messages.author[in_time]] >= 0]
    expert[messages.parent[by_experts]] = by_experts
    luck, other = rng.random(len(posts)), rng.integers(0, len(TOPICS), len(posts))
    answered, known = first[posts] >= 0, expert[posts] >= 0
    chance = np.where(known, ASKED_OF_EXPERTS, np.where(answered, ASKED_OF_OTHERS, NEVER_ANSWERED))
    asked = luck < chance
    about = np.where(known, expertise[messages.author[np.maximum(expert[posts], 0)]], other)
    found.topic = dict(zip(posts[asked].tolist(), about[asked].tolist(), strict=True))
    found.answer = {
        row: int(expert[row] if expert[row] >= 0 else first[row]) for row in found.topic if first[row] >= 0
    }


def _write(messages: Messages, found: Knowledge, rng: np.random.Generator) -> None:
    """The words of questions and answers, in order of time, so that cases can come back."""
    sent = messages.sent
    rows = sorted(found.topic, key=lambda row: (int(sent[row]), row))
    luck = rng.random((len(rows), 3))
    cases = rng.integers(0, N_CASES, len(rows))
    picks = rng.integers(0, 1 << 30, (len(rows), 2))
    answered: list[list[int]] = [[] for _ in TOPICS]
    latest: dict[tuple[int, int], int] = {}
    for i, row in enumerate(rows):
        topic, case = found.topic[row], int(cases[i])
        known = answered[topic]
        if known and luck[i, 0] < REPEATED:
            case = found.case[known[int(picks[i, 0]) % len(known)]]
        found.case[row] = case
        earlier = latest.get((topic, case))
        if earlier is not None and sent[found.answer[earlier]] < sent[row]:
            found.repeats[row] = earlier
        found.texts[row] = question(topic, case, bool(luck[i, 1] < TAGGED))
        answer = found.answer.get(row)
        if answer is not None:
            found.texts[answer] = _answer(messages, row, answer, found, int(picks[i, 1]), float(luck[i, 2]))
            answered[topic].append(row)
            latest[topic, case] = row


def _answer(messages: Messages, row: int, answer: int, found: Knowledge, pick: int, luck: float) -> str:
    """An answer; to a case that was answered before at times a link to what was said then."""
    earlier = found.repeats.get(row)
    on_slack = messages.platform[row] == SLACK and luck < LINKED
    if earlier is not None and on_slack and messages.platform[earlier] == SLACK:
        for target in (found.answer[earlier], earlier):
            age = messages.sent[answer] - messages.sent[target]
            if messages.author[target] != messages.author[answer] and age >= REUSE_DAYS * DAY_SECONDS:
                found.links[answer] = target
                return SEEN_BEFORE.format(link=f"<{permalink(messages, target)}>")
    return ANSWERS[pick % len(ANSWERS)]


def permalink(messages: Messages, row: int) -> str:
    """The address that Slack gives a public message."""
    place = slack_id(int(messages.channel[row]), "C")
    return f"https://acme.slack.com/archives/{place}/p{int(messages.sent[row])}{row % 1_000_000:06d}"


def _accept(
    history: History, messages: Messages, reactions: Reactions, found: Knowledge, rng: np.random.Generator
) -> None:
    """Askers put a check mark on answers instead of one of their reactions of the same month."""
    month = _months(messages.sent)
    spare: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, (author, target) in enumerate(
        zip(reactions.author.tolist(), reactions.message.tolist(), strict=True)
    ):
        spare[author, int(month[target])].append(number)
    taken = set(zip(reactions.author.tolist(), reactions.message.tolist(), strict=True))
    leaves = np.full(history.persons, -1, dtype=np.int64)
    np.maximum.at(leaves, history.roster.person, np.minimum(history.roster.exit, FAR))
    rows = [row for row in sorted(found.answer) if messages.platform[row] == SLACK]
    for row, luck in zip(rows, rng.random(len(rows)).tolist(), strict=True):
        answer, asker = found.answer[row], int(messages.author[row])
        day = int(messages.sent[answer]) // DAY_SECONDS
        near = _months(np.array([day - EDGE_DAYS, day + EDGE_DAYS]) * DAY_SECONDS)
        numbers = spare.get((asker, int(month[answer])))
        if luck >= ACCEPTED or near[0] != near[1] or leaves[asker] <= day or not numbers:
            continue
        if (asker, answer) in taken:
            continue
        number = numbers.pop()
        taken.add((asker, answer))
        reactions.message[number] = answer
        reactions.at[number] = messages.sent[answer] + 1800
        found.accepted.add(answer)
        found.accepting.add(number)


def _months(seconds: Ints) -> Ints:
    return np.asarray(seconds).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
