"""Sums that one or two people dominate, withheld although the rest of the row is shown.

Metric specification, 0.8 (dominance): the mart says of each family of amounts in a reason column where
one person makes more than half of the sum, or two more than three quarters. A rate over known
workdays is a sum, and a parent's less its siblings' would be the withheld one: then further units
withhold theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assets.publish.catalogue import DisclosureRule
from assets.publish.hierarchy import Layer, Trees, complementary


def withhold_amounts(
    rows: Sequence[Mapping[str, Any]],
    layers: Iterable[Sequence[int]],
    rule: DisclosureRule,
    trees: Trees,
    k: int,
    reasons: Sequence[str | None],
    gone: Sequence[set[str]],
) -> set[tuple[int, str]]:
    """Rows and reason columns of further amounts to withhold; adds all of them to ``gone``.

    ``rule.amounts`` maps the reason column to the amounts that it speaks of. ``trees``
    of the table's org units; ``k``: the least number of persons.
    """
    found: set[tuple[int, str]] = set()
    for members in layers:
        position_of = {rows[p][rule.unit[0]]: p for p in members}
        persons = {unit: int(rows[p][rule.population] or 0) for unit, p in position_of.items()}
        cells = Layer(persons, trees.of(persons))
        hidden = {unit for unit, p in position_of.items() if reasons[p]}
        for reason, columns in rule.amounts.items():
            dominated = {u for u, p in position_of.items() if rows[p][reason] is not None} - hidden
            further = complementary(cells, hidden, dominated, k)
            for unit in dominated | further:
                gone[position_of[unit]] |= set(columns)
            found |= {(position_of[unit], reason) for unit in further}
    return found
