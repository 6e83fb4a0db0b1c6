"""Messages of bots, guests and accounts without a person, joins, edits and deletions.

What is planted here is listed in ``truth/dirt.json``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.organisation.accounts import BOT, Accounts
from assets.organisation.arrays import Ints
from assets.organisation.clock import offset
from assets.organisation.history import History
from assets.organisation.messages import SLACK, Messages
from assets.organisation.period import DAY_SECONDS, weekday_of
from assets.organisation.places import Channels
from assets.organisation.streams import Streams

EDITED, DELETED_LATER, EDITED_LATER = 0.03, 0.01, 0.01
OTHERS_PER_MONTH = 4.0
"""Messages of a service, shared, guest or stray account."""


@dataclass(frozen=True)
class Revisions:
    """Per message: seconds after sending at which it was edited (-1: never), and what changed
    between the first and the second export."""

    edited_after: Ints
    edited_later: np.ndarray
    deleted_later: np.ndarray


def messages_of_others(
    history: History, accounts: Accounts, channels: Channels, streams: Streams
) -> Messages:
    """What bots and the other accounts without a person wrote on Slack."""
    rng = streams.of("others")
    first, end = history.period.first_day, history.period.end_day
    days = np.arange(first, end, dtype=np.int64)
    author, sent, channel = [], [], []
    for i, account in enumerate(accounts.others):
        number = history.persons + i
        if account.kind == BOT:
            on = days if i % 2 else days[weekday_of(days) < 5]
            times = on * DAY_SECONDS + (22 if i % 2 else 6) * 3600 + rng.integers(0, 60, len(on))
            place = np.full(len(on), channels.company[i % len(channels.company)])
        else:
            on = rng.choice(days[weekday_of(days) < 5], size=rng.poisson(OTHERS_PER_MONTH * len(days) / 30))
            times = np.sort(on) * DAY_SECONDS + rng.integers(8 * 3600, 16 * 3600, len(on))
            place = rng.choice(channels.company, size=len(on))
        author.append(np.full(len(on), number, dtype=np.int64))
        sent.append(times.astype(np.int64))
        channel.append(place.astype(np.int64))
    if not author:
        author, sent, channel = ([np.zeros(0, dtype=np.int64)] for _ in range(3))
    n = sum(map(len, author))
    none = np.full(n, -1, dtype=np.int64)
    return Messages(
        np.concatenate(author), np.concatenate(sent), np.full(n, SLACK, dtype=np.int64),
        np.concatenate(channel), none.copy(), none.copy(), none.copy(),
    )  # fmt: skip


def joins(history: History, accounts: Accounts, channels: Channels) -> tuple[Ints, Ints, Ints]:
    """(person, channel, second) of Slack's join notices: newcomers on their first morning."""
    roster, period, structure = history.roster, history.period, history.structure
    new = np.flatnonzero((roster.hired >= period.first_day) & (roster.hired < period.end_day))
    new = new[accounts.has_account[roster.person[new]]]
    team_at_hire = np.full(len(roster), -1, dtype=np.int64)
    team_at_hire[history.jobs.spell[::-1]] = history.jobs.team[::-1]
    team = team_at_hire[new]
    morning = roster.hired[new] * DAY_SECONDS + 9 * 3600 - offset(roster.place[new], roster.hired[new])
    person, channel, second = [], [], []
    wider = (
        channels.of_team[team], channels.of_department[structure.team_department[team]],
        np.full(len(new), channels.company[0]),
    )  # fmt: skip
    for minute, chosen in enumerate(wider):
        person.append(roster.person[new])
        channel.append(chosen)
        second.append(morning + 60 * minute)
    return np.concatenate(person), np.concatenate(channel), np.concatenate(second)


def revise(history: History, messages: Messages, cut: int, last_month: int, streams: Streams) -> Revisions:
    """Edits of all messages, and edits and deletions after the first export (made at second ``cut``)."""
    rng = streams.of("revisions")
    n = len(messages)
    draw = rng.random((n, 3))
    after = np.where(draw[:, 0] < EDITED, 30 + rng.exponential(600, n), -1).astype(np.int64)
    answered = np.zeros(n, dtype=np.bool_)
    answered[messages.parent[messages.parent >= 0]] = True
    within = (
        (messages.sent >= last_month) & (messages.sent < cut - 7200) & (messages.author < history.persons)
    )
    within &= history.plan.second_export
    deleted = within & ~answered & (draw[:, 1] < DELETED_LATER)
    return Revisions(after, within & ~deleted & (draw[:, 2] < EDITED_LATER), deleted)
