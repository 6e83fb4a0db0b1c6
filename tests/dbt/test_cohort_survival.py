"""How long adopters keep contributing, against lifelines on random lives (metric specification, A11)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from tests.factories.dbt_project import DbtProject

pytestmark = pytest.mark.slow

START = date(2024, 1, 1)
N_WEEKS, N_PEOPLE = 40, 160
SILENT_WEEKS = 4
K_VIEW = 5

SPELLS = "person_key bigint, adoption_week date, is_adopted boolean"
WINDOWS = (
    "person_key bigint, period_kind varchar, period_start date, is_employed_at_end boolean, "
    "is_eligible boolean, n_contributions integer"
)


def lives(seed: int) -> tuple[list[tuple], list[tuple]]:
    """Adopters who fade, pause, go on leave, leave the company and sometimes come back."""
    rng = np.random.default_rng(seed)
    spells, weeks = [], []
    for person in range(1, N_PEOPLE + 1):
        begin = int(rng.integers(0, N_WEEKS))
        spells.append((person, START + timedelta(weeks=begin), bool(rng.random() < 0.95)))
        left_at = begin + int(rng.geometric(0.03))
        back_at = left_at + int(rng.integers(2, 9)) if rng.random() < 0.3 else N_WEEKS
        chance = rng.beta(2, 1)
        for week in range(N_WEEKS):
            if left_at < week < back_at:
                continue
            is_away = rng.random() < 0.1
            n = int(week >= begin and not is_away and rng.random() < chance)
            n = 1 if week == begin else n
            row = (person, "week", START + timedelta(weeks=week), week != left_at, not is_away, n)
            weeks.append(row)
        weeks.append((person, "month", START, True, True, 9))
    return spells, weeks


def followed(spells: list[tuple], weeks: list[tuple]) -> dict[int, tuple[date, int, bool]]:
    """Adoption week, weeks followed and whether the life ended in silence, week by week."""
    states = {(p, start): row for p, kind, start, *row in weeks if kind == "week"}
    found = {}
    for person, adopted, is_adopted in spells:
        silent, n, last = 0, 0, None
        while is_adopted and n <= 52 and adopted + timedelta(weeks=n) <= START + timedelta(weeks=N_WEEKS - 1):
            state = states.get((person, adopted + timedelta(weeks=n)))
            if state is None or not state[0]:
                break
            last = n
            _, is_eligible, n_contributions = state
            silent = 0 if n_contributions else silent + int(is_eligible)
            if silent == SILENT_WEEKS:
                break
            n += 1
        if last is not None:
            found[person] = (adopted, last, silent == SILENT_WEEKS)
    return found


def run(project: DbtProject, spells: list[tuple], weeks: list[tuple]) -> pd.DataFrame:
    project.reset()
    project.reference(start=str(START), as_of="2024-12-31 23:59:59")
    project.table("intermediate.int_adoption_spells", SPELLS, spells)
    project.table("intermediate.int_person_windows", WINDOWS, weeks)
    project.run("fct_cohort_participation")
    return pd.DataFrame(project.dicts("select * from marts.fct_cohort_participation"))


def test_survival_of_cohorts_is_lifelines(parsed_dbt_project: DbtProject) -> None:
    spells, weeks = lives(3)
    found = run(parsed_dbt_project, spells, weeks)
    kept = followed(spells, weeks)
    checked = withheld = 0
    for (kind, start), rows in found.groupby(["cohort_kind", "cohort_start"]):
        members = [
            (duration, is_event)
            for adopted, duration, is_event in kept.values()
            if kind == "all" or (adopted if kind == "week" else adopted.replace(day=1)) == start
        ]
        curve = KaplanMeierFitter().fit(*zip(*members, strict=True)) if members else None
        for row in rows.itertuples():
            n_at_risk = sum(duration >= row.weeks_since_adoption for duration, _ in members)
            if n_at_risk < K_VIEW:
                assert np.isnan(row.cohort_participation_survival) and np.isnan(row.n_at_risk)
                reason = "too_few_at_risk" if n_at_risk else "nobody_followed_so_long"
                assert row.survival_reason == reason
                withheld += 1
                continue
            assert row.n_at_risk == n_at_risk and row.survival_reason is None
            wanted = curve.predict(row.weeks_since_adoption)
            assert row.cohort_participation_survival == pytest.approx(wanted, abs=1e-8)
            checked += 1
    assert checked > 100 and withheld > 50
    everybody = found[found.cohort_kind == "all"].sort_values("weeks_since_adoption")
    curve = everybody.cohort_participation_survival.dropna()
    assert curve.is_monotonic_decreasing and 0.1 < curve.iloc[-1] < 0.9
    assert not everybody.cohort_participation_retention.dropna().is_monotonic_decreasing, "people come back"


def test_leaving_the_company_is_never_losing_interest(parsed_dbt_project: DbtProject) -> None:
    """Ten adopt together: two leave in week 3, two fall silent in week 6, one is away for ten weeks."""
    spells = [(p, START, True) for p in range(1, 11)]
    weeks: list[Any] = []
    for person in range(1, 11):
        for week in range(20):
            is_gone = person <= 2 and week >= 4
            is_away = person == 5 and 5 <= week < 15
            n = int(not is_away and not (person in (3, 4) and week > 2))
            if not is_gone:
                start = START + timedelta(weeks=week)
                weeks.append((person, "week", start, not (person <= 2 and week == 3), not is_away, n))
    found = run(parsed_dbt_project, spells, weeks)
    curve = found[found.cohort_kind == "all"].set_index("weeks_since_adoption")
    assert curve.loc[2, ["n_at_risk", "cohort_participation_survival"]].tolist() == [10, 1.0]
    assert curve.loc[5, ["n_at_risk", "cohort_participation_survival"]].tolist() == [8, 1.0]
    assert curve.loc[6, ["n_at_risk", "cohort_participation_survival"]].tolist() == [8, 0.75]
    assert curve.loc[19, ["n_at_risk", "cohort_participation_survival"]].tolist() == [6, 0.75]
    assert curve.loc[19, "n_left"] == 2
