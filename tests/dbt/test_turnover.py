"""Headcount and turnover against figures counted by hand."""

from __future__ import annotations

import pytest

from assets.outcomes.turnover import annualised_turnover
from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ, hr_rows


def leaver(day: str, kind: str | None = "voluntary", hired: str = "2020-01-01", **more: object) -> dict:
    return {"hire_date": hired, "termination_date": day, "termination_type": kind, **more}


def test_a_month_of_movements(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2024-01-01", as_of="2024-02-29 23:59:59")
    people: dict = {p: dict(FULL) for p in range(1, 11)}
    people |= {
        11: leaver("2024-01-15"),
        12: leaver("2024-01-31"),  # employed through the last day, gone on the first after
        13: leaver("2024-01-20", "involuntary"),
        14: leaver("2024-01-10", None),
        15: leaver("2024-01-25", "voluntary", hired="2024-01-05"),  # hired and gone
        16: {"hire_date": "2024-01-16"},
        17: [leaver("2024-01-14"), {"hire_date": "2024-01-15"}],  # a new contract without a gap
        18: leaver("2024-03-20"),  # known already, not yet happened
        19: {},  # dates unknown
    }
    jobs = hr_rows(people)["jobs"]
    transferred = [
        {
            "worker_id": "w1",
            "org_unit_id": unit,
            "org_unit_path": [unit],
            "valid_from": begin,
            "valid_to": end,
        }
        for unit, begin, end in [("Sales", "2020-01-01", "2024-01-11"), ("IT", "2024-01-11", None)]
    ]
    employ(dbt_project, people, jobs=[row for row in jobs if row["worker_id"] != "w1"] + transferred)
    dbt_project.build("+fct_turnover_org_month", "+dim_org_unit", "assert_person_years_add_up")
    units = {
        row["org_unit_id"]: row
        for row in dbt_project.dicts(
            "select * from marts.fct_turnover_org_month join marts.dim_org_unit using (org_unit_key) "
            "where month_start = '2024-01-01'"
        )
    }
    january = units["organisation"]
    assert (january["n_population"], january["n_without_dates"]) == (18, 1)
    assert january["headcount_start"] == 16
    assert january["headcount_end"] == 13
    assert january["n_separations"] == 5
    kinds = ("n_voluntary", "n_involuntary", "n_retirement", "n_unclassified", "n_hired_and_gone")
    assert tuple(january[kind] for kind in kinds) == (3, 1, 0, 1, 1)
    days = 12 * 31 + 15 + 31 + 20 + 10 + 21 + 16
    assert january["avg_headcount"] == pytest.approx(days / 31)
    assert january["turnover_rate"] == pytest.approx(5 / (days / 31))
    assert january["retention_rate"] == pytest.approx(12 / 16)
    assert january["separation_rate_per_100py"] == pytest.approx(100 * 5 / (days / 365.25))
    assert january["suppression_reason"] is None
    assert units["IT"]["person_years"] == pytest.approx(21 / 365.25)
    assert (units["IT"]["headcount_start"], units["IT"]["headcount_end"]) == (0, 1)
    assert units["IT"]["retention_rate"] is None
    assert units["Sales"]["n_separations"] == 5  # a transfer is none


def test_a_year_and_a_month_that_has_not_ended(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2023-01-01", as_of="2024-02-10 12:00:00")
    exits = [1, 0, 2, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0]
    people: dict = {p: dict(FULL) for p in range(1, 31)}
    for month, n_exits in enumerate(exits):
        for _ in range(n_exits):
            day = f"{2023 + month // 12}-{month % 12 + 1:02}-10"
            people[len(people) + 1] = leaver(day)
    employ(dbt_project, people)
    dbt_project.run("+fct_turnover_org_month")
    rows = dbt_project.dicts(
        "select * from marts.fct_turnover_org_month where org_unit_key = 0 order by month_start"
    )
    headcounts = [row["avg_headcount"] for row in rows]
    assert [row["n_separations"] for row in rows] == exits
    assert rows[1]["turnover_rate_annualised"] is None
    assert rows[2]["turnover_rate_annualised"] == pytest.approx(
        annualised_turnover(exits[:3], headcounts[:3])
    )
    assert rows[10]["turnover_rate_12m"] is None
    assert rows[11]["turnover_rate_12m"] == pytest.approx(annualised_turnover(exits[:12], headcounts[:12]))
    assert rows[12]["turnover_rate_12m"] == pytest.approx(annualised_turnover(exits[1:13], headcounts[1:13]))
    february = rows[13]
    assert (february["turnover_rate"], february["retention_rate"], february["headcount_end"]) == (None,) * 3
    assert february["avg_headcount"] == 30
    assert (february["suppression_reason"], february["is_final"]) == ("month_not_ended", False)


def test_without_employment_dates_there_is_no_turnover(dbt_project: DbtProject) -> None:
    employ(dbt_project, {1: {}, 2: {}})
    dbt_project.run("+fct_turnover_org_month")
    rows = dbt_project.rows(
        "select distinct n_population, n_without_dates, headcount_start, n_separations, avg_headcount, "
        "turnover_rate, retention_rate, suppression_reason from marts.fct_turnover_org_month"
    )
    assert rows == [(0, 2, None, None, None, None, None, "no_employment_dates")]
