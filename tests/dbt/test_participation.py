"""Participation of a small organisation, against figures worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.factories.dbt_project import DbtProject

MAY = date(2024, 5, 1)
"""23 Mondays to Fridays; the vector wants 21 workdays, so two are holidays."""
FULL = {"hire_date": "2020-01-01"}


def worker_rows(people: dict[int, dict], path: tuple[str, ...] = ("Sales",)) -> dict[str, list[dict]]:
    """HR rows and accounts for persons; each dict holds spell columns and maybe org_unit_path."""
    spells, jobs, workers = [], [], []
    for person, facts in people.items():
        own = dict(facts)
        own_path = own.pop("path", path)
        spells.append({"worker_id": f"w{person}", "spell_number": 1, **own})
        workers.append({"worker_id": f"w{person}", "is_contingent": False})
        jobs.append({"worker_id": f"w{person}", "org_unit_id": own_path[-1], "org_unit_path": list(own_path)})
    return {"spells": spells, "jobs": jobs, "workers": workers}


def posts(person: int, day: str, n: int = 1, kind: str = "post", source: str = "chat") -> list[dict]:
    return [
        {
            "message_id": f"{person}-{day}-{kind}-{i}",
            "channel_id": "c1",
            "author_account_id": f"a{person}",
            "kind": kind,
            "sent_at": f"{day} 10:{i:02}",
            "source": source,
        }
        for i in range(n)
    ]


def prepare(project: DbtProject, people: dict[int, dict], messages: list[dict], **lake: list[dict]) -> None:
    project.identity(
        accounts=[{"account_id": f"a{p}", "account_key": p, "person_key": p} for p in people],
        workers={f"w{p}": p for p in people},
    )
    project.lake(
        {
            **worker_rows(people),
            "messages": messages,
            "channels": [{"channel_id": "c1", "kind": "public", "audience": "internal"}],
            "accounts": [{"account_id": f"a{p}", "kind": "person"} for p in people],
            **lake,
        }
    )


def holidays(project: DbtProject, *days: str) -> None:
    with project._connected() as connection:
        for day in days:
            connection.execute("update reference.calendar_days set is_workday = false where date = ?", [day])


def mid_period(project: DbtProject) -> None:
    project.reference(start="2024-05-01", as_of="2024-06-30 23:59:59")
    holidays(project, "2024-05-01", "2024-05-03")
    people = {p: dict(FULL) for p in range(1, 9)}
    people[9] = {"hire_date": "2024-05-24"}  # 6 workdays left
    people[10] = {**FULL, "termination_date": "2024-05-20", "termination_type": "voluntary"}  # 12 workdays
    messages = [row for p in range(1, 6) for row in posts(p, "2024-05-07", 7)] + posts(10, "2024-05-08", 5)
    prepare(project, people, messages)
    project.run("+fct_participation_org_month")


def test_joiners_and_leavers_count_for_the_time_they_were_there(dbt_project: DbtProject) -> None:
    mid_period(dbt_project)
    days = dbt_project.rows(
        "select eligible_days, count(*) from intermediate.int_person_months "
        "where month_start = '2024-05-01' group by 1 order by 1"
    )
    assert days == [(6, 1), (12, 1), (21, 8)]
    [row] = dbt_project.dicts(
        "select * from marts.fct_participation_org_month where org_unit_key = 0 and month_start = '2024-05-01'"
    )
    assert row["participation_rate"] == pytest.approx(6 / 9, abs=1e-4)
    assert (row["n_population"], row["n_defined"], row["n_partial"]) == (10, 9, 1)
    assert row["contributions_per_20_days"] == pytest.approx(4.3011, abs=1e-4)
    assert row["participation_rate_registered"] == pytest.approx(0.6)
    assert row["suppression_reason"] is None
