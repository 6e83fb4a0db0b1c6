"""Calendar, places and touched months as dbt meets them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa
import pytest

from assets.extract import ledger
from assets.extract.extraction import extract_feed, remove_feeds
from assets.identity import dismissals, topics
from assets.identity.identity_tables import SCHEMAS
from assets.warehouse import touched_months
from assets.warehouse.connection import connected
from assets.warehouse.identity_tables import write_identity
from assets.warehouse.reference import (
    Calendar,
    CalendarError,
    Location,
    SourceFacts,
    write_reference,
)
from tests.factories.lines import KEY, line_feed, message, warehouse_at, worker, write_lines

CHAT = SourceFacts("chat", "slack", "collaboration", True, True, True, True)
MAIL = SourceFacts(
    "mail", "interactions", "collaboration", True, True, True, False, "the file holds no reactions"
)
CALENDAR = Calendar(date(2024, 1, 1), None, "Europe/Warsaw")
ACCOUNT = {"account_key": 1, "account_id": "a", "source": "chat", "kind": "person", "match_method": "none"}


@pytest.fixture
def warehouse(tmp_path):
    return warehouse_at(tmp_path / "warehouse")


def covered(tmp_path, warehouse, name="chat", to="2024-03-11T00:00:00+00:00", *more):
    coverage = {"is": "coverage", "from": "2024-01-10T00:00:00+00:00", "to": to}
    write_lines(tmp_path / f"{name}.jsonl", coverage, *more)
    return extract_feed(line_feed(name, tmp_path / f"{name}.jsonl"), warehouse, KEY)


def reference(warehouse, calendar=CALENDAR, locations=(), sources=(CHAT,)):
    with connected(warehouse.database) as connection:
        return write_reference(connection, warehouse.lake, calendar, locations, sources)


def rows(warehouse, query):
    with connected(warehouse.database, read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_the_warehouse_ends_at_the_last_covered_instant_never_at_the_clock(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    assert reference(warehouse).as_of == datetime(2024, 3, 10, 23, 59, 59, 999999)
    assert rows(warehouse, "from reference.calendar_bounds") == [
        (date(2024, 1, 1), datetime(2024, 3, 10, 23, 59, 59, 999999), date(2024, 3, 10), "Europe/Warsaw")
    ]
    assert rows(warehouse, "from reference.months") == [
        (date(2024, 1, 1), date(2024, 2, 1), True),
        (date(2024, 2, 1), date(2024, 3, 1), True),
        (date(2024, 3, 1), date(2024, 4, 1), False),
    ]
    tables = rows(warehouse, "select view_name from duckdb_views() where not internal")
    assert tables == [], "no helper view stays in the working file"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (date(2024, 2, 29), datetime(2024, 2, 29, 23, 59, 59, 999999)),
        (datetime(2024, 2, 29, 12), datetime(2024, 2, 29, 11)),
    ],
)
def test_the_setting_decides_a_date_for_its_whole_day_an_instant_in_the_default_zone(
    tmp_path, warehouse, setting, expected
):
    covered(tmp_path, warehouse)
    assert reference(warehouse, replace(CALENDAR, as_of=setting)).as_of == expected


def test_without_coverage_messages_decide_and_without_any_date_it_is_told(tmp_path, warehouse):
    with pytest.raises(CalendarError, match=r"calendar\.as_of"):
        reference(warehouse)
    write_lines(tmp_path / "m.jsonl", message("m", "U", "2024-02-03T04:05:06+00:00"))
    extract_feed(line_feed("chat", tmp_path / "m.jsonl"), warehouse, KEY)
    assert reference(warehouse).as_of == datetime(2024, 2, 3, 4, 5, 6)


def test_a_start_after_the_data_names_both_and_the_remedy(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    with pytest.raises(CalendarError, match=r"2025-01 .* 2024-03-10; set calendar\.start to 2024-03"):
        reference(warehouse, replace(CALENDAR, start=date(2025, 1, 1)))


def test_workdays_follow_holidays_and_weekdays_of_the_place(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    places = [
        Location("Warsaw", "Europe/Warsaw", "PL"),
        Location("Dubai", "Asia/Dubai", None, ("Sun", "Mon", "Tue", "Wed", "Thu")),
        Location("Austin", "America/Chicago", "US-TX"),
    ]
    reference(warehouse, locations=places)

    def is_workday(location, day):
        query = (
            f"select is_workday from reference.calendar_days where location = '{location}' and date = '{day}'"
        )
        return rows(warehouse, query)[0][0]

    assert not is_workday("Warsaw", "2024-01-06") and not is_workday("Warsaw", "2023-11-01")
    assert is_workday("", "2023-11-01") and is_workday("Dubai", "2023-11-01")
    assert is_workday("Dubai", "2024-01-07") and not is_workday("Dubai", "2024-01-05")
    assert not is_workday("Austin", "2024-03-02") and is_workday("Austin", "2024-03-01")
    assert rows(warehouse, "from reference.locations order by location") == [
        ("", "Europe/Warsaw"),
        ("Austin", "America/Chicago"),
        ("Dubai", "Asia/Dubai"),
        ("Warsaw", "Europe/Warsaw"),
    ]


@pytest.mark.parametrize(("code", "hint"), [("PX", "did you mean"), ("US-XX", "no region 'XX'")])
def test_an_unknown_holiday_calendar_is_told(tmp_path, warehouse, code, hint):
    covered(tmp_path, warehouse)
    with pytest.raises(CalendarError, match=hint):
        reference(warehouse, locations=[Location("Nowhere", "UTC", code)])


def test_only_visible_contributions_cover_a_day(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    covered(tmp_path, warehouse, "mail", "2024-03-21T00:00:00+00:00")
    reference(warehouse, sources=(CHAT, MAIL))
    query = "select min(date), max(date) from reference.calendar_days where is_covered"
    assert rows(warehouse, query) == [(date(2024, 1, 10), date(2024, 3, 10))]
    assert rows(warehouse, "select max(date) from reference.calendar_days") == [(date(2024, 3, 20),)]
    purposes = "select source, has_visible_contributions, reactions_reason from reference.sources"
    assert rows(warehouse, purposes) == [("chat", True, None), ("mail", False, "the file holds no reactions")]


DECLARED = {**SCHEMAS, **topics.SCHEMAS, "dismissed_rules": dismissals.SCHEMA}


def identity(connection, *accounts, persons=(), workers=(), **others):
    tables = {name: schema.empty_table() for name, schema in DECLARED.items()}
    for name, listed in others.items():
        tables[name] = pa.Table.from_pylist(listed, schema=DECLARED[name])
    complete = [{name: account.get(name) for name in SCHEMAS["accounts"].names} for account in accounts]
    tables["accounts"] = pa.Table.from_pylist(complete, schema=SCHEMAS["accounts"])
    tables["persons"] = pa.Table.from_pylist(list(persons), schema=SCHEMAS["persons"])
    tables["workers"] = pa.Table.from_pylist(list(workers), schema=SCHEMAS["workers"])
    write_identity(connection, tables)


def build(warehouse, settings="s", accounts=(ACCOUNT,), finish=True, calendar=CALENDAR, workers=(), **others):
    """One round of reference, identity and (unless cut short) a successful dbt stage."""
    reference(warehouse, calendar)
    with connected(warehouse.database) as connection:
        identity(connection, *accounts, workers=workers, **others)
        pending = touched_months.begin(connection, warehouse.ledger, settings, ["hris"])
        listed = connection.execute("select * from reference.touched_months order by 1").fetchall()
        assert listed == [(month,) for month in pending.months]
        if finish:
            touched_months.commit(connection, warehouse.ledger, pending)
    return pending


JANUARY, FEBRUARY, MARCH = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
FIXED = replace(CALENDAR, as_of=date(2024, 4, 20))


def test_the_first_build_touches_everything_the_second_nothing(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    assert build(warehouse, calendar=FIXED).is_everything
    assert build(warehouse, calendar=FIXED).months == ()
    later = build(warehouse, calendar=replace(FIXED, as_of=date(2024, 5, 20)))
    assert later.months == (date(2024, 4, 1), date(2024, 5, 1)), "April was not final before"


def test_new_and_removed_units_touch_their_own_months(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    build(warehouse, calendar=FIXED)
    write_lines(tmp_path / "m.jsonl", message("m", "U", "2024-02-03T00:00:00+00:00"))
    extract_feed(line_feed("late", tmp_path / "m.jsonl"), warehouse, KEY)
    assert build(warehouse, calendar=FIXED).months == (FEBRUARY,)
    assert build(warehouse, calendar=FIXED).months == ()
    remove_feeds(warehouse, ["chat"])
    assert build(warehouse, calendar=FIXED).months == (FEBRUARY,)


def test_history_before_the_first_month_goes_with_it(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    build(warehouse, calendar=FIXED)
    write_lines(tmp_path / "m.jsonl", message("m", "U", "2023-07-03T00:00:00+00:00"))
    extract_feed(line_feed("late", tmp_path / "m.jsonl"), warehouse, KEY)
    assert build(warehouse, calendar=FIXED).months == (JANUARY,)


def test_settings_hr_and_identity_rebuild_everything_new_accounts_do_not(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    build(warehouse, calendar=FIXED)
    other = {**ACCOUNT, "account_key": 2, "account_id": "b"}
    assert build(warehouse, accounts=(ACCOUNT, other), calendar=FIXED).reason == ""
    matched = {**ACCOUNT, "person_key": 7}
    assert "identity" in build(warehouse, accounts=(matched, other), calendar=FIXED).reason
    assert build(warehouse, "t", accounts=(matched, other), calendar=FIXED).reason == "settings changed"
    write_lines(tmp_path / "hr.jsonl", worker("W1"))
    extract_feed(line_feed("hris", tmp_path / "hr.jsonl"), warehouse, KEY)
    pending = build(warehouse, "t", accounts=(matched, other), calendar=FIXED)
    assert pending.reason == "HR data changed" and {JANUARY, FEBRUARY, MARCH} <= set(pending.months)


@pytest.mark.parametrize(
    ("created_at", "hire_date", "first"),
    [
        (datetime(2024, 3, 1, 9), date(2020, 5, 4), FEBRUARY),  # a day's neighbour counts
        (datetime(2024, 2, 3), date(2024, 3, 4), MARCH),
        (None, date(2024, 3, 4), MARCH),
        (None, date(2020, 5, 4), JANUARY),
    ],
)
def test_a_new_account_touches_the_months_since_it_makes_somebody_observable(
    tmp_path, warehouse, created_at, hire_date, first
):
    covered(tmp_path, warehouse)
    build(warehouse, calendar=FIXED)
    with connected(warehouse.database) as connection:
        connection.execute("create schema lake")
        connection.execute(
            "create table lake.rows (source varchar, account_id varchar, created_at timestamp)"
        )
        connection.execute("insert into lake.rows values ('chat', 'b', ?)", [created_at])
        connection.execute("create view lake.accounts as from lake.rows")
        connection.execute(
            f"create view lake.spells as select 'w7' as worker_id, date '{hire_date}' as hire_date"
        )
    new = {**ACCOUNT, "account_key": 2, "account_id": "b", "person_key": 7}
    worker_rows = ({"worker_id": "w7", "person_key": 7},)
    pending = build(warehouse, accounts=(ACCOUNT, new), calendar=FIXED, workers=worker_rows)
    assert pending.reason == ""
    assert pending.months == tuple(m for m in (JANUARY, FEBRUARY, MARCH, date(2024, 4, 1)) if m >= first)


def test_a_dismissal_touches_the_months_since_its_day(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    build(warehouse, calendar=FIXED)
    told = {"person_key": 7, "rule_id": "R1", "dismissed_on": date(2024, 2, 9), "dismissed_until": None}
    assert build(warehouse, calendar=FIXED, dismissed_rules=[told]).months == (FEBRUARY,)
    today = {**told, "rule_id": "R2", "dismissed_on": date(2024, 6, 1)}
    assert build(warehouse, calendar=FIXED, dismissed_rules=[told, today]).months == (date(2024, 4, 1),)
    assert build(warehouse, calendar=FIXED, dismissed_rules=[today]).months == (FEBRUARY,), "withdrawn"
    assert build(warehouse, calendar=FIXED, dismissed_rules=[today]).months == ()


def touched_topics(warehouse):
    return [key for (key,) in rows(warehouse, "from reference.touched_topics")]


def test_topics_are_touched_by_new_terms_by_channels_and_by_people_who_hide(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    known = {
        "topic_terms": [{"term": "a", "topic_key": 1}],
        "topic_channels": [{"source": "chat", "channel_id": "c", "topic_key": 2}],
    }
    assert build(warehouse, calendar=FIXED, **known).is_everything
    assert touched_topics(warehouse) == [], "everything is made anew anyhow"
    hidden = {**known, "hidden_topics": [{"person_key": 7, "topic_key": 1}]}
    pending = build(warehouse, calendar=FIXED, **hidden)
    assert (pending.months, touched_topics(warehouse)) == ((), [1])
    more = {**hidden, "topic_terms": [*known["topic_terms"], {"term": "b", "topic_key": 3}]}
    build(warehouse, calendar=FIXED, finish=False, **more)
    assert touched_topics(warehouse) == [2, 3], "a thread with the term leaves its channel's topic"
    build(warehouse, calendar=FIXED, **hidden)
    assert touched_topics(warehouse) == [2, 3], "a run that was cut short may know the new term"
    build(warehouse, calendar=FIXED, **hidden)
    assert touched_topics(warehouse) == []
    build(warehouse, calendar=FIXED, **{**hidden, "topic_channels": []})
    assert touched_topics(warehouse) == [2]


def test_a_stage_cut_short_is_repeated_even_if_its_cause_went_away(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    build(warehouse, calendar=FIXED)
    moved = {**ACCOUNT, "person_key": 7}
    assert build(warehouse, accounts=(moved,), calendar=FIXED, finish=False).is_everything
    assert build(warehouse, calendar=FIXED).is_everything, "half of the facts may know the moved account"
    assert build(warehouse, calendar=FIXED).months == ()


def test_a_lost_working_file_is_rebuilt_as_a_whole(tmp_path, warehouse):
    covered(tmp_path, warehouse)
    build(warehouse, calendar=FIXED)
    warehouse.database.unlink()
    assert build(warehouse, calendar=FIXED).is_everything
    with ledger.opened(warehouse.ledger) as book:
        assert book.pending_months().months == frozenset()
