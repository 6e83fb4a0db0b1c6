"""Spells, jobs, org units and time zones from HR rows as customers deliver them."""

from __future__ import annotations

from datetime import date

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ


def test_rehires_conversions_and_people_without_dates(dbt_project: DbtProject) -> None:
    left = {"termination_type": "voluntary"}
    people = {
        1: [
            {"hire_date": "2020-01-01", "termination_date": "2023-12-31", **left},
            {"hire_date": "2024-02-15"},
        ],
        2: [
            {"hire_date": "2020-01-01", "termination_date": "2024-01-31", **left},
            {"hire_date": "2024-02-01"},
        ],
        3: [{}],
    }
    employ(dbt_project, people)
    dbt_project.identity(
        accounts=[{"account_id": "a9", "account_key": 9, "person_key": 9}],
        workers={"w1": 1, "w2": 2, "w3": 3},
    )
    dbt_project.run("+int_person_months")
    spells = dbt_project.rows(
        "select person_key, hire_date, is_separation, has_employment_dates from intermediate.int_spells "
        "order by person_key, hire_date"
    )
    assert spells == [
        (1, date(2020, 1, 1), True, True),
        (1, date(2024, 2, 15), False, True),
        (2, date(2020, 1, 1), False, True),  # the next contract follows on the next day
        (2, date(2024, 2, 1), False, True),
        (3, None, False, False),
        (9, None, False, False),  # an account that HR does not know
    ]
    assert dbt_project.rows("select count(distinct spell_key) from intermediate.int_spells") == [(6,)]
    days = dbt_project.rows(
        "select person_key, month_start, employed_days, tenure_months from intermediate.int_person_months "
        "where person_key in (1, 3) order by 1, 2"
    )
    assert days == [
        (1, date(2024, 2, 1), 15, 0),
        (1, date(2024, 3, 1), 31, 0),
        (3, date(2024, 1, 1), 31, None),
        (3, date(2024, 2, 1), 29, None),
        (3, date(2024, 3, 1), 31, None),
    ]


def test_renamed_units_keep_their_key_and_parents_are_found_by_name(dbt_project: DbtProject) -> None:
    def job(worker: int, unit: str | None, path: list[str], begin: str, end: str | None = None) -> dict:
        return {
            "worker_id": f"w{worker}",
            "org_unit_id": unit,
            "org_unit_path": path,
            "valid_from": begin,
            "valid_to": end,
        }

    jobs = [
        job(1, "T1", ["Sales", "North", "Alpha"], "2020-01-01", "2024-02-01"),
        job(1, "T1", ["Sales", "North", "Beta"], "2024-02-01"),  # renamed
        job(2, "N", ["Sales", "North"], "2020-01-01"),  # the department itself
        job(3, None, ["Sales", "North"], "2020-01-01"),  # the same, without its id
        job(4, "IT", ["IT"], "2020-01-01"),
    ]
    employ(dbt_project, {p: dict(FULL) for p in range(1, 5)}, jobs=jobs)
    dbt_project.run("+dim_org_unit", "+int_person_months")
    units = dbt_project.rows(
        "select unit.org_unit_id, unit.name, unit.depth, parent.org_unit_id, grouped.org_unit_id "
        "from marts.dim_org_unit as unit "
        "left join marts.dim_org_unit as parent on unit.parent_org_unit_key = parent.org_unit_key "
        "join marts.dim_org_unit as grouped on unit.group_key = grouped.org_unit_key "
        "order by unit.depth, unit.org_unit_id"
    )
    assert units == [
        ("organisation", "Whole organisation", 0, None, "organisation"),
        ("IT", "IT", 1, "organisation", "IT"),
        ("path:Sales", "Sales", 1, "organisation", "path:Sales"),
        ("N", "North", 2, "path:Sales", "N"),
        ("T1", "Beta", 3, "N", "N"),
    ]
    of_persons = dbt_project.rows(
        "select person_key, org_unit_id from intermediate.int_person_months "
        "join marts.dim_org_unit using (org_unit_key) where month_start = '2024-01-01' order by 1"
    )
    assert of_persons == [(1, "T1"), (2, "N"), (3, "N"), (4, "IT")]


def test_snapshots_reach_back_and_locations_give_the_time_zone(dbt_project: DbtProject) -> None:
    dbt_project.reference(locations={"Porto": "Europe/Lisbon", "Pune": "Asia/Kolkata"})
    snapshots = [
        {
            "worker_id": "w1",
            "org_unit_id": unit,
            "org_unit_path": [unit],
            "location": location,
            "manager_worker_id": "w2",
            "valid_from": day,
            "is_snapshot": True,
        }
        for unit, location, day in [
            ("Sales", "Porto", "2024-02-01"),
            ("Sales", "Pune", "2024-03-01"),
            ("IT", "Moon", "2024-03-15"),
        ]
    ]
    employ(dbt_project, {1: dict(FULL), 2: dict(FULL)}, jobs=snapshots)
    dbt_project.run("+int_person_timezones", "+dim_person_history")
    assert dbt_project.rows(
        "select valid_from, valid_to, manager_person_key, is_start_assumed from intermediate.int_jobs "
        "order by valid_to nulls last"
    ) == [
        (None, date(2024, 3, 1), 2, True),
        (date(2024, 3, 1), date(2024, 3, 15), 2, False),
        (date(2024, 3, 15), None, 2, False),
    ]
    assert dbt_project.rows(
        "select person_key, timezone, valid_to from intermediate.int_person_timezones order by 1, valid_from"
    ) == [
        (1, "Europe/Lisbon", date(2024, 3, 1)),
        (1, "Asia/Kolkata", date(2024, 3, 15)),
        (1, "UTC", None),  # an unknown location has the default
        (2, "UTC", None),
    ]


def test_the_snapshot_counts_who_could_be_seen_for_half_of_the_window(dbt_project: DbtProject) -> None:
    people = {
        1: dict(FULL),
        2: {"hire_date": "2024-03-01"},  # a month of three
        3: {**FULL, "termination_date": "2024-03-30"},  # gone on the last day
        4: dict(FULL),  # on leave nearly all the time
        5: dict(FULL),  # no account
        6: {**FULL, "termination_date": "2024-03-31"},  # still there on the last day
    }
    absences = [{"worker_id": "w4", "absent_from": "2024-01-08", "absent_to": None, "kind": "parental"}]
    employ(dbt_project, people, absences=absences)
    dbt_project.identity(
        accounts=[{"account_id": f"a{p}", "account_key": p, "person_key": p} for p in (1, 2, 3, 4, 6)],
        workers={f"w{p}": p for p in people},
    )
    dbt_project.run("+int_network_population")
    assert dbt_project.rows(
        "select person_key, is_measured from intermediate.int_network_population "
        "where month_start = '2024-03-01' order by 1"
    ) == [(1, True), (2, False), (4, False), (5, False), (6, True)]


def test_contingent_workers_count_only_if_the_settings_say_so(dbt_project: DbtProject) -> None:
    workers = [{"worker_id": "w1", "is_contingent": True}, {"worker_id": "w2", "is_contingent": False}]
    employ(dbt_project, {1: dict(FULL), 2: dict(FULL)}, workers=workers)
    count = "select count(distinct person_key) from intermediate.int_person_months"
    dbt_project.run("+int_person_months")
    assert dbt_project.rows(count) == [(1,)]
    dbt_project.run("+int_person_months", variables={"include_contingent": True})
    assert dbt_project.rows(count) == [(2,)]
