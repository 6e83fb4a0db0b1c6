"""Participation of a small organisation, against figures worked out by hand."""

from __future__ import annotations

import pytest

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ, hr_rows, posts


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
    employ(project, people, messages)
    project.run(
        "+fct_participation_org_month",
        "+fct_match_coverage",
        "+dim_person_history",
        "+dim_org_unit",
        "+int_network_population",
    )


def test_joiners_and_leavers_count_for_the_time_they_were_there(dbt_project: DbtProject) -> None:
    mid_period(dbt_project)
    days = dbt_project.rows(
        "select eligible_days, count(*) from intermediate.int_person_months "
        "where month_start = '2024-05-01' group by 1 order by 1"
    )
    assert days == [(6, 1), (12, 1), (21, 8)]
    [row] = dbt_project.dicts(
        "select * from marts.fct_participation_org_month "
        "where org_unit_key = 0 and month_start = '2024-05-01'"
    )
    assert row["participation_rate"] == pytest.approx(6 / 9, abs=1e-4)
    assert (row["n_population"], row["n_defined"], row["n_partial"]) == (10, 9, 1)
    assert row["contributions_per_20_days"] == pytest.approx(4.3011, abs=1e-4)
    assert row["participation_rate_registered"] == pytest.approx(0.6)
    assert row["suppression_reason"] is None
    dbt_project.test(
        "intermediate.employment", "int_person_unit_months", "marts.people", "fct_participation_org_month"
    )


def test_every_depth_of_the_tree_is_computed_from_people(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2024-05-01", as_of="2024-06-30 23:59:59")
    people = {
        1: {**FULL, "path": ("Sales", "North", "Team 1")},
        2: {**FULL, "path": ("Sales", "North", "Team 2")},
        3: {**FULL, "path": ("Sales", "South")},
        4: {**FULL, "path": ("IT",)},
    }
    employ(dbt_project, people, posts(1, "2024-05-07") + posts(3, "2024-05-07"))
    dbt_project.run("+fct_participation_org_month", "+dim_org_unit")
    rates = dict(
        dbt_project.rows(
            "select name, participation_rate from marts.fct_participation_org_month "
            "join marts.dim_org_unit using (org_unit_key) where month_start = '2024-05-01'"
        )
    )
    assert rates == {
        "Whole organisation": 0.5,
        "Sales": pytest.approx(2 / 3),
        "North": 0.5,
        "South": 1.0,
        "Team 1": 1.0,
        "Team 2": 0.0,
        "IT": 0.0,
    }


def test_leave_notice_and_part_months_take_days_away_from_the_denominator(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2024-05-01", as_of="2024-06-30 23:59:59")
    people = {
        1: dict(FULL),  # on leave 6 to 10 May, twice recorded
        2: {**FULL, "notice_date": "2024-05-15"},  # not gone yet, but no longer engaged
        3: dict(FULL),
    }
    absences = [
        {"worker_id": "w1", "absent_from": "2024-05-06", "absent_to": "2024-05-11", "kind": "leave"},
        {"worker_id": "w1", "absent_from": "2024-05-08", "absent_to": "2024-05-11", "kind": "sick"},
    ]
    messages = posts(2, "2024-05-14") + posts(2, "2024-05-20", 3) + posts(3, "2024-05-02")
    employ(dbt_project, people, messages, absences=absences)
    dbt_project.run("+fct_person_month")
    rows = dbt_project.rows(
        "select person_key, eligible_days, n_contributions from marts.fct_person_month "
        "where month_start = '2024-05-01' order by 1"
    )
    assert rows == [(1, 18, 0), (2, 11, 1), (3, 23, 1)]


def test_a_month_that_has_just_begun_is_not_taken_for_a_whole_one(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2024-05-01", as_of="2024-06-05 12:00:00")
    employ(dbt_project, {1: dict(FULL)}, posts(1, "2024-06-04"))
    dbt_project.run("+fct_participation_org_month")
    [june] = dbt_project.dicts(
        "select * from marts.fct_participation_org_month "
        "where org_unit_key = 0 and month_start = '2024-06-01'"
    )
    assert june["participation_rate"] is None
    assert (june["n_population"], june["n_defined"], june["is_final"]) == (1, 0, False)
    assert june["suppression_reason"] == "no_eligible_persons"


def test_nothing_covered_is_not_nothing_done(dbt_project: DbtProject) -> None:
    dbt_project.reference(
        start="2024-05-01", as_of="2024-06-30 23:59:59", covered=("2024-05-01", "2024-05-31")
    )
    employ(dbt_project, {1: dict(FULL)}, posts(1, "2024-05-07"))
    dbt_project.run("+fct_participation_org_month")
    rows = dbt_project.rows(
        "select month_start, participation_rate, contributions_per_20_days, suppression_reason "
        "from marts.fct_participation_org_month where org_unit_key = 0 order by 1"
    )
    assert rows[0][1] == 1.0
    assert rows[1][1:] == (None, None, "not_covered")


@pytest.mark.parametrize(
    "source", [{"platform": "interactions", "has_visible_contributions": False}, {"has_engagement": False}]
)
def test_mail_and_sources_without_the_purpose_give_rows_without_values(
    dbt_project: DbtProject, source: dict
) -> None:
    dbt_project.reference(start="2024-05-01", as_of="2024-05-31 23:59:59", sources=[source])
    with dbt_project._connected() as connection:
        connection.execute("update reference.calendar_days set is_covered = false")
    employ(dbt_project, {1: dict(FULL)}, posts(1, "2024-05-07"))
    dbt_project.run("+fct_participation_org_month", "+int_network_population")
    rows = dbt_project.rows(
        "select participation_rate, n_defined, n_employed, suppression_reason "
        "from marts.fct_participation_org_month where org_unit_key = 0"
    )
    assert rows == [(None, 0, 1, "no_visible_contributions")]


def test_opted_out_people_are_employed_but_never_observed(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2024-05-01", as_of="2024-05-31 23:59:59")
    employ(dbt_project, {1: dict(FULL), 2: dict(FULL)}, posts(1, "2024-05-07") + posts(2, "2024-05-07"))
    dbt_project.identity(
        accounts=[{"account_id": "a1"}, {"account_id": "a2"}],
        persons=[{"person_key": 1}, {"person_key": 2, "is_opted_out": True}],
        workers={"w1": 1, "w2": 2},
    )
    dbt_project.run("+fct_participation_org_month")
    rows = dbt_project.rows(
        "select n_employed, n_defined, consent_coverage, contributions_per_20_days "
        "from marts.fct_participation_org_month where org_unit_key = 0"
    )
    assert rows == [(2, 1, 0.5, pytest.approx(20 / 23))]
    assert dbt_project.rows("select n_contributions from marts.fct_person_month where person_key = 2") == [
        (None,)
    ]


def test_a_transfer_splits_the_rate_but_not_the_person(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2024-05-01", as_of="2024-05-31 23:59:59")
    tables = hr_rows({1: dict(FULL)})
    tables["jobs"] = [
        {
            "worker_id": "w1",
            "org_unit_id": unit,
            "org_unit_path": [unit],
            "valid_from": begin,
            "valid_to": end,
        }
        for unit, begin, end in [("North", "2020-01-01", "2024-05-16"), ("South", "2024-05-16", None)]
    ]
    messages = posts(1, "2024-05-07") + posts(1, "2024-05-21", 2)
    employ(dbt_project, {1: dict(FULL)}, messages, **tables)
    dbt_project.run("+fct_participation_org_month", "+dim_org_unit")
    rows = dbt_project.rows(
        "select name, n_defined, eligible_days, contributions_per_20_days "
        "from marts.fct_participation_org_month join marts.dim_org_unit using (org_unit_key) "
        "order by name"
    )
    assert rows == [
        ("North", 0, 11, pytest.approx(20 / 11)),
        ("South", 1, 12, pytest.approx(40 / 12)),
        ("Whole organisation", 1, 23, pytest.approx(60 / 23)),
    ]


def test_coverage_of_matching_names_unmatched_accounts_once(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2024-05-01", as_of="2024-05-31 23:59:59")
    people = {1: {**FULL, "path": ("Sales",)}, 2: {**FULL, "path": ("IT",)}}
    employ(dbt_project, people, [])
    dbt_project.identity(
        accounts=[
            {"account_id": "a1"},
            {"account_id": "x", "person_key": None},
            {"account_id": "b", "kind": "bot"},
        ],
        workers={"w1": 1, "w2": 2},
    )
    dbt_project.run("+fct_match_coverage", "+dim_org_unit")
    rows = dbt_project.rows(
        "select name, n_population, n_matched_persons, match_coverage, n_unmatched_accounts, "
        "n_other_accounts, account_match_rate "
        "from marts.fct_match_coverage join marts.dim_org_unit using (org_unit_key) "
        "order by name"
    )
    assert rows == [
        ("IT", 1, 0, 0.0, None, None, None),
        ("Sales", 1, 1, 1.0, None, None, None),
        ("Whole organisation", 2, 1, 0.5, 1, 1, 0.5),
    ]
