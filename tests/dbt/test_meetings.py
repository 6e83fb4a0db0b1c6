"""Meetings become interactions of those who were there (metric specification, B1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ

pytestmark = pytest.mark.slow

AT = "2024-03-05 14:00"


def meeting(name: str, ends_at: str, starts_at: str = AT, **more: Any) -> dict[str, Any]:
    return {
        "meeting_id": name,
        "organiser_account_id": "a1",
        "starts_at": starts_at,
        "ends_at": ends_at,
        **more,
    }


def attendance(
    name: str, person: int | str, response: str | None = "accepted", **more: Any
) -> dict[str, Any]:
    account = f"a{person}" if isinstance(person, int) else person
    return {"meeting_id": name, "account_id": account, "response": response, **more}


@pytest.fixture(scope="module")
def met(parsed_dbt_project: DbtProject) -> DbtProject:
    project = parsed_dbt_project
    project.reset()
    project.reference(start="2024-01-01", as_of="2024-03-31 23:59:59", timezone="America/New_York")
    employ(
        project,
        {n: dict(FULL) for n in range(1, 26)},
        meetings=[
            meeting("hour of five", "2024-03-05 15:00"),
            meeting("half an hour of two", "2024-03-06 03:30", "2024-03-06 03:00"),
            meeting("three hours of two", "2024-03-05 17:00"),
            meeting("a day of two", "2024-03-05 22:00"),
            meeting("cancelled", "2024-03-05 15:00", is_cancelled=True),
            meeting("hall", "2024-03-05 15:00"),
            meeting("joined by two of three", "2024-03-05 15:00"),
            meeting("accepted by one", "2024-03-05 15:00"),
        ],
        attendances=[
            *(attendance("hour of five", n) for n in (1, 2, 3, 4)),
            attendance("hour of five", "a guest"),
            attendance("half an hour of two", 1),
            attendance("half an hour of two", 2, None),
            *(attendance("three hours of two", n) for n in (3, 4)),
            *(attendance("a day of two", n) for n in (3, 4)),
            *(attendance("cancelled", n) for n in (5, 6)),
            *(attendance("hall", n) for n in range(1, 26)),
            attendance("joined by two of three", 7),
            attendance("joined by two of three", 8, joined_at="2024-03-05 14:02"),
            attendance("joined by two of three", 9, "declined", joined_at="2024-03-05 14:30"),
            attendance("accepted by one", 10),
            attendance("accepted by one", 11, "declined"),
            attendance("accepted by one", 12, "tentative"),
        ],
    )
    project.run("+int_dyad_weeks")
    return project


def worth(project: DbtProject, one: int, other: int) -> float | None:
    rows = project.rows(
        "select w_meeting from intermediate.int_dyad_weeks "
        f"where from_person_key = {one} and to_person_key = {other}"
    )
    return rows[0][0] if rows else None


def test_attention_and_duration(met: DbtProject) -> None:
    """An hour among five gives a quarter each way, half an hour of two a half; before decay."""
    assert worth(met, 1, 3) == worth(met, 3, 1) == 0.25
    assert worth(met, 1, 2) == 0.25 + 0.5
    assert worth(met, 3, 4) == 0.25 + 2.0, "the third hour adds nothing, a day-long one is no meeting"


def test_who_was_there(met: DbtProject) -> None:
    assert worth(met, 5, 6) is None, "cancelled"
    assert worth(met, 20, 21) is None, "25 people are a crowd"
    assert worth(met, 8, 9) == worth(met, 9, 8) == 1.0, "who joined was there, whatever was answered"
    assert worth(met, 7, 8) is None
    assert worth(met, 10, 11) is None
    assert worth(met, 10, 12) is None


def test_weight_is_the_sum_and_days_are_local(met: DbtProject) -> None:
    assert met.rows("select count(*) from intermediate.int_dyad_weeks where weight <> w_meeting") == [(0,)]
    days = met.rows(
        "select distinct local_date::varchar from intermediate.int_meeting_interactions "
        "where from_person_key = 1 and to_person_key = 2 order by 1"
    )
    assert days == [("2024-03-05",)], "three in the morning UTC is still the evening before in New York"
