"""Shares of nobody or everybody: of a proportion at 0 or 1 only the bound is said.

Metric specification, 0.8: a minimum group size does not help where all members share the value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from assets.publish.catalogue import DisclosureRule

AT_MOST: Final = "at_most_5_percent"
AT_LEAST: Final = "at_least_95_percent"
_RATE: Final = re.compile(r"(^|_)(participation|contribution|reach|retention)_rate(_registered|_\d+d)?$")

Row = Mapping[str, Any]


def bound_proportions(rule: DisclosureRule, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns of a table that are not shown at 0 or 1.

    Those that the rule names, else those whose name says it. Rates of banded outcome counts need
    no bound: their band already stands for them.
    """
    if rule.proportions is not None:
        return rule.proportions
    if rule.numerators:
        return ()
    return tuple(name for name in columns if _RATE.search(name) and name not in rule.keys)


def bounds(
    rows: Sequence[Row],
    rule: DisclosureRule,
    columns: Sequence[str],
    reasons: Sequence[str | None],
    gone: Sequence[set[str]],
    row_reason: str,
) -> dict[tuple[int, str], str]:
    """Bounds by row and reason column; adds to ``gone`` what is not shown with the share.

    With the share go the rates of the same stem, its interval, its numerator, and at 0 the
    amounts that are 0 because nobody does anything (``rule.zeros``). The reason stands in the
    column that ``rule.reasons`` gives to the share, else in ``row_reason``.
    """
    reason_of = {column: name for name, family in rule.reasons.items() for column in family}
    with_share = {column: _with_share(column, columns, rule) for column in bound_proportions(rule, columns)}
    found: dict[tuple[int, str], str] = {}
    for position, row in enumerate(rows):
        for column, others in with_share.items() if reasons[position] is None else ():
            value = row[column]
            if value is None or 0 < value < 1:
                continue
            gone[position] |= others
            if value <= 0:
                gone[position] |= set(rule.zeros.get(column, ()))
            found.setdefault(
                (position, reason_of.get(column, row_reason)), AT_MOST if value <= 0 else AT_LEAST
            )
    return found


def _with_share(column: str, columns: Sequence[str], rule: DisclosureRule) -> set[str]:
    stem = column.split("_rate")[0]
    return {
        name
        for name in columns
        if name not in rule.keys and (name == column or name.startswith((f"{stem}_", f"n_{stem[:7]}")))
    }
