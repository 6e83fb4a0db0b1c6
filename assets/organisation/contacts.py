"""Who really exchanged words with whom: the bridges between teams that business outcomes depend on."""

from __future__ import annotations

import numpy as np

from assets.organisation.arrays import Flags, Floats, Ints
from assets.organisation.messages import Messages
from assets.organisation.period import DAY_SECONDS
from assets.organisation.traces import Traces

WINDOW = 3
"""Months back, the month itself included, in which an exchange makes a contact."""
LARGEST_CHAT = 8
"""Whoever writes into a larger chat speaks to nobody in particular."""


def team_bridges(traces: Traces) -> Floats:
    """Mean number of mutual contacts outside the own team, shape (teams, observed months).

    Two people are in contact in a month if each wrote to the other (answer, chat, mention, reaction) within
    the ``WINDOW`` months that end with it. NaN for a team without people.
    """
    history = traces.history
    period = history.period
    first = period.months - history.plan.months
    source, target, moment = _exchanges(traces)
    month = np.searchsorted(period.bounds, moment // DAY_SECONDS, "right") - 1
    n = history.persons
    arcs = np.unique((month * n + source) * n + target)
    arc_month, pair = arcs // (n * n), arcs % (n * n)
    begin = np.searchsorted(arc_month, np.arange(period.months + 1))
    teams = len(history.structure.teams)
    result = np.full((teams, history.plan.months), np.nan)
    for column in range(history.plan.months):
        now = first + column
        known = np.unique(pair[begin[max(first, now - WINDOW + 1)] : begin[now + 1]])
        back = known % n * n + known // n
        mutual = known[np.isin(back, known, assume_unique=True)]
        team = traces.populations[now].team
        one, other = team[mutual // n], team[mutual % n]
        outside = one[(one >= 0) & (other >= 0) & (one != other)]
        people = np.bincount(team[team >= 0], minlength=teams)
        with np.errstate(invalid="ignore", divide="ignore"):
            result[:, column] = np.bincount(outside, minlength=teams) / people
    return result


def _exchanges(traces: Traces) -> tuple[Ints, Ints, Ints]:
    """Who, to whom, UTC second: each word that is meant for somebody; people only, nobody to themselves."""
    messages, reactions = traces.messages, traces.reactions
    answers = np.flatnonzero(messages.parent >= 0)
    mentions = np.flatnonzero(messages.mentioned >= 0)
    in_chat, members = _chat_members(messages, traces.chats)
    liked = reactions.message
    source = np.concatenate(
        [messages.author[answers], messages.author[mentions], messages.author[in_chat], reactions.author]
    )
    target = np.concatenate(
        [
            messages.author[messages.parent[answers]], messages.mentioned[mentions], members,
            messages.author[liked],
        ]
    )  # fmt: skip
    sent = messages.sent
    moment = np.concatenate([sent[answers], sent[mentions], sent[in_chat], sent[liked]])
    persons = traces.history.persons
    real: Flags = (source != target) & (source < persons) & (target < persons) & (target >= 0)
    return source[real], target[real], moment[real]


def _chat_members(messages: Messages, chats: list[tuple[int, ...]]) -> tuple[Ints, Ints]:
    """For each message of a small chat and each member of it: row of the message, member."""
    sizes = np.array([len(chat) if len(chat) <= LARGEST_CHAT else 0 for chat in chats], dtype=np.int64)
    begin = np.concatenate([[0], np.cumsum(sizes)])
    flat = np.array([p for chat in chats if len(chat) <= LARGEST_CHAT for p in chat], dtype=np.int64)
    rows = np.flatnonzero(messages.chat >= 0)
    size = sizes[messages.chat[rows]]
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    return np.repeat(rows, size), flat[np.repeat(begin[messages.chat[rows]], size) + within]
