"""Onboarding of a few invented newcomers, against figures worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ, hr_rows, posts

HIRES: dict[int, Any] = {
    1: dict(FULL),  # the manager
    2: {"hire_date": "2024-02-05"},
    3: {"hire_date": "2024-02-05", "termination_date": "2024-02-20", "termination_type": "voluntary"},
    4: [
        {"hire_date": "2020-01-01", "termination_date": "2023-12-31", "termination_type": "voluntary"},
        {"hire_date": "2024-02-05"},
    ],
    5: [
        {"hire_date": "2020-01-01", "termination_date": "2024-02-04", "termination_type": "end_of_contract"},
        {"hire_date": "2024-02-05"},
    ],
    6: {"hire_date": "2024-02-05"},
}


def chats(one: int, other: int, *days: str) -> dict[str, list[dict[str, Any]]]:
    """A direct message of ``one`` to ``other`` on each day, in a channel of the two."""
    channel = f"dm{one}-{other}"
    rows = [
        {
            "message_id": f"{channel}-{day}",
            "channel_id": channel,
            "author_account_id": f"a{one}",
            "kind": "post",
            "sent_at": f"{day} 10:00",
        }
        for day in days
    ]
    return {
        "messages": rows,
        "recipients": [
            {"message_id": row["message_id"], "account_id": f"a{other}", "role": "direct"} for row in rows
        ],
        "channels": [{"channel_id": channel, "kind": "direct"}],
    }


def newcomers(project: DbtProject) -> dict[int, dict[str, Any]]:
    """Six people and their hires, as the model describes them."""
    project.reference(start="2024-01-01", as_of="2024-06-30 23:59:59")
    tables = hr_rows(HIRES)
    tables["jobs"] = [{**job, "manager_worker_id": "w1"} for job in tables["jobs"]]
    talks = [
        # Ten days of leave at once: the clock stands, so 12, 20 and 28 February are days 5, 6 and 14.
        chats(2, 1, "2024-02-08", "2024-02-28", "2024-03-12"),
        chats(1, 4, "2024-02-08", "2024-02-09"),
        chats(6, 1, "2024-02-20", "2024-02-21", "2024-02-22"),
    ]
    question = {**posts(2, "2024-02-28")[0], "message_id": "q", "thread_id": "q", "is_question": True}
    answer = {
        **posts(1, "2024-03-04", kind="reply")[0],
        "message_id": "r",
        "thread_id": "q",
        "parent_message_id": "q",
    }
    first = {**posts(6, "2024-02-20")[0], "message_id": "q6", "thread_id": "q6", "is_question": True}
    late = {
        **posts(1, "2024-02-29", kind="reply")[0],
        "message_id": "r6",
        "thread_id": "q6",
        "parent_message_id": "q6",
    }
    gone = {**posts(3, "2024-02-08")[0], "message_id": "q3", "thread_id": "q3", "is_question": True}
    prompt = {**answer, "message_id": "r3", "thread_id": "q3", "parent_message_id": "q3"}
    prompt["sent_at"] = "2024-02-08 11:00"
    withdrawn = {**first, "message_id": "q0", "thread_id": "q0", "sent_at": "2024-02-19 10:00"}
    withdrawn["deleted_at"] = "2024-02-21 10:00"
    asked = [question, answer, first, late, gone, prompt, withdrawn]
    employ(
        project,
        HIRES,
        [*asked, *(row for talk in talks for row in talk["messages"])],
        **tables,
        absences=[
            {"worker_id": "w2", "absent_from": "2024-02-10", "absent_to": "2024-02-20", "kind": "leave"}
        ],
        recipients=[row for talk in talks for row in talk["recipients"]],
        channels=[
            {"channel_id": "c1", "kind": "public", "audience": "internal"},
            *(row for talk in talks for row in talk["channels"]),
        ],
    )
    project.run("+int_new_hires")
    rows = project.dicts("select * from intermediate.int_new_hires")
    return {row["person_key"]: row for row in rows}


@pytest.mark.slow
def test_newcomers_are_new_and_their_clock_stops_for_leave(dbt_project: DbtProject) -> None:
    hires = newcomers(dbt_project)
    assert sorted(hires) == [2, 3, 4, 6], "a new contract without a gap is no hire, a return is one"
    assert {p: row["is_rehire"] for p, row in hires.items()} == {2: False, 3: False, 4: True, 6: False}
    assert (hires[2]["date_14"], hires[6]["date_14"]) == (date(2024, 2, 28), date(2024, 2, 18))
    assert hires[2]["has_manager_contact_30d"] is True
    assert hires[4]["has_manager_contact_30d"] is False, "two days of contact are too few"
    assert hires[6]["has_manager_contact_30d"] is False, "three days, but none in the first fourteen"
    assert hires[3]["has_manager_contact_30d"] is None, "gone before day 30"
    assert (hires[3]["duration"], hires[3]["is_exit"]) == (16, True)
    assert hires[2]["is_first_question_answered"] is True
    assert hires[6]["is_first_question_answered"] is False, "the reply came after nine days"
    reasons = {p: (r["is_first_question_answered"], r["first_question_reason"]) for p, r in hires.items()}
    assert reasons[2] == (True, None) and reasons[6] == (False, None)
    assert reasons[4] == (None, "no_question"), "nobody who asks nothing is left without an answer"
    assert reasons[3] == (None, "left_before_day_30"), "answered within a day, and gone before day 30"
    assert (hires[2]["first_contribution_days"], hires[4]["first_contribution_days"]) == (24, None)
    assert {row["cohort_kind"] for row in hires.values()} == {"hire"}


@pytest.mark.slow
def test_people_who_come_as_a_whole_are_a_cohort_of_their_own(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2024-01-01", as_of="2024-12-31 23:59:59")
    people = {p: dict(FULL) for p in range(1, 31)}
    people |= {p: {"hire_date": "2024-03-01"} for p in range(31, 43)}
    people |= {p: {"hire_date": f"2024-03-{p - 40:02}"} for p in range(43, 46)}
    for person, last_day in ((31, "2024-05-01"), (32, "2024-05-29"), (33, "2024-05-30")):  # day 62, 90, 91
        people[person] |= {"termination_date": last_day, "termination_type": "voluntary"}
    employ(dbt_project, people)
    dbt_project.run("+fct_new_hire_attrition")
    rows = dbt_project.dicts(
        "select * from marts.fct_new_hire_attrition where org_unit_key = 0 and cohort_month = '2024-03-01' "
        "order by cohort_kind"
    )
    bulk, hired = rows
    assert (bulk["cohort_kind"], bulk["n_population"], bulk["pooled_months"]) == ("acquisition", 12, 1)
    assert bulk["new_hire_attrition_90d"] == pytest.approx(2 / 12)
    assert bulk["voluntary_attrition_90d"] == pytest.approx(2 / 12)
    # who leaves on day 90 itself is an exit and nothing else, or the partial ones would be -1
    assert (bulk["n_exits_90d"], bulk["n_defined"], bulk["n_partial"]) == (2, 12, 0)
    assert bulk["new_hire_attrition_365d"] is None, "nobody was followed for a year"
    assert (hired["n_population"], hired["pooled_months"], hired["new_hire_attrition_90d"]) == (3, 12, 0.0)
    dbt_project.test("fct_new_hire_attrition")
