"""Room found where it was put, chance told from it, and roll-outs whose power is what they say."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from assets.initiatives.difference_in_differences import did
from assets.targeting.flow_room import expected_weights, pair_rooms
from assets.targeting.participation_room import unit_gaps
from assets.targeting.proposals import newcomer_proposals, pair_proposals, participation_proposals
from assets.targeting.report import report
from assets.targeting.rollout import placebo_error, planned, waves


def people(rng, true_gap, size=12):
    """Units of ``size``; two jobs with their own level, half of each in every unit; three months each."""
    unit = np.repeat(np.arange(len(true_gap)), size)
    job = np.tile(np.arange(size) % 2, len(true_gap))
    chance = np.clip(np.array([0.75, 0.5])[job] + true_gap[unit], 0.02, 0.98)
    return unit, job, rng.binomial(3, chance) / 3


def test_peers_are_people_of_the_same_job_elsewhere() -> None:
    rng = np.random.default_rng(1)
    unit, job, rate = people(rng, np.zeros(20))
    found = unit_gaps(unit, job, rate, 5)
    for i, key in enumerate(found.unit_keys.tolist()):
        own = unit == key
        expected = np.mean([rate[(job == j) & ~own].mean() for j in job[own]])
        assert found.expected[i] == pytest.approx(expected)
        assert found.raw_gap[i] == pytest.approx(rate[own].mean() - expected)


def test_intervals_of_gaps_cover_the_truth_and_shrinking_foresees_the_next_quarter() -> None:
    rng = np.random.default_rng(2)
    covered, next_raw, next_shrunk = [], [], []
    for _ in range(60):
        true = rng.normal(0, 0.08, 40)
        unit, job, now = people(rng, true)
        found = unit_gaps(unit, job, now, 5)
        covered.append(((found.low <= true) & (true <= found.high)).mean())
        later = unit_gaps(*people(rng, true), 5)
        worst = np.argsort(found.raw_gap)[:4]
        next_raw.append((later.raw_gap - found.raw_gap)[worst].mean())
        next_shrunk.append((later.raw_gap - found.gap)[worst].mean())
    assert np.mean(covered) == pytest.approx(0.95, abs=0.025)
    assert np.mean(next_raw) > 0.04  # the lowest rise by themselves
    assert np.mean(next_shrunk) == pytest.approx(0, abs=0.012)


def test_without_differences_hardly_any_unit_is_proposed_and_a_low_one_is() -> None:
    rng = np.random.default_rng(3)
    history = rng.normal(0.6, 0.05, (40, 9))
    wrong = sum(
        len(participation_proposals(unit_gaps(*people(rng, np.zeros(40)), 5), set(), history))
        for _ in range(30)
    )
    assert wrong / (30 * 40) < 0.02
    gap = np.zeros(40)
    gap[:3] = -0.4
    found = participation_proposals(unit_gaps(*people(rng, gap), 5), set(), history)
    assert {row["org_unit_key"] for row in found} == {0, 1, 2}
    assert all(row["room_low"] > 0 and row["n_examined"] == 40 for row in found)
    assert "chance coming back" in found[0]["reading"]
    blocked = participation_proposals(unit_gaps(*people(rng, gap), 5), {0, 1, 2}, history)
    assert not {row["org_unit_key"] for row in blocked} & {0, 1, 2}


def test_small_units_are_not_looked_at() -> None:
    rng = np.random.default_rng(4)
    unit, job, rate = people(rng, np.zeros(10))
    unit = np.where(unit == 9, np.arange(len(unit)) + 100, unit)
    assert len(unit_gaps(unit, job, rate, 5).unit_keys) == 9
    assert len(unit_gaps(unit[:24], job[:24], rate[:24], 5).unit_keys) == 0


def flows(weights, people_on_a_side, dependency):
    """Directed rows of one month; chance is out x in / all."""
    n = len(weights)
    out, into, total = weights.sum(axis=1), weights.sum(axis=0), weights.sum()
    return [
        {
            "from_org_unit_key": i, "to_org_unit_key": j, "weight": float(weights[i, j]),
            "flow_ratio": float(weights[i, j] / (out[i] * into[j] / total)),
            "bridge_dependency": float(dependency[i, j]), "n_people_from": int(people_on_a_side[i, j]),
            "n_people_to": int(people_on_a_side[i, j]),
        }
        for i in range(n) for j in range(n) if i != j and weights[i, j] > 0
    ]  # fmt: skip


def test_pairs_with_little_flow_and_on_one_person() -> None:
    rng = np.random.default_rng(5)
    weights = rng.uniform(8, 12, (6, 6)) + np.diag(np.full(6, 50.0))
    weights[0, 1] = weights[1, 0] = 0.0  # never a tie
    weights[2, 3] = weights[3, 2] = 0.8
    sides, dependency = np.full((6, 6), 5), np.full((6, 6), 0.2)
    dependency[4, 5] = dependency[5, 4] = 0.7
    dependency[2, 4] = dependency[4, 2] = 0.9
    sides[2, 4] = sides[4, 2] = 1  # one person's tie is not told
    rows = flows(weights, sides, dependency)
    total = expected_weights(pl.DataFrame(rows), list(range(6)))
    assert total is not None
    np.testing.assert_allclose(total, np.outer(weights.sum(axis=1), weights.sum(axis=0)) / weights.sum())
    frame = pl.DataFrame([{**row, "month_start": month} for month in (1, 2, 3) for row in rows])
    found = {(r.kind, r.one, r.other): r for r in pair_rooms(frame, dict.fromkeys(range(6), 20), [1, 2, 3])}
    assert set(found) == {("little_flow", 0, 1), ("little_flow", 2, 3), ("one_person", 4, 5)}
    assert found["little_flow", 0, 1].observed is None  # nobody stands behind it
    assert found["one_person", 4, 5].observed == 0.7
    assert pair_rooms(frame, dict.fromkeys(range(6), 20), [1]) == []
    rows = pair_proposals(list(found.values()), 15, np.random.default_rng(1).normal(1, 0.1, (15, 4)))
    assert [row["reason"] for row in rows] == ["few_persons_on_one_side", None, None]
    assert {row["kind"]: row["can_be_evaluated"] for row in rows}["one_person"] is False


def test_the_detectable_change_is_found_in_four_of_five_cases() -> None:
    """Units whose level drifts; the wave's effect is the change that the plan calls detectable."""
    rng = np.random.default_rng(6)

    def drift():
        noise = rng.normal(0, 0.05, (24, 9))
        for month in range(1, 9):
            noise[:, month] += 0.5 * noise[:, month - 1]
        return 0.6 + rng.normal(0, 0.1, (24, 1)) + noise

    plans = [planned(drift(), 24, 6, 3, wanted=1.0).minimum_detectable_change or 0.0 for _ in range(20)]
    change = float(np.sqrt(np.mean(np.square(plans))))  # each plan learns its error from one history
    after = np.arange(9) >= 6
    found = []
    for _ in range(300):
        first = waves(24, seed=int(rng.integers(10**6))) == 1
        played = drift() + change * (first[:, None] & after)
        found.append(did(played, first, after).p_value() < 0.05)
    assert np.mean(found) == pytest.approx(0.8, abs=0.08)


def test_a_roll_out_that_cannot_tell_says_why() -> None:
    history = np.random.default_rng(7).normal(0.6, 0.1, (20, 9))
    assert planned(history[:7], 7, 6, 3, 0.1).reason == "too_few_units"
    assert planned(history[:, :5], 12, 6, 3, 0.1).reason == "history_too_short"
    assert planned(history, 12, 6, 3, 0.001).reason == "change_too_small_to_be_seen"
    assert planned(history, 12, 6, 3, 1.0).design == "waves_among_proposed"
    assert placebo_error(history, 30, 6, 3) is None
    assert sorted(np.bincount(waves(9)).tolist()) == [0, 4, 5]


def test_newcomers_with_little_to_win_are_not_proposed() -> None:
    contacts = {"newcomer_manager": (10, 40), "newcomer_buddy": (39, 40)}
    rows = newcomer_proposals(contacts, 10, 10)
    assert [row["kind"] for row in rows] == ["newcomer_manager"]
    assert newcomer_proposals({"newcomer_manager": (1, 9)}, 10, 10) == []
    page = report([{**rows[0], "unit_name": None, "other_name": None}])
    assert "Whole organisation" in page and "no order of merit" in page
    nobody = newcomer_proposals({"newcomer_manager": (0, 40)}, 10, 10)[0]
    assert nobody["observed"] == 0.05 and "At most 5 %" in nobody["reading"]
    one = newcomer_proposals({"newcomer_manager": (1, 40)}, 10, 10)[0]
    assert one == nobody, "neither interval nor plan tells how many the band hides"


def test_what_all_proposals_of_a_kind_repeat_is_said_once_below_them() -> None:
    same = "Whether they should work together is not in the data. To measure it: these 2 start by lot."
    rows = [
        {"kind": "little_flow", "unit_name": unit, "other_name": "Sales", "suppression_reason": None,
         "reading": f"{share} of what chance would bring. {same} This one starts in wave {wave}."}
        for unit, share, wave in (("Legal", "9 %", 1), ("Finance", "12 %", 2))
    ]  # fmt: skip
    page = report(rows)
    assert page.count(same) == 1 and f"All of these: {same}" in page
    assert "- **Legal and Sales**: 9 % of what chance would bring. This one starts in wave 1.\n" in page
    assert "All of these" not in report(rows[:1]) and same in report(rows[:1])
    alike = report([rows[0], rows[0] | {"unit_name": "Finance"}])
    assert alike.count(same) == 2, "a proposal keeps something to say"
