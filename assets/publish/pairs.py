"""Cells of two groups: flows from one org unit to another.

Both groups need the minimum size, and at least three distinct persons on each side of the ties
(metric specification, 0.8). Row and column totals may be known from other tables, so a single
withheld cell in a row or column would follow by subtraction: the smallest other cell of that
row or column goes with it, until no row or column has exactly one.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

Pair = tuple[Hashable, Hashable]


def too_few_on_a_side(row: Mapping[str, Any], k_view: int, k_side: int) -> str | None:
    """``"group"`` when a group is too small, ``"side"`` when too few persons hold the ties, else None.

    Columns: ``n_from``, ``n_to`` (persons of the groups), ``n_people_from``, ``n_people_to``
    (distinct persons with a tie). NULL counts as 0.
    """
    if min(row["n_from"] or 0, row["n_to"] or 0) < k_view:
        return "group"
    if min(row["n_people_from"] or 0, row["n_people_to"] or 0) < k_side:
        return "side"
    return None


def complementary_pairs(persons: Mapping[Pair, int], hidden: Collection[Pair]) -> set[Pair]:
    """Further pairs to withhold: afterwards no row or column with shown cells hides exactly one.

    ``persons``: every existing pair and its number of persons (the smallest goes first).
    """
    lines: dict[tuple[int, Hashable], list[Pair]] = {}
    for pair in sorted(persons, key=lambda pair: (persons[pair], str(pair))):
        for side in (0, 1):
            lines.setdefault((side, pair[side]), []).append(pair)
    out = set(hidden)
    waiting = {(side, pair[side]) for pair in hidden for side in (0, 1)}
    while waiting:
        line = min(waiting, key=str)
        waiting.remove(line)
        members = lines.get(line, [])
        shown = [pair for pair in members if pair not in out]
        if len(members) - len(shown) == 1 and shown:
            out.add(shown[0])
            waiting |= {(side, shown[0][side]) for side in (0, 1)}
    return out - set(hidden)
