"""A Teams export with calendars, from Graph's JSON to the marts: every figure counted by hand.

Eight people in Warsaw. 1 leads everybody, 7 joins on 2024-04-15. May's window of 28 days goes from
the 4th to the 31st.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.identity.erasure import find_strings
from assets.identity.pseudonyms import WORKER_SPACE, keyed_hash
from tests.factories import small_company as company
from tests.factories import teams_export as graph
from tests.factories.builds import build, lake_rows, warehouse_of, working_rows
from tests.factories.teams_export import chat, event, message, oid, page, reaction, user

PEOPLE = 8
NEWCOMER = 7
WEEKLY, LARGE = graph.meeting_chat("weekly"), graph.meeting_chat("large")
ALONE = f"19:{oid(1)}_{oid(NEWCOMER)}@unq.gbl.spaces"
GUEST = user(50, "Gast Visitor", "gast@other.test", userType="Guest")
PERSONAL = [
    "Zyxwilda", "Quornfeather", company.PLANTED_EMAIL, "Family03", "person03@acme.test", oid(3),
    "Gast Visitor", "gast@other.test", "secretquux", company.WORD, "sharepoint",
]  # fmt: skip
"""Names, addresses and ids of people, a subject of a calendar, a word of messages, a document's address."""


def address(person: int) -> str:
    return company.PLANTED_EMAIL if person == 0 else f"person{person:02}@acme.test"


def users() -> list[dict[str, Any]]:
    planted = user(0, company.PLANTED, company.PLANTED_EMAIL)
    return [planted, *(user(person) for person in range(1, PEOPLE)), GUEST]


def channel_messages() -> list[dict[str, Any]]:
    """Everybody writes once a week; a question with two answers, one liked; what does not count."""
    mondays = [date(2024, 1, 8) + timedelta(weeks=week) for week in range(21)]
    posts = [
        message(
            100_000 + 100 * week + person, person, f"{monday}T09:{person:02}:00Z", f"{company.WORD} {week}"
        )
        for week, monday in enumerate(mondays)
        for person in range(PEOPLE)
        if person != NEWCOMER or monday >= date(2024, 4, 15)
    ]
    given = [reaction(3, at="2024-05-14T12:00:00Z")]
    attached = [
        {"contentType": "reference", "contentUrl": "https://acme-my.sharepoint.com/personal/a/x.docx"}
    ]
    answers = [
        message(
            2, 4, "2024-05-14T10:00:00Z", "like this", replyToId="1", reactions=given, attachments=attached
        ),
        message(3, 5, "2024-05-14T11:00:00Z", "or like that", replyToId="1"),
    ]
    changed = {"lastModifiedDateTime": "2024-05-16T10:00:00Z"}
    return [
        *posts,
        message(1, 3, "2024-05-14T09:00:00Z", "How do I export the price list?", replies=answers),
        message(4, 6, "2024-05-15T09:00:00Z", lastEditedDateTime="2024-05-16T10:00:00Z", **changed),
        message(5, 6, "2024-05-15T10:00:00Z", deletedDateTime="2024-05-15T10:05:00Z", **changed),
        message(6, "app-1", "2024-05-15T11:00:00Z", "build 7 is green"),
        message(7, 50, "2024-05-15T12:00:00Z", "hello from outside"),
        message(8, 2, "2024-06-02T12:00:00Z", "the last one"),
    ]


def chat_messages() -> list[dict[str, Any]]:
    """Of the weekly meeting, of the large one, and one that the newcomer writes to the manager."""
    return [
        message(1, 2, "2024-05-06T07:30:00Z", chat=WEEKLY, reactions=[reaction(3)]),  # thanks for the 6th
        message(
            2, 3, "2024-05-13T12:00:00Z", chat=WEEKLY, reactions=[reaction(2, "heart")]
        ),  # a heart is none
        message(3, 2, "2024-05-21T09:00:00Z", chat=WEEKLY, reactions=[reaction(1)]),  # from who called it
        message(4, 4, "2024-05-18T09:00:00Z", "thanks everyone", chat=LARGE),
        message(5, NEWCOMER, "2024-04-17T09:00:00Z", chat=ALONE),
    ]


def accepted(*people: int) -> dict[int | str, str]:
    return dict.fromkeys(people, "accepted")


def calendars() -> dict[int, list[dict[str, Any]]]:
    """Whose calendar holds what; times of 1 in UTC, of 2 in Windows' name of the zone."""
    weekly_utc, weekly_local = [], []
    for day in ("2024-05-06", "2024-05-13", "2024-05-20"):
        answers = {2: "accepted", 3: "declined" if day == "2024-05-20" else "accepted"}
        kind = {"type": "occurrence", "seriesMasterId": "s", "chat": WEEKLY}
        uid = f"weekly-{day}"
        span, local = (f"{day}T07:00:00", f"{day}T08:00:00"), (f"{day}T09:00:00", f"{day}T10:00:00")
        weekly_utc.append(event(uid, *span, 1, answers, isOrganizer=True, **kind))
        unknown = {2: "none", 3: "none"}
        own = {"responseStatus": {"response": "accepted"}, "zone": "Central European Standard Time"}
        weekly_local.append(event(uid, *local, 1, unknown, **own, **kind))
    alone = [
        event(f"alone-{day}", f"{day}T10:00:00", f"{day}T10:30:00", 1, accepted(NEWCOMER), isOrganizer=True)
        for day in ("2024-04-18", "2024-04-25", "2024-05-02")
    ]
    none = [
        event("day", "2024-05-08T00:00:00", "2024-05-09T00:00:00", 1, accepted(2), isAllDay=True),
        event("off", "2024-05-08T08:00:00", "2024-05-08T09:00:00", 1, accepted(2), isCancelled=True),
        event("plan", "2024-08-08T08:00:00", "2024-08-08T09:00:00", 1, accepted(2)),
    ]
    large = event("large", "2024-05-17T12:00:00", "2024-05-17T13:00:00", 2, accepted(3, 4, 5, 6), chat=LARGE)
    return {
        1: [*weekly_utc, *alone, *none],
        2: [*weekly_local, large],
        4: [
            event("night", "2024-05-03T22:30:00", "2024-05-03T23:30:00", 4, accepted(5)),  # the 4th in Warsaw
            event("one", "2024-05-07T08:00:00", "2024-05-07T09:00:00", 4, accepted(5)),
            event("other", "2024-05-07T08:30:00", "2024-05-07T09:30:00", 5, accepted(4, 6)),
        ],
        5: [event("two", "2024-05-31T09:00:00", "2024-05-31T09:30:00", 5, accepted(NEWCOMER))],
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings file of a company whose only source is Teams, built."""
    folder = tmp_path_factory.mktemp("teams") / "case"
    hires = [[f"W{p}", address(p), "2020-01-01" if p != NEWCOMER else "2024-04-15"] for p in range(PEOPLE)]
    company.write_csv(folder / "landing/hr/employees.csv", ["worker_id", "email", "hire_date"], hires)
    jobs = [[f"W{p}", hires[p][2], "" if p == 1 else "W1", "u", "Acme > Unit"] for p in range(PEOPLE)]
    columns = ["worker_id", "valid_from", "manager_id", "org_unit_id", "org_unit_path"]
    company.write_csv(folder / "landing/hr/jobs.csv", columns, jobs)
    chats = [
        chat(WEEKLY, "meeting", [1, 2, 3]),
        chat(LARGE, "meeting", [2, 3, 4, 5, 6]),
        chat(ALONE, "oneOnOne", [1, NEWCOMER]),
    ]
    joined = ("2024-05-17T12:00:00Z", "2024-05-17T13:00:00Z")
    told = graph.report(dict.fromkeys((2, 3, 4, 5, 6), joined), *joined)
    online = {"id": "om", "joinWebUrl": "https://teams.microsoft.com/meet/1", "chatInfo": {"threadId": LARGE}}
    listed = channel_messages()
    files = {
        **graph.directory(users(), chats),
        "posts-1.json": page(
            listed[:90], **{"@odata.nextLink": f"{graph.GRAPH}/teams/x/messages?$skiptoken=y"}
        ),
        "posts-2.json": page(listed[90:]),
        "chats/messages.json": page(chat_messages()),
        "online.json": page([online]),
        "report.json": page([told], "users('x')/onlineMeetings('om')/attendanceReports"),
        **{
            f"users/{oid(person)}/meetings_{oid(person)}.json": page(
                events, f"users('{oid(person)}')/calendarView"
            )
            for person, events in calendars().items()
        },
        "broken.json": json.dumps({"value": [message(9, 1, "2024-05-15T11:00:00Z")]}).encode()[:-9],
    }
    (folder / "landing/teams").mkdir(parents=True)
    graph.write_zip(folder / "landing/teams/Zyxwilda's export.zip", files)
    settings = company.settings_file(
        folder,
        timezone="Europe/Warsaw",
        sources=[company.source("teams", "teams", "./landing/teams", company.EVERY_PURPOSE)],
    )
    outcome = build(settings)
    assert outcome.code == 0, outcome.said
    return settings


def by_person(settings: Path, query: str) -> dict[int, tuple[Any, ...]]:
    """Rows whose first column is a person's key, by the number of the person."""
    of_worker = {keyed_hash(company.KEY, "worker", WORKER_SPACE, f"W{p}"): p for p in range(PEOPLE)}
    keys = {
        k: of_worker[w]
        for w, k in working_rows(settings, "select worker_id, person_key from identity.workers")
    }
    return {keys[key]: tuple(rest) for key, *rest in working_rows(settings, query)}


def test_collaboration_hours_by_local_day(built: Path) -> None:
    """Overlaps and copies count once; declined, cancelled, planned ones not at all; chats five minutes."""
    found = by_person(
        built,
        "select person_key, collaboration_hours, collaboration_hours_reason"
        " from marts.fct_person_engagement_month where month_start = '2024-05-01'",
    )
    five = 1 / 12
    wanted = {
        0: 0,
        1: 3,
        2: 3 + 1 + five,
        3: 2 + 1 + five,
        4: 1 + 1.5 + 1 + five,
        5: 1 + 1.5 + 1 + 0.5,
        6: 2,
        7: 0.5,
    }
    assert {p: reason for p, (_, reason) in found.items() if reason} == {}
    assert {p: pytest.approx(hours) for p, hours in wanted.items()} == {p: h for p, (h, _) in found.items()}


def test_who_calls_meetings_leads(built: Path) -> None:
    hosted = by_person(
        built,
        "select person_key, n_meetings_hosted from intermediate.int_person_windows"
        " where period_start = '2024-05-01' and period_kind = 'r91' and n_meetings_hosted > 0",
    )
    assert hosted == {1: (6,), 2: (1,), 4: (2,), 5: (2,)}, "neither the cancelled one nor the plan"
    levels = by_person(
        built,
        "select person_key, involvement_level from marts.fct_person_engagement_month"
        " where month_start = '2024-05-01'",
    )
    assert {person for person, (level,) in levels.items() if level == "leading"} == {1, 2, 4, 5}


def test_one_to_ones_with_the_manager(built: Path) -> None:
    found = by_person(built, "select person_key, has_manager_contact_30d from marts.fct_onboarding_person")
    assert found[NEWCOMER] == (True,)


def test_ties_of_meetings(built: Path) -> None:
    """An hour of five, 14 days old, is worth 0.1768 each way, half an hour of two today a half (B1).

    The snapshot of the last covered day, 2024-06-02, dates both to the Sundays of their weeks.
    """
    people = by_person(
        built, "select distinct person_key, person_key from marts.fct_recognition_person_month"
    )
    key_of = {person: key for person, (key,) in people.items()}

    ties = {
        (one, other): weight
        for one, other, weight in working_rows(
            built,
            "select from_person_key, to_person_key, w_meeting from marts.fct_tie_month"
            " where month_start = '2024-06-01' and w_meeting > 0",
        )
    }
    for one, other, weight in ((3, 6, 0.1768), (NEWCOMER, 5, 0.5)):
        for pair in ((key_of[one], key_of[other]), (key_of[other], key_of[one])):
            assert ties[pair] == pytest.approx(weight, abs=5e-5)
    assert (key_of[0], key_of[1]) not in ties
    assert working_rows(built, "select count(*) from intermediate.int_meeting_interactions") == [
        (2 * 6 + 1 * 2 + 3 * 2 + 20 + 2 * 2 + 6 + 2,)
    ], "weekly of three, weekly of two, with the newcomer, large, night and one, other, two"


def test_thanks_in_context_count_meetings(built: Path) -> None:
    found = by_person(
        built,
        "select person_key, n_answers, n_thanked_answers, n_documents, n_meetings, n_thanked_meetings,"
        " meetings_reason from marts.fct_recognition_person_month where month_start = '2024-05-01'",
    )
    nothing = (0, 0, 0, 0, 0, None)
    assert found == {
        0: nothing, 1: (0, 0, 0, 3, 1, None), 2: (0, 0, 0, 1, 1, None), 3: nothing, 4: (1, 1, 0, 0, 0, None),
        5: (1, 0, 0, 0, 0, None), 6: nothing, 7: nothing,
    }  # fmt: skip
    rates = working_rows(
        built,
        "select contextual_thanks_rate from marts.fct_recognition_org_month"
        " where month_start = '2024-05-01' and n_population = 8",
    )
    assert set(rates) == {(0.5,)}, "one answer of two, two meetings of four"


def test_private_thanks_are_no_recognition(built: Path) -> None:
    assert working_rows(
        built, "select count(*) from intermediate.int_appreciations where is_recognition"
    ) == [(0,)]
    kinds = dict(
        working_rows(built, "select activity_type, count(*) from intermediate.int_messages group by all")
    )
    assert kinds["direct_message"] == 5 and kinds["reply"] == 2


def test_what_was_broken_is_told(built: Path) -> None:
    assert lake_rows(built, "quarantine", "reason, position") == [("broken_json", "file 1")]


def test_nothing_outside_the_vault_holds_a_name(built: Path) -> None:
    root = warehouse_of(built).root
    in_vault = {PERSONAL[each.number - 1] for each in find_strings(root / "vault", PERSONAL)}
    assert {"Zyxwilda", "Family03", oid(3), "gast@other.test"} <= in_vault
    found = find_strings(root, PERSONAL, leave_out=["vault"])
    assert [(each.file, PERSONAL[each.number - 1]) for each in found] == []
