"""Outcome counts of 0-2 and n-2..n: one band each, without a rate, and not to be narrowed.

Metric specification, 0.8 and P29. A band can be narrowed along the hierarchy (parent minus
shown children) and within a row (total minus shown parts); ``hidden_columns`` finds what else
must be hidden. Counts of role holders (hubs, brokers) are treated the same way; they have no
rates.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

from assets.publish.catalogue import DisclosureRule
from assets.publish.hierarchy import Layer, band_of, bands_stay_open, hidden_counts

ROLE_COUNTS: Final = ("n_hubs", "n_brokers", "n_articulation")
"""Counts of persons with a role, banded wherever they appear unless the rule names ``counts``."""

KEPT: Final = frozenset({"n_population", "n_defined", "n_partial", "is_final"})
_EXPOSURE: Final = re.compile(
    r"^(avg_)?headcount|^employed_days|^person_years|^eligible_days|^person_days|^n_persons|^n_without_dates$"
)
_EVENT_WORDS: Final = frozenset(
    {"n", "separations", "exits", "events", "leavers", "terminations", "retained"}
)

Row = dict[str, Any]


def banded_columns(rule: DisclosureRule, columns: Sequence[str]) -> tuple[str, ...]:
    """Every count that is shown as a band when it is small."""
    counts = rule.counts
    if counts is None:
        counts = tuple(name for name in ROLE_COUNTS if name in columns)
    return (*rule.numerators, *(name for name in counts if name not in rule.numerators))


def hidden_columns(
    rows: Mapping[Hashable, Row],
    cells: Layer,
    suppressed: set[Hashable],
    rule: DisclosureRule,
    columns: Sequence[str],
) -> dict[Hashable, set[str]]:
    """For each cell of one layer, the counts that must not be shown: banded, or hidden beside a band.

    ``rows``: cell to its row; ``suppressed``: cells that show nothing; ``columns``: the counts.
    A count that is NULL in a row stays NULL there and counts as hidden for the cells around it.
    """
    hidden: dict[str, set[Hashable]] = {column: set() for column in columns}
    silent = {
        column: suppressed | {unit for unit, row in rows.items() if row[column] is None} for column in columns
    }
    open_rows = {unit: row for unit, row in rows.items() if unit not in suppressed}
    sums = _totals_and_parts(rule, list(open_rows.values()))
    is_changed = True
    while is_changed:
        is_changed = False
        for column in columns:
            counts = {unit: int(row[column] or 0) for unit, row in rows.items()}
            new = hidden_counts(cells, counts, silent[column], hidden[column])
            hidden[column] |= new
            is_changed = is_changed or bool(new)
        for unit, row in open_rows.items():
            for total, parts in sums.items():
                if _hide_a_part(row, unit, cells.n[unit], total, parts, hidden):
                    is_changed = True
    return {
        unit: {
            column
            for column in columns
            if row[column] is not None
            and (unit in hidden[column] or band_of(int(row[column]), cells.n[unit]) is not None)
        }
        for unit, row in open_rows.items()
    }


def _totals_and_parts(rule: DisclosureRule, rows: Sequence[Row]) -> Mapping[str, tuple[str, ...]]:
    """The counts that others add up to: as the rule says, else as the numbers show.

    Without a word in the rule, the first numerator is a total if the following ones (all, or
    all but the last few) add up to it in every row that has them all.
    """
    if rule.sums:
        return rule.sums
    if rule.total is not None:
        return {rule.total: rule.parts or tuple(name for name in rule.numerators if name != rule.total)}
    complete = [row for row in rows if all(row[name] is not None for name in rule.numerators)]
    if len(rule.numerators) > 2 and complete:
        first, *others = rule.numerators
        for size in range(len(others), 1, -1):
            parts = tuple(others[:size])
            if all(sum(int(row[name]) for name in parts) == int(row[first]) for row in complete):
                return {first: parts}
    return {}


def _hide_a_part(
    row: Row,
    unit: Hashable,
    n: int,
    total: str,
    parts: Sequence[str],
    hidden: Mapping[str, set[Hashable]],
) -> bool:
    """Within one row: a banded part must not follow from the total and the shown parts, nor a total from all.

    A part that is no outcome count (how many nobody assessed) counts as known.
    """
    if any(row[name] is None for name in (total, *parts)):
        return False
    counts = [column for column in parts if column in hidden]
    bands = {column: band_of(int(row[column]), n) for column in counts}
    shown = [column for column in counts if bands[column] is None and unit not in hidden[column]]
    if unit in hidden[total] or band_of(int(row[total]), n) is not None:
        if len(shown) < len(counts):
            return False
        hidden[min(shown, key=lambda column: (int(row[column]), column))].add(unit)
        return True
    open_bands = [band for column, band in bands.items() if band is not None and unit not in hidden[column]]
    if not open_bands:
        return False
    known = [column for column in parts if column not in hidden]
    remaining = int(row[total]) - sum(int(row[column]) for column in (*shown, *known))
    slack = sum(n for column in counts if unit in hidden[column])
    if bands_stay_open(open_bands, remaining, slack):
        return False
    victim = min(shown, key=lambda column: (int(row[column]), column)) if shown else total
    hidden[victim].add(unit)
    return True


def rates_of(rule: DisclosureRule, columns: Sequence[str]) -> dict[str, frozenset[str]]:
    """For each numerator, the columns that would give it away: its rates, intervals and ratios.

    The rule's ``rates`` say it exactly (None: of no outcome at all); other columns belong to the
    numerator whose words they hold (``voluntary_turnover_rate`` to ``n_voluntary_separations``),
    else to the total.
    """
    kept = KEPT | {rule.population, "suppression_reason", *rule.keys, *rule.numerators}
    words = {name: frozenset(name.split("_")) - _EVENT_WORDS for name in rule.numerators}
    owners: dict[str, set[str]] = {name: set() for name in rule.numerators}
    for column in columns:
        if column in kept or _EXPOSURE.search(column):
            continue
        if column in rule.rates and rule.rates[column] is None:
            continue
        named = rule.rates.get(column)
        if named is None:
            tokens = frozenset(column.split("_"))
            fitting = [name for name in rule.numerators if words[name] <= tokens]
            named = max(fitting, key=lambda name: len(words[name])) if fitting else None
        for owner in [named] if named else list(rule.numerators):
            owners[owner].add(column)
    return {name: frozenset(columns_) for name, columns_ in owners.items()}


def band_text(value: int | None, n: int) -> str | None:
    """``"0-2"`` or ``"n-2 - n"`` as numbers; None where the count is hidden without a band.

    A count above ``n`` (a year's, beside the people of a month) would be told by its own band.
    """
    band = None if value is None or value > n else band_of(int(value), n)
    return None if band is None else f"{band.low}-{band.high}"
