"""Thanks in the chats of meetings (metric specification, G5), against a count over plain lists."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, hr_rows

pytestmark = pytest.mark.slow

PEOPLE = range(1, 6)
WITHOUT_CALENDAR = 6
ZONES = {2: "Asia/Tokyo", 3: "America/New_York"}
THANKS = {"like", "+1", "clap"}
Row = dict[str, Any]


def _drawn() -> dict[str, list[Row]]:
    """Meetings of three months in a few chats, what was written there, and how others reacted."""
    rng = np.random.default_rng(5)
    begin = datetime(2024, 3, 1)

    def moment() -> datetime:
        return begin + timedelta(minutes=int(rng.integers(0, 91 * 24 * 60)))

    meetings, attendances, messages, reactions = [], [], [], []
    for number in range(70):
        start, organiser = moment(), int(rng.integers(1, 6))
        chat = [None, "not delivered", *(f"chat{n}" for n in range(8))][rng.integers(0, 10)]
        meetings.append(
            {
                "meeting_id": f"m{number}",
                "organiser_account_id": f"t{organiser}",
                "channel_id": chat,
                "starts_at": start,
                "ends_at": start + timedelta(minutes=30),
                "is_cancelled": bool(rng.random() < 0.15),
            }
        )
        is_reported = rng.random() < 0.3
        for person in {organiser, *rng.integers(1, 6, rng.integers(0, 3)).tolist()}:
            response = ["accepted", "declined", "tentative", "none", None][rng.integers(0, 5)]
            joined = start if is_reported and rng.random() < 0.5 else None
            attendance = {"meeting_id": f"m{number}", "account_id": f"t{person}", "response": response}
            attendances.append({**attendance, "joined_at": joined})
    for number in range(90):
        sent, place = moment(), f"chat{rng.integers(0, 8)}"
        author, thanks = f"t{rng.integers(1, 6)}", bool(rng.random() < 0.1)
        messages.append(
            {"message_id": f"x{number}", "channel_id": place, "author_account_id": author, "sent_at": sent,
             "kind": "post", "is_thanks": thanks}
        )  # fmt: skip
        for person in {int(p) for p in rng.integers(1, 6, rng.integers(0, 3))}:
            name = ["like", "+1", "heart", "clap"][rng.integers(0, 4)]
            later = sent + timedelta(hours=int(rng.integers(0, 500)))
            reactions.append(
                {"message_id": f"x{number}", "account_id": f"t{person}", "name": name, "reacted_at": later,
                 "is_recognition": name == "clap"}
            )  # fmt: skip
    return {"meetings": meetings, "attendances": attendances, "messages": messages, "reactions": reactions}


def _row(row: Row) -> Row:
    """A row of the lake, of the source teams, with its times as text."""
    texts = {name: str(value) for name, value in row.items() if isinstance(value, datetime)}
    return {"source": "teams", **row, **texts}


@pytest.fixture(scope="module")
def met(parsed_dbt_project: DbtProject) -> DbtProject:
    project = parsed_dbt_project
    project.reset()
    people: dict[int, Any] = {p: dict(FULL) for p in (*PEOPLE, WITHOUT_CALENDAR)}
    zones = {zone: zone for zone in ZONES.values()}
    project.reference(
        start="2024-03-01", as_of="2024-06-30 23:59:59", locations=zones, sources=({}, {"source": "teams"})
    )
    project.identity(
        accounts=[
            *({"account_id": f"t{p}", "person_key": p, "source": "teams"} for p in PEOPLE),
            {"account_id": "a6", "person_key": WITHOUT_CALENDAR},
        ],
        workers={f"w{p}": p for p in people},
    )
    rows = hr_rows(people)
    for job in rows["jobs"]:
        job["location"] = ZONES.get(int(job["worker_id"][1:]))
    known = [*({"source": "teams", "account_id": f"t{p}"} for p in PEOPLE), {"account_id": "a6"}]
    chats = [{"source": "teams", "channel_id": f"chat{n}", "kind": "meeting_series"} for n in range(8)]
    project.lake(
        {
            **rows,
            "accounts": [{**row, "kind": "person"} for row in known],
            "channels": chats,
            **{table: [_row(row) for row in drawn] for table, drawn in _drawn().items()},
        }
    )
    project.computed()
    project.run("+fct_recognition_person_month")
    return project


def local(moment: datetime, person: int) -> date:
    zone = ZoneInfo(ZONES.get(person, "UTC"))
    return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date()


def _counted(windows: list[tuple[int, date, date, date, date]]) -> dict[tuple[int, date], tuple[int, int]]:
    """(person, month) to meetings and thanked meetings."""
    drawn = _drawn()
    number = {f"t{p}": p for p in PEOPLE}
    held = [meeting for meeting in drawn["meetings"] if not meeting["is_cancelled"]]
    found: Counter[tuple[int, date, str]] = Counter()
    for meeting in held:
        chat, organiser = meeting["channel_id"], number[meeting["organiser_account_id"]]
        if not (chat or "").startswith("chat"):
            continue
        rows = [row for row in drawn["attendances"] if row["meeting_id"] == meeting["meeting_id"]]
        is_reported = any(row["joined_at"] for row in rows)
        present = {
            number[row["account_id"]]
            for row in rows
            if (row["joined_at"] if is_reported else row["response"] in ("accepted", None))
        }
        following = sorted(
            other["starts_at"]
            for other in held
            if other["channel_id"] == chat and other["starts_at"] > meeting["starts_at"]
        )
        said = [
            message
            for message in drawn["messages"]
            if message["channel_id"] == chat
            and meeting["starts_at"] <= message["sent_at"]
            and (not following or message["sent_at"] < following[0])
        ]
        thanked_on = []
        for message in said:
            author = number[message["author_account_id"]]
            if message["is_thanks"] and author != organiser:
                thanked_on.append(local(message["sent_at"], author))
            thanked_on += [
                local(row["reacted_at"], number[row["account_id"]])
                for row in drawn["reactions"]
                if row["message_id"] == message["message_id"]
                and row["name"] in THANKS
                and number[row["account_id"]] not in (author, organiser)
            ]
        for person, month, begin, end, window_to in windows:
            if person == organiser and begin <= local(meeting["starts_at"], organiser) < end:
                is_thanked = any(day < window_to for day in thanked_on)
                if present - {organiser} or is_thanked:
                    found[person, month, "n"] += 1
                    found[person, month, "thanked"] += is_thanked
    return {
        (person, month): (found[person, month, "n"], found[person, month, "thanked"])
        for person, month, *_ in windows
        if person != WITHOUT_CALENDAR
    }


def test_meetings_and_their_thanks_are_counted_as_by_hand(met: DbtProject) -> None:
    windows = met.rows(
        "select person_key, month_start, observed_from, observed_to, window_to"
        " from intermediate.int_scorecard_population where observed_from is not null"
    )
    rows = met.rows(
        "select person_key, month_start, n_meetings, n_thanked_meetings"
        " from marts.fct_recognition_person_month where meetings_reason is null"
    )
    found = {(person, month): (n, thanked) for person, month, n, thanked in rows}
    assert found == _counted(windows)
    totals = np.sum(list(found.values()), axis=0)
    assert 15 < totals[1] < totals[0] - 15, "both kinds were drawn"


def test_whose_meetings_nobody_sees_has_none_and_not_zero(met: DbtProject) -> None:
    rows = met.rows(
        "select distinct n_meetings, n_thanked_meetings, meetings_reason, n_answers"
        f" from marts.fct_recognition_person_month where person_key = {WITHOUT_CALENDAR}"
    )
    assert rows == [(None, None, "no_calendar_account", 0)]
