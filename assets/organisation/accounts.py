"""Accounts of people on the platforms, how untidily they match HR, and accounts of nobody.

Accounts are numbered like people; bots, service, shared, guest and stray accounts follow after
the last person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assets.organisation.history import History
from assets.organisation.names import PersonName, invent_names
from assets.organisation.plan import Plan
from assets.organisation.streams import Streams

BOT, SERVICE, SHARED, GUEST, STRAY = "bot", "service", "shared", "guest", "without_hr_record"
SLACK_SOURCE, VIVA_SOURCE = "acme_slack", "acme_viva_engage"
OTHER_DOMAIN, MISSING_ADDRESS, PLUS_TAG, UPPER_CASE, NICKNAMED = 0.02, 0.01, 0.02, 0.02, 0.15
OVERRIDDEN = 0.85
"""Share of accounts without an address that somebody has matched by hand."""


@dataclass
class Account:
    """One account on Slack, and on Viva Engage where ``viva_id`` is set."""

    name: str
    handle: str
    slack_id: str
    slack_email: str | None
    viva_id: int
    viva_email: str | None
    kind: str = "person"
    person: int = -1


@dataclass
class Accounts:
    """All accounts; ``of_people[p]`` belongs to person p."""

    names: list[PersonName]
    of_people: list[Account]
    others: list[Account]
    has_account: np.ndarray
    aliases: list[tuple[str, str]] = field(default_factory=list)
    overrides: list[tuple[str, str, str]] = field(default_factory=list)
    dirt: list[dict[str, Any]] = field(default_factory=list)

    def all(self) -> list[Account]:
        """People's accounts, then the others, in the order of their numbers."""
        return [*self.of_people, *self.others]


def worker_id(person: int) -> str:
    """The HR number of a person."""
    return f"W{10_001 + person}"


def hr_email(plan: Plan, name: PersonName) -> str:
    """The address that HR knows."""
    return f"{name.address}@{plan.domain}"


def slack_id(number: int, letter: str = "U") -> str:
    """A Slack-like id: a letter and ten characters that do not betray the order."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    value = (number * 61_803_398_874_989 + 982_451_653) % 36**9
    text = ""
    for _ in range(9):
        value, digit = divmod(value, 36)
        text += digits[digit]
    return f"{letter}0{text}"


def open_accounts(history: History, streams: Streams) -> Accounts:
    """Accounts for everybody who was ever present, with the plan's dirt."""
    plan, n = history.plan, history.persons
    names = invent_names(streams, n)
    has_account = np.zeros(n, dtype=np.bool_)
    for activity in history.activity:
        has_account[history.roster.person[activity.rows[activity.present.any(axis=1)]]] = True
    accounts = Accounts(names, [], [], has_account)
    rng = streams.of("untidy")
    draws = rng.random((n, 4))
    for person, name in enumerate(names):
        address = hr_email(plan, name)
        account = Account(name.full, name.address, slack_id(person), address, 100_000 + person, address)
        account.person = person
        accounts.of_people.append(account)
        if has_account[person]:
            _make_untidy(plan, accounts, account, name, draws[person])
    _open_others(plan, accounts, n)
    return accounts


def _make_untidy(
    plan: Plan, accounts: Accounts, account: Account, name: PersonName, draw: np.ndarray
) -> None:
    person, address = account.person, hr_email(plan, name)
    note: dict[str, Any] = {"worker_id": worker_id(person), "slack_id": account.slack_id}
    if plan.nicknames and draw[1] < NICKNAMED and name.nickname != name.given:
        account.name = f"{name.nickname} {name.family}"
        accounts.dirt.append({**note, "what": "nickname"})
    if not plan.untidy_emails:
        return
    edges = np.cumsum([OTHER_DOMAIN, MISSING_ADDRESS, PLUS_TAG, UPPER_CASE])
    if draw[0] < edges[0]:
        account.slack_email = f"{name.address}@{plan.other_domain}"
        accounts.aliases.append((account.slack_email, address))
        accounts.dirt.append({**note, "what": "other_domain"})
    elif draw[0] < edges[1]:
        account.slack_email = None
        matched = bool(draw[2] < OVERRIDDEN)
        if matched:
            accounts.overrides.append((SLACK_SOURCE, account.slack_id, worker_id(person)))
        accounts.dirt.append({**note, "what": "missing_email", "is_overridden": matched})
    elif draw[0] < edges[2]:
        account.slack_email = f"{name.address}+slack@{plan.domain}"
        accounts.dirt.append({**note, "what": "plus_tag"})
    elif draw[0] < edges[3]:
        account.slack_email = address.title()
        accounts.dirt.append({**note, "what": "upper_case"})


def _open_others(plan: Plan, accounts: Accounts, first: int) -> None:
    wanted: list[tuple[str, str, str | None, str]] = []
    if plan.bots:
        wanted += [
            ("Build Watcher", "build-watcher", None, BOT),
            ("Morning Digest", "morning-digest", None, BOT),
        ]
    if plan.other_accounts:
        wanted += [
            ("svc-ticketing", "svc-ticketing", f"svc-ticketing@{plan.domain}", SERVICE),
            ("Reception", "reception", f"reception@{plan.domain}", SHARED),
            ("Marisol Vantage", "marisol", "marisol@northwind.example", GUEST),
            ("Jonas Weather", "jonas", "jonas@fabrikam.example", GUEST),
            ("Adeline Marchetti", "adeline.marchetti", f"adeline.marchetti@{plan.domain}", STRAY),
            ("Piet Oosterhuis", "piet.oosterhuis", f"piet.oosterhuis@{plan.domain}", STRAY),
        ]
    for i, (name, handle, email, kind) in enumerate(wanted):
        account = Account(name, handle, slack_id(first + i), email, 0, None, kind)
        accounts.others.append(account)
        accounts.dirt.append({"worker_id": None, "slack_id": account.slack_id, "what": kind})
