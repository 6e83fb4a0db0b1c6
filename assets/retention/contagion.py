"""Do people leave more often after colleagues they worked with have left? Metric specification H11.

Exposure is the share of a person's tie weight, before the exposure window, that goes to people who
resigned and left in the 91 days before the month at risk. It is an input of these models and stands
in no table about persons. Colleagues share a manager and live through the same reorganisation, so
the comparison that counts is the one within a team and month; what is left even there may be
likeness of people who work together (Shalizi and Thomas 2011). Associations, never effects.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import duckdb
import numpy as np

from assets.retention.adjusted import fitted
from assets.retention.covariates import EVENTS_PER_PARAMETER, indicators, log_tenure
from assets.retention.estimates import Estimate, basis, or_reason, refuse_few, with_ratio
from assets.retention.person_months import PersonMonths
from assets.statistics.binary_regression import fit
from assets.statistics.clustered import Floats
from assets.statistics.estimability import NotEstimableError
from assets.statistics.within_groups import fit_within
from assets.warehouse.macro_text import filled_in

EXPOSURE_SQL: Final = """
with
person_months as (
    select distinct person_key, month_start, lag_months
    from intermediate.int_retention_exposures
    where lag_months = $lag
),
ties as (select * from marts.fct_tie_month),
employed_months as (select * from intermediate.int_person_months),
spells as (select * from intermediate.int_spells),
months as (select * from reference.months),
collaboration_feeds as (
    select min(case when has_network and not has_retention then 0 else 1 end) as allows_retention
    from reference.sources
    where kind = 'collaboration'
),
{{ contagion_exposures("person_months") }}
select contagion.exposure, contagion.team_exposure
from intermediate.int_retention_exposures as exposures
inner join intermediate.int_retention_baselines as baselines
    on exposures.spell_key = baselines.spell_key and exposures.window_month = baselines.window_month
inner join intermediate.int_retention_windows as windows
    on exposures.spell_key = windows.spell_key and exposures.window_month = windows.window_month
left join contagion
    on exposures.person_key = contagion.person_key and exposures.month_start = contagion.month_start
where exposures.lag_months = $lag
order by exposures.spell_key, exposures.month_start
"""
"""Exposure of each row of ``person_months.ROWS_SQL``, in its order; NULL without ties.

What it is stands once, in the dbt macro ``contagion_exposures``: the organisation's mean is made of it
too. No table about persons may keep it, so it is no model but read here.
"""
TERM: Final = "lost_colleagues"
POINTS: Final = 0.1
"""Difference in exposure that a ratio speaks of: ten percentage points of tie weight."""
METHODS: Final = ("contagion_naive", "contagion_adjusted", "contagion_within_team")
MONTHS: Final = 100_000
"""More than there are months since year 0."""


class Exposures(NamedTuple):
    """Share of tie weight with recent leavers, row by row of ``ROWS_SQL``; NaN without ties."""

    whole: Floats
    team: Floats
    """The same over ties within the own org unit."""


def exposures(connection: duckdb.DuckDBPyConnection, lag: int) -> Exposures:
    """What the warehouse knows of every row at a lag; both of shape (rows,), 0 to 1."""
    table = connection.execute(filled_in(EXPOSURE_SQL, "contagion"), {"lag": lag}).to_arrow_table()
    return Exposures(
        *(
            np.asarray(table[name].to_numpy(zero_copy_only=False)).astype(np.float64)
            for name in ("exposure", "team_exposure")
        )
    )


def contagion(rows: PersonMonths, exposure: Floats) -> tuple[Estimate, Estimate, Estimate]:
    """Hazard ratios per ten points of exposure: naive, adjusted, and within teams and months.

    Parameters
    ----------
    rows
        Person-months at risk.
    exposure
        Shape (rows,), 0 to 1; NaN without ties: such rows are left out.

    Returns
    -------
    tuple of Estimate
        The naive one has no covariates, the adjusted one those of the other models. The third
        compares people of one team in one month, who share everything else that happened to the
        team: people exposed against people not, in the same place at the same time. A month, not a
        quarter: within a quarter whoever leaves first is less exposed than those who stay, just
        because nobody is exposed to the own exit. NULL with a reason where fewer than 20 events
        are expected with and without exposure.
    """
    known = ~np.isnan(exposure)
    kept, share = rows.where(known), exposure[known] / POINTS
    arms = (share > 0).astype(np.int64)
    found = [basis(method, TERM, kept, arms, kept.event) for method in METHODS]
    offset = np.where(kept.event, 0.0, np.log(kept.month_share))

    def naive() -> Estimate:
        refuse_few(found[0])
        columns = np.column_stack([np.ones(len(kept)), share])
        return with_ratio(found[0], fit("cloglog", columns, kept.event, kept.team, offset=offset), 1, "none")

    def adjusted() -> Estimate:
        refuse_few(found[1])
        columns, result = fitted(kept, {TERM: share}, kept.event)
        return with_ratio(found[1], result, 1, columns.covariates)

    return or_reason(found[0], naive), or_reason(found[1], adjusted), _within(found[2], kept, share)


def _within(found: Estimate, rows: PersonMonths, share: Floats) -> Estimate:
    """The ratio within teams and months; it rests on the rows that have somebody to compare with."""
    cell = rows.team * MONTHS + rows.month
    code = np.unique(cell, return_inverse=True)[1]
    n_cells = int(code.max()) + 1 if len(code) else 0
    low, high = np.full(n_cells, np.inf), np.full(n_cells, -np.inf)
    np.minimum.at(low, code, share)
    np.maximum.at(high, code, share)
    compared = (high > low)[code]
    some = rows.where(compared)
    # The two arms: who was more exposed than their team was on average that month, and the others.
    average = np.bincount(code, share, n_cells) / np.maximum(np.bincount(code, minlength=n_cells), 1)
    arms = (share > average[code])[compared].astype(np.int64)
    inside = basis(found.method, TERM, some, arms, some.event)
    n_events = inside.n_events

    def estimate() -> Estimate:
        """The ratio, where all rows and those that have somebody to compare with suffice."""
        refuse_few(found)
        if n_events < EVENTS_PER_PARAMETER:
            raise NotEstimableError("too_few_events")
        refuse_few(inside)
        columns = {TERM: share[compared], "log_tenure": log_tenure(some)}
        wider = (
            columns
            | indicators("level", some.level, some.event)
            | indicators("age", some.age_band, some.event)
        )
        if n_events >= EVENTS_PER_PARAMETER * len(wider):
            columns, name = wider, "within_team"
        elif n_events >= EVENTS_PER_PARAMETER * len(columns):
            name = "within_team_minimal"
        else:
            raise NotEstimableError("too_few_events")
        time = np.where(some.event, 1.0, some.month_share)
        result = fit_within(np.column_stack([*columns.values()]), some.event, time, code[compared], some.team)
        return with_ratio(inside, result, 0, name)

    return or_reason(found, estimate)
