"""Active days, contributions per 20 days and stickiness of units, against numpy (A4, A5, A6, P19, P28)."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from tests.factories.dbt_project import DbtProject

pytestmark = pytest.mark.slow

MARCH, LAST = date(2024, 3, 1), date(2024, 3, 31)
WHOLE, NORTH, SOUTH = 0, 1, 2
WINDOW_DAYS, K_VIEW = 28, 5
WORKDAYS = 21

MONTHS = (
    "person_key bigint, spell_key bigint, org_unit_key bigint, group_key bigint, location varchar, "
    "level varchar, job_family varchar, age_band varchar, employed_days integer, "
    "scheduled_workdays integer, eligible_days integer, tenure_months integer, month_start date, "
    "is_employed_month_end boolean, is_eligible boolean, is_partial boolean, has_account boolean, "
    "is_opted_out boolean, has_employment_dates boolean"
)
UNIT_MONTHS = (
    "person_key bigint, org_unit_key bigint, month_start date, n_post bigint, n_reply bigint, "
    "n_reaction bigint, n_mention bigint, n_praise bigint, n_contributions bigint, n_creations bigint, "
    "n_active_days integer, eligible_days integer, employed_days integer"
)
ENGAGEMENT = (
    "person_key bigint, org_unit_key bigint, month_start date, period_end date, persona varchar, "
    "involvement_level varchar, n_contributions integer, n_active_days integer, n_timed_events integer, "
    "n_after_hours_events integer, collaboration_hours double, collaboration_hours_reason varchar, "
    "is_eligible boolean, is_partial boolean"
)
KINDS = ("post", "reply", "reaction", "mention", "praise")


def people(seed: int, n: int = 90) -> list[dict]:
    """Heavy tails, part-timers' and leavers' days around the half that counts, some who moved unit."""
    rng = np.random.default_rng(seed)
    found = []
    for person in range(1, n + 1):
        days = int(rng.choice([0, 1, 9, 10, 11, 15, 21], p=[0.05, 0.05, 0.1, 0.1, 0.2, 0.1, 0.4]))
        kinds = rng.poisson(rng.lognormal(0, 1.3) * days / 21, len(KINDS)) if days else np.zeros(5, int)
        has_reactions = person % 4 > 0
        kinds[2] *= has_reactions
        total = int(kinds.sum())
        unit = NORTH if person % 3 else SOUTH
        moved = int(rng.integers(0, days + 1)) if person % 10 == 0 else 0
        found.append(
            {
                "person": person, "unit": unit, "days": days, "total": total,
                "kinds": [int(k) for k in kinds], "has_reactions": has_reactions,
                "active": min(total, int(rng.integers(1, 26))) if total else 0, "days_before": moved,
                "is_eligible": days >= 2 and days >= 0.5 * WORKDAYS,
            }
        )  # fmt: skip
    return found


def write(project: DbtProject, made: list[dict]) -> None:
    project.reset()
    silent = {"source": "engage", "reactions_reason": "the export has none"}
    project.reference(start=str(MARCH), as_of=f"{LAST} 23:59:59", sources=[{}, silent])
    project.identity(persons=[{"person_key": p["person"]} for p in made])
    since = {True: MARCH, False: LAST + timedelta(days=1)}  # that account begins after the month
    project.table(
        "intermediate.int_person_accounts",
        "person_key bigint, reactions_from date",
        [(p["person"], since[p["has_reactions"]]) for p in made],
    )
    units = [(u, u, 1) for u in (NORTH, SOUTH)] + [(u, WHOLE, 0) for u in (NORTH, SOUTH)]
    project.table(
        "intermediate.int_org_unit_ancestors",
        "org_unit_key bigint, ancestor_org_unit_key bigint, depth_of_ancestor integer",
        units,
    )
    project.table(
        "intermediate.int_person_months",
        MONTHS,
        [
            (p["person"], p["person"], p["unit"], 1, None, None, None, None, 31, WORKDAYS, p["days"], 20,
             MARCH, True, p["is_eligible"], p["days"] > 0 and not p["is_eligible"], True, False, True)
            for p in made
        ],
    )  # fmt: skip
    rows = []
    for p in made:
        other = SOUTH if p["unit"] == NORTH else NORTH
        early = p["days_before"]
        rows.append((p["person"], p["unit"], MARCH, *p["kinds"], p["total"], sum(p["kinds"][:2]), p["active"],
                     p["days"] - early, 31 - early))  # fmt: skip
        if early:  # all they did was in the unit where the month ended
            rows.append((p["person"], other, MARCH, 0, 0, 0, 0, 0, 0, 0, 0, early, early))
    project.table("intermediate.int_person_unit_months", UNIT_MONTHS, rows)


def test_rates_are_pooled_and_the_middle_is_one_of_persons(parsed_dbt_project: DbtProject) -> None:
    made = people(5)
    busy = next(p for p in made if p["unit"] == SOUTH and p["days"] and not p["days_before"])
    busy["kinds"][0] = 1 + sum(p["total"] for p in made if p["unit"] == SOUTH)
    busy["total"] = sum(busy["kinds"])
    write(parsed_dbt_project, made)
    parsed_dbt_project.run("fct_person_month", "fct_participation_org_month")
    found = {
        r["org_unit_key"]: r
        for r in parsed_dbt_project.dicts("select * from marts.fct_participation_org_month")
    }
    persons = {r["person_key"]: r for r in parsed_dbt_project.dicts("select * from marts.fct_person_month")}
    for unit in (WHOLE, NORTH, SOUTH):
        here = [p for p in made if unit in (WHOLE, p["unit"])]
        other = [p for p in made if unit not in (WHOLE, p["unit"])]
        eligible_days = sum(p["days"] for p in here)
        if unit != WHOLE:  # days count in the unit where they were spent
            eligible_days += sum(p["days_before"] for p in other) - sum(p["days_before"] for p in here)
        row = found[unit]
        assert row["eligible_days"] == eligible_days
        assert row["active_days_per_20"] == pytest.approx(20 * sum(p["active"] for p in here) / eligible_days)
        assert row["contributions_per_20_days"] == pytest.approx(
            20 * sum(p["total"] for p in here) / eligible_days
        )
        for position, name in enumerate(("posts", "replies", "reactions", "mentions", "praises")):
            seen_days = eligible_days
            if name == "reactions":  # days of people whose reactions nobody delivers are no days without one
                unseen = [p for p in made if not p["has_reactions"]]
                seen_days -= sum(p["days"] for p in unseen if p in here)
                if unit != WHOLE:
                    seen_days += sum(p["days_before"] * (1 if p in here else -1) for p in unseen)
            pooled = 20 * sum(p["kinds"][position] for p in here) / seen_days
            assert row[f"{name}_per_20_days"] == pytest.approx(pooled), name
        rates = [20 * p["total"] / p["days"] for p in here if p["is_eligible"]]
        median, p90 = np.quantile(rates, [0.5, 0.9], method="linear")
        assert row["contributions_per_20_days_median"] == pytest.approx(median)
        assert row["contributions_per_20_days_p90"] == pytest.approx(p90)
        everybody = [20 * p["total"] / p["days"] for p in here if p["days"]]
        assert np.quantile(everybody, 0.9) != pytest.approx(p90), "the short exposures are left out"
        assert row["n_defined"] == len(rates) and row["n_partial"] == len(everybody) - len(rates)
        counts = {"contributions": [p["total"] for p in here]}  # who moved did everything in the later unit
        counts |= {str(n): [p["kinds"][n] for p in here] for n in range(5)}
        is_dominated = {
            name: 2 * max(x) > sum(x) or 4 * sum(sorted(x)[-2:]) > 3 * sum(x) for name, x in counts.items()
        }
        assert (row["contributions_reason"] is not None) == is_dominated["contributions"] == (unit == SOUTH)
        assert (row["kinds_reason"] is not None) == any(is_dominated.values())
        assert row["active_days_reason"] is None
    assert found[NORTH]["kinds_reason"] is None
    for p in made:
        rate = persons[p["person"]]["active_days_per_20"]
        assert rate == (pytest.approx(20 * p["active"] / p["days"]) if p["days"] else None)
        n_reactions = p["kinds"][2] if p["days"] and p["has_reactions"] else None
        assert persons[p["person"]]["n_reactions"] == n_reactions, "not delivered is not none given"
    assert max(r["active_days_per_20"] or 0 for r in persons.values()) > 20, "weekends may exceed 20 of 20"


def test_stickiness_is_the_mean_of_daily_shares(parsed_dbt_project: DbtProject) -> None:
    """Mean over 28 calendar days of contributors of the day, over contributors of the window."""
    rng = np.random.default_rng(8)
    is_active = rng.random((30, WINDOW_DAYS)) < rng.beta(0.4, 3, (30, 1))
    is_active[26:] = False  # and four who never do anything
    units = np.where(np.arange(30) < 22, NORTH, SOUTH)
    users = is_active.any(axis=1)
    assert users[units == SOUTH].sum() < K_VIEW <= users[units == NORTH].sum()
    project = parsed_dbt_project
    project.reset()
    project.reference(start=str(MARCH), as_of=f"{LAST} 23:59:59")
    project.table(
        "intermediate.int_org_unit_ancestors",
        "org_unit_key bigint, ancestor_org_unit_key bigint",
        [(u, u) for u in (NORTH, SOUTH)] + [(u, WHOLE) for u in (NORTH, SOUTH)],
    )
    project.table(
        "marts.fct_person_engagement_month",
        ENGAGEMENT,
        [
            (p + 1, int(units[p]), MARCH, LAST, None, "participating", int(days.sum()), int(days.sum()),
             0, 0, None, "no_meetings_in_sources", True, False)
            for p, days in enumerate(is_active)
        ],
    )  # fmt: skip

    def stickiness(n_covered: int) -> dict[int, float | None]:
        days = [(LAST - timedelta(days=n), n < n_covered) for n in range(40)]
        project.table("intermediate.int_covered_days", "date date, is_engagement_covered boolean", days)
        project.run("fct_engagement_org_month")
        return dict(project.rows("select org_unit_key, stickiness from marts.fct_engagement_org_month"))

    found = stickiness(WINDOW_DAYS)
    for unit in (WHOLE, NORTH):
        here = (units == unit) | (unit == WHOLE)
        daily = [is_active[here, day].sum() / users[here].sum() for day in range(WINDOW_DAYS)]
        assert found[unit] == pytest.approx(np.mean(daily))
    assert found[SOUTH] is None, "fewer than k_view contributors"
    assert set(stickiness(WINDOW_DAYS - 1).values()) == {None}, "a day of the 28 is not covered"
