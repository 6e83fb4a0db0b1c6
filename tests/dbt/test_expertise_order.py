"""Whoever is first among equals is so in every build: many reactions carry no time of their own (F5)."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

from tests.factories.dbt_project import DbtProject

pytestmark = pytest.mark.slow

TABLES = {
    "intermediate.int_answers": (
        "answer_key bigint, question_key bigint, asker_person_key bigint, person_key bigint, "
        "is_own boolean, is_accepted boolean, local_date date"
    ),
    "intermediate.int_messages": (
        "message_key bigint, thread_key bigint, author_person_key bigint, local_date date"
    ),
    "intermediate.int_appreciations": (
        "message_key bigint, about_message_key bigint, from_person_key bigint, to_person_key bigint, "
        "kind varchar, is_recognition boolean, local_date date, occurred_at timestamp"
    ),
}
N_ITEMS, N_GIVERS, AUTHOR, DAY = 300, 12, 99, date(2024, 5, 6)


def evidence(project: DbtProject, seed: int) -> list[tuple]:
    """What 300 messages prove that a dozen people thanked for, or came back to, at one instant."""
    rng = np.random.default_rng(seed)
    rows = []
    for item in range(N_ITEMS):
        kind = "reaction" if item % 2 else "reuse"
        rows += [
            (1000 + giver, item, giver, AUTHOR, kind, kind != "reuse", DAY, datetime(2024, 5, 6, 12))
            for giver in range(1 + item % 5, N_GIVERS)
        ]
    contents = {
        "intermediate.int_answers": [],
        "intermediate.int_messages": [(item, item, AUTHOR, DAY) for item in range(N_ITEMS)],
        "intermediate.int_appreciations": [rows[n] for n in rng.permutation(len(rows))],
    }
    for name, columns in TABLES.items():
        project.table(name, columns, contents[name])
    project.run("int_expertise_evidence", full_refresh=True)
    return project.rows(
        "select item_key, evidence_class, beneficiary_person_key from intermediate.int_expertise_evidence "
        "order by item_key"
    )


def test_the_order_of_arrival_never_decides_who_was_helped(parsed_dbt_project: DbtProject) -> None:
    parsed_dbt_project.reset()
    first, second = evidence(parsed_dbt_project, 1), evidence(parsed_dbt_project, 2)
    assert first == second
    assert first == [(item, "endorsement" if item % 2 else "reused", 1 + item % 5) for item in range(N_ITEMS)]
