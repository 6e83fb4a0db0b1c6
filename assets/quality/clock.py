"""Do people's hours move with the clock? Then a zone is wrong (K9; metric specification, K).

People keep their working hours when the clocks change. Where times are read in a wrong zone (UTC
taken for local time, or local time for UTC), everybody's hours move by exactly the hour of the
change. The shift is estimated from each person's own difference between the weeks after and the
weeks before, over all clock changes of the history, turned so that +1 h is the direction of the
change. It is believed only if it can be told from no shift.

Per person and change: hours as angles of the day around the person's own circular mean (an
evening or a day across midnight carries no more weight than it should), one value per person, day
and hour (a burst of messages is one observation). The mean over persons and changes is weighted
by 1/(1/n_after + 1/n_before + a person's own drift). Its standard error is the larger one of two:
clustered by person (people differ and drift) and by week (threads, events and holidays that many
share); see Cameron, Gelbach and Miller, "Robust inference with multiway clustering", 2011.
"""

from __future__ import annotations

from typing import Final

from assets.quality.behaviour import LOCAL_TIMES
from assets.quality.definition import Check

WEEKS: Final = 13
"""On either side of a change: a quarter, as long as the window of ties."""
MIN_HOURS_OF_ONE: Final = 3
"""Active hours of a person on either side of a change, to have a difference at all."""
MIN_PERSONS: Final = 8
"""Fewer say nothing about how people differ."""
MIN_CONCENTRATION: Final = 0.3
"""Mean resultant length of a person's hours; who writes around the clock has no hour to move."""
OWN_DRIFT: Final = 0.04
"""Variance of a person's own drift relative to that of one active hour: half an hour against 2.5."""
STANDARD_ERRORS: Final = "(2.6 + 6.0 / (n_persons - 1))"
"""Half width of a 99 % interval; close to Student's t from 9 degrees of freedom (3.25) on."""

_SHIFTS: Final = (
    LOCAL_TIMES
    + f"""
, active_hours as (
    select source, timezone, person_key, cast(local_at as date) as day,
        avg(hour(local_at) + minute(local_at) / 60.0) * pi() / 12 as angle
    from timed
    where isodow(local_at) <= 5
    group by source, timezone, person_key, cast(local_at as date), hour(local_at)
),
days as (
    select timezone, cast(unnest(generate_series(
        cast(min(day) as timestamp), cast(max(day) as timestamp), interval 1 day
    )) as date) as day
    from active_hours group by timezone
),
offsets as (
    select timezone, day, epoch(
        (cast(day as timestamp) + interval 12 hour)
        - timezone('UTC', timezone(timezone, cast(day as timestamp) + interval 12 hour))
    ) / 3600.0 as offset_hours
    from days
),
changes as (
    select timezone, day as changed_on,
        offset_hours - lag(offset_hours) over (partition by timezone order by day) as direction
    from offsets
    qualify abs(direction) = 1
),
around as (
    select active_hours.*, changes.changed_on, changes.direction,
        active_hours.day >= changes.changed_on as is_after,
        floor((active_hours.day - changes.changed_on) / 7.0) as week
    from active_hours
    inner join changes
        on changes.timezone = active_hours.timezone
        and active_hours.day >= changes.changed_on - {7 * WEEKS}
        and active_hours.day < changes.changed_on + {7 * WEEKS}
),
centred as (
    select *, angle - atan2(avg(sin(angle)) over person, avg(cos(angle)) over person) as deviation,
        count(*) filter (where is_after) over person as n_after,
        count(*) filter (where not is_after) over person as n_before
    from around
    window person as (partition by source, timezone, changed_on, person_key)
),
projected as (
    select *, 12 / pi() * direction * sin(deviation) as hours_off,
        avg(cos(deviation)) over (partition by source, timezone, changed_on, person_key) as concentration
    from centred
    where n_after >= {MIN_HOURS_OF_ONE} and n_before >= {MIN_HOURS_OF_ONE}
),
usable as (
    select *, hours_off / concentration as hours,
        1 / (1.0 / n_after + 1.0 / n_before + {OWN_DRIFT}) as weight
    from projected where concentration >= {MIN_CONCENTRATION}
),
own as (
    select source, timezone, changed_on, person_key, any_value(weight) as weight,
        any_value(n_after) as n_after, any_value(n_before) as n_before,
        avg(hours) filter (where is_after) as mean_after,
        avg(hours) filter (where not is_after) as mean_before
    from usable group by source, timezone, changed_on, person_key
),
estimates as (
    select source, timezone, sum(weight) as weights,
        sum(weight * (mean_after - mean_before)) / sum(weight) as shift_hours,
        count(distinct person_key) as n_persons, count(distinct changed_on) as n_changes,
        sum(n_after + n_before)::bigint as n_judged
    from own group by source, timezone
),
of_persons as (
    select source, timezone, person_key, sum(weight * (mean_after - mean_before - shift_hours)) as part
    from own inner join estimates using (source, timezone)
    group by source, timezone, person_key
),
of_weeks as (
    select source, timezone, changed_on, week, sum(usable.weight * if(
        is_after,
        (hours - mean_after) / usable.n_after,
        (mean_before - hours) / usable.n_before
    )) as part
    from usable inner join own using (source, timezone, changed_on, person_key)
    group by source, timezone, changed_on, week
),
person_errors as (
    select source, timezone, sum(part * part) * count(*) / greatest(count(*) - 1, 1) as squares
    from of_persons group by source, timezone
),
week_errors as (
    select source, timezone,
        sum(part * part) * count(*) / greatest(count(*) - 2 * count(distinct changed_on), 1) as squares
    from of_weeks group by source, timezone
),
shifts as (
    select source || ' ' || timezone as subject, n_judged, n_persons, n_changes, shift_hours,
        sqrt(greatest(person_errors.squares, week_errors.squares)) / weights as standard_error,
        standard_error * {STANDARD_ERRORS} as half_width
    from estimates
    inner join person_errors using (source, timezone)
    inner join week_errors using (source, timezone)
    where n_persons >= {MIN_PERSONS}
),
judged as (
    select *,
        -- an interval that holds both no shift and a whole hour decides nothing
        if(abs(shift_hours) <= half_width and abs(shift_hours) + half_width >= 1, null, abs(shift_hours))
            as measured
    from shifts
)
"""
)

CLOCK: Final = Check(
    id="K9_clock",
    title="clock change taken for work",
    table="intermediate.int_activities",
    asset_key=("lake", "messages"),
    description="Hours by which people's working hours move with the clock changes, per source and time "
    f"zone, over the {WEEKS} weeks before and after each: people keep their hours, a wrong zone does not. "
    "Judged only where no shift and a whole hour can be told apart.",
    remedy="the source's times are read in a wrong zone: set its timezone",
    needs=("intermediate.int_activities", "intermediate.int_person_timezones"),
    measure=_SHIFTS
    + """
        select subject, n_judged, coalesce(measured > 0.5, false)::integer as n_failing, measured
        from judged
    """,
    examples=_SHIFTS
    + """
        select subject, subject || ', ' || round(shift_hours, 2) || ' h (+- ' || round(half_width, 2)
            || ') of ' || n_persons || ' people' as key
        from judged where measured > 0.5
    """,
    warn=0.5,
    block=0.75,
    unit="count",
)
