"""Only what changed is computed again: months by content, quarters by their months and HR facts."""

from datetime import date

import duckdb
import pytest

from assets.network import update
from assets.network.snapshot_options import SnapshotOptions
from assets.progress import listening
from tests.factories.populations import population_tables

QUICK = SnapshotOptions(permutations=20, leiden_restarts=2, resamples=4, qap_permutations=20)
MONTHS = [date(2024, month, 1) for month in range(1, 8)]


@pytest.fixture
def warehouse():
    """Seven months of 50 people, the last one not final; HR facts; a week of contact per month."""
    connection = duckdb.connect()
    connection.execute(
        "set TimeZone = 'UTC'; create schema reference; create schema intermediate; create schema marts"
    )
    connection.execute(
        "create table reference.months as select month_start, (month_start + interval 1 month)::date as "
        "month_end, month_start < date '2024-07-01' as is_final "
        "from unnest($months) as m(month_start)",
        {"months": MONTHS},
    )
    connection.execute("create table reference.calendar_bounds as select date '2024-07-31' as as_of_date")
    for month in MONTHS:
        ties, people = population_tables(n=50, seed=month.month, within=0.5)
        connection.register("ties", ties)
        connection.register("people", people)
        made = "create table if not exists"
        facts = f"date '{month}' as month_start"
        connection.execute(f"{made} marts.fct_tie_month as {_TIES.format(facts)} limit 0")
        connection.execute(f"insert into marts.fct_tie_month {_TIES.format(facts)}")
        population = f"select {facts}, * from people"
        connection.execute(f"{made} intermediate.int_network_population as {population} limit 0")
        connection.execute(f"insert into intermediate.int_network_population {population}")
    connection.execute(_REST)
    yield connection
    connection.close()


_TIES = """
    select
        {}, *, weight as w_reply, 0.0 as w_mention, 0.0 as w_reaction,
        n_event_days as n_pair_event_days, false as is_final, date '2024-03-31' as period_end
    from ties
"""
_REST = """
    create table intermediate.int_dyad_weeks as
    select
        from_person_key, to_person_key, date '2024-03-18' as week_start, weight, w_mention, w_reaction,
        n_event_days, n_event_days as n_further_event_days
    from marts.fct_tie_month where month_start = date '2024-06-01';
    create table intermediate.int_person_months as
    select month_start, person_key, 12 as tenure_months, true as is_employed_month_end
    from intermediate.int_network_population;
    create table intermediate.int_jobs as
    select distinct
        person_key, 1000 as manager_person_key, 'L1' as level, 'Oslo' as location, 1.0 as fte,
        null::date as valid_from, null::date as valid_to
    from intermediate.int_network_population;
    create table intermediate.int_person_load_quarter as
    select distinct
        person_key, date '2024-04-01' as quarter_start, (person_key % 10) / 20 as after_hours_share,
        1.0 as response_ratio, 0 as n_accepted_answers
    from intermediate.int_network_population
"""


def contents(connection) -> dict[str, list]:
    tables = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'network'"
    ).fetchall()
    return {name: connection.execute(f"from network.{name} order by all").fetchall() for (name,) in tables}


def test_a_change_reaches_its_month_and_the_quarters_that_hold_it(warehouse):
    first = update.update_network(warehouse, QUICK, workers=1)
    assert [month for month, *_ in first.months] == MONTHS
    assert first.quarters == [date(2024, 1, 1), date(2024, 4, 1)]
    nothing = update.update_network(warehouse, QUICK, workers=1)
    assert (nothing.months, nothing.quarters) == ([], [])
    warehouse.execute("update marts.fct_tie_month set weight = weight + 1 where month_start = '2024-03-01'")
    again = update.update_network(warehouse, QUICK, workers=1)
    assert [month for month, *_ in again.months] == [date(2024, 3, 1)]
    assert again.quarters == [date(2024, 1, 1), date(2024, 4, 1)]  # the next one compares with it
    stepwise = contents(warehouse)
    warehouse.execute("drop schema network cascade")
    update.update_network(warehouse, QUICK, workers=1)
    assert contents(warehouse) == stepwise


def test_hr_facts_reach_quarters_alone(warehouse):
    update.update_network(warehouse, QUICK, workers=1)
    warehouse.execute("update intermediate.int_jobs set level = 'L2' where person_key % 2 = 0")
    again = update.update_network(warehouse, QUICK, workers=1)
    assert again.months == []
    assert again.quarters == [date(2024, 1, 1), date(2024, 4, 1)]


def test_loads_reach_the_quarters_that_compare_with_theirs(warehouse):
    update.update_network(warehouse, QUICK, workers=1)
    warehouse.execute("update intermediate.int_person_load_quarter set n_accepted_answers = 3")
    again = update.update_network(warehouse, QUICK, workers=1)
    assert again.months == []
    assert again.quarters == [date(2024, 4, 1)]


def test_a_month_asked_for_is_computed_alone_and_changed_or_not(warehouse):
    update.update_network(warehouse, QUICK, workers=1)
    before = contents(warehouse)
    messages = []
    with listening(lambda step: messages.append(step.message)):
        again = update.update_network(warehouse, QUICK, asked_for=[date(2024, 6, 1)], workers=1)
    assert [month for month, *_ in again.months] == [date(2024, 6, 1)]
    assert again.quarters == [date(2024, 4, 1)]
    assert messages[0] == "resampling the contacts of quarter 2024-Q2"
    assert "2024-06 (1 of 1)" in messages
    assert contents(warehouse) == before


def test_months_that_are_gone_leave_no_rows(warehouse):
    update.update_network(warehouse, QUICK, workers=1)
    warehouse.execute("delete from reference.months where month_start >= '2024-06-01'")
    update.update_network(warehouse, QUICK, workers=1)
    months = warehouse.execute("select distinct month_start from network.person_month order by 1").fetchall()
    assert [month for (month,) in months] == MONTHS[:5]
    quarters = warehouse.execute("select distinct quarter_start from network.org_unit_quarter").fetchall()
    assert quarters == [(date(2024, 1, 1),)]


def test_the_newest_final_month_and_quarter_get_the_thorough_work(warehouse):
    update.update_network(warehouse, QUICK, workers=1)
    resampled = warehouse.execute(
        "select distinct quarter_start from network.person_role_quarter where n_resamples > 0"
    ).fetchall()
    assert resampled == [(date(2024, 4, 1),)]
    attacked = warehouse.execute(
        "select distinct quarter_start from network.org_unit_quarter where attack_curve_r is not null"
    ).fetchall()
    assert attacked == [(date(2024, 4, 1),)]


@pytest.mark.slow
def test_a_process_beside_the_months_gives_the_same_tables(warehouse):
    update.update_network(warehouse, QUICK, workers=1)
    alone = contents(warehouse)
    warehouse.execute("drop schema network cascade")
    update.update_network(warehouse, QUICK, workers=2)
    assert contents(warehouse) == alone
