"""Counts over a year beside counts of its months: what their difference must not reveal.

A year whose months are all shown but one gives that one away. Where that would narrow a band,
further months of the window show no counts: the year is what people look for first.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

from assets.publish.catalogue import DisclosureRule
from assets.publish.hierarchy import Band, band_of, bands_stay_open

WINDOW_MONTHS: Final = 12

Row = dict[str, Any]


def hide_months_of_years(
    rows: Sequence[Row], rule: DisclosureRule, reasons: Sequence[str | None], gone: Sequence[set[str]]
) -> None:
    """Add to ``gone`` the counts of months that a shown year would give away with the others.

    ``rule.windows`` maps a count of up to twelve months, which stands in the last of them and is
    NULL elsewhere, to the monthly count. Hiding a month hides all of its counts, so that none
    follows from the others of its row.
    """
    if not rule.windows or rule.period is None:
        return
    monthly = [name for name in rule.numerators if name not in rule.windows]
    for positions in _series(rows, rule).values():
        for place, position in enumerate(positions):
            for yearly, month in rule.windows.items():
                if rows[position][yearly] is None or reasons[position] or yearly in gone[position]:
                    continue
                window = positions[max(0, place - WINDOW_MONTHS + 1) : place + 1]
                _hide_months(rows, rule, reasons, gone, window, yearly, month, monthly)


def _series(rows: Sequence[Row], rule: DisclosureRule) -> Mapping[Hashable, list[int]]:
    """Positions of each group's rows, in order of time."""
    period = rule.period or ""
    groups = [name for name in (*rule.unit, *rule.separating) if name != period]
    series: dict[Hashable, list[int]] = {}
    for position in sorted(range(len(rows)), key=lambda place: rows[place][period]):
        key = tuple(rows[position][name] for name in groups)
        series.setdefault(key, []).append(position)
    return series


def _hide_months(
    rows: Sequence[Row],
    rule: DisclosureRule,
    reasons: Sequence[str | None],
    gone: Sequence[set[str]],
    window: Sequence[int],
    yearly: str,
    month: str,
    monthly: Sequence[str],
) -> None:
    total = int(rows[window[-1]][yearly])
    while True:
        shown = [p for p in window if not reasons[p] and month not in gone[p] and rows[p][month] is not None]
        bands: list[Band] = []
        slack = 0
        for position in window:
            if position in shown:
                continue
            n = int(rows[position][rule.population] or 0)
            band = None if reasons[position] else band_of(int(rows[position][month] or 0), n)
            if band is None:
                slack += n
            else:
                bands.append(band)
        remaining = total - sum(int(rows[position][month]) for position in shown)
        if not shown or bands_stay_open(bands, remaining, slack):
            return
        smallest = min(shown, key=lambda p: (int(rows[p][month]), str(rows[p][rule.period or ""])))
        gone[smallest].update(name for name in monthly if rows[smallest][name] is not None)
