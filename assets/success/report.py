"""What success goes with, as a page: associations that stand out, the rest counted, metrics tracked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from assets.success.association import REASONS

Row = Mapping[str, Any]
MONTHS_SHOWN: Final = 6
CAUTION: Final = (
    "Associated within units over time: units' lasting differences and what a month brings to all are taken "
    "out. It is not shown that one causes the other: what changes both in the same unit at the same time (a "
    "new manager, a large customer) looks just like this. Units are not ranked; they differ in what they do."
)


def report(associations: Sequence[Row], months: Sequence[Row], before: Sequence[Row] | None = None) -> str:
    """Markdown; ``before`` holds the months of the previous published version, None without one."""
    lines = ["# What success goes with", ""]
    if not associations:
        return "\n".join([*lines, "No success metric is in the published version.", ""])
    lines += _associations(associations)
    lines += ["", CAUTION, "", "## Month by month", ""]
    lines += _tracked(months)
    if before is not None:
        lines += ["", _since(months, before)]
    return "\n".join([*lines, ""])


def _associations(rows: Sequence[Row]) -> list[str]:
    n_tests = int(rows[0]["n_tests"])
    metrics = {(row["metric"], row["entity_type"]) for row in rows}
    drivers = {row["driver"] for row in rows}
    stand_out = sorted((row for row in rows if row["is_discovery"]), key=lambda row: row["q_value"])
    lines = [
        f"{len(metrics)} metrics against {len(drivers)} facts of the same units, one to three months before: "
        f"{n_tests} tests. {len(stand_out) or 'None'} stand out (false discovery rate 5 %).",
        "",
    ]
    lines += [f"- {row['reading']}" for row in stand_out]
    missing = Counter(row["suppression_reason"] for row in rows if row["q_value"] is None)
    for reason, number in sorted(missing.items(), key=lambda item: str(item[0])):
        lines.append(f"- not tested, {number} combinations: {REASONS.get(reason, reason)}.")
    return lines


def _tracked(rows: Sequence[Row]) -> list[str]:
    """Mean over the shown units that also have the month before: a unit that comes or goes moves nothing."""
    lines = []
    for metric, entity in sorted({(row["metric"], row["entity_type"]) for row in rows}):
        own = [row for row in rows if (row["metric"], row["entity_type"]) == (metric, entity)]
        of_month: dict[date, dict[int, float]] = {}
        for row in own:
            if row["metric_value"] is not None and row["is_final"]:
                of_month.setdefault(row["month_start"], {})[row["org_unit_key"]] = row["metric_value"]
        known = sorted(of_month)
        if not known:
            lines.append(f"- **{metric}**: no unit is large enough to be shown.")
            continue
        words = []
        for month in known[-MONTHS_SHOWN:]:
            values = of_month[month]
            text = f"{month:%Y-%m} {sum(values.values()) / len(values):.3g}"
            position = known.index(month)
            earlier = of_month[known[position - 1]] if position else {}
            both = values.keys() & earlier.keys()
            if both:
                text += f" ({sum(values[u] - earlier[u] for u in both) / len(both):+.2g})"
            words.append(text)
        unit = f" ({own[0]['unit']})" if own[0]["unit"] else ""
        lines.append(f"- **{metric}**{unit}, mean of units and change in the same units: {', '.join(words)}.")
    return lines


def _since(rows: Sequence[Row], before: Sequence[Row]) -> str:
    """What the previous version said otherwise."""
    one, other = _cells(rows), _cells(before)
    moved = sum(other[key] != value for key, value in one.items() if key in other)
    new, gone = len(one.keys() - other.keys()), len(other.keys() - one.keys())
    return f"Since the previous version: {new} values are new, {moved} were corrected, {gone} are gone."


def _cells(rows: Sequence[Row]) -> dict[tuple[Any, ...], float]:
    return {
        (row["metric"], row["entity_type"], row["org_unit_key"], row["month_start"]): row["metric_value"]
        for row in rows
        if row["metric_value"] is not None
    }
