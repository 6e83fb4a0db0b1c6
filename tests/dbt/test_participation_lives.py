"""What happens to people and data over time must not bend participation: lives, late data, any order."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, hr_rows, posts

MARTS = (
    "+fct_participation_org_window",
    "+fct_engagement_org_month",
    "+fct_contribution_spread_org_month",
    "+fct_channel_month",
    "+fct_person_adoption",
    "+fct_cohort_participation",
    "+fct_new_hire_attrition",
    "+fct_participation_org_month",
)
TABLES = {
    "intermediate.int_person_windows": "period_end",
    "marts.fct_participation_org_window": "period_end",
    "marts.fct_person_engagement_month": "period_end",
    "marts.fct_engagement_org_month": None,
    "marts.fct_contribution_spread_org_month": None,
    "marts.fct_channel_month": None,
    "marts.fct_person_adoption": None,
    "marts.fct_adoption_curve": None,
    "marts.fct_cohort_participation": None,
    "marts.fct_new_hire_attrition": None,
}


def state(project: DbtProject) -> dict[str, list[tuple]]:
    return {table: project.rows(f"select * from {table} order by all") for table in TABLES}


def march(project: DbtProject, person: int) -> dict[str, Any]:
    [row] = project.dicts(
        "select * from intermediate.int_person_windows "
        f"where period_kind = 'month' and period_start = '2024-03-01' and person_key = {person}"
    )
    return row


PEOPLE: dict[int, Any] = {
    1: dict(FULL),
    2: [
        {"hire_date": "2020-01-01", "termination_date": "2024-01-31", "termination_type": "voluntary"},
        {"hire_date": "2024-03-04"},
    ],
    3: dict(FULL),
    4: dict(FULL),
    5: dict(FULL),
    6: dict(FULL),
    7: dict(FULL),
}
ACCOUNTS = [
    {"account_id": "a1", "person_key": 1},
    {"account_id": "b1", "person_key": 1},
    {"account_id": "a2", "person_key": 2},
    {"account_id": "a3", "person_key": 3},
    {"account_id": "a4", "person_key": 4},
    {"account_id": "a6", "person_key": 6},
]


def messages() -> list[dict[str, Any]]:
    gone_soon = {**posts(6, "2024-03-05")[0], "message_id": "soon", "deleted_at": "2024-03-05 15:00"}
    gone_late = {**posts(6, "2024-03-06")[0], "message_id": "late", "deleted_at": "2024-03-08 15:00"}
    other_account = {**posts(1, "2024-03-06")[0], "author_account_id": "b1"}
    return [
        *posts(1, "2024-03-05"), other_account,
        *posts(2, "2024-01-10"), *posts(2, "2024-02-14"), *posts(2, "2024-03-12"),
        *posts(3, "2024-03-05"), *posts(3, "2024-03-20", 2),
        gone_soon, gone_late,
        *posts(7, "2024-03-07", 3),
    ]  # fmt: skip


def lives(project: DbtProject, *, kind_of_seventh: str = "bot") -> None:
    """Seven lives: two accounts, a rehire, a transfer, a leave, no account, deletions, a bot."""
    project.reference(start="2024-01-01", as_of="2024-03-31 23:59:59")
    seventh = {
        "account_id": "a7",
        "kind": kind_of_seventh,
        "person_key": 7 if kind_of_seventh == "person" else None,
    }
    project.identity(accounts=[*ACCOUNTS, seventh], workers={f"w{p}": p for p in PEOPLE})
    rows = hr_rows(PEOPLE)
    rows["jobs"] = [job for job in rows["jobs"] if job["worker_id"] != "w3"] + [
        {
            "worker_id": "w3",
            "org_unit_id": unit,
            "org_unit_path": [unit],
            "valid_from": begin,
            "valid_to": end,
        }
        for unit, begin, end in [("North", "2020-01-01", "2024-03-16"), ("South", "2024-03-16", None)]
    ]
    project.lake(
        {
            **rows,
            "absences": [
                {"worker_id": "w4", "absent_from": "2024-03-01", "absent_to": "2024-04-01", "kind": "leave"}
            ],
            "messages": messages(),
            "channels": [{"channel_id": "c1", "kind": "public", "audience": "internal"}],
            "accounts": [
                {"account_id": a["account_id"], "kind": a.get("kind", "person")} for a in [*ACCOUNTS, seventh]
            ],
        }
    )


@pytest.mark.slow
def test_lives_count_for_what_they_are(dbt_project: DbtProject) -> None:
    lives(dbt_project)
    dbt_project.run(*MARTS, "+dim_org_unit")
    two_accounts = march(dbt_project, 1)
    assert (two_accounts["n_contributions"], two_accounts["n_active_days"]) == (2, 2)
    rehired = march(dbt_project, 2)
    assert (rehired["n_contributions"], rehired["eligible_days"], rehired["is_eligible"]) == (1, 20, True)
    gap = dbt_project.rows(
        "select count(*) from intermediate.int_person_windows "
        "where person_key = 2 and period_kind = 'month' and period_start = '2024-02-01'"
    )
    assert gap == [(0,)], "nobody is counted between two spells"
    moved = march(dbt_project, 3)
    assert moved["n_contributions"] == 3
    on_leave = march(dbt_project, 4)
    assert (on_leave["eligible_days"], on_leave["n_contributions"]) == (0, None), "not observed is not 0"
    without = march(dbt_project, 5)
    assert (without["has_account"], without["is_eligible"], without["n_contributions"]) == (
        False,
        False,
        None,
    )
    deleted = march(dbt_project, 6)
    assert deleted["n_contributions"] == 1, "what was gone within a day never counted, the other stays"
    assert march(dbt_project, 7)["n_contributions"] is None, "a bot is nobody's account"
    units = {
        name: (n_defined, rate, registered, employed)
        for name, n_defined, rate, registered, employed in dbt_project.rows(
            "select name, n_defined, participation_rate, n_registered, n_employed "
            "from marts.fct_participation_org_window join marts.dim_org_unit using (org_unit_key) "
            "where period_kind = 'month' and period_start = '2024-03-01'"
        )
    }
    assert units["South"] == (1, 1.0, 1, 1)
    assert "North" not in units, "shares count a person where the month ended"
    assert units["Whole organisation"] == (4, 1.0, 5, 7)
    adopted = dict(
        dbt_project.rows(
            "select (person_key, is_rehire)::varchar, adoption_date from marts.fct_person_adoption"
        )
    )
    assert adopted["(2, false)"] is None, "one week before leaving is no adoption"
    assert adopted["(2, true)"] == date(2024, 3, 12), "the second week came with the second spell"
    assert adopted["(3, false)"] == date(2024, 3, 20)

    # A change of identity touches every month.
    lives(dbt_project, kind_of_seventh="person")
    dbt_project.run(*MARTS)
    corrected = state(dbt_project)
    dbt_project.reset()
    lives(dbt_project, kind_of_seventh="person")
    dbt_project.run(*MARTS)
    assert march(dbt_project, 7)["n_contributions"] == 3
    assert corrected == state(dbt_project), "a bot that turns out to be a person counts from the start"


FIRST = datetime(2024, 1, 1, 9)
LATE_DAY = date(2024, 3, 13)


def history(seed: int) -> dict[str, list[dict[str, Any]]]:
    """Posts, replies and reactions of six people in two channels over thirteen weeks."""
    chance = random.Random(seed)
    rows: dict[str, list[dict[str, Any]]] = {"messages": [], "reactions": []}
    for number in range(160):
        at = FIRST + timedelta(days=chance.randrange(91), hours=chance.randrange(12))
        is_reply = number > 10 and chance.random() < 0.5
        thread = f"m{chance.randrange(10)}" if is_reply else f"m{number}"
        rows["messages"].append(
            {
                "message_id": f"m{number}",
                "channel_id": f"c{chance.randrange(2)}",
                "thread_id": thread,
                "parent_message_id": thread if is_reply else None,
                "author_account_id": f"a{chance.randrange(1, 7)}",
                "kind": "reply" if is_reply else "post",
                "sent_at": f"{at:%Y-%m-%d %H:%M}",
            }
        )
        if chance.random() < 0.5:
            rows["reactions"].append(
                {
                    "message_id": f"m{number}",
                    "account_id": f"a{chance.randrange(1, 7)}",
                    "name": "clap",
                    "reacted_at": f"{at + timedelta(hours=chance.randrange(30)):%Y-%m-%d %H:%M}",
                }
            )
    return rows


def write(
    project: DbtProject, rows: dict[str, list[dict[str, Any]]], touched: list[str] | None = None
) -> None:
    people = {p: dict(FULL) for p in range(1, 6)} | {6: {"hire_date": "2024-02-12"}}
    project.reference(start="2024-01-01", as_of="2024-03-31 23:59:59", touched=touched)
    project.identity(
        accounts=[{"account_id": f"a{p}", "person_key": p} for p in people],
        workers={f"w{p}": p for p in people},
    )
    project.lake(
        {
            **hr_rows(people),
            "channels": [{"channel_id": f"c{n}", "kind": "public", "audience": "internal"} for n in range(2)],
            "accounts": [{"account_id": f"a{p}", "kind": "person"} for p in people],
            **rows,
        }
    )


def is_late(row: dict[str, Any]) -> bool:
    return str(row.get("sent_at") or row["reacted_at"])[:10] == LATE_DAY.isoformat()


def is_second(row: dict[str, Any]) -> bool:
    return int(row["message_id"][1:]) % 2 == 1


@pytest.mark.slow
def test_any_order_gives_one_result_and_a_late_day_changes_only_what_holds_it(
    dbt_project: DbtProject,
) -> None:
    rows = history(3)
    late = {r["message_id"] for r in rows["messages"] if is_late(r)}
    assert late
    early = {
        "messages": [r for r in rows["messages"] if r["message_id"] not in late],
        "reactions": [r for r in rows["reactions"] if r["message_id"] not in late and not is_late(r)],
    }
    write(dbt_project, rows)
    dbt_project.run(*MARTS)
    fresh = state(dbt_project)
    dbt_project.reset()
    # Two files, the later one first; a message's reactions come with it.
    files = [{t: [r for r in early[t] if is_second(r) == second] for t in early} for second in (True, False)]
    write(dbt_project, files[0])
    dbt_project.run(*MARTS)
    write(dbt_project, {t: files[0][t] + files[1][t] for t in early})
    dbt_project.run(*MARTS)
    before = state(dbt_project)
    write(dbt_project, rows, touched=["2024-03-01"])
    dbt_project.run(*MARTS)
    assert state(dbt_project) == fresh, "a late correction equals computing afresh"

    def untouched(table: str) -> str:
        return f"select * from {table} where period_end < '{LATE_DAY}' order by all"

    for table in [table for table, end in TABLES.items() if end]:
        after = dbt_project.rows(untouched(table))
        assert after
        assert set(after) <= set(before[table]), table
    changed = set(fresh["intermediate.int_person_windows"]) ^ set(before["intermediate.int_person_windows"])
    assert changed, "the day itself is seen"
    months = dbt_project.dicts("select * from marts.fct_engagement_org_month order by month_start")
    assert [m["month_start"].month for m in months if m["org_unit_key"] == 0] == [1, 2, 3]
    for table in ("fct_engagement_org_month", "fct_contribution_spread_org_month", "fct_channel_month"):
        column = [c[0] for c in dbt_project.rows(f"select column_name from (describe marts.{table})")]
        position = column.index("month_start")
        full = f"marts.{table}"
        assert {r for r in fresh[full] if r[position] < date(2024, 3, 1)} == {
            r for r in before[full] if r[position] < date(2024, 3, 1)
        }
