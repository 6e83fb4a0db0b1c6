"""Direct and group chats: short exchanges between people who turn to each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from assets.organisation.alters import Alters
from assets.organisation.arrays import Flags, Ints
from assets.organisation.clock import day_end, local_times
from assets.organisation.engagement import MonthActivity
from assets.organisation.history import History
from assets.organisation.messages import SLACK, Messages

GROUP_SHARE = 0.12
ALTERS = 5
MORE_MESSAGES = 1.8
"""Mean number of messages after the first."""
GAP_SECONDS = 150.0


@dataclass
class Chats:
    """All chats by their members; a chat's number is its position."""

    members: list[tuple[int, ...]] = field(default_factory=list)
    _numbers: dict[tuple[int, ...], int] = field(default_factory=dict)
    _groups: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def number(self, members: tuple[int, ...]) -> int:
        """The number of the chat of exactly these people."""
        if members not in self._numbers:
            self._numbers[members] = len(self.members)
            self.members.append(members)
        return self._numbers[members]

    def talk(
        self, history: History, activity: MonthActivity, alters: Alters, rng: np.random.Generator
    ) -> Messages:
        """The month's chat messages, in order of time within each chat."""
        row, column = np.nonzero(activity.direct)
        times = activity.direct[row, column]
        spell = np.repeat(activity.rows[row], times)
        day = np.repeat(history.period.days(activity.month)[column], times)
        column = np.repeat(column, times)
        person = history.roster.person[spell]
        row_of = activity.row_of_person(history.roster, history.persons)
        drawn = alters.draw(person, rng, ALTERS)
        present = is_present(activity, row_of, drawn, column[:, None]) & (drawn != person[:, None])
        partner = np.where(present.any(axis=1), drawn[np.arange(len(drawn)), present.argmax(axis=1)], -1)
        found = np.flatnonzero(partner >= 0)
        is_group = rng.random(len(found)) < GROUP_SHARE
        begin = local_times(history, spell[found], day[found], rng)
        chat = np.empty(len(found), dtype=np.int64)
        for i, session in enumerate(found.tolist()):
            one, other = int(person[session]), int(partner[session])
            members: tuple[int, ...] = (one, other) if one < other else (other, one)
            if is_group[i]:
                ready = {int(a) for a, ok in zip(drawn[session], present[session], strict=True) if ok}
                members = self._group(one, ready, activity, row_of, int(column[session])) or members
            chat[i] = self.number(members)
        end = day_end(history.roster.place[spell[found]], day[found])
        return self._exchanges(person[found], chat, begin, end, rng)

    def _group(
        self, person: int, ready: set[int], activity: MonthActivity, row_of: Ints, column: int
    ) -> tuple[int, ...] | None:
        """The group that this person usually writes to, made anew when somebody has left."""
        known = self._groups.get(person)
        if known is not None:
            there = is_present(activity, row_of, np.array(known), np.full(len(known), column))
            if bool(there.all()):
                return known
        members = tuple(sorted({person, *ready}))
        if len(members) < 3:
            return None
        self._groups[person] = members
        return members

    def _exchanges(
        self, starter: Ints, chat: Ints, begin: Ints, end: Ints, rng: np.random.Generator
    ) -> Messages:
        length = 1 + rng.poisson(MORE_MESSAGES, len(chat))
        session = np.repeat(np.arange(len(chat)), length)
        turn = np.arange(len(session)) - np.repeat(np.cumsum(length) - length, length)
        gap = np.where(turn == 0, 0, 5 + rng.exponential(GAP_SECONDS, len(session))).astype(np.int64)
        elapsed = np.cumsum(gap)
        elapsed = elapsed - elapsed[(np.cumsum(length) - length)[session]] if len(session) else elapsed
        size = np.array([len(m) for m in self.members], dtype=np.int64)[chat] if len(chat) else chat
        widest = int(size.max(initial=2))
        table = np.full((len(self.members), widest), -1, dtype=np.int64)
        for number, members in enumerate(self.members):
            if len(members) <= widest:
                table[number, : len(members)] = members
        # the starter begins; then mostly somebody else answers
        pick = (rng.random(len(session)) * size[session]).astype(np.int64)
        author = table[chat[session], pick] if len(session) else session
        author = np.where((turn == 0) | (turn % 4 == 3), starter[session], author)
        n = len(session)
        sent = np.minimum(begin[session] + elapsed, end[session] + turn)
        none = np.full(n, -1, dtype=np.int64)
        return Messages(
            author, sent, np.full(n, SLACK, dtype=np.int64), none.copy(), chat[session],
            none.copy(), none.copy(),
        )  # fmt: skip


def is_present(activity: MonthActivity, row_of: Ints, person: Ints, column: Ints) -> Flags:
    """Whether each person has an account, is employed and not on leave on a day of the month."""
    row = np.where(person >= 0, row_of[np.maximum(person, 0)], -1)
    return np.asarray((row >= 0) & activity.present[np.maximum(row, 0), column])
