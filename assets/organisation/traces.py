"""Everything that the file writers need, put together once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.organisation.accounts import Accounts, open_accounts
from assets.organisation.arrays import FAR, Flags, Ints
from assets.organisation.conversations import write_conversations
from assets.organisation.dirt import Revisions, joins, messages_of_others, revise
from assets.organisation.history import History, simulate
from assets.organisation.knowledge import Knowledge, share_knowledge
from assets.organisation.messages import SLACK, Messages, Reactions, joined
from assets.organisation.period import DAY_SECONDS
from assets.organisation.places import Channels, build_channels
from assets.organisation.plan import Plan
from assets.organisation.population import Population
from assets.organisation.streams import Streams
from assets.organisation.structure import PLACES, build_structure
from assets.organisation.thanks import Thanks, give_thanks
from assets.organisation.ties import Ties, grow_ties
from assets.organisation.wording import write_texts

WITH_FILE = 0.02
FIRST_EXPORT_DAYS = 20
"""The first Slack export ends after so many days of the last month, where there is a second one."""
CHECK_MARK = 5
"""Place of ``white_check_mark`` among the reactions (``slack_files.REACTIONS``)."""
REACTION_WEIGHTS = np.array([0.36, 0.1, 0.14, 0.1, 0.08, 0.08, 0.05, 0.05, 0.04])


@dataclass
class Traces:
    """A whole organisation and what it left on its platforms."""

    history: History
    ties: Ties
    populations: list[Population]
    channels: Channels
    accounts: Accounts
    messages: Messages
    reactions: Reactions
    chats: list[tuple[int, ...]]
    texts: list[str]
    reaction_names: Ints
    has_file: Flags
    joins: tuple[Ints, Ints, Ints]
    revisions: Revisions
    cut: int
    """UTC second at which the first Slack export was made."""
    first_hired: Ints
    last_exit: Ints
    timezone: list[str]
    knowledge: Knowledge
    thanks: Thanks

    def channel_members(self, at: int) -> list[list[str]]:
        """The Slack ids of each channel's members: who is employed at ``at`` and belongs there."""
        day = at // DAY_SECONDS - 1
        history, channels, accounts = self.history, self.channels, self.accounts.of_people
        population = self.populations[-1]
        lists: list[list[str]] = [[] for _ in channels.names]
        here = (
            (population.team >= 0)
            & self.accounts.has_account
            & (self.last_exit >= day)
            & (self.first_hired <= day)
        )
        for person in np.flatnonzero(here).tolist():
            team = int(population.team[person])
            wanted = [
                int(channels.company[0]), int(channels.company[1]), int(channels.of_team[team]),
                int(channels.of_department[population.department[person]]),
                int(channels.of_division[history.structure.team_division[team]]),
            ]  # fmt: skip
            for channel in wanted:
                lists[channel].append(accounts[person].slack_id)
        return lists


def leave_traces(plan: Plan) -> Traces:
    """Play the plan and write its conversations."""
    streams = Streams(plan.seed)
    structure = build_structure(plan, streams)
    history = simulate(plan, structure, streams)
    ties, populations = grow_ties(history, streams)
    channels = build_channels(structure, streams)
    talk = write_conversations(history, ties, populations, channels, streams)
    accounts = open_accounts(history, streams)
    messages = joined([talk.messages, messages_of_others(history, accounts, channels, streams)])
    _stay_within(history, messages)
    knowledge = share_knowledge(history, channels, messages, talk.reactions, streams)
    last_month = int(history.period.bounds[-2])
    cut = (last_month + FIRST_EXPORT_DAYS if plan.second_export else history.period.end_day) * DAY_SECONDS
    rng = streams.of("details")
    names = rng.choice(len(REACTION_WEIGHTS), size=len(talk.reactions.author), p=REACTION_WEIGHTS)
    names[sorted(knowledge.accepting)] = CHECK_MARK
    has_file = (
        (rng.random(len(messages)) < WITH_FILE) & (messages.chat < 0) & (messages.author < history.persons)
    )
    texts = _texts(history, accounts, messages, knowledge, streams)
    thanks = Thanks()
    if plan.knowledge:
        thanks = give_thanks(messages, texts, has_file, talk.reactions, names, knowledge.accepting, streams)
    first, last, zones = _employment(history)
    return Traces(
        history, ties, populations, channels, accounts, messages, talk.reactions, talk.chats,
        texts, names.astype(np.int64), has_file,
        joins(history, accounts, channels), revise(history, messages, cut, last_month * DAY_SECONDS, streams),
        cut, first, last, zones, knowledge, thanks,
    )  # fmt: skip


def _stay_within(history: History, messages: Messages) -> None:
    """A chat that began before midnight of the last day ends with it: exports know no tomorrow."""
    end = history.period.end_day * DAY_SECONDS - 1
    messages.sent = np.minimum(messages.sent, end)


def _texts(
    history: History, accounts: Accounts, messages: Messages, knowledge: Knowledge, streams: Streams
) -> list[str]:
    people = accounts.of_people
    slack = [f"<@{a.slack_id}>" for a in people]
    viva = [f"@{a.name}" for a in people]
    mentioned = [
        "" if person < 0 else (slack if platform == SLACK else viva)[person]
        for person, platform in zip(messages.mentioned.tolist(), messages.platform.tolist(), strict=True)
    ]
    given = [name.given for name in accounts.names] + [""] * len(accounts.others)
    target = np.where(messages.parent >= 0, messages.author[np.maximum(messages.parent, 0)], -1).tolist()
    addressed = ["" if person < 0 else given[person] for person in target]
    texts = write_texts(messages.parent >= 0, messages.chat >= 0, mentioned, addressed, streams.of("wording"))
    for row, text in knowledge.texts.items():
        texts[row] = f"{mentioned[row]} {text}" if mentioned[row] else text
    return texts


def _employment(history: History) -> tuple[Ints, Ints, list[str]]:
    n, roster = history.persons, history.roster
    first, last = np.full(n, FAR, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    np.minimum.at(first, roster.person, roster.hired)
    np.maximum.at(last, roster.person, roster.exit)
    place = np.zeros(n, dtype=np.int64)
    place[roster.person] = roster.place
    return first, last, [PLACES[p].timezone for p in place.tolist()]
