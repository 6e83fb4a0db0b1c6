"""Disclosure control: which cells of a group table may be shown.

Metric specification, 0.8 and P29. In this order, per layer (one period, one value of every
other key that is no flag and no label): minimum group size, few persons on one side of a pair,
dominance, complementary suppression over the hierarchy, outcome counts as bands, proportions at 0
or 1. A withheld value is NULL and ``suppression_reason`` says why (a reason that the row had before
stays: it explains more). Nothing is ever computed from published children: a shown value is the
working file's value.

Comparing one published version with another is outside of this protection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl

from assets.publish.amounts import withhold_amounts
from assets.publish.bounds import AT_LEAST, AT_MOST, bound_proportions, bounds
from assets.publish.catalogue import DisclosureRule, PublicationError
from assets.publish.categories import withhold_categories, withhold_movements
from assets.publish.hierarchy import Layer, Trees, complementary, tree_of
from assets.publish.outcome_counts import band_text, banded_columns, hidden_columns, rates_of
from assets.publish.pairs import complementary_pairs, too_few_on_a_side
from assets.publish.windows import hide_months_of_years

BELOW_MINIMUM: Final = "below_minimum_group_size"
FEW_PERSONS: Final = "few_persons_on_one_side"
DOMINANCE: Final = "dominated_by_one_or_two"
COMPLEMENTARY: Final = "complementary"
BANDED: Final = "outcome_count_banded"
REASONS: Final = {
    BELOW_MINIMUM: "fewer persons than the minimum group size",
    FEW_PERSONS: "one side of the pair has too few persons",
    DOMINANCE: "one person makes more than half, or two more than three quarters, of the value",
    COMPLEMENTARY: "withheld so that a smaller cell cannot be found by subtraction",
    BANDED: "an outcome count of 0-2 or n-2..n is shown as a band, without a rate",
    AT_MOST: "nobody or hardly anybody: the share is at most 5 %",
    AT_LEAST: "everybody or almost: the share is at least 95 %",
}
"""What each reason means, for the data dictionary."""

REASON_COLUMN: Final = "suppression_reason"
POPULATIONS: Final = (
    "n_population",
    "n_defined",
    "n_members",
    "n_with_persona",
    "n_with_hours",
    "n_registered",
)
"""Counts of persons that tables show; subtraction must not leave a few in any of them."""

Row = dict[str, Any]
Units = Mapping[Hashable, Hashable | None]


@dataclass(frozen=True)
class Thresholds:
    """Minimum numbers of persons."""

    k_view: int = 5
    k_outcome: int = 10
    k_side: int = 3
    """Distinct persons on each side of the ties between two groups."""


@dataclass(frozen=True)
class Disclosed:
    """A table as it may be published, and how many rows carry which reason."""

    frame: pl.DataFrame
    suppressed: Mapping[str, int] = field(default_factory=dict)


def disclose(
    frame: pl.DataFrame, rule: DisclosureRule, parents: Units, thresholds: Thresholds, name: str = "table"
) -> Disclosed:
    """Withhold what must not be shown in one group table.

    ``frame``: one row per value of ``rule.keys``. ``parents``: org unit key to its parent's,
    the whole organisation without parent; not asked for values of an attribute, which are the
    children of ``rule.whole``. The answer has the same rows and columns, plus one
    text column ``<count>_band`` per banded count. A population of NULL counts as 0. Raises
    ``PublicationError`` when a column that the rule names is missing.
    """
    banded = banded_columns(rule, frame.columns)
    rows = _deciding(frame, rule, banded, name).to_dicts()
    reasons: list[str | None] = [None] * len(rows)
    gone: list[set[str]] = [set() for _ in rows]
    if rule.whole is not None:
        parents = {row[rule.unit[0]]: rule.whole for row in rows if row[rule.unit[0]] != rule.whole}
    trees = Trees(parents)
    for members in _layers(rows, rule).values():
        for position in members:
            reasons[position] = _primary_reason(rows[position], rule, thresholds)
        if len(rule.unit) == 2:
            _protect_pairs(rows, members, rule, reasons)
        elif rule.unit:
            _protect_hierarchy(rows, members, rule, trees, _minimum(rule, thresholds), reasons)
        if banded:
            _band(rows, members, rule, trees, banded, reasons, gone)
    hide_months_of_years(rows, rule, reasons, gone)
    said = _withhold_families(rows, rule, trees, thresholds, reasons, gone)
    said = {**bounds(rows, rule, frame.columns, reasons, gone, REASON_COLUMN), **said}
    return _applied(frame, rows, rule, banded, reasons, gone, said)


def _withhold_families(
    rows: Sequence[Row],
    rule: DisclosureRule,
    trees: Trees,
    thresholds: Thresholds,
    reasons: Sequence[str | None],
    gone: list[set[str]],
) -> dict[tuple[int, str], str]:
    """Columns that go although the row stays; what is said of them, by row and reason column."""
    for reason, columns in rule.withheld.items():
        for position, row in enumerate(rows):
            gone[position] |= set(columns) if row[reason] is not None else set()
    layers, k = list(_layers(rows, rule).values()), _minimum(rule, thresholds)
    found: set[tuple[int, str]] = set()
    if rule.categories:
        found |= withhold_categories(rows, layers, rule, trees, k, reasons, gone)
    found |= withhold_movements(rows, rule, reasons, gone)
    reason_of = {column: name for name, columns in rule.reasons.items() for column in columns}
    said = {(position, reason_of.get(column, REASON_COLUMN)): COMPLEMENTARY for position, column in found}
    if rule.amounts:
        further = withhold_amounts(rows, layers, rule, trees, k, reasons, gone)
        said |= dict.fromkeys(further, COMPLEMENTARY)
    return said


def _deciding(frame: pl.DataFrame, rule: DisclosureRule, banded: Sequence[str], name: str) -> pl.DataFrame:
    """The columns that decide what is withheld; of the others nobody asks for the values."""
    needed = [rule.population, *rule.keys, *rule.numerators, *rule.minimums, *rule.dominance.values()]
    needed += [REASON_COLUMN, *(rule.counts or ()), *(rule.proportions or ()), *rule.reasons, *rule.zeros]
    families = (
        *rule.reasons.values(),
        *rule.zeros.values(),
        *rule.withheld.values(),
        *rule.categories.values(),
        *rule.amounts.values(),
    )
    needed += [*rule.withheld, *rule.categories, *rule.amounts, *rule.movements, *rule.movements.values()]
    needed += [column for family in families for column in family]
    if len(rule.unit) == 2:
        needed += ["n_from", "n_to", "n_people_from", "n_people_to"]
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        raise PublicationError(f"table {name} has no column {missing[0]!r}, which its disclosure rule needs")
    needed += [*banded, *bound_proportions(rule, frame.columns), *rule.windows, *rule.windows.values()]
    needed += [*rule.sums, *rule.parts, *(part for parts in rule.sums.values() for part in parts)]
    needed += [column for column in (rule.total, *POPULATIONS) if column in frame.columns]
    return frame.select(list(dict.fromkeys(needed)))


def _minimum(rule: DisclosureRule, thresholds: Thresholds) -> int:
    return thresholds.k_outcome if rule.threshold == "k_outcome" else thresholds.k_view


def _layers(rows: Sequence[Row], rule: DisclosureRule) -> dict[tuple[Any, ...], list[int]]:
    layers: dict[tuple[Any, ...], list[int]] = {}
    for position, row in enumerate(rows):
        layers.setdefault(tuple(row[key] for key in rule.separating), []).append(position)
    return layers


def _primary_reason(row: Row, rule: DisclosureRule, thresholds: Thresholds) -> str | None:
    if len(rule.unit) == 2:
        reason = too_few_on_a_side(row, thresholds.k_view, thresholds.k_side)
        if reason:
            return BELOW_MINIMUM if reason == "group" else FEW_PERSONS
    elif (row[rule.population] or 0) < _minimum(rule, thresholds):
        return BELOW_MINIMUM
    for column, least in rule.minimums.items():
        floor = least if isinstance(least, int) else getattr(thresholds, least)
        if (row[column] or 0) < floor:
            return FEW_PERSONS
    largest = row.get(rule.dominance.get("largest", ""))
    two_largest = row.get(rule.dominance.get("two_largest", ""))
    if (largest is not None and largest > 0.5) or (two_largest is not None and two_largest > 0.75):
        return DOMINANCE
    return None


def _protect_pairs(
    rows: Sequence[Row], members: Sequence[int], rule: DisclosureRule, reasons: list[str | None]
) -> None:
    position_of = {(rows[p][rule.unit[0]], rows[p][rule.unit[1]]): p for p in members}
    persons = {pair: int(rows[p][rule.population] or 0) for pair, p in position_of.items()}
    hidden = {pair for pair, p in position_of.items() if reasons[p]}
    for pair in complementary_pairs(persons, hidden):
        reasons[position_of[pair]] = COMPLEMENTARY


def _protect_hierarchy(
    rows: Sequence[Row],
    members: Sequence[int],
    rule: DisclosureRule,
    trees: Trees,
    k: int,
    reasons: list[str | None],
) -> None:
    """Complementary suppression for every count of persons that the table has, until all are safe."""
    position_of = _position_of(rows, members, rule)
    columns = [
        column
        for column in dict.fromkeys((rule.population, *POPULATIONS))
        if column in rows[members[0]] and column not in rule.keys
    ]
    tree = trees.of(position_of)
    layers = [Layer({unit: int(rows[p][c] or 0) for unit, p in position_of.items()}, tree) for c in columns]
    is_changed = True
    while is_changed:
        is_changed = False
        for cells in layers:
            hidden = {unit for unit, p in position_of.items() if reasons[p]}
            large = {unit for unit in hidden if reasons[position_of[unit]] in (FEW_PERSONS, DOMINANCE)}
            for unit in complementary(cells, hidden - large, large, k):
                reasons[position_of[unit]] = COMPLEMENTARY
                is_changed = True


def _position_of(rows: Sequence[Row], members: Sequence[int], rule: DisclosureRule) -> dict[Hashable, int]:
    position_of: dict[Hashable, int] = {rows[p][rule.unit[0]]: p for p in members}
    if len(position_of) != len(members):
        raise PublicationError(
            f"keys {list(rule.keys)} do not identify a row: an org unit comes twice in one layer"
        )
    return position_of


def _band(
    rows: Sequence[Row],
    members: Sequence[int],
    rule: DisclosureRule,
    trees: Trees,
    banded: Sequence[str],
    reasons: Sequence[str | None],
    gone: list[set[str]],
) -> None:
    has_hierarchy = len(rule.unit) == 1
    position_of = _position_of(rows, members, rule) if has_hierarchy else {p: p for p in members}
    persons = {cell: int(rows[p][rule.population] or 0) for cell, p in position_of.items()}
    cells = Layer(persons, trees.of(position_of) if has_hierarchy else tree_of(persons, {}))
    suppressed = {cell for cell, p in position_of.items() if reasons[p]}
    by_cell = {cell: rows[p] for cell, p in position_of.items()}
    for cell, columns in hidden_columns(by_cell, cells, suppressed, rule, banded).items():
        gone[position_of[cell]] |= columns


def _applied(
    frame: pl.DataFrame,
    rows: Sequence[Row],
    rule: DisclosureRule,
    banded: Sequence[str],
    reasons: Sequence[str | None],
    gone: Sequence[set[str]],
    said: Mapping[tuple[int, str], str],
) -> Disclosed:
    """NULL where withheld, the reasons, and the bands."""
    rates = rates_of(rule, frame.columns)
    own_reasons = (*rule.reasons, *rule.amounts)
    kept = {REASON_COLUMN, *own_reasons, *rule.keys}
    withheld = np.array([reason is not None for reason in reasons], dtype=bool)
    masks = {column: withheld.copy() for column in frame.columns if column not in kept}
    bands: dict[str, list[str | None]] = {column: [None] * len(rows) for column in banded}
    texts: dict[str, list[str | None]] = {name: [] for name in (REASON_COLUMN, *own_reasons)}
    for position, (row, reason) in enumerate(zip(rows, reasons, strict=True)):
        hidden = set(gone[position])
        for column in banded if reason is None else ():
            if column in gone[position]:
                hidden |= rates.get(column, frozenset())
                bands[column][position] = band_text(row[column], int(row[rule.population] or 0))
        for column in hidden & masks.keys() if hidden else ():
            masks[column][position] = True
        is_banded = any(row[column] is not None for column in gone[position] if column in bands)
        said_of_row = said.get((position, REASON_COLUMN)) or (BANDED if is_banded else None)
        texts[REASON_COLUMN].append(row[REASON_COLUMN] or reason or said_of_row)
        for name in own_reasons:
            text = said.get((position, name))
            texts[name].append(None if reason else text if text == COMPLEMENTARY else row[name] or text)
    result = frame.with_columns(
        *(
            pl.when(pl.Series(mask)).then(None).otherwise(pl.col(column)).alias(column)
            for column, mask in masks.items()
        ),
        *(pl.Series(name, values, dtype=pl.String) for name, values in texts.items()),
        *(pl.Series(f"{column}_band", values, dtype=pl.String) for column, values in bands.items()),
    )
    every = (text for values in texts.values() for text in values if text in REASONS)
    return Disclosed(result, dict(Counter(every)))
