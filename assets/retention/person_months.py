"""The rows that all models of retention share: one per employment and month at risk, at one lag.

Covariates are those of ``int_retention_baselines``: measured before the exposure window (H6).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.statistics.clustered import Flags, Floats, Ints

FACTORS: Final = ("org_unit", "hire_year", "level", "location", "job_family", "age_band")
UNOBSERVED: Final = -1

TOPS_SQL: Final = """
with depths as (
    select min(depth_of_ancestor) as top_depth
    from (
        select depth_of_ancestor
        from intermediate.int_org_unit_ancestors
        group by depth_of_ancestor
        having count(distinct ancestor_org_unit_key) > 1
    )
),
tops as (
    select org_unit_key, max_by(ancestor_org_unit_key, depth_of_ancestor) as top_key
    from intermediate.int_org_unit_ancestors, depths
    where depth_of_ancestor <= depths.top_depth
    group by org_unit_key
)
"""
"""The highest org units of which there are several, for every org unit at or below them."""
ROWS_SQL: Final = f"""{TOPS_SQL}
select
    exposures.spell_key,
    exposures.person_key,
    baselines.team_key,
    year(exposures.month_start) * 12 + month(exposures.month_start) - 1 as month_number,
    exposures.employed_days
        / cast(date_diff('day', exposures.month_start, exposures.month_start + interval 1 month) as double)
        as month_share,
    exposures.employed_days,
    cast(case exposures.exposure when 'engaged' then 1 when 'not_engaged' then 0 else -1 end as tinyint)
        as exposure,
    cast(case windows.own_exposure when 'engaged' then 1 when 'not_engaged' then 0 else -1 end as tinyint)
        as own_exposure,
    cast(
        case exposures.common_exposure when 'engaged' then 1 when 'not_engaged' then 0 else -1 end as tinyint
    ) as common_exposure,
    windows.n_contributions,
    person_months.tenure_months,
    coalesce(cast(tops.top_key as varchar), 'unknown') as org_unit,
    cast(year(spells.hire_date) as varchar) as hire_year,
    coalesce(baselines.level, 'unknown') as level,
    coalesce(baselines.location, 'unknown') as location,
    coalesce(baselines.job_family, 'unknown') as job_family,
    coalesce(baselines.age_band, 'unknown') as age_band,
    baselines.team_size,
    baselines.team_attrition,
    baselines.is_part_time,
    baselines.has_new_manager,
    exposures.is_event,
    person_months.other_exit
from intermediate.int_retention_exposures as exposures
inner join intermediate.int_retention_person_months as person_months
    on exposures.spell_key = person_months.spell_key and exposures.month_start = person_months.month_start
inner join intermediate.int_retention_baselines as baselines
    on exposures.spell_key = baselines.spell_key and exposures.window_month = baselines.window_month
inner join intermediate.int_retention_windows as windows
    on exposures.spell_key = windows.spell_key and exposures.window_month = windows.window_month
inner join intermediate.int_spells as spells on exposures.spell_key = spells.spell_key
left join tops on baselines.org_unit_key = tops.org_unit_key
where exposures.lag_months = $lag
order by exposures.spell_key, exposures.month_start
"""
"""What ``person_months_of`` reads; parameter ``lag``."""


class Factor(NamedTuple):
    """A category per row: ``codes`` (rows,) index ``names``."""

    codes: Ints
    names: tuple[str, ...]


@dataclass(frozen=True)
class PersonMonths:
    """Columns of equal length, sorted by spell and month."""

    spell: Ints
    """0 .. spells-1."""
    person: Ints
    team: Ints
    """Manager before the window, 0 .. teams-1; errors are clustered by it."""
    month: Ints
    """Months since year 0."""
    month_share: Floats
    """Share of the month at risk, above 0 and at most 1."""
    years: Floats
    """Person-years of the row."""
    exposure: Ints
    """1 engaged, 0 not engaged, -1 unobserved; carried over gaps of up to three months."""
    own_exposure: Ints
    """The same without carrying."""
    common_exposure: Ints
    """The exposure on the sample that all lags share, -1 outside of it."""
    contributions: Floats
    tenure: Floats
    """Whole months since hire."""
    org_unit: Factor
    """Key of the highest org unit of which there are several."""
    hire_year: Factor
    level: Factor
    location: Factor
    job_family: Factor
    age_band: Factor
    team_size: Floats
    team_attrition: Floats
    """Share of team mates who resigned and left in the 91 days before the window; NaN where unknown."""
    is_part_time: Flags
    has_new_manager: Flags
    event: Flags
    """A voluntary decision to leave in the month."""
    redundancy: Flags
    involuntary: Flags
    """An involuntary exit, redundancies included."""
    unclassified: Flags
    """An exit of which HR does not say the kind; never taken for voluntary."""
    other_exit: Flags
    """Any exit that is not voluntary, those of unknown kind included."""

    def __len__(self) -> int:
        return len(self.spell)

    def where(self, kept: Flags) -> PersonMonths:
        """The rows that ``kept`` (rows,) names; teams are numbered anew."""
        chosen: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            chosen[field.name] = (
                Factor(value.codes[kept], value.names) if isinstance(value, Factor) else value[kept]
            )
        chosen["team"] = np.unique(chosen["team"], return_inverse=True)[1].astype(np.int64)
        return PersonMonths(**chosen)


def person_months_of(table: pa.Table) -> PersonMonths:
    """Arrays of a table with the columns of ``ROWS_SQL``, in its order."""
    exit_type = _text(table, "other_exit", fill="")
    kinds = exit_type.names

    def left_by(*wanted: str) -> Flags:
        codes = [i for i, name in enumerate(kinds) if name in wanted]
        return np.isin(exit_type.codes, codes)

    return PersonMonths(
        spell=_numbered(table, "spell_key"),
        person=_numbered(table, "person_key"),
        team=_numbered(table, "team_key"),
        month=_array(table, "month_number").astype(np.int64),
        month_share=_array(table, "month_share").astype(np.float64),
        years=_array(table, "employed_days").astype(np.float64) / 365.25,
        exposure=_array(table, "exposure").astype(np.int64),
        own_exposure=_array(table, "own_exposure").astype(np.int64),
        common_exposure=_array(table, "common_exposure").astype(np.int64),
        contributions=_array(table, "n_contributions").astype(np.float64),
        tenure=_array(table, "tenure_months").astype(np.float64),
        **{name: _text(table, name) for name in FACTORS},
        team_size=_array(table, "team_size").astype(np.float64),
        team_attrition=_array(table, "team_attrition").astype(np.float64),
        is_part_time=_array(table, "is_part_time").astype(np.bool_),
        has_new_manager=_array(table, "has_new_manager").astype(np.bool_),
        event=_array(table, "is_event").astype(np.bool_),
        redundancy=left_by("redundancy"),
        involuntary=left_by("redundancy", "involuntary"),
        unclassified=left_by("unclassified"),
        other_exit=left_by("redundancy", "involuntary", "unclassified", "other"),
    )


def _array(table: pa.Table, name: str) -> npt.NDArray[Any]:
    return np.asarray(table[name].combine_chunks().to_numpy(zero_copy_only=False))


def _numbered(table: pa.Table, name: str) -> Ints:
    """0 .. n-1 in the order of the keys, whatever they are."""
    return np.unique(_array(table, name), return_inverse=True)[1].astype(np.int64)


def _text(table: pa.Table, name: str, fill: str | None = None) -> Factor:
    """Categories in alphabetical order, so that the coding does not depend on the order of rows."""
    column = table[name].combine_chunks()
    if fill is not None:
        column = pc.fill_null(column, fill)
    encoded = column.dictionary_encode()
    names = [str(value) for value in encoded.dictionary.to_pylist()]
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    codes = np.asarray(encoded.indices.to_numpy(zero_copy_only=False)).astype(np.int64)
    return Factor(place[codes] if len(names) else codes, tuple(names[i] for i in order))
