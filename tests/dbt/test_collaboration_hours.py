"""Hours in meetings by local day, and people whose calendar nobody sees (metric specification, A15)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, hr_rows

pytestmark = pytest.mark.slow

ZONES = {1: "America/New_York", 2: "Europe/Warsaw", 3: "Asia/Tokyo", 4: "Asia/Tokyo", 5: "Europe/Warsaw"}
WITHOUT_CALENDAR = 6
WINDOWS = {date(2024, m, 1): date(2024, m, d) for m, d in ((2, 29), (3, 31), (4, 30))}
COVERED_FROM = date(2024, 2, 20)
MESSAGE = timedelta(minutes=5)


def _meetings() -> Iterator[tuple[datetime, datetime, list[int]]]:
    """Start, end and attendees: two at the edges of days, and many anywhere, some overlapping."""
    yield datetime(2024, 3, 4, 3), datetime(2024, 3, 4, 4), [1, 2]
    yield datetime(2024, 3, 31, 22, 30), datetime(2024, 3, 31, 23), [1, 2]
    rng = np.random.default_rng(11)
    for _ in range(400):
        start = datetime(2024, 2, 20) + timedelta(minutes=int(rng.integers(0, 70 * 24 * 60)))
        attendees = [int(p) for p in rng.choice(list(ZONES), rng.integers(2, 5), replace=False)]
        yield start, start + timedelta(minutes=int(rng.integers(10, 300))), attendees


@pytest.fixture(scope="module")
def met(parsed_dbt_project: DbtProject) -> DbtProject:
    project = parsed_dbt_project
    project.reset()
    people: dict[int, Any] = {p: dict(FULL) for p in (*ZONES, WITHOUT_CALENDAR)}
    project.reference(
        start="2024-02-01",
        as_of="2024-04-30 23:59:59",
        locations={zone: zone for zone in ZONES.values()},
        sources=({}, {"source": "calendar", "has_visible_contributions": False}),
    )
    seen = [
        {"account_id": f"a{p}", "person_key": p, "source": s} for s in ("chat", "calendar") for p in people
    ]
    seen = [row for row in seen if row != {"account_id": "a6", "person_key": 6, "source": "calendar"}]
    project.identity(accounts=seen, workers={f"w{p}": p for p in people})
    rows = hr_rows(people)
    for job in rows["jobs"]:
        job["location"] = ZONES.get(int(job["worker_id"][1:]))
    in_calendar = {"source": "calendar"}
    held = list(enumerate(_meetings()))
    project.lake(
        {
            **rows,
            "accounts": [{k: row[k] for k in ("source", "account_id")} | {"kind": "person"} for row in seen],
            "channels": [{"channel_id": "d", "kind": "direct", "audience": "internal"}],
            "messages": [
                {"message_id": at, "channel_id": "d", "author_account_id": f"a{p}", "sent_at": at}
                | {"kind": "post"}
                for p, at in _direct_messages()
            ],
            "meetings": [
                {**in_calendar, "meeting_id": str(n), "starts_at": str(start), "ends_at": str(end)}
                for n, (start, end, _) in held
            ],
            "attendances": [
                {**in_calendar, "meeting_id": str(n), "account_id": f"a{p}", "response": "accepted"}
                for n, (_, _, attendees) in held
                for p in attendees
            ],
            "source_coverage": [
                {**in_calendar, "covered_from": str(COVERED_FROM), "covered_to": "2024-05-01",
                 "observed_at": "2024-05-01", "contains": ["meetings"]}
            ],
        }
    )  # fmt: skip
    project.run("+fct_engagement_org_month")
    return project


def _direct_messages() -> list[tuple[int, str]]:
    return [(1, "2024-03-12 14:00"), (1, "2024-03-12 14:02"), (6, "2024-03-12 14:01")]


def _expected(person: int, last: date, zone: str | None = None) -> float:
    """Minutes of the window spent in a meeting of at most four hours or writing, each once."""
    spent = [(s, e) for s, e, who in _meetings() if person in who and e - s <= timedelta(hours=4)]
    written = [datetime.fromisoformat(at) for p, at in _direct_messages() if p == person]
    spent += [(at, at + MESSAGE) for at in written]
    minutes: dict[datetime, date] = {}
    for start, end in sorted(spent):
        day = start.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone or ZONES[person])).date()
        for n in range(int((end - start).total_seconds()) // 60):
            minutes.setdefault(start + timedelta(minutes=n), day)
    return sum(last - timedelta(days=28) < day <= last for day in minutes.values()) / 60


def test_hours_belong_to_the_day_at_the_persons_own_location(met: DbtProject) -> None:
    found = {
        (row["person_key"], row["month_start"]): row
        for row in met.dicts("select * from marts.fct_person_engagement_month")
    }
    assert len(found) == 6 * 3
    for person in ZONES:
        for month, last in WINDOWS.items():
            row = found[person, month]
            if last - timedelta(days=27) < COVERED_FROM:
                assert row["collaboration_hours"] is None
                assert row["collaboration_hours_reason"] == "calendar_not_covered"
            else:
                assert row["collaboration_hours"] == pytest.approx(_expected(person, last)), (person, month)
                assert row["collaboration_hours_reason"] is None
    march = WINDOWS[date(2024, 3, 1)]
    assert _expected(1, march) != _expected(1, march, "UTC"), "days of UTC would give something else"


def test_who_has_no_calendar_has_no_hours_and_units_say_for_how_many_they_speak(met: DbtProject) -> None:
    rows = met.dicts("select * from marts.fct_person_engagement_month where person_key = 6")
    assert {(r["collaboration_hours"], r["collaboration_hours_reason"]) for r in rows} == {
        (None, "no_calendar_account")
    }
    units = {
        r["month_start"]: r
        for r in met.dicts("select * from marts.fct_engagement_org_month where org_unit_key = 0")
    }
    april = units[date(2024, 4, 1)]
    mean = np.mean([_expected(p, WINDOWS[date(2024, 4, 1)]) for p in ZONES])
    assert (april["n_defined"], april["n_with_hours"], april["collaboration_hours_reason"]) == (6, 5, None)
    assert april["collaboration_hours"] == pytest.approx(mean)
    february = units[date(2024, 2, 1)]
    assert (february["n_with_hours"], february["collaboration_hours"]) == (None, None)
    assert february["collaboration_hours_reason"] == "calendar_not_covered"
