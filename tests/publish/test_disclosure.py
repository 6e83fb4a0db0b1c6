"""What is withheld, and that subtraction does not bring it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from assets.publish.catalogue import DisclosureRule, PublicationError
from assets.publish.disclosure import Thresholds, disclose
from assets.publish.leak import leaks
from assets.publish.outcome_counts import band_text

MONTH = date(2024, 3, 1)
VIEW = DisclosureRule(
    "k_view", "n_population", ("month_start", "org_unit_key"), unit=("org_unit_key",), period="month_start"
)
OUTCOME = DisclosureRule(
    "k_outcome",
    "n_population",
    ("month_start", "org_unit_key"),
    numerators=("n_exits",),
    unit=("org_unit_key",),
    period="month_start",
)
PARENTS = {0: None, 1: 0, 2: 0, 3: 0, 11: 1, 12: 1, 13: 1}


def participation(sizes, rates=None, **columns):
    units = list(sizes)
    return pl.DataFrame(
        {
            "month_start": [MONTH] * len(units),
            "org_unit_key": units,
            "n_population": [sizes[unit] for unit in units],
            "participation_rate": [(rates or {}).get(unit, 0.5) for unit in units],
            **{name: [values[unit] for unit in units] for name, values in columns.items()},
            "suppression_reason": pl.Series([None] * len(units), dtype=pl.String),
        }
    )


def reasons(frame):
    return dict(zip(frame["org_unit_key"], frame["suppression_reason"], strict=True))


def test_a_small_group_is_withheld_with_its_size_and_takes_the_next_smallest_along():
    sizes = {0: 60, 1: 20, 2: 30, 3: 10, 11: 4, 12: 7, 13: 9}
    shown = disclose(participation(sizes), VIEW, PARENTS, Thresholds()).frame
    assert reasons(shown) == {
        0: None,
        1: None,
        2: None,
        3: None,
        11: "below_minimum_group_size",
        12: "complementary",
        13: None,
    }
    hidden = shown.filter(pl.col("org_unit_key").is_in([11, 12]))
    assert hidden["n_population"].to_list() == [None, None]
    assert hidden["participation_rate"].to_list() == [None, None]


def test_a_head_alone_in_the_department_is_protected_like_a_small_team():
    sizes = {0: 61, 1: 20, 2: 30, 3: 10}
    shown = disclose(participation(sizes), VIEW, PARENTS, Thresholds()).frame
    assert reasons(shown)[3] == "complementary"
    assert leaks(shown, VIEW, PARENTS, Thresholds()) == []


def test_a_person_with_an_account_and_no_day_of_presence_is_not_found_by_subtraction():
    """Nobody but the one on leave is registered in the whole and in neither unit."""
    frame = participation({0: 60, 1: 20, 2: 40}, n_registered={0: 61, 1: 20, 2: 40})
    assert leaks(frame, VIEW, PARENTS, Thresholds()) == [
        f"n_registered of 0 minus the units below it leaves 1 persons (month_start {MONTH})"
    ]
    shown = disclose(frame, VIEW, PARENTS, Thresholds()).frame
    assert reasons(shown) == {0: None, 1: "complementary", 2: None}


def test_two_small_siblings_that_reach_the_minimum_together_need_no_third():
    sizes = {0: 60, 1: 4, 2: 4, 3: 52}
    shown = disclose(participation(sizes), VIEW, PARENTS, Thresholds()).frame
    assert reasons(shown) == {
        0: None,
        1: "below_minimum_group_size",
        2: "below_minimum_group_size",
        3: None,
    }


def test_shown_values_are_the_working_files_values():
    sizes = {0: 60, 1: 20, 2: 30, 3: 10}
    rates = {0: 0.7, 1: 0.6, 2: 0.8, 3: 0.55}
    shown = disclose(participation(sizes, rates), VIEW, PARENTS, Thresholds()).frame
    assert dict(zip(shown["org_unit_key"], shown["participation_rate"], strict=True)) == rates


def test_a_share_of_nobody_or_everybody_becomes_a_bound_with_its_interval():
    sizes = {0: 60, 1: 20, 2: 40}
    interval = {0: 0.8, 1: 0.9, 2: 0.1}
    frame = participation(sizes, {0: 0.5, 1: 1.0, 2: 0.0}, participation_ci_high=interval)
    shown = disclose(frame, VIEW, PARENTS, Thresholds()).frame
    assert reasons(shown) == {0: None, 1: "at_least_95_percent", 2: "at_most_5_percent"}
    assert shown["participation_rate"].to_list() == [0.5, None, None]
    assert shown["participation_ci_high"].to_list() == [0.8, None, None]
    assert shown["n_population"].to_list() == [60, 20, 40]


def test_a_rate_takes_its_own_interval_along_and_no_other_measure_of_the_same_word():
    """A unit where everybody contributes still says how much."""
    much = {0: 3.0, 1: 4.0, 2: 0.5}
    frame = participation({0: 60, 1: 20, 2: 40}, contribution_rate={0: 0.5, 1: 1.0, 2: 0.4},
                          contribution_ci_low={0: 0.4, 1: 0.8, 2: 0.3},
                          contributions_per_20_days=much)  # fmt: skip
    shown = disclose(frame, VIEW, PARENTS, Thresholds()).frame
    assert shown["contribution_rate"].to_list() == [0.5, None, 0.4]
    assert shown["contribution_ci_low"].to_list() == [0.4, None, 0.3]
    assert shown["contributions_per_20_days"].to_list() == list(much.values())


def test_nobody_is_not_told_by_an_amount_of_nothing():
    rule = replace(VIEW, zeros={"participation_rate": ("posts_per_20_days",)})
    posts = {0: 1.0, 1: 2.0, 2: 0.0}
    frame = participation({0: 60, 1: 20, 2: 40}, {0: 0.5, 1: 1.0, 2: 0.0}, posts_per_20_days=posts)
    shown = disclose(frame, rule, PARENTS, Thresholds()).frame
    assert shown["posts_per_20_days"].to_list() == [1.0, 2.0, None], "everybody may do different amounts"
    assert disclose(frame, VIEW, PARENTS, Thresholds()).frame["posts_per_20_days"].to_list()[2] == 0.0


def test_a_bound_of_one_of_many_figures_is_no_reason_of_the_row():
    """The row's reason is of the row; what only some shares have stands beside them."""
    kinds = {
        "leading_share": {0: 0.1, 1: 0.0, 2: 0.2},
        "levels_reason": {0: None, 1: None, 2: "told_by_data"},
        "stickiness": {0: 0.3, 1: 0.4, 2: 0.5},
    }
    rule = replace(VIEW, proportions=("participation_rate", "leading_share"),
                   reasons={"levels_reason": ("leading_share",)})  # fmt: skip
    frame = participation({0: 60, 1: 20, 2: 40}, {0: 0.5, 1: 0.5, 2: 1.0}, **kinds)
    shown = disclose(frame, rule, PARENTS, Thresholds())
    assert reasons(shown.frame) == {0: None, 1: None, 2: "at_least_95_percent"}
    assert shown.frame["levels_reason"].to_list() == [None, "at_most_5_percent", "told_by_data"]
    assert shown.frame["leading_share"].to_list() == [0.1, None, 0.2]
    assert shown.frame["stickiness"].to_list() == [0.3, 0.4, 0.5]
    assert shown.suppressed == {"at_least_95_percent": 1, "at_most_5_percent": 1}
    small = disclose(participation({0: 60, 1: 20, 2: 4, 3: 36}, **{
        name: {**values, 2: values[1], 3: values[0]} for name, values in kinds.items()
    }), rule, PARENTS, Thresholds()).frame  # fmt: skip
    assert small["levels_reason"].to_list()[2] is None, "a withheld row has one reason"


def test_what_a_reason_speaks_of_is_shown_only_without_it():
    rule = replace(VIEW, withheld={"gravity_reason": ("gravity",)})
    frame = participation({0: 60, 1: 20, 2: 40}, gravity={0: 1.0, 1: 2.0, 2: 3.0},
                          gravity_reason={0: None, 1: "small_categories_merged", 2: None})  # fmt: skip
    shown = disclose(frame, rule, PARENTS, Thresholds()).frame
    assert shown["gravity"].to_list() == [1.0, None, 3.0]
    assert reasons(shown) == {0: None, 1: None, 2: None}
    assert shown["gravity_reason"].to_list() == [None, "small_categories_merged", None]


def test_a_reason_of_the_data_stays():
    frame = participation({0: 0}).with_columns(pl.lit("no_visible_contributions").alias("suppression_reason"))
    assert reasons(disclose(frame, VIEW, PARENTS, Thresholds()).frame)[0] == "no_visible_contributions"


@pytest.mark.parametrize(
    ("column", "labels"), [("is_mature", ()), ("depth", ("depth",)), ("reach_reason", ("reach_reason",))]
)
def test_what_a_row_says_of_itself_hides_no_unit_from_its_parent(column, labels):
    """The whole less the team that is shown would be the four people of the other team."""
    says = {"is_mature": (False, True), "depth": (0, 1), "reach_reason": (None, "no_views_in_sources")}[
        column
    ]
    own = {0: says[0], 1: says[1], 2: says[0]}
    frame = participation({0: 30, 1: 26, 2: 4}, **{column: own})
    keys = (*VIEW.keys, column)
    apart = replace(VIEW, keys=(*VIEW.keys, "other"), labels=())
    as_other = frame.rename({column: "other"}).with_columns(pl.col("other").cast(pl.String))
    assert reasons(disclose(as_other, apart, PARENTS, Thresholds()).frame)[1] is None, "layers apart"
    rule = replace(VIEW, keys=keys, labels=labels)
    assert leaks(frame.filter(pl.col("org_unit_key") < 2), rule, PARENTS, Thresholds())
    shown = disclose(frame, rule, PARENTS, Thresholds()).frame
    assert reasons(shown) == {0: None, 1: "complementary", 2: "below_minimum_group_size"}
    assert shown[column].to_list() == list(own.values()), "and is shown in every row"
    assert leaks(shown, rule, PARENTS, Thresholds()) == []


def turnover(cells, **columns):
    """Unit to (persons, exits)."""
    return (
        participation({unit: n for unit, (n, _) in cells.items()})
        .drop("participation_rate")
        .with_columns(
            pl.Series("n_exits", [x for _, x in cells.values()], dtype=pl.Int64),
            pl.Series("turnover_rate", [x / n if n else None for n, x in cells.values()]),
            pl.Series("avg_headcount", [float(n) for n, _ in cells.values()]),
            *(pl.Series(name, values) for name, values in columns.items()),
        )
    )


def test_two_exits_are_a_band_without_a_rate_and_cannot_be_found_by_subtraction():
    frame = turnover({0: (200, 14), 1: (60, 2), 2: (60, 5), 3: (80, 7)})
    shown = disclose(frame, OUTCOME, PARENTS, Thresholds()).frame
    one, two = (shown.row(by_predicate=pl.col("org_unit_key") == unit, named=True) for unit in (1, 2))
    assert (one["n_exits"], one["n_exits_band"], one["turnover_rate"]) == (None, "0-2", None)
    assert (one["n_population"], one["avg_headcount"]) == (60, 60.0)
    assert one["suppression_reason"] == "outcome_count_banded"
    assert (two["n_exits"], two["n_exits_band"], two["turnover_rate"]) == (None, None, None)
    assert shown["n_exits"].to_list() == [14, None, None, 7]
    assert leaks(shown, OUTCOME, PARENTS, Thresholds()) == []


def test_almost_all_is_a_band_as_well():
    shown = disclose(turnover({0: (12, 11)}), OUTCOME, PARENTS, Thresholds()).frame
    assert shown["n_exits_band"].to_list() == ["10-12"]


def test_outcomes_need_the_larger_minimum():
    shown = disclose(turnover({0: (9, 4)}), OUTCOME, PARENTS, Thresholds()).frame
    assert reasons(shown) == {0: "below_minimum_group_size"}


def test_a_part_does_not_follow_from_the_total_and_the_other_part():
    rule = DisclosureRule(**{**OUTCOME.__dict__, "numerators": ("n_exits", "n_voluntary", "n_involuntary")})
    frame = turnover({0: (100, 9)}, n_voluntary=[8], n_involuntary=[1], voluntary_turnover_rate=[0.08])
    (row,) = disclose(frame, rule, PARENTS, Thresholds()).frame.to_dicts()
    assert (row["n_exits"], row["turnover_rate"]) == (9, 0.09)
    assert (row["n_voluntary"], row["voluntary_turnover_rate"], row["n_involuntary"]) == (None, None, None)
    assert (row["n_voluntary_band"], row["n_involuntary_band"]) == (None, "0-2")


def test_numbers_of_role_holders_are_banded_without_touching_the_other_columns():
    frame = participation({0: 60, 1: 25, 2: 35}, n_hubs={0: 5, 1: 1, 2: 4})
    shown = disclose(frame, VIEW, PARENTS, Thresholds()).frame
    assert shown["n_hubs"].to_list() == [5, None, None]
    assert shown["n_hubs_band"].to_list() == [None, "0-2", None]
    assert shown["participation_rate"].to_list() == [0.5, 0.5, 0.5]


def test_a_count_that_is_not_defined_in_one_unit_does_not_hide_the_others():
    frame = participation({0: 60, 1: 25, 2: 35}, n_hubs={0: 9, 1: None, 2: 4})
    shown = disclose(frame, VIEW, PARENTS, Thresholds()).frame
    assert shown["n_hubs"].to_list() == [9, None, 4]
    assert shown["n_hubs_band"].to_list() == [None, None, None]
    assert set(reasons(shown).values()) == {None}


def test_one_dominating_person_withholds_a_large_cell_and_hides_others_with_it():
    rule = DisclosureRule(**{**VIEW.__dict__, "dominance": {"largest": "top1_share"}})
    frame = participation({0: 60, 1: 20, 2: 25, 3: 15}, top1_share={0: 0.1, 1: 0.6, 2: 0.1, 3: 0.1})
    shown = disclose(frame, rule, PARENTS, Thresholds()).frame
    assert reasons(shown) == {0: None, 1: "dominated_by_one_or_two", 2: None, 3: "complementary"}


FLOW = DisclosureRule(
    "k_view",
    "n_population",
    ("month_start", "from_unit", "to_unit"),
    unit=("from_unit", "to_unit"),
    period="month_start",
)


def flows(cells):
    """(from, to) to (persons of from, persons of to, persons with ties on each side)."""
    return pl.DataFrame(
        [
            {
                "month_start": MONTH,
                "from_unit": pair[0],
                "to_unit": pair[1],
                "n_population": n_from + n_to,
                "n_from": n_from,
                "n_to": n_to,
                "n_people_from": side_from,
                "n_people_to": side_to,
                "weight": 1.5,
                "suppression_reason": None,
            }
            for pair, (n_from, n_to, side_from, side_to) in cells.items()
        ],
        schema_overrides={"suppression_reason": pl.String},
    )


def test_pairs_need_three_people_on_each_side_and_hide_no_single_cell():
    sizes = {1: 10, 2: 12, 3: 14, 4: 16}
    cells = {(a, b): (sizes[a], sizes[b], 5, 5) for a in sizes for b in sizes if a != b}
    cells[1, 2] = (10, 12, 2, 5)
    shown = disclose(flows(cells), FLOW, {}, Thresholds()).frame
    by_pair = {(r["from_unit"], r["to_unit"]): r["suppression_reason"] for r in shown.to_dicts()}
    assert by_pair[1, 2] == "few_persons_on_one_side"
    assert "complementary" in by_pair.values()
    assert leaks(shown, FLOW, {}, Thresholds()) == []
    cells[1, 2] = (10, 4, 3, 3)
    shown = disclose(flows(cells), FLOW, {}, Thresholds()).frame
    assert shown["suppression_reason"][0] == "below_minimum_group_size"


def test_a_missing_column_is_named():
    with pytest.raises(PublicationError, match="table turnover has no column 'n_exits'"):
        disclose(participation({0: 60}), OUTCOME, PARENTS, Thresholds(), "turnover")


@st.composite
def organisations(draw, max_units=14):
    """A tree of units with own members and exits: (parents, persons per unit, exits per unit)."""
    n_units = draw(st.integers(1, max_units))
    parents = {0: None}
    for unit in range(1, n_units):
        parents[unit] = draw(st.integers(0, unit - 1))
    own = {unit: draw(st.integers(0, 25)) for unit in parents}
    exits = {unit: draw(st.integers(0, min(own[unit], 6))) for unit in parents}
    persons, events = dict(own), dict(exits)
    for unit in sorted(parents, reverse=True):
        if parents[unit] is not None:
            persons[parents[unit]] += persons[unit]
            events[parents[unit]] += events[unit]
    return parents, persons, events


def atoms_of(unit, parents):
    """Which units' own members a cell is made of, as a vector."""
    inside = np.zeros(len(parents))
    for other in parents:
        above = other
        while above is not None:
            if above == unit:
                inside[other] = 1
                break
            above = parents[above]
    return inside


@settings(deadline=None, max_examples=150)
@given(organisations())
def test_no_sum_or_difference_of_published_cells_tells_of_fewer_than_k_persons(case):
    parents, persons, _ = case
    shown = disclose(participation(persons), VIEW, parents, Thresholds()).frame
    published = [unit for unit, reason in reasons(shown).items() if reason is None]
    assert leaks(shown, VIEW, parents, Thresholds()) == []
    if not published:
        assert persons[0] < 5
        return
    known = np.array([atoms_of(unit, parents) for unit in published])
    rank = np.linalg.matrix_rank(known)
    for unit in parents:
        if 0 < persons[unit] < 5:
            assert np.linalg.matrix_rank(np.vstack([known, atoms_of(unit, parents)])) > rank
    own = {u: persons[u] - sum(persons[c] for c in parents if parents[c] == u) for u in parents}
    for unit in parents:  # a unit's own members, if they are few
        alone = np.eye(len(parents))[unit]
        if 0 < own[unit] < 5:
            assert np.linalg.matrix_rank(np.vstack([known, alone])) > rank


@settings(deadline=None, max_examples=100)
@given(organisations(max_units=9))
def test_no_band_can_be_narrowed_by_linear_reasoning(case):
    parents, persons, events = case
    frame = turnover({unit: (persons[unit], events[unit]) for unit in parents})
    shown = disclose(frame, OUTCOME, parents, Thresholds()).frame
    assert leaks(shown, OUTCOME, parents, Thresholds()) == []
    own = {u: persons[u] - sum(persons[c] for c in parents if parents[c] == u) for u in parents}
    equal, equals, under, unders = [], [], [], []
    for row in shown.to_dicts():
        vector = atoms_of(row["org_unit_key"], parents)
        if row["n_exits"] is not None:
            equal.append(vector)
            equals.append(row["n_exits"])
        elif row["n_exits_band"] is not None:
            low, high = map(int, row["n_exits_band"].split("-"))
            under += [vector, -vector]
            unders += [high, -low]
    constraints = {
        "A_eq": np.array(equal) if equal else None,
        "b_eq": equals or None,
        "A_ub": np.array(under) if under else None,
        "b_ub": unders or None,
        "bounds": [(0, own[unit]) for unit in parents],
    }
    for row in shown.to_dicts():
        if row["n_exits_band"] is None:
            continue
        low, high = map(int, row["n_exits_band"].split("-"))
        vector = atoms_of(row["org_unit_key"], parents)
        assert linprog(vector, **constraints).fun == pytest.approx(low, abs=1e-6)
        assert -linprog(-vector, **constraints).fun == pytest.approx(high, abs=1e-6)


BY_LEVEL = DisclosureRule(
    "k_outcome",
    "n_population",
    ("attribute_value",),
    numerators=("n_exits", "n_voluntary", "n_other", "n_exits_12m", "n_voluntary_12m", "n_other_12m"),
    sums={"n_exits": ("n_voluntary", "n_other"), "n_exits_12m": ("n_voluntary_12m", "n_other_12m")},
    unit=("attribute_value",),
    whole="(all)",
)


def levels(sizes, exits):
    return pl.DataFrame(
        {
            "attribute_value": list(sizes),
            "n_population": list(sizes.values()),
            **{
                f"{name}{period}": [exits[value][place] for value in sizes]
                for period in ("", "_12m")
                for place, name in enumerate(("n_exits", "n_voluntary", "n_other"))
            },
            "suppression_reason": pl.Series([None] * len(sizes), dtype=pl.String),
        }
    )


def test_values_of_an_attribute_are_siblings_below_everybody():
    sizes = {"(all)": 100, "L1": 7, "L2": 20, "L3": 73}
    exits = {"(all)": (30, 20, 10), "L1": (3, 3, 0), "L2": (8, 4, 4), "L3": (19, 13, 6)}
    shown = disclose(levels(sizes, exits), BY_LEVEL, {}, Thresholds())
    reasons_of = dict(zip(sizes, shown.frame["suppression_reason"], strict=True))
    assert reasons_of == {
        "(all)": None,
        "L1": "below_minimum_group_size",
        "L2": "complementary",
        "L3": None,
    }
    assert leaks(shown.frame, BY_LEVEL, {}, Thresholds()) == []


def test_each_total_protects_its_own_parts():
    sizes = {"(all)": 100}
    shown = disclose(levels(sizes, {"(all)": (11, 10, 1)}), BY_LEVEL, {}, Thresholds()).frame.to_dicts()[0]
    for period in ("", "_12m"):
        assert shown[f"n_other{period}"] is None and shown[f"n_other{period}_band"] == "0-2"
        assert shown[f"n_voluntary{period}"] is None or shown[f"n_exits{period}"] is None


REGRETTED = DisclosureRule(
    "k_outcome",
    "n_population",
    ("org_unit_key",),
    numerators=("n_exits", "n_voluntary", "n_other", "n_regretted", "n_not_regretted"),
    sums={
        "n_exits": ("n_voluntary", "n_other"),
        "n_voluntary": ("n_regretted", "n_not_regretted", "n_not_assessed"),
    },
    rates={"n_not_assessed": "n_voluntary", "regretted_rate": "n_regretted", "reason": "n_voluntary"},
    unit=("org_unit_key",),
)


def assessed(n_other: int = 10, **counts: int) -> dict:
    row = {
        "org_unit_key": 0,
        "n_population": 100,
        "n_exits": counts["n_voluntary"] + n_other,
        "n_other": n_other,
        **counts,
    }
    more = {"regretted_rate": counts["n_regretted"] / 100, "reason": None, "suppression_reason": None}
    frame = pl.DataFrame(
        [row | more], schema_overrides={"reason": pl.String, "suppression_reason": pl.String}
    )
    return disclose(frame, REGRETTED, {}, Thresholds()).frame.to_dicts()[0]


def test_a_small_part_does_not_follow_from_what_nobody_assessed():
    """Resignations less those not assessed are the assessed ones: who is not regretted must not follow."""
    shown = assessed(n_voluntary=20, n_regretted=8, n_not_regretted=1, n_not_assessed=11)
    assert (shown["n_not_assessed"], shown["n_not_regretted_band"]) == (11, "0-2")
    assert shown["n_regretted"] is None and shown["regretted_rate"] is None
    shown = assessed(n_voluntary=20, n_regretted=8, n_not_regretted=4, n_not_assessed=8)
    assert [shown[name] for name in ("n_regretted", "n_not_regretted", "n_not_assessed")] == [8, 4, 8]


def test_a_hidden_total_does_not_follow_from_its_parts():
    """Of 100 people 98 resigned: the band 98-100 holds only while not all parts are shown."""
    frame = assessed(n_other=0, n_voluntary=98, n_regretted=60, n_not_regretted=38, n_not_assessed=0)
    assert frame["n_voluntary"] is None and frame["n_voluntary_band"] == "98-100"
    assert frame["n_not_regretted"] is None and frame["n_regretted"] == 60
    assert frame["n_not_assessed"] is None and frame["reason"] is None


BY_MONTH = DisclosureRule(
    "k_outcome",
    "n_population",
    ("org_unit_key", "month_start", "is_final"),
    numerators=("n_exits", "n_exits_12m"),
    windows={"n_exits_12m": "n_exits"},
    rates={"exit_rate": "n_exits", "exit_rate_12m": "n_exits_12m"},
    unit=("org_unit_key",),
    period="month_start",
)


@pytest.mark.parametrize(
    "counts",
    [
        [5, 4, 6, 5, 7, 4, 2, 6, 5, 4, 3, 8],
        [5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [3, 1, 2, 0, 4, 0, 0, 1, 2, 0, 0, 3],
        [5] * 12,
        [0] * 12,
    ],
)
def test_a_year_does_not_narrow_the_bands_of_its_months(counts):
    frame = pl.DataFrame(
        {
            "org_unit_key": [0] * 12,
            "month_start": [date(2024, month, 1) for month in range(1, 13)],
            "is_final": [True] * 11 + [False],
            "n_population": [300] * 12,
            "n_exits": counts,
            "exit_rate": [count / 300 for count in counts],
            "n_exits_12m": [None] * 11 + [sum(counts)],
            "exit_rate_12m": [None] * 11 + [sum(counts) / 300],
            "suppression_reason": pl.Series([None] * 12, dtype=pl.String),
        }
    )
    shown = disclose(frame, BY_MONTH, {0: None}, Thresholds()).frame.to_dicts()
    for row in shown:
        assert (row["exit_rate"] is None) == (row["n_exits"] is None)
    year = shown[-1]["n_exits_12m"]
    if year is None:
        assert sum(counts) <= 2
        return
    known = [row["n_exits"] for row in shown if row["n_exits"] is not None]
    unknown = [(0, 2) if row["n_exits_band"] else (0, 300) for row in shown if row["n_exits"] is None]
    for place, (low, high) in enumerate(unknown):
        if high > 2:
            continue
        others = unknown[:place] + unknown[place + 1 :]
        left = year - sum(known)
        assert left - sum(most for _, most in others) <= low
        assert left - sum(least for least, _ in others) >= high
    if min(counts) > 2:
        assert len(known) == 12  # nothing is hidden that gives nothing away


def test_a_year_of_more_exits_than_people_is_not_told_by_its_band():
    assert band_text(17, 11) is None
    assert band_text(10, 11) == "9-11"
    assert band_text(1, 11) == "0-2"
