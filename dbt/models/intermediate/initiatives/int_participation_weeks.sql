{#- R28: four weeks, so that the mix of weekdays is the same in each. -#}
{% set window_weeks = 4 %}
{#- A person counts if eligible on this share of the own workdays, and on so many (P28). -#}
{% set minimum_share = 0.5 %}
{% set minimum_days = 2 %}

with

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

segments as (

    select * from {{ ref("int_employment_segments") }}

),

absences as (

    select * from {{ ref("int_absences") }}

),

contribution_days as (

    select * from {{ ref("int_person_contribution_days") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

calendar as (

    select * from {{ source("reference", "calendar_days") }}

),

workday_counts as (

    select * from {{ ref("int_workday_counts") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

week_ends as (

    -- The Monday after the window; only weeks that some initiative looks at.
    select distinct
        calendar.date as week_end,
        {{ add_days("calendar.date", -7 * window_weeks) }} as window_from
    from calendar
    cross join bounds
    inner join initiatives
        on
            calendar.date > initiatives.study_from
            and calendar.date <= initiatives.study_to
    where
        calendar.location = ''
        and calendar.date = {{ week_of("calendar.date") }}
        and {{ add_days("calendar.date", -7 * window_weeks) }} >= bounds.start_date
        and calendar.date <= {{ add_days("bounds.as_of_date", 1) }}

),

months as (

    select * from {{ source("reference", "months") }}

),

month_weeks as (

    -- Joined by equality below: a segment lies in one month.
    select
        months.month_start,
        week_ends.week_end,
        week_ends.window_from
    from months
    inner join week_ends
        on
            months.month_start < week_ends.week_end
            and months.month_end > week_ends.window_from

),

segment_weeks as (

    select
        segments.person_key,
        segments.calendar_location,
        month_weeks.week_end,
        greatest(segments.engagement_from, month_weeks.window_from) as days_from,
        least(segments.engagement_to, month_weeks.week_end) as days_to
    from segments
    inner join month_weeks on segments.month_start = month_weeks.month_start
    where
        segments.engagement_from < segments.engagement_to
        and segments.engagement_from < month_weeks.week_end
        and segments.engagement_to > month_weeks.window_from

),

absent_pieces as (

    select
        segment_weeks.person_key,
        segment_weeks.calendar_location,
        segment_weeks.week_end,
        greatest(segment_weeks.days_from, absences.absent_from) as days_from,
        least(segment_weeks.days_to, absences.absent_to) as days_to,
        -1 as sign
    from segment_weeks
    inner join absences
        on
            segment_weeks.person_key = absences.person_key
            and segment_weeks.days_from < absences.absent_to
            and segment_weeks.days_to > absences.absent_from

),

pieces as (

    select
        person_key,
        calendar_location,
        week_end,
        days_from,
        days_to,
        1 as sign
    from segment_weeks
    union all
    select *
    from absent_pieces

),

eligible_weeks as (

    select
        pieces.person_key,
        pieces.week_end,
        sum(
            pieces.sign
            * (
                last_counts.n_engagement_workdays_before
                - first_counts.n_engagement_workdays_before
            )
        ) as eligible_days
    from pieces
    inner join workday_counts as first_counts
        on
            {{ calendar_day("pieces.calendar_location", "pieces.days_from") }}
            = first_counts.calendar_day
    inner join workday_counts as last_counts
        on
            {{ calendar_day("pieces.calendar_location", "pieces.days_to") }}
            = last_counts.calendar_day
    group by pieces.person_key, pieces.week_end

),

last_segments as (

    -- Where people are at the end of the window; who has left before is not counted.
    select
        segments.person_key,
        segments.spell_key,
        segments.org_unit_key,
        week_ends.week_end,
        last_counts.n_workdays_before - first_counts.n_workdays_before as scheduled_workdays
    from segments
    inner join week_ends
        on {{ month_of(add_days("week_ends.week_end", -1)) }} = segments.month_start
    inner join workday_counts as first_counts
        on
            {{ calendar_day("segments.calendar_location", "week_ends.window_from") }}
            = first_counts.calendar_day
    inner join workday_counts as last_counts
        on
            {{ calendar_day("segments.calendar_location", "week_ends.week_end") }}
            = last_counts.calendar_day
    where
        segments.segment_from < week_ends.week_end
        and segments.segment_to >= week_ends.week_end

),

shifts as (

    {% for n in range(1, window_weeks + 1) %}
    select {{ n }} as n_weeks
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

contributing_weeks as (

    select distinct
        contribution_days.person_key,
        {{ add_days("contribution_days.week_start", "7 * shifts.n_weeks") }} as week_end
    from contribution_days
    cross join shifts
    where contribution_days.n_contributions > 0

),

final as (

    select
        last_segments.person_key,
        last_segments.spell_key,
        last_segments.org_unit_key,
        last_segments.week_end,
        contributing_weeks.person_key is not null as is_participant
    from last_segments
    inner join persons on last_segments.person_key = persons.person_key
    inner join eligible_weeks
        on
            last_segments.person_key = eligible_weeks.person_key
            and last_segments.week_end = eligible_weeks.week_end
    left join contributing_weeks
        on
            last_segments.person_key = contributing_weeks.person_key
            and last_segments.week_end = contributing_weeks.week_end
    where
        not persons.is_opted_out
        and eligible_weeks.eligible_days >= {{ minimum_days }}
        and eligible_weeks.eligible_days >= {{ minimum_share }} * last_segments.scheduled_workdays

)

select * from final
