"""Reading, hours, responses and threads of a few invented people, against figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ, hr_rows, posts

pytestmark = pytest.mark.slow


def message(number: int, author: int, at: str, answers: int | None = None, **more: Any) -> dict[str, Any]:
    """Message ``m<number>``; an answer belongs to the thread of the message it names."""
    thread = f"m{answers if answers is not None else number}"
    return {
        "message_id": f"m{number}",
        "thread_id": thread,
        "parent_message_id": thread if answers is not None else None,
        "channel_id": "c1",
        "author_account_id": f"a{author}",
        "kind": "post" if answers is None else "reply",
        "sent_at": at,
        **more,
    }


def month(project: DbtProject, person: int) -> dict[str, Any]:
    [row] = project.dicts(
        f"select * from marts.fct_person_engagement_month where person_key = {person} "
        "and month_start = '2024-03-01'"
    )
    return row


def test_reading_hours_and_load(dbt_project: DbtProject) -> None:
    people = {1: dict(FULL), 2: dict(FULL), 3: dict(FULL)}
    dbt_project.reference(start="2024-02-01", as_of="2024-03-31 23:59:59", timezone="America/New_York")
    coverage = {
        "covered_from": "2024-02-01",
        "covered_to": "2024-04-01",
        "observed_at": "2024-04-01",
        "contains": ["messages", "views"],
    }
    meeting = {"organiser_account_id": "a2", "is_cancelled": False}
    employ(
        dbt_project,
        people,
        [
            message(1, 1, "2024-03-08 15:00"),  # Friday 10:00 in New York
            message(2, 1, "2024-03-08 23:00"),  # Friday 18:00
            message(3, 1, "2024-03-10 06:30"),  # Sunday 01:30, half an hour before the clocks change
            message(4, 1, "2024-03-12 13:30"),  # Tuesday 09:30 in summer time, 08:30 before it
            message(5, 1, "2024-03-13 15:00"),  # during a day of absence
            message(6, 2, "2024-03-13 01:00", answers=4),  # the day before, for the one who is answered
            message(7, 2, "2024-03-13 16:00", answers=4, is_accepted_answer=True),
        ],
        views=[{"object_id": "m1", "account_id": "a3", "viewed_at": "2024-03-08 16:00"}],
        source_coverage=[coverage],
        absences=[
            {"worker_id": "w1", "absent_from": "2024-03-13", "absent_to": "2024-03-14", "kind": "sick"}
        ],
        meetings=[
            {**meeting, "meeting_id": "k1", "starts_at": "2024-03-12 14:00", "ends_at": "2024-03-12 15:00"},
            {**meeting, "meeting_id": "k2", "starts_at": "2024-03-12 14:30", "ends_at": "2024-03-12 16:00"},
            {**meeting, "meeting_id": "k3", "starts_at": "2024-03-13 08:00", "ends_at": "2024-03-13 18:00"},
        ],
        attendances=[
            {"meeting_id": k, "account_id": a, "response": answer}
            for k, a, answer in [
                ("k1", "a1", "accepted"), ("k2", "a1", "accepted"), ("k3", "a1", "accepted"),
                ("k1", "a2", "accepted"), ("k2", "a2", "declined"),
            ]
        ],
    )  # fmt: skip
    dbt_project.run("+fct_participation_org_window", "+fct_person_engagement_month")
    writer, answerer, reader = (month(dbt_project, p) for p in (1, 2, 3))
    assert (writer["n_timed_events"], writer["n_after_hours_events"]) == (5, 3)
    assert writer["n_replies_received"] == 2
    days = dbt_project.rows(
        "select local_date::varchar, n_replies_received from intermediate.int_person_trace_days "
        "where person_key = 1 and n_replies_received > 0 order by 1"
    )
    assert days == [("2024-03-12", 1), ("2024-03-13", 1)], "in the time zone of the one who is answered"
    assert writer["collaboration_hours"] == pytest.approx(2.0), "one hour of two meetings is the same hour"
    assert answerer["collaboration_hours"] == pytest.approx(1.0), (
        "declined, and all day, are no conversations"
    )
    assert (answerer["commitment"], reader["commitment"]) == ("lead", "read")
    assert (reader["n_contributions"], reader["n_views"], reader["persona"]) == (0, 1, "observer")
    [whole] = dbt_project.dicts(
        "select * from marts.fct_participation_org_window "
        "where org_unit_key = 0 and period_kind = 'month' and period_start = '2024-03-01'"
    )
    assert (whole["reach_rate"], whole["reach_rate_registered"], whole["reach_reason"]) == (1.0, 1.0, None)
    assert whole["contribution_rate_registered"] == pytest.approx(2 / 3)
    assert whole["participation_rate"] == pytest.approx(2 / 3)


def test_threads_communities_and_how_mixed_repliers_are(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2024-01-01", as_of="2024-07-31 23:59:59")
    # Ten repliers of three groups: five, three and two.
    units = ["A"] * 5 + ["B"] * 3 + ["C"] * 2
    people: dict[int, Any] = {n: {**FULL, "path": (unit,)} for n, unit in enumerate(units, start=1)}
    people[11] = {**FULL, "path": ("A",)}
    people[12] = {**FULL, "termination_date": "2024-06-30", "termination_type": "voluntary", "path": ("A",)}
    rows = hr_rows(people)
    messages = [
        *(message(100 + n, n, "2024-02-06 10:00") for n in (11, 12)),
        message(1, 11, "2024-07-01 10:00"),
        *(message(10 + n, n, "2024-07-02 10:00", answers=1) for n in range(1, 11)),
        message(2, 11, "2024-07-03 10:00"),
        message(30, 1, "2024-07-10 10:00", answers=2),  # exactly seven days later
        message(3, 11, "2024-07-04 10:00"),
        message(31, 1, "2024-07-11 10:01", answers=3),  # too late, for the depth as well
        message(4, 11, "2024-07-05 10:00"),
        message(32, 11, "2024-07-05 11:00", answers=4),  # an answer to oneself
        message(5, 11, "2024-07-30 10:00"),  # too young to judge
    ]
    employ(
        dbt_project,
        people,
        messages,
        **rows,
        channels=[{"channel_id": "c1", "kind": "public", "audience": "internal", "created_at": "2023-12-01"}],
    )
    dbt_project.run("+fct_channel_month")
    found = {
        row["month_start"].month: row for row in dbt_project.dicts("select * from marts.fct_channel_month")
    }
    july = found[7]
    assert (july["n_threads"], july["thread_response_rate"]) == (4, 0.5)
    assert (july["reply_depth"], july["unique_repliers"]) == (pytest.approx(11 / 2), pytest.approx(11 / 2))
    assert july["n_repliers"] == 10
    assert july["cross_unit_blau"] == pytest.approx(0.62)
    assert july["cross_unit_participation"] == pytest.approx(0.93)
    assert (july["n_population"], july["n_defined"], july["n_active"]) == (11, 11, 11), (
        "who left belongs neither above nor below"
    )
    assert july["community_health_index"] == 1.0
    assert found[2]["community_health_index"] is None, "seen for two months only"
    counts = ("n_population", "n_defined", "n_active", "n_contributors")
    assert [found[2][name] for name in counts] == [2, 0, 2, 2], "defined for nobody"
    assert found[2]["suppression_reason"] == "too_young" and july["suppression_reason"] is None
    dbt_project.test("fct_channel_month")


def test_one_group_is_not_mixed_and_a_week_is_a_window_of_its_own(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2024-03-01", as_of="2024-03-31 23:59:59")
    employ(
        dbt_project,
        {1: dict(FULL), 2: dict(FULL)},
        [
            message(1, 1, "2024-03-05 10:00"),
            message(2, 2, "2024-03-06 10:00", answers=1),
            *posts(1, "2024-03-19"),
        ],
    )
    dbt_project.run("+fct_channel_month", "+fct_participation_org_window")
    [row] = dbt_project.dicts("select * from marts.fct_channel_month")
    assert row["cross_unit_participation"] == 0
    weeks = dbt_project.rows(
        "select period_start::varchar, n_defined, participation_rate from marts.fct_participation_org_window "
        "where org_unit_key = 0 and period_kind = 'week' order by 1"
    )
    assert weeks == [
        ("2024-03-04", 2, 1.0),
        ("2024-03-11", 2, 0.0),
        ("2024-03-18", 2, 0.5),
        ("2024-03-25", 2, 0.0),
    ]
