"""Shares of categories: nobody finds the few of a merged category by subtraction, or by a sum that moves."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from assets.publish.catalogue import DisclosureRule
from assets.publish.disclosure import Thresholds, disclose
from assets.publish.leak import leaks

SHARES = ("quiet_share", "some_share", "much_share")
PARENTS = {0: None, 1: 0, 2: 0, 11: 1, 12: 1, 13: 1, 21: 2, 22: 2}
LEAVES = (11, 12, 13, 21, 22)
RULE = DisclosureRule(
    "k_view", "n_members", ("month", "org_unit_key"), unit=("org_unit_key",), period="month",
    proportions=SHARES, reasons={"levels_reason": SHARES, "change_reason": ("change",)},
    withheld={"levels_reason": ("weight",)}, movements={"change": "weight"},
    categories={"n_members": (*SHARES, "merged_share", "weight")},
)  # fmt: skip


def below(unit: int) -> list[int]:
    """The teams of a unit."""
    return [leaf for leaf in LEAVES if leaf == unit or PARENTS[leaf] == unit or unit == 0]


def merged(counts: np.ndarray) -> list[int | None]:
    """Categories of fewer than five people, and the next smallest until they are five, are None."""
    if not ((counts > 0) & (counts < 5)).any():
        return [int(n) for n in counts]
    shown: list[int | None] = [int(n) for n in counts]
    total = 0
    for position in np.argsort(counts, kind="stable"):
        if counts[position] and (counts[position] < 5 or total < 5):
            total += counts[position]
            shown[position] = None
    return shown


def organisation(teams: dict[int, np.ndarray], month: int = 1) -> pl.DataFrame:
    """Rows of every unit from the people per category of its teams."""
    rows = []
    for unit in PARENTS:
        counts = sum(teams[leaf] for leaf in below(unit))
        shown, n = merged(counts), int(counts.sum())
        is_merged = None in shown
        rows.append({
            "month": month, "org_unit_key": unit, "n_members": n,
            **{s: None if x is None else x / n for s, x in zip(SHARES, shown, strict=True)},
            "merged_share": 1 - sum(x for x in shown if x) / n if is_merged else None,
            "weight": int(counts @ (1, 16, 49)), "change": 0.5,
            "levels_reason": "small_categories_merged" if is_merged else None, "change_reason": None,
        })  # fmt: skip
    kinds = {"levels_reason": pl.String, "change_reason": pl.String, **dict.fromkeys(SHARES, pl.Float64)}
    return pl.DataFrame(rows, schema_overrides=kinds, infer_schema_length=None).with_columns(
        pl.lit(None, dtype=pl.String).alias("suppression_reason")
    )


def people(rng: np.random.Generator) -> dict[int, np.ndarray]:
    return {leaf: rng.integers(0, 14, 3) + np.array([3, 0, 0]) for leaf in LEAVES}


def found_by_subtraction(shown: pl.DataFrame) -> list[int]:
    """People of a category in what lies between a unit and the units below that show it, one to four."""
    few = []
    for share in SHARES:
        known = {
            row["org_unit_key"]: round(row[share] * row["n_members"])
            for row in shown.iter_rows(named=True)
            if row[share] is not None
        }
        for unit, persons in known.items():
            inside = [u for u in known if u != unit and set(below(u)) < set(below(unit))]
            nearest = [u for u in inside if not any(set(below(u)) < set(below(v)) for v in inside)]
            rest = persons - sum(known[u] for u in nearest)
            few += [rest] if 0 < rest < 5 else []
    return few


def test_merged_categories_are_not_found_by_subtraction() -> None:
    rng = np.random.default_rng(4)
    n_attacked = 0
    for _ in range(120):
        frame = organisation(people(rng))
        n_attacked += bool(found_by_subtraction(frame))
        shown = disclose(frame, RULE, PARENTS, Thresholds()).frame
        assert not found_by_subtraction(shown)
        assert not leaks(shown, RULE, PARENTS, Thresholds())
        kept = shown.filter(pl.col("quiet_share").is_not_null())
        same = frame.join(kept, on="org_unit_key")["quiet_share"].to_list()
        assert same == kept["quiet_share"].to_list(), "what is shown is the true value"
    assert n_attacked > 60, "without the protection the attack succeeds"


def test_the_leak_check_finds_the_few_by_itself() -> None:
    teams = {11: np.array([10, 10, 3]), **{leaf: np.array([10, 10, 10]) for leaf in LEAVES[1:]}}
    said = leaks(organisation(teams), RULE, PARENTS, Thresholds())
    assert said == ["much_share of 1 minus the units below it leaves 3 persons (month 1)"]
    shown = disclose(organisation(teams), RULE, PARENTS, Thresholds()).frame
    by_unit = {row["org_unit_key"]: row for row in shown.iter_rows(named=True)}
    assert by_unit[11]["levels_reason"] == "small_categories_merged"
    assert by_unit[11]["merged_share"] == pytest.approx(13 / 23)
    assert (by_unit[12]["much_share"], by_unit[12]["levels_reason"]) == (None, "complementary")
    assert by_unit[1]["much_share"] == pytest.approx(23 / 83)


def test_a_sum_of_weights_does_not_tell_the_merged_and_no_chain_of_changes_the_sum() -> None:
    whole = {leaf: np.array([10, 10, 10]) for leaf in LEAVES}
    small = {**whole, 21: np.array([10, 10, 3])}
    made = [organisation(teams, n) for n, teams in enumerate((whole, small, whole, whole), 1)]
    months = pl.concat(made, how="vertical_relaxed")
    shown = disclose(months, RULE, PARENTS, Thresholds()).frame
    rows = {(r["month"], r["org_unit_key"]): r for r in shown.iter_rows(named=True)}
    weights = {month: rows[month, 21]["weight"] is not None for month in (1, 2, 3, 4)}
    assert weights == {1: True, 2: False, 3: True, 4: True}
    changes = {month: rows[month, 21]["change"] is not None for month in (1, 2, 3, 4)}
    assert changes == {1: False, 2: False, 3: False, 4: True}, "3 less the change would be 2"
    assert rows[2, 22]["weight"] is None, "the parent less the sibling would be 21's"
    assert rows[2, 22]["levels_reason"] == rows[3, 22]["change_reason"] == "complementary"
    assert rows[2, 11]["change"] == 0.5


def test_everybody_in_one_category_is_not_told_by_the_sum_of_weights() -> None:
    """Ten people of weight 1 make 10, and nothing else makes 10 of ten."""
    alike = {leaf: np.array([10, 10, 10]) for leaf in LEAVES} | {11: np.array([10, 0, 0])}
    months = pl.concat([organisation(alike, 1), organisation(alike, 2)], how="vertical_relaxed")
    shown = disclose(months, RULE, PARENTS, Thresholds()).frame
    rows = {(r["month"], r["org_unit_key"]): r for r in shown.iter_rows(named=True)}
    assert [rows[2, 11][column] for column in (*SHARES, "weight", "change")] == [None] * 5
    assert rows[2, 11]["levels_reason"] == "at_least_95_percent"
    assert rows[2, 12]["weight"] == 10 * (1 + 16 + 49)
    assert rows[2, 12]["change"] == 0.5


def test_a_dominated_sum_does_not_follow_from_the_parent_less_the_siblings() -> None:
    """Rates times known days are sums; whoever dominates one is not found by subtraction."""
    rule = DisclosureRule(
        "k_view", "n", ("org_unit_key",), unit=("org_unit_key",), proportions=(), amounts={"why": ("rate",)}
    )
    rng = np.random.default_rng(9)
    n_attacked = 0
    for _ in range(60):
        sizes = {leaf: int(rng.integers(3, 25)) for leaf in LEAVES}
        n = {unit: sum(sizes[leaf] for leaf in below(unit)) for unit in PARENTS}
        dominated = {unit for unit in PARENTS if rng.random() < 0.3}
        frame = pl.DataFrame({
            "org_unit_key": list(n), "n": list(n.values()), "rate": [float(unit) for unit in n],
            "why": ["dominated_by_one_or_two" if unit in dominated else None for unit in n],
            "suppression_reason": pl.Series([None] * len(n), dtype=pl.String),
        }, schema_overrides={"why": pl.String})  # fmt: skip
        naive = frame.with_columns(rate=pl.when(pl.col("why").is_null()).then(pl.col("rate")))
        n_attacked += bool(leaks(naive, rule, PARENTS, Thresholds()))
        shown = disclose(frame, rule, PARENTS, Thresholds()).frame
        assert not leaks(shown, rule, PARENTS, Thresholds())
        for row in shown.iter_rows(named=True):
            is_shown = row["rate"] is not None
            assert is_shown == (row["why"] is None and row["suppression_reason"] is None)
            assert not (is_shown and row["org_unit_key"] in dominated)
    assert n_attacked > 20, "withholding the dominated ones alone is not enough"


def test_the_attack_on_sums_finds_what_counting_people_finds() -> None:
    """Random trees, every unit with people of its own: who is left of a shown unit beside a dominated one."""
    rng = np.random.default_rng(11)
    rule = DisclosureRule(
        "k_view", "n", ("org_unit_key",), unit=("org_unit_key",), proportions=(), amounts={"why": ("rate",)}
    )
    n_found = 0
    for _ in range(40):
        parents = {unit: int(rng.integers(0, unit)) for unit in range(1, 25)}
        own = rng.integers(0, 9, 25)
        lines = {unit: [unit] for unit in range(25)}
        for unit in range(1, 25):
            lines[unit] += lines[parents[unit]]
        dominated = {unit for unit in range(1, 25) if rng.random() < 0.3}

        def uncovered(unit: int, lines: dict[int, list[int]], hidden: set[int]) -> set[int]:
            """The units under ``unit`` that no shown unit in between covers."""
            return {
                other for other, line in lines.items()
                if unit in line and not set(line[: line.index(unit)]) - hidden
            }  # fmt: skip

        expected = set()
        for unit in dominated:
            above = next(other for other in lines[unit][1:] if other not in dominated)
            rest = uncovered(above, lines, dominated) - uncovered(unit, lines, dominated)
            if sum(int(own[other]) for other in rest) < 5:
                expected.add(unit)
        frame = pl.DataFrame({
            "org_unit_key": list(range(25)),
            "n": [sum(int(own[other]) for other in lines if unit in lines[other]) for unit in range(25)],
            "rate": [None if unit in dominated else 1.0 for unit in range(25)],
            "why": ["dominated_by_one_or_two" if unit in dominated else None for unit in range(25)],
        }, schema_overrides={"why": pl.String})  # fmt: skip
        told = [text for text in leaks(frame, rule, parents, Thresholds()) if text.startswith("rate of ")]
        assert {int(text.split()[2]) for text in told} == expected
        n_found += len(told)
    assert n_found > 50
