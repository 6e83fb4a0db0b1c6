"""Channels of Slack and groups of Viva Engage: where posts go and who may read them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from assets.organisation.arrays import Flags, Ints
from assets.organisation.messages import SLACK, VIVA_ENGAGE
from assets.organisation.names import folded
from assets.organisation.population import Population
from assets.organisation.streams import Streams
from assets.organisation.structure import Structure

TOPICS = (
    "data", "python", "customers", "ideas", "safety", "photography", "running", "books", "cooking", "help-it",
    "new-here", "sustainability",
)  # fmt: skip
COMMUNITIES = ("Ask Us Anything", "Green Office", "Women in Engineering", "Customer Stories", "Lunch Walks")
PRIVATE_TEAMS = 0.4
"""Share of teams whose Slack channel is private."""


@dataclass(frozen=True)
class Channels:
    """Columns of equal length, Slack's channels first."""

    names: list[str]
    platform: Ints
    is_private: Flags
    team: Ints
    """The team whose channel it is, -1 for wider ones."""
    of_team: Ints
    """team -> channel; likewise for departments and divisions on Slack."""
    of_department: Ints
    of_division: Ints
    company: Ints
    topics: Ints
    viva_divisions: Ints
    viva_company: int
    viva_communities: Ints


def build_channels(structure: Structure, streams: Streams) -> Channels:
    """A channel for the company, each division, department, team, and some topics."""
    rng = streams.of("channels")
    names: list[str] = []
    team_of: list[int] = []

    def add(labels: list[str], teams: list[int] | None = None) -> Ints:
        begin = len(names)
        for label in labels:
            names.append(_unused(label, names))
        team_of.extend(teams or [-1] * len(labels))
        return np.arange(begin, len(names), dtype=np.int64)

    company = add(["general", "random", "announcements"])
    divisions = add([f"all-{_slug(d)}" for d in structure.divisions])
    departments = add([_slug(d) for d in structure.departments])
    labels = [
        _slug(f"{structure.departments[d]} {name.removeprefix(structure.departments[d])}")
        for d, name in zip(structure.team_department.tolist(), structure.teams, strict=True)
    ]
    teams = add([f"team-{label}" for label in labels], list(range(len(labels))))
    topics = add(list(TOPICS))
    n_slack = len(names)
    viva_company = add(["All Company"])
    viva_divisions = add([f"{d} Community" for d in structure.divisions])
    communities = add(list(COMMUNITIES))
    is_private = np.zeros(len(names), dtype=np.bool_)
    is_private[teams] = rng.random(len(teams)) < PRIVATE_TEAMS
    platform = np.where(np.arange(len(names)) < n_slack, SLACK, VIVA_ENGAGE).astype(np.int64)
    return Channels(
        names, platform, is_private, np.array(team_of, dtype=np.int64), teams, departments, divisions,
        company,
        topics, viva_divisions, int(viva_company[0]), communities,
    )  # fmt: skip


def channel_of_posts(
    channels: Channels, population: Population, person: Ints, platform: Ints, rng: np.random.Generator
) -> Ints:
    """Where each person's post goes: mostly to the own team and department, at times wider."""
    draw, pick = rng.random(len(person)), rng.random(len(person))
    team, department = population.team[person], population.department[person]
    division = population.division[person]
    topics = channels.topics[(pick * len(channels.topics)).astype(np.int64)]
    company = channels.company[(pick * 2).astype(np.int64)]
    slack = np.select(
        [draw < 0.45, draw < 0.72, draw < 0.80, draw < 0.94],
        [channels.of_team[team], channels.of_department[department], channels.of_division[division], topics],
        company,
    )
    communities = channels.viva_communities[(pick * len(channels.viva_communities)).astype(np.int64)]
    viva = np.select(
        [draw < 0.35, draw < 0.7], [np.full(len(person), channels.viva_company),
        channels.viva_divisions[division]],
        communities,
    )  # fmt: skip
    return np.where(platform == SLACK, slack, viva).astype(np.int64)


def is_open_to(channels: Channels, population: Population, channel: Ints, person: Ints) -> Flags:
    """Whether a person can read a channel: a private one only its team."""
    team = np.where(person >= 0, population.team[np.maximum(person, 0)], -2)
    return np.asarray(~channels.is_private[channel] | (channels.team[channel] == team))


def _unused(label: str, names: list[str]) -> str:
    """``label``, with a number if a channel has it already: a platform lets no two have one name."""
    numbered = (f"{label}-{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([label], numbered) if name not in names)


def _slug(text: str) -> str:
    return "-".join(word for word in map(folded, text.split()) if word)
