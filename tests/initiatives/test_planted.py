"""The generator's programmes and mix shift are what the truth says, and have their switches."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from assets.organisation.generation import generate
from assets.organisation.history import History, simulate
from assets.organisation.plan import Plan
from assets.organisation.programmes import YOUNG
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure

PLAN = {"people": 300, "months": 15}


def played(**changes) -> History:
    plan = Plan(**(PLAN | changes))
    streams = Streams(plan.seed)
    return simulate(plan, build_structure(plan, streams), streams)


def participation(history: History, programme, months) -> float:
    took_part = present = 0
    for activity in history.activity:
        if activity.month in months:
            inside = np.isin(history.roster.team[activity.rows], programme.teams)
            inside &= activity.present.any(axis=1)
            took_part += int((activity.contributions[inside].sum(axis=1) > 0).sum())
            present += int(inside.sum())
    return took_part / present


def test_the_working_programme_gains_the_points_asked_for_while_it_runs():
    on, off = played(initiative_effect=0.12), played(initiative_effect=0.0)
    programme = on.programmes[0]
    assert programme.assignment == "random" and programme.end - programme.begin == 6
    woken, present = (sum(part) for part in zip(*programme.woken.values(), strict=True))
    assert woken / present == pytest.approx(0.12, abs=0.02)
    during = range(programme.begin, programme.end)
    gained = participation(on, programme, during) - participation(off, off.programmes[0], during)
    assert gained == pytest.approx(0.12, abs=0.04)
    before = range(programme.begin - 3, programme.begin)
    assert participation(on, programme, before) == participation(off, off.programmes[0], before)


def test_the_programme_without_effect_takes_the_quietest_teams_which_rise_by_themselves():
    history = played()
    null = history.programmes[1]
    assert (null.assignment, null.effect, null.woken) == ("targeted", 0.0, {})
    assert not set(null.teams) & set(history.programmes[0].teams)
    chosen_in = max(history.programmes[0].begin, null.begin - 1)
    low = participation(history, null, [chosen_in])
    later = participation(history, null, range(null.begin, null.end))
    assert later > low


def test_phases_begin_one_after_the_other_under_one_name():
    first, second, _ = played(initiative_assignment="phased").programmes
    assert (first.id, second.id, first.name) == ("I1a", "I1b", second.name)
    assert second.begin == first.begin + 3
    assert not set(first.teams) & set(second.teams)


def test_trainees_make_the_workforce_younger_and_only_where_wanted():
    def share_young(history: History) -> list[float]:
        shares = []
        for activity in history.activity[-9:]:
            born = history.roster.born[activity.rows]
            shares.append(float(np.mean((history.period.bounds[activity.month] - born) / 365.25 < YOUNG)))
        return shares

    shifted = share_young(played())
    assert shifted[-1] > shifted[0] + 0.04
    assert shifted[0] > 0.04  # enough of them before, or nothing could be compared
    unshifted = share_young(played(mix_shift=False))
    assert abs(unshifted[-1] - unshifted[0]) < 0.03


def test_the_registry_and_the_truth_agree(tmp_path: Path):
    generate(Plan(people=120, months=9, seed=11), tmp_path / "out")
    with (tmp_path / "out" / "initiatives.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    planted = json.loads((tmp_path / "out" / "truth" / "planted.json").read_bytes())
    assert [row["initiative_id"] for row in rows] == ["I1", "I2"]
    for row, truth in zip(rows, planted["initiatives"], strict=True):
        assert {target.removeprefix("unit:") for target in row["targets"].split(";")} == set(truth["units"])
        assert date.fromisoformat(row["registered_on"]) < date.fromisoformat(row["starts_on"])
        assert row["assignment"] == truth["assignment"]
    assert planted["initiatives"][0]["effect_realised"] == pytest.approx(0.12, abs=0.04)
    assert planted["mix_shift"]["age"] == YOUNG


@pytest.mark.parametrize("wrong", [{"initiative_effect": 1.2}, {"initiative_assignment": "by lot"}])
def test_impossible_programmes_are_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        Plan(**wrong)
