"""Headcount and turnover against figures counted by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from jinja2 import Environment
from scipy import stats

from assets.outcomes.person_time import Arm, rate_per_100_person_years
from assets.outcomes.turnover import annualised_turnover
from tests.factories.dbt_project import PROJECT, DbtProject
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
    assert (january["n_regretted"], january["n_not_assessed"], january["regretted_turnover_rate"]) == (
        None,
    ) * 3
    assert january["regret_reason"] == january["regret_reason_12m"] == "no_exit_was_ever_assessed"
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
    year = rows[12]  # the last month that has ended; the window before it has one month
    assert year["turnover_rate_12m"] == pytest.approx(annualised_turnover(exits[1:13], headcounts[1:13]))
    assert year["turnover_rate_annualised"] == pytest.approx(year["turnover_rate_12m"])
    assert year["retention_rate_12m"] == pytest.approx(1 - 6 / 36)
    assert year["person_years_12m"] == pytest.approx(sum(row["person_years"] for row in rows[1:13]))
    found = rate_per_100_person_years(Arm(6, year["person_years_12m"]))
    assert found is not None
    assert [year[f"separation_rate_per_100py_12m{end}"] for end in ("", "_ci_low", "_ci_high")] == (
        pytest.approx([found.value, *found.interval])
    )
    assert (year["n_separations_12m"], year["n_months_12m"], year["window_reason"]) == (6, 12, None)
    assert (rows[0]["turnover_rate_annualised"], rows[0]["window_reason"]) == (
        None,
        "fewer_than_three_months",
    )
    assert {row["window_reason"] for row in rows[1:12]} == {"not_the_end_of_a_window"}
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


def test_a_shorter_first_window_is_annualised_and_decisions_are_dated_to_the_notice(
    dbt_project: DbtProject,
) -> None:
    dbt_project.reference(start="2024-01-01", as_of="2024-04-30 23:59:59")
    people: dict = {p: dict(FULL) for p in range(1, 31)}
    for month, n_exits in enumerate([1, 0, 2, 0], start=1):
        for _ in range(n_exits):
            people[len(people) + 1] = leaver(f"2024-{month:02}-10", "involuntary")
    people |= {100 + i: leaver(f"2024-0{1 + i // 3}-15") for i in range(10)}  # 3, 3, 3, 1
    people |= {200: {"hire_date": "2020-01-01", "notice_date": "2024-02-20"}}  # pending
    people |= {201: leaver("2024-04-05", notice_date="2024-01-09")}  # resigned three months before
    employ(dbt_project, people)
    dbt_project.run("+fct_turnover_org_month")
    rows = dbt_project.dicts(
        "select * from marts.fct_turnover_org_month where org_unit_key = 0 order by month_start"
    )
    assert [row["n_voluntary"] for row in rows] == [3, 3, 3, 2]
    assert [row["n_decisions"] for row in rows] == [4, 4, 3, 1]
    last = rows[-1]
    assert (last["n_separations_12m"], last["n_voluntary_12m"], last["n_months_12m"]) == (14, 11, 4)
    assert (last["n_involuntary_12m"], last["n_retirement_12m"], last["n_unclassified_12m"]) == (3, 0, 0)
    assert last["window_reason"] == "fewer_than_twelve_months" and last["turnover_rate_12m"] is None
    assert last["turnover_rate_annualised"] == pytest.approx(
        annualised_turnover([4, 3, 5, 2], [row["avg_headcount"] for row in rows])
    )


def test_regretted_exits_are_what_the_employer_says_and_every_class_has_its_rate(
    dbt_project: DbtProject,
) -> None:
    dbt_project.reference(start="2024-01-01", as_of="2024-12-31 23:59:59")
    people: dict = {p: {**FULL, "path": ("Sales",)} for p in range(1, 31)}
    assessed = {31: True, 32: True, 33: False, 34: None}  # the last one left in May, not yet assessed
    for person, is_regretted in assessed.items():
        day = "2024-05-10" if is_regretted is None else "2024-03-10"
        people[person] = {**leaver(day), "is_regretted": is_regretted, "path": ("Sales",)}
    people |= {39: {**FULL, "path": ("IT",)}}
    people |= {40: {**leaver("2024-04-20", "involuntary", is_regretted=True), "path": ("IT",)}}
    people |= {41: {**leaver("2024-04-20", None, is_regretted=True), "path": ("IT",)}}
    people |= {42: {**leaver("2024-04-21", is_regretted=False), "path": ("IT",)}}
    kinds = ("retirement", "retirement", "death", "end_of_contract", "end_of_contract", "end_of_contract")
    people |= {
        50 + i: {**leaver(f"2024-0{6 + i % 2}-15", kind), "path": ("IT",)} for i, kind in enumerate(kinds)
    }
    employ(dbt_project, people)
    dbt_project.build("+fct_turnover_org_month", "+dim_org_unit")
    rows = dbt_project.dicts(
        "select * from marts.fct_turnover_org_month join marts.dim_org_unit using (org_unit_key)"
    )
    by = {(row["org_unit_id"], row["month_start"].month): row for row in rows}
    counts = ("n_voluntary", "n_regretted", "n_not_regretted", "n_not_assessed")
    march, april, may = by["Sales", 3], by["IT", 4], by["Sales", 5]
    assert tuple(march[name] for name in counts) == (3, 2, 1, 0)
    assert march["regretted_turnover_rate"] == pytest.approx(2 / march["avg_headcount"])
    assert march["regret_reason"] is None
    # A dismissal or an exit of unknown kind is nobody's regretted resignation, whatever the file says.
    assert tuple(april[name] for name in counts) == (1, 0, 1, 0)
    assert april["regretted_turnover_rate"] == 0
    assert tuple(may[name] for name in counts) == (1, 0, 0, 1)
    assert (may["regretted_turnover_rate"], may["regret_reason"]) == (None, "not_every_resignation_assessed")
    sales, it, everybody = by["Sales", 12], by["IT", 12], by["organisation", 12]
    assert tuple(everybody[f"{name}_12m"] for name in counts) == (5, 2, 2, 1)
    assert sales["regretted_turnover_rate_12m"] is None and it["regretted_turnover_rate_12m"] == 0
    assert (sales["regret_reason_12m"], it["regret_reason_12m"]) == ("not_every_resignation_assessed", None)
    expected = {
        "separation": 13, "voluntary": 5, "involuntary": 1, "retirement": 2, "death": 1, "end_of_contract": 3,
        "decision": 5,
    }  # fmt: skip
    years = everybody["person_years_12m"]
    for name, n in expected.items():
        found = [everybody[f"{name}_rate_per_100py_12m{end}"] for end in ("", "_ci_low", "_ci_high")]
        limits = (stats.chi2.ppf(0.025, 2 * n) / 2, stats.chi2.ppf(0.975, 2 * n + 2) / 2)
        assert found == pytest.approx([100 * value / years for value in (n, *limits)], rel=1e-5), name
    june = by["IT", 6]
    one = rate_per_100_person_years(Arm(1, june["person_years"]))
    assert one is not None and june["n_death"] + june["n_retirement"] + june["n_end_of_contract"] == 3
    assert june["retirement_rate_per_100py"] == pytest.approx(one.value)
    assert june["involuntary_rate_per_100py_ci_low"] == 0
    assert june["involuntary_rate_per_100py_ci_high"] == pytest.approx(
        100 * 3.6889 / june["person_years"], rel=1e-4
    )


def test_attributes_and_years_of_hire_add_up_to_everybody(dbt_project: DbtProject) -> None:
    dbt_project.reference(start="2024-01-01", as_of="2024-02-29 23:59:59")
    people: dict = {p: dict(FULL) for p in range(1, 9)}
    people |= {9: leaver("2024-01-20"), 10: leaver("2024-02-10", None, hired="2023-05-01")}
    jobs = [
        {**row, "level": "L1" if row["worker_id"] in {"w1", "w9"} else None, "employment_type": "permanent"}
        for row in hr_rows(people)["jobs"]
    ]
    employ(dbt_project, people, jobs=jobs)
    dbt_project.build("+fct_turnover_attribute_month", "+fct_turnover_org_month", "+dim_org_unit")
    rows = {
        (row["dimension"], row["dimension_value"]): row
        for row in dbt_project.dicts(
            "select * from marts.fct_turnover_attribute_month where month_start = '2024-01-01'"
        )
    }
    assert (rows["level", "L1"]["n_voluntary"], rows["level", "L1"]["n_population"]) == (1, 2)
    assert rows["level", "unknown"]["n_population"] == 8
    assert rows["hire_year", "2023"]["headcount_start"] == 1
    assert rows["age_band", "unknown"]["n_population"] == 10
    assert set(rows) >= {("employment_type", "permanent"), ("location", "unknown")}
    assert rows["level", "L1"]["separation_rate_per_100py"] == pytest.approx(100 / (51 / 365.25))
    apart = dbt_project.rows("""
        select dimension, month_start, sum(n_separations), round(sum(person_years), 9)
        from marts.fct_turnover_attribute_month where dimension_value <> '(all)' group by all
        except
        select dimension, month_start, n_separations, round(person_years, 9)
        from marts.fct_turnover_attribute_month where dimension_value = '(all)'
    """)
    assert apart == []
    shared = "month_start, n_population, n_separations, avg_headcount, turnover_rate, retention_rate"
    assert (
        dbt_project.rows(f"""
        select {shared} from marts.fct_turnover_attribute_month where dimension_value = '(all)'
        except select {shared} from marts.fct_turnover_org_month where org_unit_key = 0
    """)
        == []
    )


def test_exact_limits_of_a_count_in_sql_are_those_of_chi_square() -> None:
    counts = [*range(60), 100, 1000, 25_000]
    template = "{% set n = 'n' %}{{ poisson_low(n) }} as low, {{ poisson_high(n) }} as high"
    macro = Path(PROJECT / "macros" / "poisson_limits.sql").read_text(encoding="utf-8")
    query = Environment().from_string(macro + template).render()
    values = ", ".join(f"({n})" for n in counts)
    with duckdb.connect() as connection:
        found = connection.execute(f"select {query} from (values {values}) as counts (n)").fetchall()
        assert connection.execute(f"select {query} from (select null::int as n)").fetchall() == [(None, None)]
    expected = [
        (stats.chi2.ppf(0.025, 2 * n) / 2 if n else 0.0, stats.chi2.ppf(0.975, 2 * n + 2) / 2) for n in counts
    ]
    assert [pair for row in found for pair in row] == pytest.approx(
        [limit for pair in expected for limit in pair], rel=2e-6
    )
