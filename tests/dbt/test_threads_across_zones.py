"""A question asked on Monday morning and answered where it is still Sunday."""

from __future__ import annotations

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ, hr_rows


def test_an_answer_from_an_earlier_local_week_shares_the_attention_of_two_people(
    dbt_project: DbtProject,
) -> None:
    dbt_project.reference(
        start="2024-04-01",
        as_of="2024-05-31 23:59:59",
        timezone="Europe/Warsaw",
        locations={"Austin": "America/Chicago"},
    )
    people = {1: dict(FULL), 2: dict(FULL)}
    rows = hr_rows(people)
    rows["jobs"][1]["location"] = "Austin"
    thread = {"channel_id": "c1", "thread_id": "q"}
    messages = [
        {"message_id": "q", "author_account_id": "a1", "kind": "post", "sent_at": "2024-04-15 04:03"},
        {"message_id": "r", "author_account_id": "a2", "kind": "reply", "sent_at": "2024-04-15 04:30",
         "parent_message_id": "q"},
    ]  # fmt: skip
    employ(dbt_project, people, [thread | row for row in messages], jobs=rows["jobs"])
    dbt_project.run("+int_thread_interactions")
    found = dbt_project.rows(
        "select from_person_key, attention, local_date from intermediate.int_thread_interactions order by 1"
    )
    assert [(person, attention) for person, attention, _ in found] == [(1, 1.0), (2, 1.0)]
    assert {str(day) for _, _, day in found} == {"2024-04-14"}  # Sunday where the answer was written
