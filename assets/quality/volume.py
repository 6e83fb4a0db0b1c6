"""K1: did a source suddenly deliver much less, or much more, than on such weekdays before?

Metric specification, K1 and P34: the day's ``log1p`` count against the median of up to 26 same
weekdays before it, as a robust z (MAD x 1.4826, MAD at least 0.05).

Judged are the last 14 fully covered workdays' worth of calendar before ``as_of``; the last day
itself is usually cut off and is left out. A day is judged only where

* at least 8 of the same weekdays before it are covered workdays, and
* their median count is at least 50 messages:

below that, one quiet afternoon would look like an outage. Where the calendar knows no public
holiday at all, an empty day may be one: the value is capped at 6, so that it warns and does
not block.
"""

from __future__ import annotations

from typing import Final

from assets.quality.definition import Check

MIN_HISTORY_DAYS: Final = 8
MIN_MEDIAN_COUNT: Final = 50
JUDGED_DAYS: Final = 14
HISTORY_WEEKS: Final = 26
BLOCK_Z: Final = 6.0

_SCORES: Final = f"""
with bounds as (
    select as_of_date from reference.calendar_bounds
),
workdays as (
    select calendar_days.date as day
    from reference.calendar_days cross join bounds
    where calendar_days.date between bounds.as_of_date - {JUDGED_DAYS + 7 * HISTORY_WEEKS}
        and bounds.as_of_date - 1
    group by calendar_days.date
    having bool_and(calendar_days.is_workday)
),
holidays as (
    select count(*) > 0 as are_known
    from (
        select location, isodow(date) as weekday
        from reference.calendar_days
        group by all
        having bool_or(is_workday) and bool_or(not is_workday)
    )
),
coverage as (
    select distinct source, cast(covered_from as timestamp) as covered_from,
        cast(covered_to as timestamp) as covered_to
    from staging.stg_source_coverage
    where not coalesce(list_contains(contains, 'meetings'), false)
),
covered_days as (
    select distinct coverage.source, workdays.day
    from workdays
    inner join coverage
        on coverage.covered_from <= cast(workdays.day as timestamp)
        and coverage.covered_to >= cast(workdays.day + 1 as timestamp)
),
counts as (
    select source, cast(sent_at as date) as day, count(*) as n_messages
    from staging.stg_messages
    where kind <> 'system' and sent_at is not null
    group by all
),
daily as (
    select covered_days.source, covered_days.day, coalesce(counts.n_messages, 0) as n_messages
    from covered_days
    left join counts using (source, day)
),
medians as (
    select today.source, today.day, today.n_messages,
        count(*) as n_history,
        median(before.n_messages) as median_count,
        median(ln(1 + before.n_messages)) as median_log,
        list(ln(1 + before.n_messages)) as logs
    from daily as today
    cross join bounds
    inner join daily as before
        on before.source = today.source
        and before.day < today.day
        and before.day >= today.day - {7 * HISTORY_WEEKS}
        and isodow(before.day) = isodow(today.day)
    where today.day >= bounds.as_of_date - {JUDGED_DAYS}
    group by all
),
scores as (
    select source, day,
        abs(ln(1 + n_messages) - median_log) / (1.4826 * greatest(
            list_median(list_transform(logs, lambda x: abs(x - median_log))), 0.05
        )) as raw_z,
        if(are_known, raw_z, least(raw_z, {BLOCK_Z})) as z
    from medians cross join holidays
    where n_history >= {MIN_HISTORY_DAYS} and median_count >= {MIN_MEDIAN_COUNT}
)
"""

CHECKS: Final = (
    Check(
        id="K1",
        title="event volume",
        table="staging.stg_messages",
        asset_key=("lake", "messages"),
        description="Messages per source and workday against the same weekdays of the last 26 weeks.",
        remedy="look for a truncated or doubled export of that source; if the day was special, "
        "set quality.K1.block with a reason",
        needs=(
            "staging.stg_messages",
            "staging.stg_source_coverage",
            "reference.calendar_bounds",
            "reference.calendar_days",
        ),
        measure=_SCORES
        + """
            select source as subject, count(*) as n_judged,
                count(*) filter (where z > 4) as n_failing, max(z) as measured
            from scores group by source
        """,
        examples=_SCORES
        + """
            select source as subject, source || ' ' || day as key
            from scores where z > 4 order by z desc
        """,
        warn=4.0,
        block=BLOCK_Z,
        unit="z",
    ),
)
