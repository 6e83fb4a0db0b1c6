"""Shares of categories: what subtraction of units must not tell of the few in one category.

Categories of fewer than ``k`` people are merged where they are made (metric specification, N). A unit
whose small category is merged is still told by its parent less its siblings, if those show the
category: then one of them withholds all its shares. The others of one unit add up to the whole, so
withholding a single share would be in vain.

Where everybody is in one category, only that bound is said, and a further column that tells the category
(a sum of weights is that of one level times the people) is withheld with it.

Sums over several categories that are merged in one unit and shown apart in another are not followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assets.publish.bounds import bound_proportions
from assets.publish.catalogue import DisclosureRule
from assets.publish.hierarchy import Layer, Trees, complementary

Row = Mapping[str, Any]


def withhold_categories(
    rows: Sequence[Row],
    layers: Iterable[Sequence[int]],
    rule: DisclosureRule,
    trees: Trees,
    k: int,
    reasons: Sequence[str | None],
    gone: Sequence[set[str]],
) -> set[tuple[int, str]]:
    """Rows and shares to withhold; adds the columns of their group to ``gone``.

    ``rule.categories`` maps the number of persons to the shares that they are divided into, and to
    further columns that go with them (those that are no proportions of the table). ``trees``
    of the table's org units; ``k``: the least number of persons.
    """
    found: set[tuple[int, str]] = set()
    for members in layers:
        for population, columns in rule.categories.items():
            shares = [column for column in bound_proportions(rule, columns) if column in columns]
            for position in members:
                if any((rows[position][share] or 0) >= 1 for share in shares):
                    gone[position] |= set(columns)
            for position in _unsafe(rows, members, rule, trees, k, reasons, population, shares):
                gone[position] |= set(columns)
                found |= {(position, share) for share in shares}
    return found


def _unsafe(
    rows: Sequence[Row],
    members: Sequence[int],
    rule: DisclosureRule,
    trees: Trees,
    k: int,
    reasons: Sequence[str | None],
    population: str,
    shares: Sequence[str],
) -> set[int]:
    """Rows of a layer that must not show these shares, until no category leaves a few people."""
    position_of = {rows[p][rule.unit[0]]: p for p in members}
    withheld: set[int] = set()
    is_changed = True
    while is_changed:
        is_changed = False
        for share in shares:
            counts = {
                unit: round((rows[p][share] or 0) * (rows[p][population] or 0))
                for unit, p in position_of.items()
            }
            hidden = {
                unit
                for unit, p in position_of.items()
                if reasons[p] or p in withheld or rows[p][share] is None
            }
            more = complementary(Layer(counts, trees.of(counts)), hidden, (), k)
            withheld |= {position_of[unit] for unit in more}
            is_changed = is_changed or bool(more)
    return withheld


def withhold_movements(
    rows: Sequence[Row], rule: DisclosureRule, reasons: Sequence[str | None], gone: Sequence[set[str]]
) -> set[tuple[int, str]]:
    """Changes since the period before, where the amount is not shown now or was not then.

    ``rule.movements`` maps the change to the amount: each of them and one amount tell the next.
    """
    found: set[tuple[int, str]] = set()
    by_unit: dict[tuple[Any, ...], list[int]] = {}
    for position in sorted(range(len(rows)), key=lambda p: str(rows[p].get(rule.period or ""))):
        by_unit.setdefault(tuple(rows[position][name] for name in rule.unit), []).append(position)
    for change, amount in rule.movements.items():
        for positions in by_unit.values():
            was_shown = False
            for position in positions:
                is_shown = reasons[position] is None and amount not in gone[position]
                if not (is_shown and was_shown) and rows[position][change] is not None:
                    gone[position].add(change)
                    found.add((position, change))
                was_shown = is_shown
    return found
