"""What precedes an exposure: resignations in the own team and lost colleagues, by brute force."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pytest

from assets.retention.contagion import exposures
from tests.factories.dbt_project import DbtProject
from tests.factories.employees import employ, hr_rows

START, END = date(2023, 1, 1), date(2024, 3, 31)
PEOPLE = 60
MANAGERS = (1, 2, 3)
Career = dict[str, Any]


def months_later(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def careers(seed: int) -> dict[int, list[Career]]:
    """Spells with a team each: hires, exits of every kind, a change of team, quick returns."""
    random = np.random.default_rng(seed)
    found: dict[int, list[Career]] = {}
    for person in range(1, PEOPLE + 1):
        hired = date(2020, 1, 1) if random.random() < 0.7 else START + timedelta(int(random.integers(0, 250)))
        left = START + timedelta(int(random.integers(40, 430))) if random.random() < 0.6 else None
        kind = random.choice(["voluntary", "voluntary", "involuntary", "unknown"]) if left else None
        team = None if person in MANAGERS else int(random.choice(MANAGERS))
        moved = START + timedelta(int(random.integers(0, 400))) if random.random() < 0.3 else date.max
        spells = [{"hired": hired, "left": left if left and left > hired else None, "kind": kind}]
        if spells[0]["left"] and random.random() < 0.4:
            spells.append({"hired": spells[0]["left"] + timedelta(20), "left": None, "kind": None})
        for spell in spells:
            spell |= {"team": team, "moved": moved, "next_team": None if team is None else team % 3 + 1}
        found[person] = spells
    return found


def team_on(spell: Career, day: date) -> int | None:
    return spell["next_team"] if day >= spell["moved"] else spell["team"]


def expected(people: dict[int, list[Career]], person: int, spell: Career, window: date) -> tuple[Any, Any]:
    """Share of the others in the team of 91 days before the window who resigned and left before it."""
    begins = months_later(window, -2)
    first = begins - timedelta(91)
    if first < START:
        return None, "before_observed_period"

    def of(who: int) -> Career | None:
        here = [s for s in people[who] if s["hired"] <= first and (s["left"] is None or s["left"] >= first)]
        return here[0] if here else None

    own = of(person)
    baseline = max(begins - timedelta(1), spell["hired"])
    team = team_on(own, first) if own else team_on(spell, baseline)
    mates = [s for p in people if p != person and (s := of(p)) and team_on(s, first) == team]
    if not mates:
        return None, "no_team_mates"
    gone = [s for s in mates if s["kind"] == "voluntary" and s["left"] and s["left"] < begins]
    return len(gone) / len(mates), None


def test_team_attrition_is_recomputed_by_hand_and_never_knows_the_own_exit(dbt_project: DbtProject) -> None:
    people = careers(5)
    dbt_project.reference(start=str(START), as_of=f"{END} 23:59:59")
    facts = {
        person: [
            {"hire_date": str(s["hired"])}
            | ({"termination_date": str(s["left"]), "termination_type": s["kind"]} if s["left"] else {})
            for s in spells
        ]
        for person, spells in people.items()
    }
    jobs = []
    for row in hr_rows(facts)["jobs"]:
        first = people[int(row["worker_id"][1:])][0]
        ends = None if first["moved"] == date.max else str(first["moved"])
        manager = None if first["team"] is None else f"w{first['team']}"
        jobs.append({**row, "manager_worker_id": manager, "valid_from": "2019-01-01", "valid_to": ends})
        if ends:
            later = None if first["team"] is None else f"w{first['next_team']}"
            jobs.append({**row, "manager_worker_id": later, "valid_from": ends, "valid_to": None})
    employ(dbt_project, facts, jobs=jobs)
    dbt_project.run("+int_retention_baselines")
    rows = dbt_project.rows(
        "select person_key, employed_from, window_month, team_attrition, team_attrition_reason "
        "from intermediate.int_retention_baselines join intermediate.int_spells using (spell_key)"
    )
    assert len(rows) > 400
    seen = set()
    for person, hired, window, found, reason in rows:
        spell = next(s for s in people[person] if s["hired"] == hired)
        value, why = expected(people, person, spell, window)
        assert (found, reason) == (pytest.approx(value), why), (person, window)
        seen.add(why or ("some" if value else "none"))
    assert seen == {"before_observed_period", "no_team_mates", "some", "none"}
    # People of one manager and people of one unit are never one team, whatever the keys are.
    teams = dbt_project.rows(
        "select person_key, team_key from intermediate.int_retention_baselines "
        "join intermediate.int_spells using (spell_key)"
    )
    assert {team < 0 for person, team in teams if person in MANAGERS} == {True}
    assert {team < 0 for person, team in teams if person not in MANAGERS} == {False}
    # Whoever came back within the 91 days is in nobody's way: the own earlier exit is not counted.
    returned = [p for p, spells in people.items() if len(spells) > 1 and spells[0]["kind"] == "voluntary"]
    assert {person for person, *_ in rows} & set(returned)


def test_exposure_to_lost_colleagues_is_the_vector_and_brute_force() -> None:
    """H11's vector: weights 3, 2, 1, 4 and left 1, 0, 0, 1; a second person has no ties; 40 at random."""
    spells = [
        (1, None, None), (2, "2024-06-30", "voluntary"), (3, "2024-05-10", "involuntary"),
        (4, "2024-03-31", "voluntary"), (5, "2024-04-01", "voluntary"), (6, None, None),
    ]  # fmt: skip
    ties = [("2024-01-01", 1, other, weight) for other, weight in ((2, 3), (3, 2), (4, 1), (5, 4))]
    ties += [("2024-02-01", 1, 3, 9), ("2024-06-01", 6, 2, 9), ("2023-10-01", 1, 4, 2)]
    random = np.random.default_rng(2)
    crowd = range(100, 140)
    for person in crowd:
        day = date(2024, 3, 1) + timedelta(int(random.integers(0, 150)))
        kind = str(random.choice(["voluntary", "involuntary"]))
        spells.append((person, str(day), kind) if random.random() < 0.5 else (person, None, None))
        others = random.choice([p for p in crowd if p != person], 5, replace=False)
        ties += [("2024-01-01", person, int(o), float(random.integers(1, 9)) / 4) for o in others]
    teams = {person: person % 3 for person, *_ in spells}
    with duckdb.connect() as connection:
        for schema in ("intermediate", "marts", "reference"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            """
            create table intermediate.int_spells (person_key int, termination_date date,
                termination_type varchar, is_separation boolean, has_retention boolean);
            create table marts.fct_tie_month (month_start date, from_person_key int, to_person_key int,
                weight double, is_tie boolean);
            create table reference.months as select date '2024-07-01' as month_start;
            create table reference.sources as
                select 'collaboration' as kind, true as has_network, true as has_retention;
            create table intermediate.int_person_months (person_key int, month_start date, org_unit_key int);
            """
        )
        connection.executemany(
            "insert into intermediate.int_spells values (?, ?, ?, ?, true)",
            [(person, day, kind, day is not None) for person, day, kind in spells],
        )
        connection.executemany("insert into marts.fct_tie_month values (?, ?, ?, ?, true)", ties)
        connection.execute("insert into marts.fct_tie_month values ('2024-01-01', 1, 5, 50, false)")
        connection.executemany(
            "insert into intermediate.int_person_months values (?, '2024-01-01', ?)", [*teams.items()]
        )
        connection.execute(
            """
            create table intermediate.int_retention_exposures as
                select p as spell_key, p as person_key, lag as lag_months, date '2024-07-01' as month_start,
                    cast(date '2024-07-01' - to_months(lag) as date) as window_month
                from (select person_key from intermediate.int_spells where person_key in (1, 6) or
                    person_key >= 100) as people (p), (values (3), (6)) as lags (lag);
            create table intermediate.int_retention_baselines as
                select spell_key, window_month from intermediate.int_retention_exposures;
            create table intermediate.int_retention_windows as from intermediate.int_retention_baselines;
            """
        )
        found, earlier = exposures(connection, 3), exposures(connection, 6)
        connection.execute("update reference.sources set has_retention = false")
        assert np.isnan(exposures(connection, 3).whole).all()
    assert found.whole[0] == pytest.approx(0.7) and np.isnan(found.whole[1])
    assert earlier.whole[0] == 0 and np.isnan(earlier.whole[1])
    gone = {
        p for p, day, kind in spells if kind == "voluntary" and day and "2024-04-01" <= day < "2024-07-01"
    }
    people = [1, 6, *crowd]
    for person in crowd:
        own = [(o, w) for month, p, o, w in ties if p == person and month == "2024-01-01"]
        team = [(o, w) for o, w in own if teams[o] == teams[person]]
        shares = [
            sum(w for o, w in some if o in gone) / sum(w for _, w in some) if some else None
            for some in (own, team)
        ]
        whole, team_share = (np.nan if share is None else share for share in shares)
        row = people.index(person)
        assert found.whole[row] == pytest.approx(whole, nan_ok=True)
        assert found.team[row] == pytest.approx(team_share, nan_ok=True)
