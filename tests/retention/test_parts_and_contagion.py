"""Cards of parts that nobody can be subtracted from, and leaving after colleagues have left."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from assets.outcomes.person_time import Arm, rate_ratio
from assets.retention.contagion import contagion
from assets.retention.parts import coarsened, curve_of, parts_of, persons_of
from assets.retention.person_months import Factor, PersonMonths
from assets.statistics.false_discovery import q_values
from tests.retention.test_retention_models import careers, counts_of, curve_row, study_of


def count(name: str, exposure: str, events: int, years: float, lag: int = 3, **of: Any) -> dict[str, Any]:
    return {
        "org_unit": None, "location": name, "level": None, "hire_year": None, "lag_months": lag,
        "exposure": exposure, "event_clock": "exit", "n_events": events,
        "employed_days": round(years * 365.25),
    } | of  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("dimension", ["location", "hire_year"])
def test_every_group_holds_alone_and_together_they_are_everybody(seed: int, dimension: str) -> None:
    rng = np.random.default_rng(seed)
    names = [f"{2010 + i}" for i in range(9)]
    cells = {
        (name, arm): (int(rng.poisson(mean)), float(rng.uniform(20, 400)))
        for name in names
        for arm, mean in (("engaged", rng.choice([1, 15, 60])), ("not_engaged", rng.choice([1, 20, 70])))
    }
    counts = [
        count("", arm, events, years, **{"location": None, dimension: name})
        for (name, arm), (events, years) in cells.items()
    ]
    groups = coarsened(counts, dimension, 3)
    assert sorted(name for group in groups for name in group) == names
    if dimension == "hire_year":
        assert [name for group in groups for name in group] == names  # only neighbours join
    for group in groups if len(groups) > 1 else []:
        events = [sum(cells[name, arm][0] for name in group) for arm in ("engaged", "not_engaged")]
        years = [sum(cells[name, arm][1] for name in group) for arm in ("engaged", "not_engaged")]
        assert min(events) >= 3
        assert sum(events) * min(years) / sum(years) >= 20 - 1e-3


def test_a_small_place_joins_others_and_without_two_parts_there_is_none() -> None:
    large = [("Austin", 60, 90), ("Porto", 50, 80), ("Oslo", 30, 40)]
    counts = [
        count(name, arm, n, 500)
        for name, a, b in (*large, ("Skien", 1, 2))
        for arm, n in (("engaged", a), ("not_engaged", b))
    ]
    assert coarsened(counts, "location", 3) == [("Austin",), ("Porto",), ("Oslo", "Skien")]
    assert len(coarsened(counts[-2:], "location", 3)) == 1
    assert coarsened(counts, "location", 6) == [] == coarsened([], "hire_year", 3)


def test_a_curve_of_a_part_is_that_of_its_sums_and_hides_points_of_few() -> None:
    counts = [
        count(name, arm, n, 300, lag)
        for lag, (a, b) in {0: (1, 40), 3: (30, 40)}.items()
        for name in ("Oslo", "Skien", "Porto")
        for arm, n in (("engaged", a if name == "Oslo" else 0), ("not_engaged", b))
    ]
    at_once, later = curve_of(counts, "location", ("Oslo", "Skien"), np.array([90.0, 80.0]), 18)
    assert at_once["rate_ratio"] is None and at_once["n_events_engaged"] == 1
    peer = rate_ratio(Arm(30, 600), Arm(80, 600))
    assert peer is not None and later["rate_ratio"] == pytest.approx(peer.value, rel=1e-4)
    assert (later["n_persons_engaged"], later["n_persons_not_engaged"]) == (90, 80)
    assert later["is_headline"] and not at_once["is_headline"]


@pytest.fixture(scope="module")
def rows() -> PersonMonths:
    return careers(2_400, 8)


def test_parts_with_few_people_or_nearly_those_of_another_attribute_have_no_cards(rows: PersonMonths) -> None:
    counts = counts_of(rows)
    found = parts_of(rows, counts, 3, 10)
    assert set(found) == {"org_unit", "location", "level", "hire_year"}
    for _, part in found.values():
        assert persons_of(rows, part).min() >= 10
    assert parts_of(rows, counts, 3, 10_000) == {}
    codes = rows.org_unit.codes.copy()
    codes[rows.person < 3] = 2  # three people sit elsewhere
    near = replace(rows, location=Factor(codes, rows.org_unit.names))
    assert "location" not in parts_of(near, counts_of(near), 3, 10)
    same = replace(rows, location=rows.org_unit)
    assert "location" in parts_of(same, counts_of(same), 3, 10)


def test_cards_of_parts_add_up_and_say_how_many_there_are(rows: PersonMonths) -> None:
    counts = counts_of(rows)
    tables = study_of(rows, [curve_row(0, 0.3), curve_row(3, 0.5)], counts)
    cards = tables["retention_cards"].to_pylist()
    parts = [card for card in cards if card["dimension"] != "organisation"]
    assert {card["dimension"] for card in parts} == {"org_unit", "location", "level", "hire_year"}
    whole = rows.common_exposure == 1
    for dimension in {card["dimension"] for card in parts}:
        of = [card for card in parts if card["dimension"] == dimension]
        assert sum(card["n_events_engaged"] for card in of) == rows.event[whole].sum()
        assert len({card["alike_p_value"] for card in of}) == 1
    assert [card["q_value"] for card in parts] == q_values([card["adjusted_p_value"] for card in parts])
    n_cards = sum(card["adjusted_hazard_ratio"] is not None for card in cards)
    assert {card["n_cards"] for card in cards} == {n_cards}
    assert all(f"One of {n_cards} ratios computed" in card["reading"] for card in parts)
    assert all(
        card["adjusted_hazard_ratio_ci_low"] < 0.5 < card["adjusted_hazard_ratio_ci_high"] * 1.2
        for card in parts
    )


def teams(seed: int, effect: float, shock: float, teams: int = 250, size: int = 10, months: int = 20):
    """Careers in teams with shocks of their own; ``effect`` per ten points of lost tie weight."""
    rng = np.random.default_rng(seed)
    weight = rng.gamma(0.4, 1, (teams, size, size)) * (1 - np.eye(size))
    left = np.full((teams, size), -9)
    here = np.ones((teams, size), dtype=bool)
    trouble = np.zeros((teams, 1))
    found: list[np.ndarray] = []
    for month in range(months):
        trouble = 0.8 * trouble + rng.normal(0, shock, (teams, 1))
        recent = (left >= month - 3) & (left < month)
        lost = (weight * recent[:, None, :]).sum(axis=2) / weight.sum(axis=2)
        hazard = 0.02 * np.exp(trouble + effect * lost / 0.1)
        gone = here & (rng.random((teams, size)) < -np.expm1(-hazard))
        where = np.nonzero(here)
        found.append(np.column_stack([*where, np.full(len(where[0]), month), lost[where], gone[where]]))
        left[gone] = month
        here &= ~gone
    table = np.concatenate(found)
    person = (table[:, 0] * size + table[:, 1]).astype(np.int64)
    table = table[np.lexsort((table[:, 2], person))]
    person = np.sort(person)
    n, some = len(person), careers(60, 1)
    same = Factor(np.zeros(n, dtype=np.int64), ("all",))
    one, no = np.ones(n, dtype=np.int64), np.zeros(n, dtype=bool)
    return (
        replace(
            some, spell=person, person=person, team=table[:, 0].astype(np.int64),
            month=24_000 + table[:, 2].astype(np.int64), month_share=np.ones(n), years=np.full(n, 1 / 12),
            exposure=one, own_exposure=one, common_exposure=one, contributions=np.ones(n),
            tenure=12 + person % 60 + table[:, 2], org_unit=same, hire_year=same, level=same, location=same,
            job_family=same, age_band=same, team_size=np.full(n, 10.0),
            team_attrition=np.full(n, np.nan), is_part_time=no, has_new_manager=no,
            event=table[:, 4] == 1, redundancy=no, involuntary=no, unclassified=no, other_exit=no,
        ),
        table[:, 3],
    )  # fmt: skip


def test_shocks_that_a_team_shares_look_like_contagion_but_not_within_the_team() -> None:
    logs, alarms, naive_alarms = [], [], []
    for seed in range(20):
        naive, adjusted, within = contagion(*teams(seed, effect=0.0, shock=0.5))
        naive_alarms.append(naive.low > 1 and adjusted.low > 1)
        logs.append(math.log(within.ratio))
        alarms.append(not within.low < 1 < within.high)
        assert within.reason is None and within.n_teams > 100
    assert sum(naive_alarms) >= 15  # what everybody would report
    assert np.mean(logs) == pytest.approx(0, abs=0.03)
    assert sum(alarms) <= 4  # five of twenty at 5 % each: p = 0.003


def test_a_planted_contagion_comes_back_within_teams() -> None:
    found = [contagion(*teams(seed, effect=0.15, shock=0.5))[2] for seed in range(12)]
    assert np.mean([math.log(each.ratio) for each in found]) == pytest.approx(0.15, abs=0.035)
    assert sum(each.low < math.exp(0.15) < each.high for each in found) >= 9


def test_nobody_left_nobody_exposed_and_too_few_give_reasons() -> None:
    rows, exposure = teams(1, effect=0.0, shock=0.3, teams=60)
    nobody = replace(rows, event=np.zeros(len(rows), dtype=bool))
    cases = {
        "no_events": (nobody, exposure),
        "no_exposure_contrast": (rows, exposure * 0),
        "too_few_expected_events": teams(1, effect=0.0, shock=0.3, teams=12),
    }
    for reason, case in cases.items():
        assert [each.reason for each in contagion(*case)] == [reason] * 3
        assert all(each.ratio is None for each in contagion(*case))
    blind = contagion(rows, np.full(len(rows), np.nan))
    assert [each.reason for each in blind] == ["no_events"] * 3
    alone = contagion(replace(rows, team=rows.person), exposure)[2]
    assert alone.ratio is None and alone.reason == "too_few_events"  # nobody to compare with
    rows, exposure = teams(1, effect=0.0, shock=0.3)
    most = np.where(np.isin(rows.team, np.unique(rows.team)[:40]), rows.team, 10_000 + rows.person)
    naive, _, within = contagion(replace(rows, team=most), exposure)
    assert naive.ratio is not None and naive.expected_events > 20
    assert within.ratio is None and within.reason == "too_few_expected_events"
