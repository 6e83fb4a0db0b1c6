"""A small organisation with seeded traffic, and its scorecard worked out apart from the warehouse.

Everybody is at one place in UTC and employed all the time, so that local days are UTC days and
eligible days are the weekdays of the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from tests.factories.dbt_project import DbtProject

DAYS = 91
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Traffic:
    """Messages and reactions as frames; people are numbered from 1."""

    people: pd.DataFrame  # person, level, family, unit
    messages: pd.DataFrame  # key, author, parent (0: none), sent_at, is_thanks
    reactions: pd.DataFrame  # key, person, name
    mentions: pd.DataFrame  # key, person


def traffic(seed: int, n: int = 76, start: str = "2024-01-01", days: int = 121) -> Traffic:
    """Posts, replies, reactions and mentions with heavy tails; 12 people never do anything."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame(
        {
            "person": np.arange(1, n + 1),
            "level": np.where(np.arange(n) < 40, "L1", "L2"),
            "family": np.where(np.arange(n) % 40 < 34, "Sales", "IT"),
            "unit": np.where(
                np.arange(n) % 3 == 0, "North", np.where(np.arange(n) % 3 == 1, "South", "East")
            ),
        }
    )
    weights = rng.lognormal(0, 1.2, n)
    weights[rng.choice(n, 12, replace=False)] = 0
    weights /= weights.sum()
    first = datetime.fromisoformat(start)
    n_posts, n_replies = 420, 520
    seconds = np.sort(rng.choice(days * 86_400 - 1, n_posts + n_replies, replace=False))
    is_reply = np.zeros(n_posts + n_replies, dtype=bool)
    is_reply[rng.choice(np.arange(30, n_posts + n_replies), n_replies, replace=False)] = True
    rows = []
    for key, (second, reply) in enumerate(zip(seconds, is_reply, strict=True), start=1):
        author = int(rng.choice(n, p=weights)) + 1
        roots = [row for row in rows[-60:] if row["parent"] == 0]
        parent = int(rng.choice([row["key"] for row in roots])) if reply and roots else 0
        rows.append(
            {
                "key": key,
                "author": author,
                "parent": parent,
                "sent_at": first + timedelta(seconds=int(second)),
                "is_thanks": bool(parent and rng.random() < 0.2),
            }
        )
    messages = pd.DataFrame(rows)
    pairs = {(int(rng.integers(1, len(rows) + 1)), int(rng.choice(n, p=weights)) + 1) for _ in range(900)}
    reactions = pd.DataFrame(sorted(pairs), columns=["key", "person"])
    reactions["name"] = rng.choice(["+1", "pray"], len(reactions), p=[0.8, 0.2])
    mentioned = {(int(rng.integers(1, len(rows) + 1)), int(rng.integers(1, n + 1))) for _ in range(250)}
    return Traffic(people, messages, reactions, pd.DataFrame(sorted(mentioned), columns=["key", "person"]))


def lake_rows(made: Traffic) -> dict[str, list[dict[str, Any]]]:
    """The traffic as contract rows."""
    channel = {"channel_id": "c1"}
    messages = [
        {
            **channel,
            "message_id": f"m{row.key}",
            "thread_id": f"m{row.parent or row.key}",
            "parent_message_id": f"m{row.parent}" if row.parent else None,
            "author_account_id": f"a{row.author}",
            "kind": "reply" if row.parent else "post",
            "sent_at": row.sent_at.isoformat(),
            "is_thanks": bool(row.is_thanks),
        }
        for row in made.messages.itertuples()
    ]
    reactions = [
        {
            "message_id": f"m{row.key}",
            "account_id": f"a{row.person}",
            "name": row.name,
            "is_recognition": row.name == "pray",
        }
        for row in made.reactions[["key", "person", "name"]].itertuples(index=False, name="Reaction")
    ]
    mentions = [
        {"message_id": f"m{row.key}", "account_id": f"a{row.person}", "is_broadcast": False}
        for row in made.mentions.itertuples()
    ]
    workers = [f"w{person}" for person in made.people["person"]]
    return {
        "messages": messages,
        "reactions": reactions,
        "mentions": mentions,
        "channels": [{**channel, "kind": "public", "audience": "internal"}],
        "accounts": [{"account_id": f"a{p}", "kind": "person"} for p in made.people["person"]],
        "workers": [{"worker_id": worker, "is_contingent": False} for worker in workers],
        "spells": [{"worker_id": w, "spell_number": 1, "hire_date": "2020-01-01"} for w in workers],
        "jobs": [
            {
                "worker_id": f"w{row.person}",
                "org_unit_id": row.unit,
                "org_unit_path": [row.unit],
                "level": row.level,
                "job_family": row.family,
                "fte": 1.0,
            }
            for row in made.people.itertuples()
        ],
    }


def write(project: DbtProject, made: Traffic, *, as_of: str, touched: list[str] | None = None) -> None:
    """Put the traffic until ``as_of`` into the project's lake."""
    project.reference(start="2024-01-01", as_of=as_of, touched=touched)
    people = [int(person) for person in made.people["person"]]
    project.identity(
        accounts=[{"account_id": f"a{p}", "account_key": p, "person_key": p} for p in people],
        workers={f"w{p}": p for p in people},
    )
    project.lake(lake_rows(until(made, as_of)))


def until(made: Traffic, as_of: str) -> Traffic:
    """What had happened by then."""
    messages = made.messages[made.messages["sent_at"] <= pd.Timestamp(as_of)]
    keys = set(messages["key"])
    return Traffic(
        made.people,
        messages,
        made.reactions[made.reactions["key"].isin(keys)],
        made.mentions[made.mentions["key"].isin(keys)],
    )


def expected_inputs(made: Traffic, window_to: date) -> pd.DataFrame:
    """Numerator and denominator per person and component, counted message by message."""
    low = pd.Timestamp(window_to) - pd.Timedelta(days=DAYS)
    high = pd.Timestamp(window_to)
    messages = made.messages.set_index("key")
    author, sent = messages["author"].to_dict(), messages["sent_at"].to_dict()
    own_reply = {k for k, p in messages["parent"].items() if p and author[p] == author[k]}
    written = [k for k in messages.index if low <= sent[k] < high and k not in own_reply]
    replies = [
        (int(p), author[k], sent[k], True)
        for k, p in messages["parent"].items()
        if p and author[p] != author[k] and low <= sent[k] < high
    ]
    reactions = _capped_reactions(made, author, sent, low, high)
    responses = replies + reactions
    days: dict[int, set[date]] = {}
    for key in written:
        days.setdefault(author[key], set()).add(sent[key].date())
    for _, person, at, _ in reactions_of_all(made, author, sent, low, high):
        days.setdefault(person, set()).add(at.date())
    for row in made.mentions.itertuples():
        if low <= sent[row.key] < high and author[row.key] != row.person:
            days.setdefault(author[row.key], set()).add(sent[row.key].date())
    appreciations = _appreciations(made, author, sent, low, high)
    unit = made.people.set_index("person")["unit"].to_dict()
    rows = []
    for person in made.people["person"]:
        mine = [k for k in written if author[k] == person]
        echo = {k: {r for m, r, _, _ in responses if m == k} for k in mine}
        mature = [k for k in mine if sent[k].date() + WEEK < window_to]
        prompt = {
            k for k in mature if any(m == k and e and at - sent[k] <= WEEK for m, _, at, e in responses)
        }
        givers = {giver for giver, receiver in appreciations if receiver == person}
        rows += [
            (person, "posts", sum(messages.loc[k, "parent"] == 0 for k in mine), None),
            (person, "replies", sum(messages.loc[k, "parent"] != 0 for k in mine), None),
            (person, "active_days", len(days.get(person, ())), None),
            (person, "responders", sum(map(len, echo.values())), len(mine)),
            (person, "responded", len(prompt), len(mature)),
            (person, "appreciators", len(givers) if len({unit[g] for g in givers}) >= 2 else 0, None),
            (person, "h_index", h_index([len(people) for people in echo.values()]), None),
        ]
    return pd.DataFrame(rows, columns=["person_key", "component", "numerator", "denominator"])


def h_index(responses: list[int]) -> int:
    """The largest h such that h contributions found h responses each."""
    return max((h for h in range(len(responses) + 1) if sum(r >= h for r in responses) >= h), default=0)


def reactions_of_all(made: Traffic, author: dict, sent: dict, low: Any, high: Any) -> list[tuple]:
    """Reactions to others in the window; they are dated to their message."""
    return [
        (int(row.key), int(row.person), sent[row.key], False)
        for row in made.reactions.itertuples()
        if author[row.key] != row.person and low <= sent[row.key] < high
    ]


def _capped_reactions(made: Traffic, author: dict, sent: dict, low: Any, high: Any) -> list[tuple]:
    kept: dict[tuple, int] = {}
    result = []
    for key, person, at, exact in sorted(
        reactions_of_all(made, author, sent, low - WEEK, high), key=lambda row: row[2]
    ):
        pair = (author[key], person, at.isocalendar()[:2])
        kept[pair] = kept.get(pair, 0) + 1
        if kept[pair] <= 5 and at >= low:
            result.append((key, person, at, exact))
    return result


def _appreciations(made: Traffic, author: dict, sent: dict, low: Any, high: Any) -> set[tuple[int, int]]:
    found = set()
    for row in made.mentions.itertuples():
        if low <= sent[row.key] < high:
            found.add((author[row.key], int(row.person)))
    for row in made.messages.itertuples():
        if row.is_thanks and low <= row.sent_at < high:
            found.add((row.author, author[row.parent]))
    for row in made.reactions[["key", "person", "name"]].itertuples(index=False, name="Reaction"):
        if row.name == "pray" and low <= sent[row.key] < high:
            found.add((int(row.person), author[row.key]))
    return {(giver, receiver) for giver, receiver in found if giver != receiver}
