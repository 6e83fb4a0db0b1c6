"""Any order and split of arrivals ends in the same state as one full build.

A little organisation writes, answers, reacts, edits and deletes over three months; exports of
overlapping ranges are taken at different times, some twice. Each arrival is built incrementally
with the months that it touches; the end is compared with a build of everything at once.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

PEOPLE = ["ann", "bob", "cem", "dee", "eva"]
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
TABLES = {
    "staging.stg_messages": "message_id, n_words, deleted_at, version_at, file_sha256",
    "staging.stg_reactions": "message_id, account_id, name",
    "intermediate.int_activities": "activity_key, person_key, activity_type, local_date",
    "intermediate.int_interactions": "interaction_key, interaction_type, attention, local_date",
    "intermediate.int_dyad_weeks": "* exclude (weight), round(weight, 6)",
    "marts.fct_tie_month": "* exclude (weight, mutual_weight), round(weight, 6)",
}
INCREMENTAL = (
    "config.materialized:incremental,+fct_tie_month",
    "config.materialized:incremental,+int_activities",
)
"""Large models behind ties and activities; those of other parts have tests of their own."""


class History:
    """What really happened: messages with their edits and deletion, reactions with removals."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.messages = [self._message(number) for number in range(60)]

    def _message(self, number: int) -> dict[str, Any]:
        chance = self._random
        sent = FIRST + timedelta(hours=chance.randrange(24 * 85))
        is_reply = number > 5 and chance.random() < 0.5
        return {
            "id": f"m{number}",
            "thread": f"m{chance.randrange(number)}" if is_reply else f"m{number}",
            "kind": "reply" if is_reply else "post",
            "author": chance.choice(PEOPLE),
            "sent": sent,
            "edited": sent + timedelta(days=chance.randrange(1, 40)) if chance.random() < 0.3 else None,
            "gone": sent + timedelta(hours=chance.randrange(5, 900)) if chance.random() < 0.25 else None,
            "reactions": [
                (chance.choice(PEOPLE), sent + timedelta(days=chance.randrange(30)), chance.random() < 0.3)
                for _ in range(chance.randrange(4))
            ],
        }

    def export(self, file: str, start: datetime, taken: datetime) -> dict[str, list[dict[str, Any]]]:
        """What a platform would deliver of [start, taken) at ``taken``."""
        common = {"_file_sha256": file, "_observed_at": taken}
        rows: dict[str, list[dict[str, Any]]] = {
            "channels": [{"channel_id": "general", "kind": "public", **common}],
            "messages": [],
            "reactions": [],
            "source_coverage": [
                {
                    "covered_from": start,
                    "covered_to": taken,
                    "observed_at": taken,
                    "contains": ["messages", "reactions"],
                    **common,
                }
            ],
        }
        for message in self.messages:
            is_there = start <= message["sent"] < taken and (not message["gone"] or message["gone"] > taken)
            if not is_there:
                continue
            edited = message["edited"] if message["edited"] and message["edited"] < taken else None
            rows["messages"].append(
                {
                    "message_id": message["id"],
                    "channel_id": "general",
                    "thread_id": message["thread"],
                    "parent_message_id": message["thread"] if message["kind"] == "reply" else None,
                    "author_account_id": message["author"],
                    "kind": message["kind"],
                    "sent_at": message["sent"],
                    "edited_at": edited,
                    "version_at": edited or message["sent"],
                    "n_words": 7 if edited else 3,
                    **common,
                }
            )
            for person, at, is_taken_back in message["reactions"]:
                if at < taken and not (is_taken_back and taken > at + timedelta(days=20)):
                    rows["reactions"].append(
                        {
                            "message_id": message["id"],
                            "account_id": person,
                            "name": "+1",
                            "reacted_at": at,
                            **common,
                        }
                    )
        return rows


def _exports(history: History) -> list[dict[str, list[dict[str, Any]]]]:
    def at(day: int) -> datetime:
        return FIRST + timedelta(days=day)

    return [
        history.export("a", at(0), at(35)),
        history.export("b", at(20), at(62)),
        history.export("c", at(0), at(80)),
        history.export("d", at(60), at(90)),
    ]


def _merged(exports: Iterable[dict[str, list[dict[str, Any]]]]) -> dict[str, list[dict[str, Any]]]:
    merged: dict[str, list[dict[str, Any]]] = {}
    for export in exports:
        for table, rows in export.items():
            merged.setdefault(table, []).extend(rows)
    return merged


def _touched(exports: Iterable[dict[str, list[dict[str, Any]]]]) -> list[str]:
    months: set[date] = set()
    for export in exports:
        for row in export["source_coverage"]:
            day = row["covered_from"]
            while day < row["covered_to"]:
                months.add(day.date().replace(day=1))
                day += timedelta(days=1)
    return sorted(month.isoformat() for month in months)


def _state(project) -> dict[str, list[tuple]]:
    return {
        table: project.rows(f"select {columns} from {table} order by all")
        for table, columns in TABLES.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_and_split_of_arrivals_equals_a_full_build(dbt_project, seed):
    exports = _exports(History(seed))
    dbt_project.identity(accounts=[{"account_id": name} for name in PEOPLE])

    dbt_project.lake(_merged(exports))
    dbt_project.run("+fct_tie_month", "+int_activities")
    expected = _state(dbt_project)
    assert any(row[2] for row in expected["staging.stg_messages"]), "the history holds deletions"
    assert expected["marts.fct_tie_month"]

    order = random.Random(seed).sample(exports, len(exports))
    split = random.Random(seed).randrange(1, len(exports))
    dbt_project.lake(_merged(order[:split]))
    dbt_project.run(*INCREMENTAL, full_refresh=True)
    assert _state(dbt_project) != expected
    for number, export in enumerate(order[split:], start=split + 1):
        dbt_project.lake(_merged(order[:number]))
        dbt_project.reference(touched=_touched([export]))
        dbt_project.run(*INCREMENTAL)
    assert _state(dbt_project) == expected

    dbt_project.run(*INCREMENTAL)
    assert _state(dbt_project) == expected, "a retry changes nothing"
