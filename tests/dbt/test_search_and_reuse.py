"""Searches, reuse and answers by kind of tie, each against plain Python on seeded random traffic."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from statsmodels.stats.proportion import proportion_confint

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, hr_rows

AS_OF = datetime(2024, 8, 31, 23, 59, 59)
PEOPLE = range(1, 13)
BY_HAND = (11, 12)
"""Their searches are written down below; those of the others are drawn."""
TERMS = ("discount", "customs", None)
DAY, TEN_MINUTES = timedelta(days=1), timedelta(minutes=10)
MODELS = ("+fct_question_org_month", "+fct_search_org_month", "+fct_reuse_org_month")
SEARCH_LOG = {
    "source": "wiki",
    "platform": "search_log",
    "has_network": False,
    "has_visible_contributions": False,
}
VARIABLES = {"min_questions": 5, "k_view": 2}

Search = dict[str, Any]


def search(
    person: int, at: datetime, query: str, opened: float | None = None, dwell: float | None = None
) -> Search:
    """A search; ``opened`` is minutes until something was opened, ``dwell`` how long it was read, seconds."""
    term = next((term for term in TERMS if term and term in query), None)
    return {
        "source": "wiki",
        "account_id": f"s{person}",
        "searched_at": at.isoformat(sep=" "),
        "query_signature": f"q-{query}",
        "topic_terms": [term] if term else None,
        "opened_object_id": None if opened is None else "page1",
        "opened_at": None if opened is None else (at + timedelta(minutes=opened)).isoformat(sep=" "),
        "dwell_seconds": dwell,
    }


MORNING = datetime(2024, 7, 1, 8)
HAND: list[tuple[str, list[Search], bool | None]] = [
    ("opened and read", [search(11, MORNING, "badge", 2, 40)], True),
    ("exactly at both limits", [search(11, MORNING + 2 * DAY, "badge", 10, 30)], True),
    ("opened too late", [search(11, MORNING + 4 * DAY, "badge", 10.1, 40)], False),
    ("read too shortly", [search(11, MORNING + 6 * DAY, "badge", 2, 29)], False),
    ("nothing opened", [search(11, MORNING + 8 * DAY, "badge")], False),
    ("worded anew at once is one session", [
        search(11, MORNING + 10 * DAY, "badge"),
        search(11, MORNING + 10 * DAY + TEN_MINUTES, "visitor badge", 1, 60),
    ], True),
    ("looked for again on the same day", [search(11, MORNING + 12 * DAY, "parking", 1, 60)], False),
    ("which then was found", [search(11, MORNING + 13 * DAY, "parking", 1, 60)], True),
    ("asked in spite of it", [search(12, MORNING, "discount rules", 1, 60)], False),
    ("asked about something else", [search(12, MORNING + 4 * DAY, "customs form", 1, 60)], True),
    ("the day after is not over", [search(12, AS_OF - timedelta(hours=23), "badge", 1, 60)], None),
]  # fmt: skip


def drawn_searches(draw: random.Random) -> list[Search]:
    rows = []
    for person in PEOPLE:
        if person in BY_HAND:
            continue
        for _ in range(70):
            at = datetime(2024, 6, 3) + timedelta(seconds=draw.randrange(12 * 86400))
            for _ in range(draw.choice((1, 1, 2, 3))):
                query = draw.choice(
                    ("discount", "customs", "printer", "discount vat", "lunch", "parking lot")
                )
                opened = draw.choice((None, 1.0, 5.0, 15.0))
                rows.append(search(person, at, query, opened, opened and draw.choice((5.0, 30.0, 200.0))))
                at += timedelta(minutes=draw.choice((1, 4, 9, 10, 11)))
    return rows


class Talk:
    """Messages of the test: questions, replies and links, with ids in the order of writing."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.links: list[dict[str, Any]] = []

    def say(self, author: int, at: datetime, to: str | None = None, **more: Any) -> str:
        number = f"m{len(self.messages)}"
        self.messages.append(
            {"message_id": number, "thread_id": to or number, "parent_message_id": to, "channel_id": "c1",
             "author_account_id": f"a{author}", "kind": "reply" if to else "post", "at": at,
             "sent_at": at.isoformat(sep=" "), **more}
        )  # fmt: skip
        return number


def chatter(talk: Talk, draw: random.Random) -> None:
    """Threads from February to August; replies prefer a few partners, so that ties come about."""
    for _ in range(700):
        asker = draw.choice(PEOPLE)
        at = datetime(2024, 2, 1) + timedelta(seconds=draw.randrange(200 * 86400))
        question = talk.say(asker, at, is_question=draw.random() < 0.6, topic_terms=["lunch"])
        for _ in range(draw.choice((0, 1, 2))):
            friend = draw.choice([(asker + n) % 12 + 1 for n in (0, 0, 0, 2, 5, 7)])
            talk.say(friend, at + timedelta(hours=draw.random() * 50), question)
    rows = list(talk.messages)
    for _ in range(400):
        row, target = draw.sample(rows, 2)
        talk.links.append(
            {"message_id": row["message_id"], "linked_object_id": target["message_id"], "kind": "message"}
        )


@pytest.fixture(scope="module")
def world(parsed_dbt_project: DbtProject):
    draw = random.Random(41)
    talk = Talk()
    talk.say(12, MORNING + timedelta(hours=20), is_question=True, topic_terms=["discount"])
    talk.say(12, MORNING + 4 * DAY + timedelta(hours=3), is_question=True, topic_terms=["discount"])
    for person in PEOPLE:
        if person not in BY_HAND:
            for _ in range(6):
                at = datetime(2024, 6, 3) + timedelta(seconds=draw.randrange(12 * 86400))
                talk.say(person, at, is_question=True, topic_terms=[draw.choice(("discount", "customs"))])
    chatter(talk, draw)
    searches = [row for _, rows, _ in HAND for row in rows] + drawn_searches(draw)
    opened = [
        search(
            draw.choice(PEOPLE), datetime(2024, 2, 1) + timedelta(days=draw.randrange(205)), "lunch", 1, 40
        )
        | {"opened_object_id": draw.choice(talk.messages)["message_id"]}
        for _ in range(250)
    ]
    searches += opened
    project = parsed_dbt_project
    project.reset()
    sources = [{}, SEARCH_LOG]
    project.reference(start="2024-01-01", as_of=str(AS_OF), sources=sources)
    project.identity(
        accounts=[
            *({"account_id": f"a{p}", "account_key": p, "person_key": p} for p in PEOPLE),
            *(
                {"account_id": f"s{p}", "account_key": 100 + p, "person_key": p, "source": "wiki"}
                for p in PEOPLE
            ),
        ],
        workers={f"w{p}": p for p in PEOPLE},
    )
    people = {p: {**FULL, "path": ("Sales", "North" if p % 2 else "South")} for p in PEOPLE}
    lake = {
        **hr_rows(people),
        "messages": [{k: v for k, v in row.items() if k != "at"} for row in talk.messages],
        "links": talk.links,
        "searches": [*searches, searches[0]],  # a second export repeats a row
        "channels": [{"channel_id": "c1", "kind": "public", "audience": "internal"}],
        "accounts": [{"account_id": f"a{p}", "kind": "person"} for p in PEOPLE],
    }
    project.lake(lake)
    project.computed()
    project.run(*MODELS, variables=VARIABLES)
    return project, talk, searches, lake


def sessions_of(searches: list[Search], talk: Talk) -> list[dict[str, Any]]:
    """F6 by walking through each person's searches."""
    own = defaultdict(list)
    for row in searches:
        own[int(row["account_id"][1:])].append({**row, "at": datetime.fromisoformat(row["searched_at"])})
    found = []
    for person, rows in own.items():
        sessions: list[list[dict[str, Any]]] = []
        for row in sorted(rows, key=lambda row: row["at"]):
            if sessions and row["at"] - sessions[-1][-1]["at"] <= TEN_MINUTES:
                sessions[-1].append(row)
            else:
                sessions.append([row])
        questions = [
            m for m in talk.messages if m.get("is_question") and m["author_account_id"] == f"a{person}"
        ]
        subjects = [
            {x for r in s for x in (r["query_signature"], *(r["topic_terms"] or ()))} for s in sessions
        ]
        for number, session in enumerate(sessions):
            begin, end = session[0]["at"], session[-1]["at"]
            read = any(
                r["opened_at"] and datetime.fromisoformat(r["opened_at"]) - r["at"] <= TEN_MINUTES
                and r["dwell_seconds"] >= 30
                for r in session
            )  # fmt: skip
            again = any(
                subjects[number] & subjects[later] and end < s[0]["at"] <= end + DAY
                for later, s in enumerate(sessions)
            )
            terms = {x for x in subjects[number] if not x.startswith("q-")}
            asked = any(terms & set(q["topic_terms"]) and begin <= q["at"] <= end + DAY for q in questions)
            found.append(
                {"person": person, "begin": begin, "terms": bool(terms), "asked": asked,
                 "success": (read and not again and not asked) if end + DAY <= AS_OF else None}
            )  # fmt: skip
    return found


def test_what_became_of_searches_written_down_by_hand(world) -> None:
    project, *_ = world
    rows = project.rows(
        "select person_key, started_at, is_successful, unjudged_reason from intermediate.int_search_sessions"
    )
    found = {(person, started): (success, reason) for person, started, success, reason in rows}
    for what, searches, expected in HAND:
        person = int(searches[0]["account_id"][1:])
        success, reason = found[person, datetime.fromisoformat(searches[0]["searched_at"])]
        assert success is expected, what
        assert reason == (None if expected is not None else "too_young"), what


def test_search_success_is_a_walk_through_every_persons_searches(world) -> None:
    project, talk, searches, _ = world
    expected = sessions_of(searches, talk)
    rows = project.rows(
        "select person_key, started_at, is_successful, is_asked from intermediate.int_search_sessions"
    )
    assert sorted(rows) == sorted((s["person"], s["begin"], s["success"], s["asked"]) for s in expected)
    assert sum(s["asked"] for s in expected) > 20 and sum(bool(s["success"]) for s in expected) > 50
    [row] = project.dicts(
        "select * from marts.fct_search_org_month where org_unit_key = 0 and month_start = '2024-06-01'"
    )
    june = [s for s in expected if s["begin"].month == 6]
    judged = [s for s in june if s["success"] is not None]
    good = sum(s["success"] for s in judged)
    assert (row["n_population"], row["n_defined"], row["n_sessions"], row["n_judged"]) == (
        12, len({s["person"] for s in judged}), len(june), len(judged),
    )  # fmt: skip
    assert row["search_success_rate"] == pytest.approx(good / len(judged))
    limits = proportion_confint(good, len(judged), method="wilson")
    assert (row["search_success_ci_low"], row["search_success_ci_high"]) == pytest.approx(limits)
    with_terms = [s for s in june if s["terms"]]
    assert row["search_to_question_rate"] == pytest.approx(
        sum(s["asked"] for s in with_terms) / len(with_terms)
    )
    assert (row["is_final"], row["suppression_reason"]) == (True, None)
    units = project.rows(
        "select n_sessions from marts.fct_search_org_month where month_start = '2024-06-01' order by 1"
    )
    one, other, whole, root = (n for (n,) in units)
    assert one + other == whole == root == len(june), "every depth is counted from sessions"


def test_reuse_is_by_others_from_elsewhere_within_half_a_year(world) -> None:
    project, talk, searches, _ = world
    message = {row["message_id"]: row for row in talk.messages}
    week, horizon = timedelta(days=7), timedelta(days=180)
    reused = set()
    for link in talk.links:
        by, what = message[link["message_id"]], message[link["linked_object_id"]]
        is_other = (
            by["author_account_id"] != what["author_account_id"] and by["thread_id"] != what["thread_id"]
        )
        if is_other and week <= by["at"] - what["at"] <= horizon:
            reused.add(what["message_id"])
    n_by_links = len(reused)
    for row in searches:
        what = message.get(row["opened_object_id"] or "")
        is_other = what and what["author_account_id"][1:] != row["account_id"][1:]
        if is_other and week <= datetime.fromisoformat(row["opened_at"]) - what["at"] <= horizon:
            reused.add(what["message_id"])
    assert len(reused) > n_by_links > 20
    february = [row for row in talk.messages if row["at"].month == 2]
    row = project.dicts(
        "select * from marts.fct_reuse_org_month where org_unit_key = 0 order by month_start"
    )[0]
    assert row["month_start"] == date(2024, 2, 1)
    assert (row["n_objects"], row["n_aged"]) == (len(february), len(february))
    share = sum(m["message_id"] in reused for m in february) / len(february)
    assert row["reuse_rate"] == pytest.approx(share) and 0 < share < 1
    assert row["reuse_ci_low"] < share < row["reuse_ci_high"]
    rows = project.rows(
        "select month_start, n_aged, reuse_rate, suppression_reason, is_final from marts.fct_reuse_org_month "
        "where org_unit_key = 0 order by 1"
    )
    march = sum(m["at"].month == 3 and m["at"] + horizon <= AS_OF for m in talk.messages)
    assert rows[1][1] == march and not rows[1][4], "only what is old enough counts"
    assert rows[2][1:4] == (0, None, "too_young")


def test_cross_unit_answers_by_the_tie_of_the_month_before(world) -> None:
    project, *_ = world
    kinds = {
        (person, other, month): kind
        for person, other, month, kind in project.rows(
            "select person_key, other_person_key, month_start, tie_kind from marts.fct_tie_kind_month"
        )
    }
    population = set(project.rows("select person_key, month_start from intermediate.int_network_population"))
    asked = dict(project.rows("select question_key, month_start from marts.fct_question"))
    answers = defaultdict(list)
    for question, asker, person, asker_group, group, day in project.rows(
        "select question_key, asker_person_key, person_key, asker_group_key, group_key, local_date "
        "from intermediate.int_answers where not is_own and person_key is not null"
    ):
        before = (day.replace(day=1) - DAY).replace(day=1)
        if (person, before) in population and (asker, before) in population:
            kind = kinds.get((person, asker, before), "no_tie")
            answers[asked[question], kind].append((person, asker, group != asker_group))
    checked = set()
    for row in project.dicts("select * from marts.fct_question_org_month where org_unit_key = 0"):
        for kind in ("strong", "diverse", "other", "no_tie"):
            of_kind = answers[row["month_start"], kind]
            enough = len(of_kind) >= 5 and all(len({a[side] for a in of_kind}) >= 2 for side in (0, 1))
            expected = pytest.approx(sum(a[2] for a in of_kind) / len(of_kind)) if enough else None
            assert row[f"cross_unit_answer_rate_{kind}"] == expected
            checked |= {kind} if enough else set()
    assert {"other", "no_tie"} < checked


def test_without_a_log_or_without_reading_times_there_is_no_success_and_a_reason(world) -> None:
    project, _, searches, lake = world
    reading = [{**row, "dwell_seconds": None} for row in searches]
    for rows, reason, n_sessions in ((reading, "no_dwell_time", True), ([], "no_search_log", False)):
        project.lake({**lake, "searches": rows})
        project.run("int_search_sessions", "fct_search_org_month", variables=VARIABLES)
        found = project.dicts(
            "select * from marts.fct_search_org_month where org_unit_key = 0 and month_start = '2024-06-01'"
        )
        assert [row["suppression_reason"] for row in found] == [reason]
        assert found[0]["search_success_rate"] is None and found[0]["n_defined"] == 0
        assert (found[0]["n_sessions"] is not None) == n_sessions
        assert (found[0]["search_to_question_rate"] is not None) == n_sessions, (
            "asking shows without reading times"
        )


def test_where_no_export_shows_what_is_accepted_there_is_no_rate_and_a_reason(world) -> None:
    project, *_ = world
    query = (
        "select accepted_answer_rate, accepted_reason from marts.fct_question_org_month "
        "where org_unit_key = 0"
    )
    assert {reason for _, reason in project.rows(query)} <= {None, "too_few_questions"}
    project.reference(
        start="2024-01-01", as_of=str(AS_OF), sources=[{"reactions_reason": "no likes"}, SEARCH_LOG]
    )
    project.run("int_questions", "fct_question", "fct_question_org_month", variables=VARIABLES)
    assert (None, "acceptance_not_in_export") in set(project.rows(query))
    assert {rate for rate, _ in project.rows(query)} == {None}


def december(talk: Talk) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Messages and links of December, each to one of February and one of July by somebody else."""
    messages, links = [], []
    for number, old in enumerate(row for row in talk.messages if row["at"].month in (2, 7)):
        author = int(old["author_account_id"][1:]) % 12 + 1
        at = datetime(2024, 12, 5) + timedelta(minutes=number)
        messages.append(
            {"message_id": f"d{number}", "thread_id": f"d{number}", "channel_id": "c1", "kind": "post",
             "author_account_id": f"a{author}", "sent_at": at.isoformat(sep=" ")}
        )  # fmt: skip
        links.append({"message_id": f"d{number}", "linked_object_id": old["message_id"], "kind": "message"})
    return messages, links


REUSE = "select * from marts.fct_reuse_org_month order by month_start, org_unit_key"


def test_a_new_month_makes_the_reuse_anew_that_it_can_change(world) -> None:
    project, talk, _, lake = world
    sources = [{}, SEARCH_LOG]
    messages, links = december(talk)
    project.reference(start="2024-01-01", as_of="2024-11-30 23:59:59", sources=sources)
    project.lake(lake)
    project.run("+fct_reuse_org_month", variables=VARIABLES)
    before = project.dicts(REUSE)
    touched = ["2024-11-01", "2024-12-01"]
    project.reference(start="2024-01-01", as_of="2024-12-31 23:59:59", sources=sources, touched=touched)
    project.lake({**lake, "messages": [*lake["messages"], *messages], "links": [*lake["links"], *links]})
    project.run("+fct_reuse_org_month", variables=VARIABLES)
    found = project.dicts(REUSE)
    project.run("+fct_reuse_org_month", variables=VARIABLES, full_refresh=True)
    assert found == project.dicts(REUSE), "a month equals everything afresh"
    changed = {row["month_start"] for row in found if row not in before}
    assert date(2024, 6, 1) in changed and min(changed) >= date(2024, 5, 1), "February is too old"


def test_the_first_link_of_a_source_tells_nothing_of_what_is_older_than_half_a_year(world) -> None:
    project, talk, _, lake = world
    messages, links = december(talk)
    project.reference(start="2024-01-01", as_of="2024-12-31 23:59:59", sources=[{}, SEARCH_LOG])
    project.lake({**lake, "messages": [*lake["messages"], *messages], "links": links, "searches": []})
    project.run("+fct_reuse_org_month", variables=VARIABLES)
    months = project.rows("select distinct month_start from marts.fct_reuse_org_month order by 1")
    assert [month for (month,) in months] == [date(2024, month, 1) for month in (6, 7, 8, 12)]
