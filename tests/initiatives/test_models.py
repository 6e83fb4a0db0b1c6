"""The SQL around initiatives on a small organisation, against figures worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from assets.initiatives.step import estimate_from
from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ, hr_rows, posts

TEAMS = {p: f"T{(p - 1) // 6 + 1}" for p in range(1, 25)}
"""Four teams of six."""
MODELS = ("+int_initiative_unit_months", "+int_initiative_cells", "+int_initiative_persons",
          "+dim_initiative", "+fct_initiative_participation_week", "+int_adoption_spells",
          "+fct_tie_month")  # fmt: skip


def initiative(target, kind="org_unit", **changes):
    return {
        "initiative_id": "I1", "name": "Coaching", "target_kind": kind, "target_id": target,
        "starts_on": date(2024, 4, 1), "ends_on": date(2024, 5, 31), "assignment": "random",
        "primary_metric": "participation_rate", "registered_on": date(2024, 3, 1),
    } | changes  # fmt: skip


def company(project: DbtProject, initiatives, moved=None, people=None, **lake):
    """January to June; T1 begins to post in April, T3 and T4 always post, T2 never does."""
    project.reference(start="2024-01-01", as_of="2024-07-20 23:59:59")
    staff = {p: {**FULL, "path": ("Sales", TEAMS[p])} for p in TEAMS} | (people or {})
    messages = []
    for month in range(1, 8):
        writing = [p for p in TEAMS if TEAMS[p] in ("T3", "T4") or (TEAMS[p] == "T1" and month >= 4)]
        messages += [row for p in writing for row in posts(p, f"2024-{month:02}-10")]
    rows = hr_rows(staff)
    if moved:
        person, to, day = moved
        (job,) = [row for row in rows["jobs"] if row["worker_id"] == f"w{person}"]
        job["valid_to"] = date.fromisoformat(day)
        rows["jobs"].append(
            {**job, "org_unit_id": to, "org_unit_path": ["Sales", to], "valid_to": None,
             "valid_from": date.fromisoformat(day)}
        )  # fmt: skip
    employ(
        project,
        staff,
        messages + lake.pop("messages", []),
        jobs=rows["jobs"],
        initiatives=initiatives,
        **lake,
    )
    project.run(*MODELS)


LATE = [
    {"message_id": "late", "channel_id": "c1", "author_account_id": "a1", "kind": "post",
     "sent_at": "2024-04-11 20:30"},
    {"message_id": "saturday", "channel_id": "c1", "author_account_id": "a1", "kind": "post",
     "sent_at": "2024-04-13 11:00"},
    {"message_id": "answer", "channel_id": "c1", "author_account_id": "a2", "kind": "reply",
     "sent_at": "2024-04-12 09:00", "thread_id": "late", "parent_message_id": "late"},
    {"message_id": "own", "channel_id": "c1", "author_account_id": "a1", "kind": "reply",
     "sent_at": "2024-04-13 12:00", "thread_id": "saturday", "parent_message_id": "saturday"},
]  # fmt: skip
TWO_TEAMS = [initiative("T1"), initiative("T2"), initiative("T9")]


def unit_months(project, population, month):
    return dict(
        project.rows(
            f"""
            select units.org_unit_id, (months.n_persons, months.n_participants)
            from intermediate.int_initiative_unit_months as months
            inner join intermediate.int_org_units as units on months.unit_key = units.org_unit_key
            where population = '{population}' and month_start = date '{month}' and initiative_id = 'I1'
            """
        )
    )


def test_registry_and_sums_before_and_after_the_start(dbt_project: DbtProject) -> None:
    """Units are summed as they were before the start, and as they are; unknown targets are told."""
    company(dbt_project, TWO_TEAMS, moved=(13, "T1", "2024-04-01"), messages=LATE)  # from T3, who posts
    [row] = dbt_project.dicts("select * from marts.dim_initiative")
    assert (row["n_targets"], row["n_unknown_targets"], row["target_kind"]) == (3, 1, "org_units")
    assert row["baseline_month"] == date(2024, 2, 1)  # March may already know
    assert (row["first_month"], row["end_month"]) == (date(2024, 4, 1), date(2024, 6, 1))
    assert row["is_preregistered"] and row["unit_depth"] == 2
    dbt_project.test("intermediate.initiatives", "dim_initiative", "fct_initiative_participation_week")
    assert unit_months(dbt_project, "baseline", "2024-02-01") == {
        "T1": (6, 0), "T2": (6, 0), "T3": (6, 6), "T4": (6, 6),
    }  # fmt: skip
    assert unit_months(dbt_project, "baseline", "2024-04-01")["T1"] == (6, 6)
    assert unit_months(dbt_project, "baseline", "2024-04-01")["T3"] == (6, 6)
    assert unit_months(dbt_project, "current", "2024-04-01")["T1"] == (7, 7)
    assert unit_months(dbt_project, "current", "2024-04-01")["T3"] == (5, 5)
    sides = dbt_project.rows(
        "select distinct org_unit_id, side from intermediate.int_initiative_units "
        "join intermediate.int_org_units using (org_unit_key) where org_unit_id like 'T%' order by 1"
    )
    assert sides == [("T1", "target"), ("T2", "target"), ("T3", "comparison"), ("T4", "comparison")]
    [row] = dbt_project.dicts(
        "select * from intermediate.int_initiative_guardrails "
        "where person_key = 1 and month_start = date '2024-04-01'"
    )
    # the post of the 10th, two late ones and the reply to oneself on a Saturday
    assert (row["n_timed"], row["n_after_hours"]) == (4, 3)
    assert (row["n_threads"], row["n_answered"]) == (3, 1)


def test_phases_share_a_programme_and_a_month_begun_is_neither_before_nor_after(
    dbt_project: DbtProject,
) -> None:
    phases = [
        initiative("T1", initiative_id="P1", assignment="phased"),
        initiative("T2", initiative_id="P2", assignment="phased", starts_on=date(2024, 6, 1), ends_on=None),
        initiative("T4", initiative_id="M", starts_on=date(2024, 4, 15), ends_on=None),
        initiative("T3", initiative_id="old", starts_on=date(2022, 5, 1), ends_on=date(2022, 7, 31)),
    ]
    company(dbt_project, phases)
    rows = dbt_project.rows(
        "select initiative_id, phase_number, n_phases from marts.dim_initiative order by 1"
    )
    assert rows == [("M", 1, 1), ("P1", 1, 2), ("P2", 2, 2), ("old", 1, 1)]
    [midway] = dbt_project.dicts("select * from marts.dim_initiative where initiative_id = 'M'")
    assert midway["baseline_month"] == date(2024, 2, 1)
    assert (midway["first_month"], midway["end_month"]) == (date(2024, 5, 1), None)
    units = dbt_project.rows(
        "select org_unit_id, side, phase_start, is_in_another_initiative "
        "from intermediate.int_initiative_units join intermediate.int_org_units using (org_unit_key) "
        "where initiative_id = 'P1' and org_unit_id like 'T%' order by 1"
    )
    assert units == [
        ("T1", "target", date(2024, 4, 1), False),
        ("T2", "other_phase", date(2024, 6, 1), False),
        ("T3", "comparison", None, False),  # the other initiative there was over long before
        ("T4", "comparison", None, True),
    ]


def test_the_curve_counts_28_days_on_three_populations(dbt_project: DbtProject) -> None:
    people = {
        6: {"hire_date": "2024-04-15", "path": ("Sales", "T1")},  # joins; posts on the 10th of each month
        5: {
            **FULL,
            "termination_date": "2024-04-20",
            "termination_type": "voluntary",
            "path": ("Sales", "T1"),
        },
    }
    company(dbt_project, TWO_TEAMS, people=people)
    weeks = {
        (row["population"], row["week_end"]): (row["n_population"], row["n_participants"])
        for row in dbt_project.dicts(
            "select * from intermediate.int_initiative_participation_weeks where side = 'target'"
        )
    }
    before, during = date(2024, 4, 8), date(2024, 6, 3)
    assert weeks["all_eligible", before] == (11, 0)  # T1 without the joiner, T2
    assert weeks["all_eligible", during] == (11, 5)  # the leaver is gone, the joiner posts on 10 May
    assert weeks["constant_panel", during] == (10, 4)
    assert weeks["joiners", during] == (1, 1)
    shown = dbt_project.rows(
        "select population, n_population, suppression_reason from marts.fct_initiative_participation_week "
        f"where side = 'target' and week_end = date '{during}' order by 1"
    )
    assert shown == [
        ("all_eligible", 11, None),
        ("constant_panel", None, "differs_by_few_persons"),  # 11 less 10 would be the joiner
        ("joiners", 1, None),  # withheld on publication: fewer than five
    ]


def test_person_targets_are_compared_as_persons(dbt_project: DbtProject) -> None:
    rows = [initiative(f"w{p}", "person", assignment="self_selected") for p in (1, 2, 3)]
    company(dbt_project, rows)
    found = dbt_project.rows(
        "select is_target, count(*) from intermediate.int_initiative_persons group by 1 order by 1"
    )
    assert found == [(False, 21), (True, 3)]
    with dbt_project._connected() as connection:
        tables = estimate_from(connection, 5)
    [did] = [
        r for r in tables["initiative_effects"].to_pylist()
        if (r["method"], r["outcome"]) == ("did", "participation_rate")
    ]  # fmt: skip
    # three of T1 rise from 0 to 1; of 21 others the three of T1 do as well
    assert did["effect"] == pytest.approx(1 - 3 / 21)
    assert (did["n_target_units"], did["inference"]) == (3, "randomisation")


def test_an_empty_registry_costs_nothing_and_gives_empty_tables(dbt_project: DbtProject) -> None:
    company(dbt_project, [])
    assert dbt_project.rows("select count(*) from intermediate.int_participation_weeks") == [(0,)]
    with dbt_project._connected() as connection:
        rows = {
            name: table.num_rows for name, table in estimate_from(connection, 5).items() if table.num_rows
        }
    assert rows == {"adoption_diffusion": 1}, "adoption in the organisation needs no initiative"
