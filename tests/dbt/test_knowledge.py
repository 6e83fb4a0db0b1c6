"""Questions, answers and expertise of a few people, against figures worked out in other ways."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lifelines import KaplanMeierFitter

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, hr_rows

ZONE = ZoneInfo("Europe/Warsaw")
AS_OF = datetime(2024, 8, 31, 23, 59, 59)
PEOPLE = range(1, 10)
BOT, GUEST = 90, 91
MAY, JUNE = date(2024, 5, 1), date(2024, 6, 1)
VECTOR = [0.5, 1, 2, 4, 6, 10, 24, 30]
DISCOUNT, CUSTOMS, HIDDEN, CRATES = 7, 8, 9, 10


class Talk:
    """Messages of the test, numbered as they are written."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def say(self, author: int, at: datetime, to: str | None = None, channel: str = "c1", **more: Any) -> str:
        number = f"m{len(self.messages)}"
        self.messages.append(
            {
                "message_id": number,
                "thread_id": to or number,
                "parent_message_id": to,
                "channel_id": channel,
                "author_account_id": f"a{author}",
                "kind": "reply" if to else "post",
                "sent_at": at.isoformat(sep=" "),
                **more,
            }
        )
        return number

    def ask(self, author: int, at: datetime, *terms: str, **more: Any) -> str:
        return self.say(author, at, is_question=True, topic_terms=list(terms) or None, **more)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2024-{text}")


def random_questions(talk: Talk) -> Iterator[tuple[str, datetime, datetime | None, datetime | None]]:
    """Questions of March in four channels: (channel, asked, first response, deleted)."""
    draw = random.Random(5)
    for number in range(160):
        channel = f"c{2 + number % 4}"
        asked = datetime(2024, 3, 1, 12) + timedelta(seconds=draw.randrange(29 * 86400))
        answered = (
            asked + timedelta(seconds=int(math.exp(draw.gauss(11, 2)))) if draw.random() < 0.7 else None
        )
        deleted = asked + timedelta(days=draw.randrange(2, 20)) if draw.random() < 0.15 else None
        question = talk.ask(1 + number % 6, asked, channel=channel, deleted_at=deleted and str(deleted))
        if answered is not None:
            talk.say(BOT, asked + timedelta(seconds=1), question, channel)
            talk.say(1 + (number + 1) % 6, answered, question, channel)
        yield channel, asked, answered, deleted


@pytest.fixture(scope="module")
def world(parsed_dbt_project: DbtProject):
    """1 to 3 work in North, the others in South; person 9 hides a topic."""
    talk = Talk()
    monday = at("05-06 06:00")  # eight in Warsaw
    for number in range(12):
        question = talk.ask(1 + number % 6, monday)
        if number < len(VECTOR):
            talk.say(7, monday + timedelta(hours=VECTOR[number]), question)
    known = {
        "accepted": talk.ask(1, at("06-03 08:00"), "discount"),
        "by bot and oneself": talk.ask(1, at("06-03 09:00"), "discount"),
        "deleted": talk.ask(2, at("06-04 08:00"), "discount", deleted_at="2024-06-06 08:00:00"),
        "by guest": talk.ask(3, at("06-05 08:00"), "customs"),
        "asked by bot": talk.ask(BOT, at("06-05 09:00"), "discount"),
    }
    answer = talk.say(4, at("06-03 08:30"), known["accepted"])
    other = talk.say(5, at("06-03 08:20"), known["accepted"])
    talk.say(BOT, at("06-03 09:00:05"), known["by bot and oneself"])
    talk.say(1, at("06-03 10:00"), known["by bot and oneself"])
    talk.say(GUEST, at("06-05 09:30"), known["by guest"])
    reactions = [
        {"message_id": answer, "account_id": "a1", "name": "white_check_mark"},  # by whoever asked
        {"message_id": other, "account_id": "a2", "name": "white_check_mark"},  # by somebody else
    ]
    # Expertise: 4 answers five of three people on discounts; 9 hides it; 6 has too little; 5 was thanked.
    for number, asker in enumerate((2, 3, 2, 6, 3)):
        question = talk.ask(asker, at(f"07-{number + 1:02} 08:00"), "discount")
        talk.say(4, at(f"07-{number + 1:02} 09:00"), question)
        talk.say(9, at(f"07-{number + 1:02} 10:00"), question)
        if number < 2:
            talk.say(6, at(f"07-{number + 1:02} 11:00"), question)
        if number < 3:
            thanked = talk.say(5, at(f"07-{number + 1:02} 12:00"), question)
            reactions += [
                {"message_id": thanked, "account_id": f"a{p}", "name": "pray", "is_recognition": True}
                for p in (7, 8)
            ]
    # The second person thanks 8 two months after the first.
    answered = talk.ask(3, at("04-08 08:00"), "crates")
    helpful = talk.say(8, at("04-08 09:00"), answered)
    for person, day in ((3, "04-09 08:00"), (2, "06-10 08:00")):
        talk.say(person, at(day), answered, parent_message_id=helpful, is_thanks=True)
    repeated = [
        talk.ask(p, at(f"07-{20 + p} 08:00"), text_signature=s) for p, s in ((1, "ab" * 32), (2, "cd" * 32))
    ]
    talk.say(3, at("07-21 09:00"), repeated[0])
    again = talk.ask(3, at("07-23 08:00"), text_signature="ab" * 29 + "00" * 3)  # 29 of 32 lanes
    talk.ask(4, at("07-23 09:00"), text_signature="cd" * 32)  # nobody answered the first
    # Two questions that only 4 can answer; 5 is no expert, 2 asked one of them.
    waiting = [talk.ask(p, at(f"08-{10 + p} 08:00"), "discount", "customs") for p in (2, 3)]
    drawn = list(random_questions(talk))

    project = parsed_dbt_project
    project.reset()
    project.reference(start="2024-01-01", as_of=str(AS_OF), timezone="Europe/Warsaw")
    project.identity(
        accounts=[
            *({"account_id": f"a{p}", "account_key": p, "person_key": p} for p in PEOPLE),
            {"account_id": f"a{BOT}", "account_key": BOT, "kind": "bot"},
            {"account_id": f"a{GUEST}", "account_key": GUEST, "kind": "guest"},
        ],
        workers={f"w{p}": p for p in PEOPLE},
        topics={"discount": DISCOUNT, "customs": CUSTOMS, "crates": CRATES},
        hidden_topics=[(9, DISCOUNT)],
    )
    people = {p: {**FULL, "path": ("Sales", "North" if p < 4 else "South")} for p in PEOPLE}
    project.lake(
        {
            **hr_rows(people),
            "messages": talk.messages,
            "reactions": [{"is_recognition": False, **row} for row in reactions],
            "channels": [
                {"channel_id": f"c{n}", "kind": "public", "audience": "internal", "name": f"n{n}"}
                for n in range(1, 6)
            ],
            "accounts": [
                *({"account_id": f"a{p}", "kind": "person"} for p in PEOPLE),
                {"account_id": f"a{BOT}", "kind": "bot"},
                {"account_id": f"a{GUEST}", "kind": "guest"},
            ],
        }
    )
    project.computed()
    project.run("+marts.knowledge", "+int_person_answers_quarter", "+fct_scorecard_recommendation_month")
    return project, known, again, repeated, drawn, waiting


def one(world, query: str) -> dict[str, Any]:
    (row,) = world[0].dicts(query)
    return row


def test_time_to_first_response_of_the_specification(world) -> None:
    row = one(
        world, f"select * from marts.fct_question_org_month where month_start = '{MAY}' and org_unit_key = 0"
    )
    assert row["n_questions"] == row["n_mature"] == 12
    assert row["response_median_hours"] == 10.0
    assert row["time_to_first_response"] == "10.0 h"
    assert row["answer_rate_24h"] == pytest.approx(0.5833, abs=1e-4)
    assert row["answer_rate_7d"] == pytest.approx(0.6667, abs=1e-4)
    assert median(VECTOR) == 5.0  # what looking at answered questions only would say
    # From eight on the clock stands until nine; ten hours later it is six in the evening.
    assert row["response_median_working_hours"] == 8.0


def test_half_never_answered_is_beyond_the_horizon_and_few_questions_make_no_rate(world) -> None:
    rows = world[0].dicts(
        "select * from marts.fct_question_org_month where org_unit_key = 0 order by month_start"
    )
    june = next(row for row in rows if row["month_start"] == JUNE)
    assert june["n_questions"] == 4  # the bot's is none
    assert june["answer_rate_7d"] is None and june["time_to_first_response"] is None
    assert june["suppression_reason"] == "too_few_questions"
    assert {row["time_to_first_response"] for row in rows} >= {"10.0 h"}


def brute_working_seconds(begin: datetime, end: datetime) -> int:
    """Seconds between two UTC times on the asker's clock, counted day by day."""
    first, last = (
        t.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZONE).replace(tzinfo=None) for t in (begin, end)
    )
    total, day = 0.0, first.date()
    while day <= last.date():
        opens, closes = (datetime.combine(day, datetime.min.time()) + timedelta(hours=h) for h in (9, 17))
        if day.weekday() < 5:
            total += max(0.0, (min(last, closes) - max(first, opens)).total_seconds())
        day += timedelta(days=1)
    return round(total)


def test_random_questions_as_lifelines_and_a_walk_through_the_days_have_them(world) -> None:
    project, *_, drawn, _ = world
    rows = project.rows(
        "select asked_at, channel_id, is_responded, response_seconds, response_working_seconds"
        " from marts.fct_question where month_start = '2024-03-01'"
    )
    found = {(at_, channel): rest for at_, channel, *rest in rows}
    kept = [(c, a, r, d) for c, a, r, d in drawn if (a, c) in found]
    assert len(kept) == len(drawn) == 160
    durations: dict[str, list[tuple[float, bool]]] = {}
    for channel, asked, answered, deleted in kept:
        until = min(t for t in (AS_OF, asked + timedelta(days=30), deleted) if t is not None)
        is_event = answered is not None and answered <= until
        end = answered if is_event else until
        seconds = (end - asked).total_seconds()
        responded, elapsed, working = found[asked, channel]
        assert (responded, elapsed) == (is_event, seconds)
        assert working == brute_working_seconds(asked, end)
        durations.setdefault(channel, []).append((seconds, is_event))
    for channel, pairs in durations.items():
        fitted = KaplanMeierFitter().fit(*zip(*pairs, strict=True))
        shown = one(
            world,
            "select response_median_hours, time_to_first_response from marts.fct_question_channel_month"
            f" inner join marts.fct_question using (channel_key, month_start)"
            f" where channel_id = '{channel}' and month_start = '2024-03-01' limit 1",
        )
        expected = fitted.median_survival_time_ / 3600
        if math.isinf(expected):
            assert shown["time_to_first_response"] == "> horizon"
        else:
            assert shown["response_median_hours"] == pytest.approx(expected, abs=1e-4)


def test_bots_do_not_answer_askers_answer_themselves_and_guests_count(world) -> None:
    project, known, *_ = world
    rows = {
        row["message_id"]: row
        for row in project.dicts("select * from marts.fct_question where month_start = '2024-06-01'")
    }
    assert known["asked by bot"] not in rows
    assert rows[known["accepted"]]["first_response_at"] == at("06-03 08:20")
    assert rows[known["accepted"]]["accepted_answer_at"] == at("06-03 08:30")
    assert (rows[known["accepted"]]["n_answers"], rows[known["accepted"]]["n_answerers"]) == (2, 2)
    own = rows[known["by bot and oneself"]]
    assert own["first_response_at"] is None and own["own_reply_at"] == at("06-03 10:00")
    assert rows[known["deleted"]]["response_seconds"] == 2 * 86400
    assert rows[known["by guest"]]["n_answers"] == 1 and rows[known["by guest"]]["n_answerers"] == 0


def test_a_question_repeats_one_that_was_answered_before(world) -> None:
    project, _, again, repeated, *_ = world
    found = project.rows(
        "select later.message_id, earlier.message_id, similarity"
        " from intermediate.int_similar_questions as pair"
        " inner join marts.fct_question as later on pair.question_key = later.question_key"
        " inner join marts.fct_question as earlier on pair.similar_question_key = earlier.question_key"
    )
    assert found == [(again, repeated[0], 29 / 32)]


def test_thanks_that_come_later_change_no_earlier_month(world) -> None:
    rows = world[0].rows(
        "select month_start, n_items, evidence_strength from marts.fct_expertise_month "
        f"where person_key = 8 and topic_key = {CRATES} order by 1"
    )
    for month, n_items, strength in rows:
        end = date(month.year, month.month + 1, 1)
        weight = 1 if month < JUNE else 2  # an answer, and one that two people thanked for
        faded = weight * 0.5 ** ((end - date(2024, 4, 8)).days / 180)
        assert (n_items, strength) == (1, pytest.approx(math.log1p(faded), abs=2e-6)), month
    assert [row[0].month for row in rows] == [4, 5, 6, 7, 8]


def test_expertise_is_what_the_evidence_adds_up_to(world) -> None:
    project, *_ = world
    rows = project.dicts(
        f"select * from marts.fct_expertise_month where month_start = '2024-08-01' and topic_key = {DISCOUNT}"
    )
    found = {row["person_key"]: row for row in rows}
    assert found.keys() == {4, 5, 6}  # 9 hides the topic
    to = date(2024, 9, 1)
    fade = lambda day: 0.5 ** ((to - day).days / 180)  # noqa: E731
    july = [date(2024, 7, n) for n in range(1, 6)]
    strength = {
        4: 5 * fade(date(2024, 6, 3)) + sum(map(fade, july)),
        5: fade(date(2024, 6, 3)) + 2 * sum(map(fade, july[:3])),
        6: sum(map(fade, july[:2])),
    }
    for person, total in strength.items():
        assert found[person]["evidence_strength"] == pytest.approx(math.log1p(total), abs=1e-5)
    assert {p: (r["n_items"], r["n_askers"], r["n_accepted_answers"]) for p, r in found.items()} == {
        4: (6, 4, 1), 5: (4, 3, 0), 6: (2, 2, 0),
    }  # fmt: skip
    assert (found[6]["expertise_score"], found[6]["suppression_reason"]) == (None, "too_little_evidence")
    assert found[4]["expertise_score"] == pytest.approx(100 * 2.5 / 3)
    assert found[5]["expertise_score"] == pytest.approx(50.0)
    assert [p for p, row in found.items() if row["is_expert"]] == [4]


def test_a_topic_knows_its_experts_and_on_how_few_it_rests(world) -> None:
    row = one(
        world,
        "select * from marts.fct_topic_quarter"
        f" where topic_key = {DISCOUNT} and quarter_start = '2024-07-01'",
    )
    assert (row["n_population"], row["n_defined"], row["expert_coverage"]) == (3, 2, 1)
    assert (row["knowledge_bus_factor"], row["n_questions"]) == (1, 7)
    empty = one(
        world,
        f"select * from marts.fct_topic_quarter where topic_key = {CUSTOMS} and quarter_start = '2024-07-01'",
    )
    assert (empty["n_population"], empty["suppression_reason"]) == (0, "no_evidence")


def test_accepted_answers_per_person_and_quarter(world) -> None:
    rows = world[0].rows(
        "select person_key, n_accepted_answers, accepted_answers_percentile"
        " from intermediate.int_person_answers_quarter where quarter_start = '2024-04-01' order by 1"
    )
    assert [row[:2] for row in rows] == [(p, int(p == 4)) for p in PEOPLE]
    assert {row[2] for row in rows} == {100 * 4 / 9, 100 * 8.5 / 9}


def test_experts_are_told_of_open_questions_in_their_topics(world) -> None:
    project, *_, waiting = world
    rows = project.rows(
        "select person_key, evidence, channel_1 from marts.fct_scorecard_recommendation_month"
        " where rule_id = 'R1' and month_start = '2024-08-01'"
    )
    told = f"2 questions in topics that you know are open; the latest is {waiting[1]}."
    assert rows == [(4, told, "c1")]
