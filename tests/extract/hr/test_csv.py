from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from assets.extract.hr import csv
from assets.extract.reading import ReaderOptions, Refusals, UnreadableLandingError
from tests.factories.delimited_files import SHARED_DATA, Outcome, outcome, write

EMPLOYEES = """worker_id,name,email,hire_date,termination_date,termination_type,manager_id,org_unit_path
1,Ana Lind,ana@x.org,2020-01-01,,,1,Co > Sales
2,Bo Berg,bo@x.org,2020-02-01,2021-03-31,Resignation,1,Co > Sales > North
2,Bo Berg,bo@x.org,2022-02-01,,,ana@x.org,Co > Sales > North
3,Cy Dahl,cy@x.org,2020-02-01,2021-06-30,Redundancy 2021,2,Co > Sales > North
"""


def read(
    tmp_path: Path, content: str, refusals: Refusals | None = None, encoding: str = "utf-8", **options: Any
) -> Outcome:
    unit = write(tmp_path, content, encoding=encoding)
    return outcome(csv.read, unit, ReaderOptions(**options), refusals, "hris")


def rows(found: Outcome, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """These columns with worker ids as in the file, sorted."""
    names = {i.hashed_id: i.original_id for i in found.border.identities.values()}
    picked = [tuple(names.get(r[c], r[c]) for c in columns) for r in found.tables.get(table, [])]
    return sorted(picked, key=repr)


def test_an_employee_list_gives_workers_spells_and_jobs(tmp_path: Path) -> None:
    found = read(tmp_path, EMPLOYEES)
    assert rows(found, "workers", "worker_id") == [("1",), ("2",), ("3",)]
    assert rows(
        found, "spells", "worker_id", "spell_number", "hire_date", "termination_date", "termination_type"
    ) == [
        ("1", 1, date(2020, 1, 1), None, None),
        ("2", 1, date(2020, 2, 1), date(2021, 3, 31), "voluntary"),
        ("2", 2, date(2022, 2, 1), None, None),
        ("3", 1, date(2020, 2, 1), date(2021, 6, 30), "involuntary"),
    ]
    jobs = rows(found, "jobs", "worker_id", "manager_worker_id", "valid_from", "valid_to", "org_unit_id")
    assert jobs[0] == ("1", None, date(2020, 1, 1), None, "Co > Sales")  # their own manager: the root
    assert jobs[1] == ("2", "1", date(2020, 2, 1), date(2021, 4, 1), "Co > Sales > North")
    assert jobs[2][1] == "1"  # the manager by e-mail
    assert found.tables["jobs"][1]["org_unit_path"] == ["Co", "Sales", "North"]
    assert found.border.identities["worker", "1"].email == "ana@x.org"
    assert found.border.rejected == []


def test_the_file_is_as_old_as_its_latest_known_day_not_as_planned_exits(tmp_path: Path) -> None:
    found = read(tmp_path, EMPLOYEES.replace("2021-06-30", "2031-06-30"))
    assert found.border.observed_at == datetime(2022, 2, 1, tzinfo=UTC)


def test_names_never_reach_the_lake(tmp_path: Path) -> None:
    found = read(
        tmp_path, EMPLOYEES.replace("termination_type", "reason").replace("Resignation", "Lind left")
    )
    assert not any(word in repr(found.tables) for word in ("Ana", "Lind", "x.org"))


def test_erased_people_are_gone_as_workers_and_as_managers(tmp_path: Path) -> None:
    found = read(tmp_path, EMPLOYEES, Refusals(erased_workers=frozenset({"1"})))
    assert rows(found, "workers", "worker_id") == [("2",), ("3",)]
    assert [row[1] for row in rows(found, "jobs", "worker_id", "manager_worker_id")] == [None, None, "2"]
    assert found.border.rejected == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_byte_order_marks_and_latin_1(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path, EMPLOYEES.replace("Ana Lind", "Zoë Müller"), encoding=encoding)
    assert found.border.identities["worker", "1"].name == "Zoë Müller"


CONTRADICTIONS = {
    "overlapping_spells": "4,Di,,2020-01-01,2021-01-01,,1,Co\n4,Di,,2020-06-01,,,1,Co\n",
    "termination_before_hire": "4,Di,,2020-01-01,,,1,Co\n4,Di,,2022-06-01,2022-05-31,,1,Co\n",
    "conflicting_rows": "4,Di,,2020-01-01,,,1,Co\n4,Dirk,,2020-01-01,,,1,Co > Sales\n",
    "unreadable_date": "4,Di,,2020-01-01,,,1,Co\n4,Di,,2022-31-12,,,1,Co\n",
    "row_without_worker_id": "4,Di,,2020-01-01,,,1,Co\n,Di,,2020-01-01,,,1,Co\n",
    "wrong_number_of_fields": "4,Di,,2020-01-01,,,1,Co\n5,Di,,2020-01-01\n",
}


@pytest.mark.parametrize("reason", CONTRADICTIONS)
def test_a_contradiction_costs_its_row_and_the_rest_goes_on(tmp_path: Path, reason: str) -> None:
    found = read(tmp_path, EMPLOYEES + CONTRADICTIONS[reason])
    assert found.reasons() == [("row 7", reason)]
    assert rows(found, "spells", "worker_id", "hire_date")[-1] == ("4", date(2020, 1, 1))
    assert len(found.tables["spells"]) == 5
    assert "Di" in (found.border.rejected[0].original or "")
    assert not any(word in found.quarantine_text() for word in ("Di ", "Dirk", "2022-31-12"))


def test_identical_rows_count_once(tmp_path: Path) -> None:
    repeated = EMPLOYEES + EMPLOYEES.splitlines()[2] + "\n"
    assert read(tmp_path, repeated).tables == read(tmp_path, EMPLOYEES).tables
    assert read(tmp_path, repeated).border.rejected == []


def test_of_two_versions_of_a_row_the_later_one_holds(tmp_path: Path) -> None:
    content = (
        "worker_id,hire_date,level,updated_at\n"
        "1,2020-01-01,L2,2024-02-01 10:00\n1,2020-01-01,L1,2024-01-01 10:00\n"
    )
    found = read(tmp_path, content)
    assert rows(found, "jobs", "level") == [("L2",)] and found.border.rejected == []
    assert found.tables["workers"][0]["updated_at"] == datetime(2024, 2, 1, 10, tzinfo=UTC)


def test_a_circle_of_managers_costs_the_managers(tmp_path: Path) -> None:
    circle = (
        "4,Di,,2020-01-01,,,5,Co\n5,Ed,,2020-01-01,,,6,Co\n6,Fi,,2020-01-01,,,4,Co\n7,Gi,,2020-01-01,,,4,Co\n"
    )
    found = read(tmp_path, EMPLOYEES + circle)
    assert found.reasons() == [(f"row {row}", "manager_cycle") for row in (6, 7, 8)]
    managers = dict(rows(found, "jobs", "worker_id", "manager_worker_id"))
    assert [managers[worker] for worker in "4567"] == [None, None, None, "4"]


def test_an_unknown_manager_costs_the_manager(tmp_path: Path) -> None:
    found = read(tmp_path, EMPLOYEES + "4,Di,,2020-01-01,,,77,Co\n")
    assert found.reasons() == [("row 6", "unknown_manager")]
    assert ("4", None) in rows(found, "jobs", "worker_id", "manager_worker_id")
    assert ("worker", "77") not in found.border.identities


def test_a_file_that_is_a_part_of_the_company_keeps_its_managers(tmp_path: Path) -> None:
    lines = "".join(f"{n},2024-01-01,{n + 1000},A\n" for n in range(30))
    found = read(tmp_path, "worker_id,valid_from,manager_id,org_unit_id\n" + lines)
    assert found.border.rejected == []
    assert rows(found, "jobs", "worker_id", "manager_worker_id")[0] == ("0", "1000")


def test_an_unknown_reason_for_leaving_is_unknown_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, EMPLOYEES.replace("Resignation", "Bo was tired"))
    assert found.reasons() == [("row 3", "unknown_termination_type")]
    assert "tired" not in found.quarantine_text()
    assert ("2", "unknown") in rows(found, "spells", "worker_id", "termination_type")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Voluntary", "voluntary"),
        ("Involuntary Termination", "involuntary"),
        ("RESIGNATION_OTHER_JOB", "voluntary"),
        ("retired", "retirement"),
        ("Deceased", "death"),
        ("End of contract", "end_of_contract"),
        ("dismissal", "involuntary"),
        ("n/a", "unknown"),
    ],
)
def test_words_of_hr(tmp_path: Path, word: str, kind: str) -> None:
    found = read(tmp_path, EMPLOYEES.replace("Resignation", word))
    assert ("2", kind) in rows(found, "spells", "worker_id", "termination_type")
    assert found.border.rejected == []


def test_whether_an_exit_is_regretted_is_what_the_file_says_of_ended_employments(tmp_path: Path) -> None:
    words = [
        "Yes",
        "regretted",
        "TRUE",
        "1",
        "no",
        "Non-regrettable",
        "0",
        "",
        "tbd",
        "n/a",
        "a pity",
        "rather",
    ]
    lines = "".join(f"{n},2020-01-01,2024-02-0{n % 9 + 1},Resignation,{w}\n" for n, w in enumerate(words, 10))
    file = "worker_id,hire_date,termination_date,termination_type,is_regretted\n" + lines
    found = read(tmp_path, file + "99,2020-01-01,,,yes\n")
    said = dict(rows(found, "spells", "worker_id", "is_regretted"))
    assert [said[str(n)] for n in range(10, 22)] == [True] * 4 + [False] * 3 + [None] * 5
    assert said["99"] is None  # still employed: there is nothing to assess
    assert found.reasons() == [("row 12", "unknown_assessment")] and "pity" not in found.quarantine_text()
    assert set(dict(rows(read(tmp_path, EMPLOYEES), "spells", "worker_id", "is_regretted")).values()) == {
        None
    }


def test_dated_jobs_keep_history_and_convert_inclusive_ends(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "worker_id;valid_from;valid_to;manager_id;org_unit_id;fte;employment_type;Cost Centre\n"
        "1;01.01.2020;31.05.2020;;A;1,0;Permanent;C1\n"
        "1;01.06.2020;31.12.9999;;B;0,8;Permanent;C2\n"
        "2;01.01.2020;31.03.2020;1;A;1,0;Contractor;C1\n"
        "2;01.04.2020;;1;A;full;Contractor;\n",
        attributes=("Cost Centre",),
    )
    assert rows(found, "jobs", "worker_id", "valid_from", "valid_to", "org_unit_id", "fte") == [
        ("1", date(2020, 1, 1), date(2020, 6, 1), "A", 1.0),
        ("1", date(2020, 6, 1), None, "B", 0.8),
        ("2", date(2020, 1, 1), date(2020, 4, 1), "A", 1.0),
        ("2", date(2020, 4, 1), None, "A", None),
    ]
    assert found.tables["jobs"][1]["attributes"] == [("Cost Centre", "C2")]
    assert rows(found, "workers", "worker_id", "is_contingent") == [("1", False), ("2", True)]
    assert found.reasons() == [("row 5", "unreadable_fte")]
    assert "spells" not in found.tables


def test_exclusive_ends_stay(tmp_path: Path) -> None:
    content = "worker_id,valid_from,valid_to,level\n1,2020-01-01,2020-06-01,L1\n1,2020-06-01,,L2\n"
    assert rows(read(tmp_path, content), "jobs", "valid_to") == [(None,), (date(2020, 6, 1),)]


def test_a_circle_of_managers_over_time_is_no_circle(tmp_path: Path) -> None:
    swap = "1,2020-01-01,2020-06-01,2\n2,2020-01-01,2020-06-01,\n1,2020-06-01,,\n2,2020-06-01,,1\n"
    found = read(tmp_path, "worker_id,valid_from,valid_to,manager_id\n" + swap)
    assert found.border.rejected == []
    real = read(
        tmp_path, "worker_id,valid_from,valid_to,manager_id\n" + swap.replace("06-01,,\n", "06-01,,2\n")
    )
    assert [reason for _, reason in real.reasons()] == ["manager_cycle"] * 2


def test_overlapping_job_rows_end_at_the_next_one(tmp_path: Path) -> None:
    content = "worker_id,valid_from,valid_to,level\n1,2020-01-01,2020-09-01,L1\n1,2020-06-01,,L2\n"
    found = read(tmp_path, content)
    assert rows(found, "jobs", "valid_to") == [(None,), (date(2020, 6, 1),)]
    assert found.reasons() == [("row 2", "overlapping_jobs")]


def test_snapshots_become_states_and_spells(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "EMPLOYEE_ID,SNAPSHOT,MANAGER_ID,JOIN_DATE,LEAVE_DATE,DEPARTMENT\n"
        "1,31/01/2020,,01/01/2019,,A\n"
        "1,29/02/2020,,01/01/2019,,B\n"
        "2,31/01/2020,1,01/01/2018,,B\n"
        "2,30/06/2020,1,01/06/2020,,B\n"
        "3,31/01/2020,1,01/01/2018,15/02/2020,B\n"
        "4,31/01/2020,1,01/01/2018,,B\n"
        "4,29/02/2020,1,02/01/2018,,B\n",
        columns={
            "worker_id": "EMPLOYEE_ID",
            "snapshot_date": "SNAPSHOT",
            "manager_id": "MANAGER_ID",
            "hire_date": "JOIN_DATE",
            "termination_date": "LEAVE_DATE",
            "org_unit_id": "DEPARTMENT",
        },
    )
    assert rows(found, "spells", "worker_id", "hire_date", "termination_date") == [
        ("1", date(2019, 1, 1), None),
        ("2", date(2018, 1, 1), date(2020, 1, 31)),
        ("2", date(2020, 6, 1), None),
        ("3", date(2018, 1, 1), date(2020, 2, 15)),
        ("4", date(2018, 1, 2), None),
    ]
    assert found.reasons() == [("row 4", "implied_termination")]
    assert rows(found, "jobs", "worker_id", "valid_from", "org_unit_id")[:2] == [
        ("1", date(2020, 1, 31), "A"),
        ("1", date(2020, 2, 29), "B"),
    ]
    assert all(job["is_snapshot"] and job["valid_to"] is None for job in found.tables["jobs"])
    assert found.border.observed_at == datetime(2020, 6, 30, tzinfo=UTC)


def test_absences_end_the_day_after_their_last_day(tmp_path: Path) -> None:
    content = "worker_id,absent_from,absent_to,kind\n1,2020-01-01,2020-01-31,parental\n2,2020-05-01,,sick\n"
    found = read(tmp_path, content + "3,2020-05-01,2020-04-01,sick\n")
    assert rows(found, "absences", "worker_id", "absent_to") == [("1", date(2020, 2, 1)), ("2", None)]
    assert found.reasons() == [("row 4", "absence_ends_before_start")]
    assert set(found.tables) == {"absences"}


@pytest.mark.parametrize(
    ("content", "options", "reason", "words"),
    [
        ("EmployeeID,hire_date\n1,2020-01-01\n", {}, "missing_column", "columns: {worker_id: EmployeeID}"),
        ("worker_id,termination_date\n1,2020-01-01\n", {}, "missing_column", "hire_date"),
        (
            "worker_id,name\n1,Ana\n",
            {"columns": {"hire_date": "Hired"}},
            "missing_column",
            "columns.hire_date",
        ),
        ("worker_id,shoe_size\n1,41\n", {}, "unknown_hr_file", "valid_from"),
        ("worker_id,hire_date\n1,01/02/2020\n2,03/04/2020\n", {}, "ambiguous_dates", "time_format"),
        ("worker_id,hire_date\n1,25/02/2020\n2,03/24/2020\n", {}, "mixed_date_formats", "hire_date"),
        ("worker_id,hire_date\n1,then\n2,now\n", {}, "unreadable_dates", "time_format"),
    ],
)
def test_files_that_cannot_be_understood_are_refused_with_the_remedy(
    tmp_path: Path, content: str, options: dict[str, Any], reason: str, words: str
) -> None:
    with pytest.raises(UnreadableLandingError) as caught:
        read(tmp_path, content, **options)
    assert caught.value.reason == reason and words in str(caught.value)
    assert "Ana" not in str(caught.value)


def test_a_reports_to_list_is_employees_without_dates(tmp_path: Path) -> None:
    found = read(tmp_path, "ID,Boss\n1,2\n2,2\n", columns={"worker_id": "ID", "manager_id": "Boss"})
    assert rows(found, "jobs", "worker_id", "manager_worker_id", "valid_from") == [
        ("1", "2", None),
        ("2", None, None),
    ]
    assert "spells" not in found.tables and found.border.observed_at is None


def test_the_chart_of_a_manufacturing_company() -> None:
    unit = SHARED_DATA / "manufacturing_email" / "reportsto.csv"
    if not unit.exists():
        pytest.skip("needs ../shared/data/manufacturing_email, which is not part of the repository")
    options = ReaderOptions(columns={"worker_id": "ID", "manager_id": "ReportsToID"})
    found = outcome(csv.read, unit, options)
    managers = dict(rows(found, "jobs", "worker_id", "manager_worker_id"))
    assert len(managers) == len(found.tables["workers"]) == 154
    assert [worker for worker, manager in managers.items() if manager is None] == ["86"]
    assert found.border.rejected == []
