"""After-hours work, answer times and accepted answers of a quarter, against figures counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ

pytestmark = pytest.mark.slow

NO_NETWORK = {"source": "forum", "has_network": False}


def post(number: int, author: int, at: str, **more: Any) -> dict[str, Any]:
    return {
        "message_id": f"m{number}",
        "thread_id": f"m{number}",
        "parent_message_id": None,
        "channel_id": "c1",
        "author_account_id": f"a{author}",
        "kind": "post",
        "sent_at": at,
        **more,
    }


def answer(number: int, author: int, to: int, at: str, **more: Any) -> dict[str, Any]:
    thread = {"thread_id": f"m{to}", "parent_message_id": f"m{to}", "kind": "reply"}
    return post(number, author, at, **thread, **more)


@pytest.fixture
def answered(dbt_project: DbtProject) -> DbtProject:
    """Person 2 answers person 1 after 1, 2, 4, 8 and 24 hours in winter, after twice that in spring."""
    people: dict[int, Any] = {n: dict(FULL) for n in (1, 2)}
    messages, number = [], 0
    for month, slower in (("02", 1), ("05", 2)):
        for day, hours in enumerate((1, 2, 4, 8, 24), start=6):
            after = hours * slower
            number += 2
            messages += [
                post(number, 1, f"2024-{month}-{day:02} 08:00"),
                answer(
                    number + 1,
                    2,
                    number,
                    f"2024-{month}-{day + (8 + after) // 24:02} {(8 + after) % 24:02}:00",
                    is_accepted_answer=hours <= 2,
                ),
            ]
        # On the 13th, a workday, ten posts at noon and ten in the evening; and an answer to oneself.
        first = 10_000 * int(month)
        messages += [post(first + i, 2, f"2024-{month}-13 12:{i:02}") for i in range(10)]
        messages += [post(first + 100 + i, 2, f"2024-{month}-13 20:{i:02}") for i in range(10)]
        messages += [answer(first + 200, 1, number, f"2024-{month}-20 09:00", is_accepted_answer=True)]
    dbt_project.reference(start="2024-01-01", as_of="2024-06-30 23:59:59", sources=({}, NO_NETWORK))
    employ(dbt_project, people, messages)
    dbt_project.run("+int_person_load_quarter")
    return dbt_project


def test_loads_of_two_quarters(answered: DbtProject) -> None:
    winter, spring = answered.dicts(
        "select * from intermediate.int_person_load_quarter where person_key = 2 order by quarter_start"
    )
    assert (winter["n_answers"], winter["n_accepted_answers"]) == (5, 2)
    assert (winter["response_hours"], spring["response_hours"]) == (4.0, 8.0)
    assert (winter["response_ratio"], spring["response_ratio"]) == (None, 2.0)
    # 20 posts and 5 answers; after hours are ten posts at 20:00 and the answer on Sunday the 11th.
    assert winter["n_timed_events"] == 25
    assert winter["after_hours_share"] == pytest.approx(11 / 25)
    [asker] = answered.dicts(
        "select * from intermediate.int_person_load_quarter where person_key = 1 "
        "and quarter_start = '2024-01-01'"
    )
    assert asker["after_hours_share"] is None, "five posts tell nothing about a share"
    assert (asker["n_answers"], asker["response_hours"]) == (0, None), "answering oneself is no answer"


def test_a_source_that_is_not_permitted_for_networks_counts_nowhere(answered: DbtProject) -> None:
    before = answered.rows("from intermediate.int_person_load_quarter order by all")
    answered.reference(start="2024-01-01", as_of="2024-06-30 23:59:59", sources=({"has_network": False},))
    answered.run("+int_person_load_quarter")
    assert before
    assert answered.rows("from intermediate.int_person_load_quarter") == []
