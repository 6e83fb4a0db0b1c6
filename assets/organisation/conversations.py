"""Posts, replies, reactions and mentions, drawn over the ties of each month.

Every visible contribution that ``engagement.py`` counted becomes exactly one post, reply or
reaction on its own local day, so that what is planted in the counts is found in the files.
"""

from __future__ import annotations

import numpy as np

from assets.organisation.alters import Alters, alters_of
from assets.organisation.arrays import Flags, Floats, Ints
from assets.organisation.chats import Chats, is_present
from assets.organisation.clock import LAST_SECOND, day_end, local_times
from assets.organisation.engagement import MonthActivity
from assets.organisation.history import History
from assets.organisation.messages import SLACK, VIVA_ENGAGE, Conversations, Messages, Reactions, joined
from assets.organisation.period import DAY_SECONDS
from assets.organisation.places import Channels, channel_of_posts, is_open_to
from assets.organisation.population import Population
from assets.organisation.streams import Streams
from assets.organisation.ties import Ties

POST_SHARE, REPLY_SHARE = 0.34, 0.36
REPLY_CANDIDATES = 12
REPLY_DAYS, REACTION_DAYS, VIVA_DAYS = 8.0, 4.0, 21.0
"""How old a message may be to be answered, or reacted to."""
RECENCY_DAYS = 0.4
"""How strongly the newest of several messages attracts the answer."""
AT_ONCE = 0.65
"""Share of answers given as soon as the message was seen, if that is on the same day."""
MENTION_SHARE = 0.22
HOURS_ASLEEP = 7 * 3600
NOTHING = -1


def write_conversations(
    history: History, ties: Ties, populations: list[Population], channels: Channels, streams: Streams
) -> Conversations:
    """All observed months."""
    observed = [a for a in history.activity if history.period.bounds[a.month] >= history.period.first_day]
    talk = Talk(history, populations, channels, streams, observed)
    chats, direct = Chats(), []
    for activity in observed:
        alters = alters_of(history.plan, ties, populations[activity.month], activity.month)
        talk.answer(activity, alters)
        direct.append(chats.talk(history, activity, alters, streams.of("chats", activity.month)))
    for activity in observed:
        alters = alters_of(history.plan, ties, populations[activity.month], activity.month)
        talk.react(activity, alters)
    messages, reactions = talk.in_order()
    return Conversations(joined([messages, *direct]), reactions, chats.members)


class Talk:
    """All public contributions as columns in order of months; what they answer is filled in."""

    def __init__(
        self, history: History, populations: list[Population], channels: Channels, streams: Streams,
        observed: list[MonthActivity],
    ) -> None:  # fmt: skip
        self.history, self.populations, self.channels, self.streams = history, populations, channels, streams
        parts = [self._begin(activity) for activity in observed]
        ends = np.cumsum([len(p[0]) for p in parts])
        self.slices = {
            a.month: slice(int(end) - len(p[0]), int(end))
            for a, p, end in zip(observed, parts, ends, strict=True)
        }
        columns = [np.concatenate([p[i] for p in parts]) for i in range(8)]
        self.person, self.day, self.place, self.sent, self.platform, self.channel, self.department = columns[
            :7
        ]
        self.is_reply = (columns[7] >= POST_SHARE) & (columns[7] < POST_SHARE + REPLY_SHARE)
        self.is_reaction = columns[7] >= POST_SHARE + REPLY_SHARE
        n = len(self.person)
        self.target = np.full(n, NOTHING, dtype=np.int64)
        self.mentioned = np.full(n, NOTHING, dtype=np.int64)
        self.span = int(self.sent.max(initial=0)) + 2 * DAY_SECONDS
        self._posts = self._by_author(np.flatnonzero(~self.is_reply & ~self.is_reaction))
        self._liked: tuple[Ints, Ints] | None = None

    def _begin(self, activity: MonthActivity) -> tuple[Ints | Floats, ...]:
        history, population = self.history, self.populations[activity.month]
        rng = self.streams.of("talk", activity.month)
        row, column = np.nonzero(activity.contributions)
        times = activity.contributions[row, column]
        spell = np.repeat(activity.rows[row], times)
        person = history.roster.person[spell]
        day = np.repeat(history.period.days(activity.month)[column], times)
        sent = local_times(history, spell, day, rng)
        kind = rng.random(len(spell))
        on_viva = rng.random(len(spell)) < history.plan.viva_engage_share
        platform = np.where(on_viva & (kind < POST_SHARE + REPLY_SHARE), VIVA_ENGAGE, SLACK)
        channel = channel_of_posts(self.channels, population, person, platform, rng)
        place = history.roster.place[spell]
        return person, day, place, sent, platform, channel, population.department[person], kind

    def answer(self, activity: MonthActivity, alters: Alters) -> None:
        """Find what each reply of the month answers; one that finds nothing becomes a post."""
        rng = self.streams.of("answers", activity.month)
        rows = self._rows(activity.month, self.is_reply)
        days = np.where(self.platform[rows] == SLACK, REPLY_DAYS, VIVA_DAYS)
        found = self._recent(activity.month, alters, rows, self._posts, days, rng)
        answered, unanswered = rows[found >= 0], rows[found < 0]
        self._follow(answered, found[found >= 0], rng)
        self.channel[answered] = self.channel[self.target[answered]]
        self.is_reply[unanswered] = False
        self._mention(activity, alters, unanswered, rng)

    def react(self, activity: MonthActivity, alters: Alters) -> None:
        """Find what each reaction of the month is to; one that finds nothing becomes a post."""
        rng = self.streams.of("reactions", activity.month)
        if self._liked is None:
            written = np.flatnonzero(~self.is_reaction & (self.platform == SLACK))
            self._liked = self._by_author(written)
            self._near = self._by_department(written)
        rows = self._rows(activity.month, self.is_reaction)
        found = self._recent(
            activity.month, alters, rows, self._liked, np.full(len(rows), REACTION_DAYS), rng
        )
        found = np.where(found < 0, self._nearby(activity.month, rows), found)
        self._follow(rows[found >= 0], found[found >= 0], rng)
        self.is_reaction[rows[found < 0]] = False

    def in_order(self) -> tuple[Messages, Reactions]:
        """Posts and replies in order of time, and the reactions to them."""
        written = np.flatnonzero(~self.is_reaction)
        order = written[np.lexsort((written, self.sent[written]))]
        position = np.full(len(self.person), NOTHING, dtype=np.int64)
        position[order] = np.arange(len(order))
        target = self.target[order]
        messages = Messages(
            self.person[order], self.sent[order], self.platform[order], self.channel[order],
            np.full(len(order), NOTHING, dtype=np.int64),
            np.where(target >= 0, position[np.maximum(target, 0)], NOTHING), self.mentioned[order],
        )  # fmt: skip
        likes = np.flatnonzero(self.is_reaction)
        likes = likes[np.lexsort((likes, self.sent[likes]))]
        pairs = self.person[likes] * (len(position) + 1) + self.target[likes]
        first = np.sort(np.unique(pairs, return_index=True)[1])
        likes = likes[first]  # one reaction per person and message
        return messages, Reactions(self.person[likes], position[self.target[likes]], self.sent[likes])

    def _rows(self, month: int, flags: Flags) -> Ints:
        part = self.slices[month]
        return np.flatnonzero(flags[part]).astype(np.int64) + part.start

    def _by_author(self, rows: Ints) -> tuple[Ints, Ints]:
        order = rows[np.lexsort((self.sent[rows], self.person[rows]))]
        return order, self.person[order] * self.span + self.sent[order]

    def _by_department(self, rows: Ints) -> tuple[Ints, Ints]:
        order = rows[np.lexsort((self.sent[rows], self.department[rows]))]
        return order, self.department[order] * self.span + self.sent[order]

    def _recent(
        self, month: int, alters: Alters, rows: Ints, targets: tuple[Ints, Ints], days: Floats,
        rng: np.random.Generator,
    ) -> Ints:  # fmt: skip
        """For each row a recent message of somebody its author turns to, -1 if there is none."""
        order, key = targets
        if not len(rows) or not len(order):
            return np.full(len(rows), NOTHING, dtype=np.int64)
        alter = alters.draw(self.person[rows], rng, REPLY_CANDIDATES)
        until = day_end(self.place[rows], self.day[rows])[:, None]
        index = np.searchsorted(key, np.maximum(alter, 0) * self.span + until - 60, "right") - 1
        target = order[np.maximum(index, 0)]
        age = (until - self.sent[target]) / DAY_SECONDS
        fits = (index >= 0) & (alter >= 0) & (self.person[target] == alter) & (age < days[:, None])
        fits &= (self.platform[target] == self.platform[rows][:, None]) & (
            alter != self.person[rows][:, None]
        )
        fits &= is_open_to(
            self.channels, self.populations[month], self.channel[target], self.person[rows][:, None]
        )
        score = np.where(fits, rng.gumbel(size=age.shape) - age / RECENCY_DAYS, -np.inf)
        best, each = np.argmax(score, axis=1), np.arange(len(rows))
        return np.where(fits[each, best], target[each, best], NOTHING).astype(np.int64)

    def _nearby(self, month: int, rows: Ints) -> Ints:
        """The latest message of a colleague in the department."""
        order, key = self._near
        if not len(rows) or not len(order):
            return np.full(len(rows), NOTHING, dtype=np.int64)
        own = self.department[rows]
        index = np.searchsorted(key, own * self.span + self.sent[rows], "right") - 1
        target = order[np.maximum(index, 0)]
        fits = (index >= 0) & (self.person[target] != self.person[rows]) & (self.department[target] == own)
        fits &= self.sent[rows] - self.sent[target] < VIVA_DAYS * DAY_SECONDS
        fits &= is_open_to(self.channels, self.populations[month], self.channel[target], self.person[rows])
        return np.where(fits, target, NOTHING).astype(np.int64)

    def _follow(self, rows: Ints, target: Ints, rng: np.random.Generator) -> None:
        """Answers come after what they answer: soon, or when their author was there anyway."""
        self.target[rows] = target
        delay = np.exp(rng.normal(np.log(1500), 1.3, len(rows))).astype(np.int64)
        soon = self.sent[target] + 20 + delay
        end = day_end(self.place[rows], self.day[rows])
        earliest = np.maximum(self.sent[target] + 20, end - LAST_SECOND)
        at_once = (
            (rng.random(len(rows)) < AT_ONCE) & (soon >= end - LAST_SECOND + HOURS_ASLEEP) & (soon <= end)
        )
        late = self.sent[rows] > self.sent[target] + 20
        moment = np.where(late & ~at_once, self.sent[rows], soon)
        self.sent[rows] = np.maximum(np.minimum(moment, end), earliest)

    def _mention(
        self, activity: MonthActivity, alters: Alters, unanswered: Ints, rng: np.random.Generator
    ) -> None:
        """Somebody named in the text: often in posts, always where no message could be answered."""
        part = self.slices[activity.month]
        wanted = (rng.random(part.stop - part.start) < MENTION_SHARE) & ~self.is_reaction[part]
        wanted[unanswered - part.start] = True
        rows = np.flatnonzero(wanted) + part.start
        if not len(rows):
            return
        alter = alters.draw(self.person[rows], rng, 1)[:, 0]
        row_of = activity.row_of_person(self.history.roster, self.history.persons)
        first = int(self.history.period.bounds[activity.month])
        fits = is_present(activity, row_of, alter, self.day[rows] - first)
        fits &= is_open_to(self.channels, self.populations[activity.month], self.channel[rows], alter)
        self.mentioned[rows] = np.where(fits, alter, NOTHING)
