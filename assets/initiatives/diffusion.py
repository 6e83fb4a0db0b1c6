"""Do people adopt the platform sooner when their contacts have? A description. Metric specification I9.

Person-months before adoption; exposure is the share of a person's tie weight, in the snapshot of
the month before, that goes to people who had adopted by then. People choose whom they work with,
and the same event can bring both in, so nothing here shows that one moves another: no words of
that kind without a randomised encouragement (Shalizi and Thomas 2011).
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from assets.initiatives.clustered_logit import clustered_logit
from assets.initiatives.estimability import REASONS, NotEstimableError

EVENTS_PER_PARAMETER: Final = 10
N_COLUMNS: Final = 2
"""Exposure, and the logarithm of the months waited so far."""
FEWEST_CLUSTERS: Final = 10
POINTS: Final = 0.1
"""Difference in exposure that the odds ratio speaks of: ten percentage points."""
ORGANISATION: Final = "organisation"
INITIATIVE: Final = "initiative"

WAITING_SQL: Final = """
with months as (
    select
        months.month_start, months.month_end,
        cast(months.month_start - to_months(1) as date) as snapshot_month
    from reference.months as months
    cross join reference.calendar_bounds as bounds
    where months.month_end <= bounds.as_of_date + 1
),
waiting as (
    select
        spells.spell_key, spells.person_key, spells.org_unit_key, months.month_start, months.snapshot_month,
        date_diff('month', spells.origin_date, months.month_start) as waited_months,
        coalesce(spells.adoption_date < months.month_end, false) as is_event
    from intermediate.int_adoption_spells as spells
    inner join months
        on spells.origin_date <= months.month_start and spells.observed_to >= months.month_end
        and (spells.adoption_date is null or spells.adoption_date >= months.month_start)
),
adopted as (
    select person_key, min(adoption_date) as adoption_date
    from intermediate.int_adoption_spells
    where adoption_date is not null
    group by person_key
),
ties as (
    select month_start, from_person_key as person_key, to_person_key as other_key, weight
    from marts.fct_tie_month where is_tie
    union all
    select month_start, to_person_key, from_person_key, weight
    from marts.fct_tie_month where is_tie
),
exposures as (
    select
        waiting.spell_key, waiting.month_start,
        cast(
            sum(cast(ties.weight as decimal(18, 9))) filter (adopted.adoption_date < waiting.month_start)
            as double
        ) as adopted_weight,
        cast(sum(cast(ties.weight as decimal(18, 9))) as double) as weight
    from waiting
    inner join ties
        on waiting.person_key = ties.person_key and waiting.snapshot_month = ties.month_start
    left join adopted on ties.other_key = adopted.person_key
    group by waiting.spell_key, waiting.month_start
)
select
    waiting.spell_key, waiting.org_unit_key, waiting.month_start, waiting.waited_months, waiting.is_event,
    coalesce(exposures.adopted_weight, 0) / exposures.weight as exposure
from waiting
left join exposures using (spell_key, month_start)
order by waiting.month_start, waiting.spell_key
"""
"""One row per spell and month waited: exposure is NULL without ties in the month before."""

TARGETS_SQL: Final = """
select distinct initiatives.initiative_id, initiatives.first_month, spells.spell_key
from intermediate.int_initiatives as initiatives
inner join intermediate.int_initiative_targets as targets using (initiative_id)
inner join intermediate.int_adoption_spells as spells on true
inner join intermediate.int_org_unit_ancestors as ancestors on spells.org_unit_key = ancestors.org_unit_key
where
    targets.is_known
    and (targets.person_key = spells.person_key or targets.org_unit_key = ancestors.ancestor_org_unit_key)
order by all
"""
"""Spells that each initiative was aimed at, by the unit in which they began."""

DIFFUSION_TABLE: Final = "adoption_diffusion"
SCHEMA: Final = pa.schema(
    [
        pa.field("scope", pa.string(), nullable=False),
        pa.field("initiative_id", pa.string(), nullable=False),
        pa.field("n_persons", pa.int64(), nullable=False),
        pa.field("n_person_months", pa.int64(), nullable=False),
        pa.field("n_person_months_without_ties", pa.int64(), nullable=False),
        pa.field("n_adoptions", pa.int64(), nullable=False),
        pa.field("n_clusters", pa.int64(), nullable=False),
        *(
            pa.field(name, pa.float64())
            for name in (
                "mean_exposure", "log_odds", "standard_error", "odds_ratio", "odds_ratio_ci_low",
                "odds_ratio_ci_high", "p_value",
            )
        ),
        pa.field("reading", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
    ]
)  # fmt: skip

Row = dict[str, Any]


def diffusion(person_months: pa.Table, targets: pa.Table, initiatives: list[str]) -> pa.Table:
    """One row for the organisation and one per initiative.

    Parameters
    ----------
    person_months, targets
        Columns of ``WAITING_SQL`` and ``TARGETS_SQL``.
    initiatives
        Ids; one without known targets keeps its row, with the reason.

    Returns
    -------
    pa.Table
        Schema ``SCHEMA``. ``log_odds`` is per unit of exposure (none to all contacts), the odds
        ratio per ten percentage points. What cannot be estimated is NULL, with a ``reason`` of
        ``estimability.REASONS``.
    """
    rows = pl.DataFrame(pl.from_arrow(person_months))
    aimed = pl.DataFrame(pl.from_arrow(targets))
    found = [_row(ORGANISATION, "", rows, None)]
    for initiative in initiatives:
        mine = aimed.filter(pl.col("initiative_id") == initiative)
        reason = None if mine.height else "unknown_targets"
        own = rows.join(mine, on="spell_key").filter(pl.col("month_start") >= pl.col("first_month"))
        found.append(_row(INITIATIVE, initiative, own, reason))
    return pa.Table.from_pylist(found, schema=SCHEMA)


def _row(scope: str, initiative: str, rows: pl.DataFrame, reason: str | None) -> Row:
    used = rows.filter(pl.col("exposure").is_not_null())
    n_clusters = used["org_unit_key"].n_unique()
    row: Row = {
        "scope": scope,
        "initiative_id": initiative,
        "n_persons": used["spell_key"].n_unique(),
        "n_person_months": used.height,
        "n_person_months_without_ties": rows.height - used.height,
        "n_adoptions": int(used["is_event"].sum()),
        "n_clusters": n_clusters,
        "mean_exposure": used["exposure"].mean(),
    }
    try:
        if reason:
            raise NotEstimableError(reason)
        return row | _estimate(used, n_clusters)
    except NotEstimableError as problem:
        reading = f"No estimate: {REASONS[problem.reason]}."
        return row | {"reading": reading, "reason": problem.reason}


def _estimate(used: pl.DataFrame, n_clusters: int) -> Row:
    n_months = used.filter(pl.col("is_event"))["month_start"].n_unique()
    if int(used["is_event"].sum()) < EVENTS_PER_PARAMETER * (n_months + N_COLUMNS) or not n_months:
        raise NotEstimableError("too_few_events")
    if n_clusters < FEWEST_CLUSTERS:
        raise NotEstimableError("too_few_clusters")
    columns = np.column_stack(
        [used["exposure"].to_numpy(), np.log1p(used["waited_months"].to_numpy().astype(float))]
    )
    fit = clustered_logit(
        used["is_event"].to_numpy().astype(np.int64),
        columns,
        used["month_start"].to_physical().to_numpy().astype(np.int64),
        used["org_unit_key"].to_numpy(),
    )
    low, high = fit.interval()
    log_odds = float(fit.coefficients[0])
    ratios = [math.exp(POINTS * value) for value in (log_odds, low, high)]
    return {
        "log_odds": log_odds,
        "standard_error": float(fit.standard_errors[0]),
        "odds_ratio": ratios[0],
        "odds_ratio_ci_low": ratios[1],
        "odds_ratio_ci_high": ratios[2],
        "p_value": fit.p_value(),
        "reading": _reading(*ratios),
        "reason": None,
    }


def _reading(ratio: float, low: float, high: float) -> str:
    sentence = (
        "Where ten percentage points more of a person's ties went to people who had adopted, the odds "
        f"of adopting in the following month were {ratio:.2f} times as high "
        f"(95 % interval {low:.2f} to {high:.2f})."
    )
    if low <= 1 <= high:
        sentence += " The interval covers 1: no difference is shown."
    return (
        f"{sentence} A description: people choose their contacts and live through the same events, so this "
        "does not say that one person's adoption brings about another's."
    )
