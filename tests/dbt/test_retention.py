"""Exposure and risk from invented employees, against the rule on arrays and counts by hand."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from assets.outcomes.exposure import UNOBSERVED, exposure_levels
from assets.outcomes.retention import COUNTS_SQL, GAP_SQL, retention_by_engagement
from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ, posts

START, AS_OF = date(2023, 1, 1), date(2024, 3, 31)
MONTHS = [date(2023 + m // 12, m % 12 + 1, 1) for m in range(16)]
PEOPLE = 24
RETENTION_TESTS = (
    "intermediate.retention",
    "assert_decisions_are_counted_once",
    "assert_exposure_precedes_risk",
    "assert_common_sample_is_the_same_at_every_lag",
    "assert_only_retention_sources_feed_exposures",
)


def organisation() -> tuple[dict, list[dict], list[dict], dict[int, list[date]]]:
    """Employees of different activity, with hires, exits, notices and long leaves."""
    random = np.random.default_rng(3)
    people: dict = {}
    absences: list[dict] = []
    messages: list[dict] = []
    days_of: dict[int, list[date]] = {}
    for person in range(1, PEOPLE + 1):
        hired = START - timedelta(days=900) if person % 3 else START + timedelta(days=20 * person % 200)
        people[person] = {"hire_date": str(hired)}
        if person % 4 == 0:
            left = date(2023, 9, 1) + timedelta(days=8 * person)
            kind = "involuntary" if person % 8 == 0 else "voluntary"
            people[person] |= {"termination_date": str(left), "termination_type": kind}
            if person % 12 == 0:
                people[person]["notice_date"] = str(left - timedelta(days=45))
        if person % 5 == 0:
            begin = date(2023, 5, 1)
            absences.append(
                {
                    "worker_id": f"w{person}",
                    "absent_from": str(begin),
                    "absent_to": "2023-11-20",
                    "kind": "leave",
                }
            )
        n = int(random.integers(0, 40))
        offsets = random.integers(0, (AS_OF - START).days, n)
        days_of[person] = sorted({START + timedelta(days=int(o)) for o in offsets})
        for day in days_of[person]:
            messages += posts(person, str(day))
    return people, absences, messages, days_of


def expected_levels(facts: dict, absence: tuple[date, date] | None, days: list[date]) -> list[int]:
    """The exposure of each month by the rule on arrays, from days counted one by one."""
    hired = date.fromisoformat(facts["hire_date"])
    ends = [date.fromisoformat(facts[k]) for k in ("termination_date", "notice_date") if k in facts]
    last = min([*ends, AS_OF])

    def is_eligible(day: date) -> bool:
        away = absence is not None and absence[0] <= day < absence[1]
        return day >= START and hired <= day <= last and day.weekday() < 5 and not away

    mondays = {d - timedelta(days=d.weekday()) for d in days if hired <= d <= last}
    weeks, eligible = [], []
    for end in range(1, len(MONTHS)):
        begin, after = MONTHS[max(end - 3, 0)], MONTHS[end]
        first = begin if end >= 3 else date(2022, 1, 1)
        weeks.append(sum(first <= m and m + timedelta(days=7) <= after for m in mondays))
        eligible.append(sum(is_eligible(begin + timedelta(days=i)) for i in range((after - begin).days)))
    return exposure_levels(np.array(weeks), np.array(eligible)).tolist()


def test_exposures_follow_the_rule_on_arrays(dbt_project: DbtProject) -> None:
    people, absences, messages, days_of = organisation()
    dbt_project.reference(start=str(START), as_of=f"{AS_OF} 23:59:59", covered=(str(START), str(AS_OF)))
    employ(dbt_project, people, messages, absences=absences)
    dbt_project.run(
        "+int_retention_exposure_counts", "+int_retention_gap_counts", "+int_retention_stratified"
    )
    dbt_project.test(*RETENTION_TESTS)
    names = {"engaged": 1, "not_engaged": 0, "unobserved": UNOBSERVED}
    found: dict[int, dict[date, int]] = {}
    for person, month, exposure in dbt_project.rows(
        "select person_key, window_month, exposure from intermediate.int_retention_windows "
        "join intermediate.int_spells using (spell_key)"
    ):
        found.setdefault(person, {})[month] = names[exposure]
    away = {int(row["worker_id"][1:]): (date(2023, 5, 1), date(2023, 11, 20)) for row in absences}
    seen = set()
    for person, facts in people.items():
        levels = expected_levels(facts, away.get(person), days_of[person])
        for month, level in found[person].items():
            assert level == levels[MONTHS.index(month)], (person, month)
            seen.add(level)
    assert seen == {0, 1, UNOBSERVED}


OTHER_EXITS = {
    7: ("involuntary", "Redundancy programme 2023", "redundancy"),
    8: ("involuntary", "SITE CLOSURE Porto", "redundancy"),
    9: ("involuntary", "position eliminated", "redundancy"),
    10: ("involuntary", "performance", "involuntary"),
    11: ("involuntary", None, "involuntary"),
    12: ("voluntary", "felt redundant", None),  # what a leaver says is no redundancy
    13: ("retirement", "site closed in the same month", "other"),
    14: ("end_of_contract", None, "other"),
}
"""Person to the type and reason that HR states, and the kind of exit that they are."""


def test_events_and_time_at_risk_end_with_the_decision(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2023-01-01", as_of="2024-03-31 23:59:59")
    people = {
        1: dict(FULL),
        2: {**FULL, "termination_date": "2023-12-10", "termination_type": "voluntary"},
        3: {**FULL, "termination_date": "2023-12-10", "termination_type": "involuntary"},
        4: {"hire_date": "2023-11-15"},
        5: {**FULL, "termination_date": "2023-02-10", "termination_type": "voluntary"},  # too early
        6: {"hire_date": None},
    }
    left = {**FULL, "termination_date": "2023-12-10"}
    for person, (kind, reason, _) in OTHER_EXITS.items():
        people[person] = {**left, "termination_type": kind, "reason": reason}
    closed = {"termination_type": "involuntary", "reason": "site closed"}
    # a new contract on the next day: no exit at all
    people[15] = [{**left, **closed}, {"hire_date": "2023-12-11"}]
    employ(dbt_project, people)
    dbt_project.run("+int_retention_exposure_counts")
    exits = dbt_project.rows(
        "select person_key, other_exit from intermediate.int_retention_person_months"
        " where month_start = date '2023-12-01' and person_key >= 7 order by 1"
    )
    assert exits == [*((person, exit) for person, (_, _, exit) in OTHER_EXITS.items()), (15, None)]
    assert dbt_project.rows(
        "select count(*) from intermediate.int_retention_person_months"
        " where other_exit is not null and month_start <> date '2023-12-01'"
    ) == [(0,)], "an exit belongs to its month alone"
    rows = dbt_project.rows(
        "select person_key, min(month_start), max(month_start), sum(employed_days), "
        "sum(case when is_event then 1 else 0 end) "
        "from intermediate.int_retention_person_months where person_key < 7 group by 1 order by 1"
    )
    march = date(2023, 3, 1)
    assert rows == [
        (1, march, date(2024, 3, 1), 397, 0),
        (2, march, date(2023, 12, 1), 285, 1),
        (3, march, date(2023, 12, 1), 285, 0),
        (4, date(2024, 2, 1), date(2024, 3, 1), 60, 0),
    ]
    common = dbt_project.rows(
        "select lag_months, sum(n_events), sum(employed_days) "
        "from intermediate.int_retention_exposure_counts where sample = 'common' group by 1 order by 1"
    )
    first_common = (date(2024, 4, 1) - date(2023, 9, 1)).days
    until_exit = (date(2023, 12, 11) - date(2023, 9, 1)).days
    until_exit *= 2 + len(OTHER_EXITS) + 1  # 15's second contract is too young for the common sample
    assert common == [(lag, 2, first_common + until_exit) for lag in (0, 1, 2, 3, 6)]
    expected = dbt_project.rows(
        "select later.lag_months, later.common_exposure, "
        "sum(case when first.common_exposure = 'engaged' then 1 else 0 end) "
        "from intermediate.int_retention_exposures as later "
        "inner join intermediate.int_retention_exposures as first using (spell_key, month_start) "
        "where later.is_event and first.lag_months = 1 and later.common_exposure is not null "
        "group by all order by all"
    )
    found = dbt_project.rows(
        "select lag_months, exposure, n_events_engaged_at_lag_1 "
        "from intermediate.int_retention_exposure_counts "
        "where sample = 'common' and n_events > 0 order by all"
    )
    assert found == expected and len(found) >= 5
    assert dbt_project.rows(
        "select count(n_events_engaged_at_lag_1) from intermediate.int_retention_exposure_counts "
        "where sample = 'own'"
    ) == [(0,)]


@pytest.mark.parametrize("knows_all_notices", [True, False])
def test_one_clock_for_all(dbt_project: DbtProject, knows_all_notices: bool) -> None:
    dbt_project.reference(start="2023-01-01", as_of="2024-03-31 23:59:59")
    left = {"termination_date": "2023-12-10", "termination_type": "voluntary"}
    people = {
        1: {**FULL, **left, "notice_date": "2023-10-20"},
        2: {**FULL, **left, "notice_date": "2023-10-20" if knows_all_notices else None},
        3: {**FULL, "notice_date": "2024-03-05"},  # given, not gone yet
    }
    employ(dbt_project, people)
    dbt_project.run("+int_retention_exposure_counts")
    dbt_project.test("assert_decisions_are_counted_once")
    events = dbt_project.rows(
        "select person_key, month_start, employed_days from intermediate.int_retention_person_months "
        "where is_event order by 1"
    )
    if knows_all_notices:
        october = date(2023, 10, 1)
        assert events == [(1, october, 20), (2, october, 20), (3, date(2024, 3, 1), 5)]
    else:
        december = date(2023, 12, 1)
        assert events == [(1, december, 10), (2, december, 10)]


@pytest.mark.parametrize("forbidden", ["collaboration", "hr"])
def test_a_source_without_the_purpose_feeds_no_retention_mart(
    dbt_project: DbtProject, forbidden: str
) -> None:
    hr = {"source": "hris", "kind": "hr", "has_visible_contributions": False}
    chat: dict = {}
    (chat if forbidden == "collaboration" else hr)["has_retention"] = False
    dbt_project.reference(start="2023-01-01", as_of="2024-03-31 23:59:59", sources=[chat, hr])
    days = [date(2023, 1, 2) + timedelta(days=7 * n) for n in range(60)]
    employ(
        dbt_project,
        {1: dict(FULL)},
        [row for day in days for row in posts(1, str(day))],
        spells=[{"worker_id": "w1", "spell_number": 1, "source": "hris", **FULL}],
    )
    dbt_project.run("+int_retention_exposure_counts", "+int_retention_gap_counts")
    known = dbt_project.rows(
        "select * from intermediate.int_retention_exposure_counts where exposure <> 'unobserved'"
    )
    assert known == []
    assert dbt_project.rows("select * from intermediate.int_retention_gap_counts") == []
    dbt_project.test("assert_only_retention_sources_feed_exposures")


def test_the_published_card_hides_comparisons_of_few_events(dbt_project: DbtProject) -> None:
    people, absences, messages, _ = organisation()
    dbt_project.reference(start=str(START), as_of=f"{AS_OF} 23:59:59")
    employ(dbt_project, people, messages, absences=absences)
    dbt_project.run("+int_retention_exposure_counts", "+int_retention_gap_counts")
    with duckdb.connect(str(dbt_project.database)) as connection:
        estimates = retention_by_engagement(
            connection.sql(COUNTS_SQL).to_arrow_table(), connection.sql(GAP_SQL).to_arrow_table()
        )
        connection.register("estimates", estimates)
        connection.execute("create schema if not exists outcomes")
        connection.execute("create table outcomes.retention_by_engagement as select * from estimates")
    dbt_project.build("fct_retention_by_engagement")
    rows = dbt_project.dicts("select * from marts.fct_retention_by_engagement order by sample, lag_months")
    assert [(row["sample"], row["lag_months"]) for row in rows] == [
        (sample, lag) for sample in ("common", "own") for lag in (0, 1, 2, 3, 6)
    ]
    for row in rows:
        assert not row["is_publishable"] and row["rate_ratio"] is None and row["e_value"] is None
        assert row["suppression_reason"] == "too_few_expected_events"
        assert row["n_population"] == min(row["n_persons_engaged"], row["n_persons_not_engaged"])
        assert row["gap_index_date"] == AS_OF - timedelta(days=28)
        assert row["raw_retention_gap_banner"].startswith("Not causal")
    assert [row["lag_months"] for row in rows if row["is_headline"]] == [3]
