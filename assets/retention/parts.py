"""Parts of the workforce that are large enough for a card of their own.

The organisation is cut by one attribute at a time, as it was before the exposure. Categories that
are too small for the publication rule (metric specification H9, P29) join others until every part
holds, so that no part is withheld and none follows from the whole less the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.outcomes.retention import MINIMUM_EXPECTED_EVENTS, retention_by_engagement
from assets.retention.estimates import FEWEST_EVENTS
from assets.retention.person_months import TOPS_SQL, Factor, PersonMonths
from assets.statistics.clustered import Floats

DIMENSIONS: Final = ("org_unit", "location", "level", "hire_year")
"""Attributes, in the order in which they are preferred where two say nearly the same."""
ORDERED: Final = frozenset({"hire_year"})
"""Attributes of which only neighbours join."""

COUNTS_SQL: Final = f"""{TOPS_SQL},
described as (
    select
        exposures.lag_months, exposures.common_exposure as exposure, exposures.event_clock,
        exposures.employed_days, exposures.is_event,
        coalesce(cast(tops.top_key as varchar), 'unknown') as org_unit,
        coalesce(baselines.location, 'unknown') as location,
        coalesce(baselines.level, 'unknown') as level,
        cast(year(spells.hire_date) as varchar) as hire_year
    from intermediate.int_retention_exposures as exposures
    inner join intermediate.int_retention_baselines as baselines
        on exposures.spell_key = baselines.spell_key and exposures.window_month = baselines.window_month
    inner join intermediate.int_spells as spells on exposures.spell_key = spells.spell_key
    left join tops on baselines.org_unit_key = tops.org_unit_key
    where exposures.common_exposure is not null
)
select
    lag_months, exposure, event_clock, org_unit, location, level, hire_year,
    cast(sum(case when is_event then 1 else 0 end) as bigint) as n_events,
    cast(sum(employed_days) as bigint) as employed_days
from described
group by grouping sets (
    (lag_months, exposure, event_clock, org_unit), (lag_months, exposure, event_clock, location),
    (lag_months, exposure, event_clock, level), (lag_months, exposure, event_clock, hire_year)
)
order by all
"""
"""Events and time of each category at every lag, on the common sample: what curves are made of."""

Row = Mapping[str, Any]
Groups = list[tuple[str, ...]]


def coarsened(counts: Sequence[Row], dimension: str, lag: int) -> Groups:
    """Categories of a dimension, put together until each group may be compared.

    Parameters
    ----------
    counts
        Rows of ``COUNTS_SQL``.
    dimension
        One of ``DIMENSIONS``.
    lag
        The headline lag: the rule holds there.

    Returns
    -------
    list of tuple
        Groups of at least 20 expected and 3 observed separations in each arm, the largest first
        (in order for ``ORDERED``); a single group, or none, if there are not two such.
    """
    cells = _cells([row for row in counts if row["lag_months"] == lag], dimension)
    if dimension in ORDERED:
        return _neighbours(cells)
    names = sorted(cells, key=lambda name: (-cells[name][0].sum(), name))
    groups: Groups = [(name,) for name in names if _holds(cells, (name,))]
    rest = tuple(name for name in names if (name,) not in groups)
    while rest and not _holds(cells, rest) and groups:
        rest = (*groups.pop(), *rest)
    return [*groups, rest] if rest else groups


def _neighbours(cells: dict[str, Floats]) -> Groups:
    groups: Groups = []
    current: tuple[str, ...] = ()
    for name in sorted(cells):
        current = (*current, name)
        if _holds(cells, current):
            groups.append(current)
            current = ()
    if current:
        groups.append((*groups.pop(), *current) if groups else current)
    return groups


def _cells(counts: Sequence[Row], dimension: str) -> dict[str, Floats]:
    """Events and days of each category: shape (2, 2), engaged first."""
    cells: dict[str, Floats] = {}
    for row in counts:
        name = row[dimension]
        if name is not None and row["exposure"] in ("engaged", "not_engaged"):
            arm = 0 if row["exposure"] == "engaged" else 1
            cell = cells.setdefault(str(name), np.zeros((2, 2)))
            cell[:, arm] += (row["n_events"], row["employed_days"])
    return cells


def _holds(cells: dict[str, Floats], group: Sequence[str]) -> bool:
    events, days = np.sum([cells[name] for name in group], axis=0)
    expected = events.sum() * days.min() / max(days.sum(), 1)
    return bool(expected >= MINIMUM_EXPECTED_EVENTS and events.min() >= FEWEST_EVENTS)


def name_of(group: Sequence[str], dimension: str) -> str:
    """What a group of categories is called."""
    if len(group) == 1:
        return group[0]
    return f"{group[0]} to {group[-1]}" if dimension in ORDERED else f"{len(group)} others"


def factor_of(rows: PersonMonths, groups: Groups, dimension: str) -> Factor:
    """The part that each row belongs to; categories without events at the lag join the last one."""
    raw: Factor = getattr(rows, dimension)
    place = {name: position for position, group in enumerate(groups) for name in group}
    codes = np.array([place.get(name, len(groups) - 1) for name in raw.names], dtype=np.int64)
    return Factor(codes[raw.codes], tuple(name_of(group, dimension) for group in groups))


def persons_of(rows: PersonMonths, part: Factor) -> Floats:
    """Distinct persons of each part and arm of the common sample: shape (parts, 2), engaged first."""
    found = np.zeros((len(part.names), 2))
    for arm, exposure in enumerate((1, 0)):
        kept = rows.common_exposure == exposure
        pairs = np.unique(rows.person[kept] * len(part.names) + part.codes[kept])
        found[:, arm] = np.bincount(pairs % len(part.names), minlength=len(part.names))
    return found


def separable(rows: PersonMonths, chosen: Mapping[str, Factor], least: int) -> dict[str, Factor]:
    """The dimensions whose parts differ from every earlier one's by nobody or by ``least`` persons.

    Two groups that differ by fewer would tell, by subtraction, about those few (0.8).
    """
    people = int(rows.person.max()) + 1 if len(rows) else 0
    seen: list[npt.NDArray[np.float32]] = []
    kept: dict[str, Factor] = {}
    for dimension, part in chosen.items():
        inside = np.zeros((people, len(part.names)), dtype=np.float32)
        inside[rows.person, part.codes] = 1
        size = inside.sum(axis=0)
        differences = [(size[:, None] + other.sum(axis=0) - 2 * inside.T @ other).ravel() for other in seen]
        apart = np.concatenate([*differences, np.zeros(0)])
        if not ((apart > 0) & (apart < least)).any():
            kept[dimension] = part
            seen.append(inside)
    return kept


def parts_of(
    rows: PersonMonths, counts: Sequence[Row], lag: int, least: int
) -> dict[str, tuple[Groups, Factor]]:
    """Every dimension that has at least two parts of ``least`` persons in each arm."""
    groups = {dimension: coarsened(counts, dimension, lag) for dimension in DIMENSIONS}
    found = {d: factor_of(rows, g, d) for d, g in groups.items() if len(g) > 1}
    large = {d: part for d, part in found.items() if persons_of(rows, part).min() >= least}
    return {d: (groups[d], part) for d, part in separable(rows, large, least).items()}


def curve_of(
    counts: Sequence[Row], dimension: str, group: Sequence[str], persons: Floats, history_months: int
) -> list[dict[str, Any]]:
    """Rates by lag of one part, as in ``outcomes.retention_by_engagement`` without the raw gap.

    ``persons`` (2,) are those of the headline lag. Ratios of lags at which an arm has fewer than
    three separations are None.
    """
    summed: dict[tuple[int, str], dict[str, Any]] = {}
    for row in counts:
        if row[dimension] in group:
            key = (row["lag_months"], row["exposure"])
            cell = summed.setdefault(
                key,
                {
                    "lag_months": key[0], "exposure": key[1], "sample": "common", "n_events": 0,
                    "employed_days": 0, "n_persons": 0, "event_clock": row["event_clock"],
                    "history_months": history_months,
                },
            )  # fmt: skip
            cell["n_events"] += int(row["n_events"])
            cell["employed_days"] += int(row["employed_days"])
            arm = {"engaged": 0, "not_engaged": 1}.get(key[1])
            cell["n_persons"] = 0 if arm is None else int(persons[arm])
    if not summed:
        return []
    nobody = pa.table({"index_date": [], "exposure": [], "n_persons": [], "n_retained": []})
    table = retention_by_engagement(pa.Table.from_pylist(list(summed.values())), nobody)
    curve: list[dict[str, Any]] = table.to_pylist()
    for point in curve:
        if min(point["n_events_engaged"], point["n_events_not_engaged"]) < FEWEST_EVENTS:
            point |= dict.fromkeys(("rate_ratio", "rate_ratio_ci_low", "rate_ratio_ci_high"))
    return curve
