"""An initiative as the registry tells it, and the months and words that follow from it.

Nothing is said about an effect without a row in the registry (metric specification I1): who was
chosen how, what was to change, and when it was written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pyarrow as pa

INITIATIVES_SQL: Final = """
select
    initiative_id, name, assignment, primary_metric, starts_on, ends_on, registered_on, is_preregistered,
    n_targets, n_known_targets, n_target_units, n_target_persons, programme, phase_number, n_phases,
    first_month, end_month, baseline_month, study_from, study_to
from intermediate.int_initiatives
order by initiative_id
"""

Month = int
"""Months since year 0: ``12 * year + month - 1``."""


def month_number(day: date) -> Month:
    """The number of a date's month."""
    return 12 * day.year + day.month - 1


def month_start(number: Month) -> date:
    """First day of a month."""
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True)
class Initiative:
    """One row of the registry. ``end`` is the first month after it, None while it runs."""

    id: str
    name: str | None
    assignment: str | None
    primary_metric: str | None
    is_preregistered: bool
    programme: str
    n_phases: int
    n_unknown_targets: int
    target_kind: str
    """org_units, persons, mixed or unknown."""
    first: Month
    end: Month | None
    baseline: Month
    """Last month that counts as before; the month between it and the start is left out."""
    study_from: Month

    @property
    def is_causal(self) -> bool:
        """Whether causal words are allowed: only chance decided who was targeted."""
        return self.assignment == "random"

    def headline_method(self, has_comparison: bool) -> str:
        """The method to quote, fixed by the design before any result is seen."""
        if not has_comparison:
            return "group_time" if self.n_phases > 1 else "interrupted_series"
        return {"phased": "group_time", "targeted": "did_matched", "self_selected": "did_matched"}.get(
            self.assignment or "", "did"
        )


def initiatives_of(rows: pa.Table) -> list[Initiative]:
    """The registry from the columns of ``INITIATIVES_SQL``."""
    return [_initiative(row) for row in rows.to_pylist()]


def _initiative(row: dict[str, Any]) -> Initiative:
    if not row["n_known_targets"]:
        kind = "unknown"
    elif not row["n_target_persons"]:
        kind = "org_units"
    else:
        kind = "mixed" if row["n_target_units"] else "persons"
    return Initiative(
        id=row["initiative_id"],
        name=row["name"],
        assignment=row["assignment"],
        primary_metric=row["primary_metric"],
        is_preregistered=bool(row["is_preregistered"]),
        programme=row["programme"],
        n_phases=int(row["n_phases"]),
        n_unknown_targets=int(row["n_targets"] - row["n_known_targets"]),
        target_kind=kind,
        first=month_number(row["first_month"]),
        end=month_number(row["end_month"]) if row["end_month"] else None,
        baseline=month_number(row["baseline_month"]),
        study_from=month_number(row["study_from"]),
    )
