"""Which resignations the employer regrets: the files say what is true, and only of resignations."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assets.organisation.history import History, simulate
from assets.organisation.period import WARM_UP
from assets.organisation.plan import Plan
from assets.organisation.regret import LEVEL_REGRET, regret
from assets.organisation.roster import VOLUNTARY
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure


def test_the_files_hold_the_truth_of_the_observed_months_and_nothing_else(small_organisation: Path) -> None:
    truth = pl.read_parquet(small_organisation / "truth" / "spells.parquet")
    told = {(row["worker_id"], str(row["hire_date"])): row for row in truth.to_dicts()}
    with (small_organisation / "landing" / "hr" / "employees.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    seen = set()
    for row in rows:
        fact = told[row["worker_id"], row["hire_date"]]
        is_seen = fact["is_regret_assessed"] and bool(row["termination_date"])
        expected = {True: "yes", False: "no"}[fact["is_regretted"]] if is_seen else ""
        assert row["is_regretted"] == expected
        assert row["termination_type"] == "voluntary" or not row["is_regretted"]
        seen.add(row["is_regretted"])
    assert seen == {"yes", "no", ""}


@pytest.fixture(scope="module")
def history() -> History:
    plan = Plan(people=3_000, months=9, voluntary_rate=0.3, regret_assessed=0.8)
    streams = Streams(plan.seed)
    return simulate(plan, build_structure(plan, streams), streams)


def test_shares_are_as_planned_and_rise_with_the_level(history: History) -> None:
    found, roster = regret(history), history.roster
    resigned = roster.exit_type == VOLUNTARY
    assert not found.is_regretted[~resigned].any() and not found.is_assessed[~resigned].any()
    observed = resigned & (roster.exit >= int(history.period.bounds[WARM_UP]))
    assert found.is_assessed[observed].mean() == pytest.approx(0.8, abs=0.05)
    assert not found.is_assessed[resigned & ~observed].any()
    likely = np.array([history.plan.regretted * (1 + LEVEL_REGRET * (level - 2)) for level in range(5)])
    for level in (1, 2, 3, 4):
        group = resigned & (roster.level == level)
        error = np.sqrt(0.25 / group.sum())
        assert group.sum() > 20 and found.is_regretted[group].mean() == pytest.approx(
            likely[level], abs=4 * error
        )


@pytest.mark.parametrize("name", ["regretted", "regret_assessed"])
def test_a_share_is_a_share(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Plan(**{name: 1.2})  # type: ignore[arg-type]
