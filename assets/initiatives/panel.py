"""Units x months around one initiative, cut to what a comparison may use.

A unit is an org unit at the depth of the targets, or a person where persons are the targets. Units
that are too small, that another initiative reaches, or that lack a month are left out, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from assets.initiatives.estimability import NotEstimableError
from assets.initiatives.group_time import NEVER
from assets.initiatives.measures import SUMS, measure_of
from assets.initiatives.registry import Initiative

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

UNITS_SQL: Final = """
select
    initiative_id, unit_key, side, min(phase_start) as phase_start,
    bool_or(is_in_another_initiative) as is_in_another_initiative
from intermediate.int_initiative_units
group by initiative_id, unit_key, side
order by initiative_id, unit_key
"""
UNIT_MONTHS_SQL: Final = f"""
select initiative_id, population, unit_key, month_start, {", ".join(SUMS)}
from intermediate.int_initiative_unit_months
order by initiative_id, population, unit_key, month_start
"""
MINIMUM_PRE_MONTHS: Final = 2
"""One month alone shows no trend."""


@dataclass(frozen=True)
class Exclusions:
    """How many units were left out, and why."""

    too_small: int = 0
    in_another_initiative: int = 0


@dataclass(frozen=True)
class Panel:
    """The units that may be compared, over all observed months of the study.

    ``sums`` maps a column of ``measures.SUMS`` to an array (units, months), NaN where not observed.
    """

    initiative: Initiative
    unit_keys: Ints
    months: Ints
    """Shape (months,), consecutive month numbers."""
    is_target: Flags
    starts: Ints
    """Month in which each unit's own phase starts; ``NEVER`` for comparison units."""
    weights: Floats
    """Persons at baseline, at least the minimum; fixed before the start."""
    sums: dict[str, Floats]
    excluded: Exclusions
    n_targets_before_exclusion: int

    @property
    def before(self) -> Flags:
        """Months that count as before."""
        return np.asarray(self.months <= self.initiative.baseline)

    @property
    def during(self) -> Flags:
        """Whole months of the initiative."""
        end = self.initiative.end
        return np.asarray(
            (self.months >= self.initiative.first) & ((self.months < end) if end is not None else True)
        )

    @property
    def after(self) -> Flags:
        """Months after its end."""
        end = self.initiative.end
        return np.asarray(self.months >= end) if end is not None else np.zeros(len(self.months), dtype=bool)


@dataclass(frozen=True)
class Comparison:
    """An outcome of the units that have it in every month; what the estimators take."""

    panel: Panel
    rows: Ints
    """Positions in the panel."""
    outcome: Floats
    """Shape (units, months)."""
    is_target: Flags
    starts: Ints
    weights: Floats
    months: Ints

    def columns(self, wanted: Flags) -> Floats:
        """The outcome in some months."""
        return self.outcome[:, wanted]


def panels(
    initiative: Initiative, units: pl.DataFrame, unit_months: pl.DataFrame, minimum: int
) -> dict[str, Panel]:
    """The panel of one initiative per population (baseline, current).

    Parameters
    ----------
    units, unit_months
        Columns of ``UNITS_SQL`` and ``UNIT_MONTHS_SQL``, already of this initiative.
    minimum
        Persons that a unit needs in the baseline month.
    """
    roles = {row["unit_key"]: row for row in units.iter_rows(named=True)}
    found = {}
    for (population,), rows in unit_months.group_by("population"):
        found[str(population)] = _panel(initiative, roles, rows, minimum)
    return found


def _panel(
    initiative: Initiative, roles: dict[int, dict[str, object]], rows: pl.DataFrame, minimum: int
) -> Panel:
    numbers = rows["month_start"].dt.year().cast(pl.Int64) * 12 + rows["month_start"].dt.month() - 1
    months = np.arange(int(numbers.min()), int(numbers.max()) + 1)  # type: ignore[arg-type]
    keys = np.array(sorted(roles), dtype=np.int64)
    unit_at = np.searchsorted(keys, rows["unit_key"].to_numpy())
    month_at = numbers.to_numpy() - months[0]
    sums = {}
    for name in SUMS:
        values = np.full((len(keys), len(months)), np.nan)
        values[unit_at, month_at] = rows[name].cast(pl.Float64).to_numpy()
        sums[name] = values
    sums["one"] = np.ones((len(keys), len(months)))
    base = initiative.baseline - int(months[0])
    has_base = 0 <= base < len(months)
    size = np.nan_to_num(sums["n_persons"][:, base]) if has_base else np.zeros(len(keys))
    side = np.array([roles[int(key)]["side"] for key in keys])
    shared = np.array([bool(roles[int(key)]["is_in_another_initiative"]) for key in keys])
    starts = np.array([_number(roles[int(key)]["phase_start"]) for key in keys])
    small = size < minimum
    kept = ~small & ~shared
    return Panel(
        initiative,
        keys[kept],
        months,
        side[kept] == "target",
        np.where(side == "comparison", NEVER, starts)[kept],
        size[kept],
        {name: values[kept] for name, values in sums.items()},
        Exclusions(int((small & ~shared & (size > 0)).sum()), int((shared & (size > 0)).sum())),
        int((side == "target").sum()),
    )


def _number(day: object) -> int:
    return NEVER if day is None else 12 * day.year + day.month - 1  # type: ignore[attr-defined]


def comparison(panel: Panel, outcome: str, months: Flags, *, with_other_phases: bool = False) -> Comparison:
    """The units that have the outcome in every wanted month.

    Raises
    ------
    NotEstimableError
        If a side is missing: no targets or nothing to compare with.
    """
    measure = measure_of(outcome)
    numerator = panel.sums[measure.numerator][:, months]
    denominator = panel.sums[measure.denominator][:, months]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = measure.factor * numerator / denominator
    if len(values) and not np.isfinite(values).any():
        raise NotEstimableError("outcome_not_measured")
    complete = np.isfinite(values).all(axis=1)
    if not with_other_phases:
        complete &= panel.is_target | (panel.starts == NEVER)
    rows = np.flatnonzero(complete)
    _require_sides(panel, rows, with_other_phases)
    return Comparison(
        panel, rows, values[rows], panel.is_target[rows], panel.starts[rows], panel.weights[rows],
        panel.months[months],
    )  # fmt: skip


def _require_sides(panel: Panel, rows: Ints, with_other_phases: bool) -> None:
    targets = int(panel.is_target[rows].sum())
    if targets < 2:
        if (
            panel.n_targets_before_exclusion
            and not panel.is_target.any()
            and panel.excluded.in_another_initiative
        ):
            raise NotEstimableError("overlapping_initiatives")
        raise NotEstimableError("too_few_treated_units")
    if len(rows) - targets < 2 and not with_other_phases:
        raise NotEstimableError("no_control_units" if len(rows) == targets else "too_few_control_units")


def require_months(panel: Panel, after: Flags, minimum_before: int = MINIMUM_PRE_MONTHS) -> None:
    """Refuse where there is nothing before or after."""
    n_before = int(panel.before.sum())
    if n_before == 0:
        raise NotEstimableError("no_pre_period")
    if n_before < minimum_before:
        raise NotEstimableError("pre_period_too_short", f"{n_before} of {minimum_before} months")
    if not after.any():
        raise NotEstimableError("not_started")
