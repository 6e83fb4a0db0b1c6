"""The attack on a published table (check K18): what does subtraction within it reveal?

Written from the attacker's side: it sees only what is published (and the tree of org units) and
shares no code with the protection.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from assets.publish.catalogue import DisclosureRule
from assets.publish.disclosure import DOMINANCE, POPULATIONS, Thresholds, Units

Row = dict[str, Any]
BAND = "_band"


def leaks(frame: pl.DataFrame, rule: DisclosureRule, parents: Units, thresholds: Thresholds) -> list[str]:
    """What an attacker learns of too few persons; each entry names column and key. Empty: nothing.

    ``frame`` is the table as published.
    """
    k = thresholds.k_outcome if rule.threshold == "k_outcome" else thresholds.k_view
    separating = [
        key for key in rule.keys if key not in (*rule.unit, *rule.labels) and frame.schema[key] != pl.Boolean
    ]
    layers: dict[tuple[Any, ...], list[Row]] = {}
    if rule.whole is not None:
        parents = {value: rule.whole for value in frame[rule.unit[0]].to_list() if value != rule.whole}
    for row in frame.iter_rows(named=True):
        layers.setdefault(tuple(row[key] for key in separating), []).append(row)
    found: list[str] = []
    for key, rows in layers.items():
        where = ", ".join(f"{name} {value}" for name, value in zip(separating, key, strict=True))
        if len(rule.unit) == 2:
            found += [f"{text} ({where})" for text in _single_pairs(rows, rule)]
        else:
            found += [f"{text} ({where})" for text in _small_cells(rows, rule, k)]
            if rule.unit:
                found += [f"{text} ({where})" for text in _remainders(rows, rule, parents, k)]
                found += [f"{text} ({where})" for text in _narrowed_bands(rows, rule, parents)]
                found += [f"{text} ({where})" for text in _dominated_sums(rows, rule, parents, k)]
                found += [f"{text} ({where})" for text in _few_of_a_category(rows, rule, parents, k)]
    return found


def _small_cells(rows: Sequence[Row], rule: DisclosureRule, k: int) -> Iterator[str]:
    for row in rows:
        persons = row[rule.population]
        if persons is not None and persons < k and rule.population not in rule.keys:
            yield f"{rule.population} of {_name(row, rule)} is shown with {persons} persons"


def _name(row: Row, rule: DisclosureRule) -> str:
    return " to ".join(str(row[unit]) for unit in rule.unit) or "the row"


def _single_pairs(rows: Sequence[Row], rule: DisclosureRule) -> Iterator[str]:
    for side in rule.unit:
        lines: dict[Hashable, list[bool]] = {}
        for row in rows:
            lines.setdefault(row[side], []).append(row[rule.population] is None)
        for line, hidden in lines.items():
            if sum(hidden) == 1 and len(hidden) > 1:
                yield f"one withheld pair alone in {side} {line}"


def _nearest(unit: Hashable, shown: Mapping[Hashable, object], parents: Units) -> Hashable | None:
    """The nearest shown unit above."""
    above = parents.get(unit)
    for _ in range(len(parents) + 1):
        if above is None or above in shown:
            return above
        above = parents.get(above)
    return None


def _remainders(rows: Sequence[Row], rule: DisclosureRule, parents: Units, k: int) -> Iterator[str]:
    for column in dict.fromkeys((rule.population, *POPULATIONS)):
        if column not in rows[0] or column in rule.keys:
            continue
        shown = {row[rule.unit[0]]: int(row[column]) for row in rows if row[column] is not None}
        rest = dict(shown)
        for unit, persons in shown.items():
            above = _nearest(unit, shown, parents)
            if above is not None:
                rest[above] -= persons
        for unit, persons in rest.items():
            if 0 < persons < k:
                yield f"{column} of {unit} minus the units below it leaves {persons} persons"


def _narrowed_bands(rows: Sequence[Row], rule: DisclosureRule, parents: Units) -> Iterator[str]:
    """For each shown count: the sum of what is hidden below it, and what that says of each band."""
    for name in [name for name in rows[0] if name.endswith(BAND)]:
        column = name.removesuffix(BAND)
        shown = {row[rule.unit[0]]: row for row in rows if row[column] is not None}
        events = {unit: int(row[column]) for unit, row in shown.items()}
        persons = {unit: int(row[rule.population]) for unit, row in shown.items()}
        bands: dict[Hashable, list[tuple[Hashable, int, int, int]]] = {}
        banded = {row[rule.unit[0]]: row for row in rows if row[name] is not None}
        for unit, row in shown.items():
            above = _nearest(unit, shown, parents)
            if above is not None:
                events[above] -= int(row[column])
                persons[above] -= int(row[rule.population])
        visible = {**shown, **banded}
        for unit, row in banded.items():
            above = _nearest(unit, visible, parents)
            if above in shown and above not in banded:
                low, high = (int(part) for part in row[name].split("-"))
                bands.setdefault(above, []).append((unit, low, high, int(row[rule.population])))
        for unit, total in events.items():
            inside = bands.get(unit, [])
            free = max(persons[unit] - sum(n for *_, n in inside), 0)
            if persons[unit] > 0 and (total <= 2 or total >= persons[unit] - 2):
                yield f"{column} of {unit} minus the units below it leaves {total} of {persons[unit]}"
            for cell, low, high, _ in inside:
                others = [(a, b) for other, a, b, _ in inside if other != cell]
                least = total - sum(b for _, b in others) - free
                most = total - sum(a for a, _ in others)
                if least > low or most < high:
                    yield f"{column} of {cell} can be narrowed to {max(least, low)}-{min(most, high)}"


def _few_of_a_category(rows: Sequence[Row], rule: DisclosureRule, parents: Units, k: int) -> Iterator[str]:
    """People of one category in a unit, less those in the shown units below it."""
    for population, columns in rule.categories.items():
        for column in [name for name in columns if name in (rule.proportions or ())]:
            shown = {
                row[rule.unit[0]]: round(row[column] * row[population])
                for row in rows
                if row[column] is not None and row[population] is not None
            }
            rest = dict(shown)
            for unit, persons in shown.items():
                above = _nearest(unit, shown, parents)
                if above is not None:
                    rest[above] -= persons
            for unit, persons in rest.items():
                if 0 < persons < k:
                    yield f"{column} of {unit} minus the units below it leaves {persons} persons"


def _dominated_sums(rows: Sequence[Row], rule: DisclosureRule, parents: Units, k: int) -> Iterator[str]:
    """A shown unit less the shown ones below it: a withheld sum with fewer than k others in it."""
    for reason, columns in rule.amounts.items():
        column = columns[0]
        persons = {row[rule.unit[0]]: int(row[rule.population] or 0) for row in rows}
        shown = {row[rule.unit[0]]: row for row in rows if row[column] is not None}
        rest = {unit: persons[unit] for unit in shown}
        for unit in shown:
            above = _nearest(unit, shown, parents)
            if above is not None:
                rest[above] -= persons[unit]
        below = _persons_below(shown, persons, parents)
        for row in rows:
            unit = row[rule.unit[0]]
            above = _nearest(unit, shown, parents)
            if row[reason] != DOMINANCE or above is None:
                continue
            others = rest[above] - (persons[unit] - below.get(unit, 0))
            if others < k:
                yield f"{column} of {unit} follows from {above}, with {others} other persons"


def _persons_below(
    shown: Mapping[Hashable, object], persons: Mapping[Hashable, int], parents: Units
) -> dict[Hashable, int]:
    """Of every unit: the persons of the shown units under it that have no shown unit in between."""
    below: dict[Hashable, int] = {}
    for unit in shown:
        above = parents.get(unit)
        for _ in range(len(parents) + 1):
            if above is None:
                break
            below[above] = below.get(above, 0) + persons[unit]
            if above in shown:
                break
            above = parents.get(above)
    return below
