{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "period_end"}},
    )
}}

{#- Who counts in a window is eligible on this share of the own scheduled workdays (P28) ... -#}
{% set minimum_share = 0.5 %}
{#- ... and on this many of them at least. -#}
{% set minimum_days = 2 %}
{% set rolling = {"r28": 28, "r91": 91} %}
{% set counts = [
    "posts", "replies", "reactions", "contributions", "creations", "replies_received",
    "reactions_received", "views", "accepted_answers", "meetings_hosted", "timed_events",
    "after_hours_events",
] %}

with

months as (

    select * from {{ source("reference", "months") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

calendar as (

    select * from {{ source("reference", "calendar_days") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

segments as (

    select
        segments.*,
        row_number() over (order by segments.spell_key, segments.segment_from) as segment_number
    from {{ ref("int_employment_segments") }} as segments

),

person_accounts as (

    select * from {{ ref("int_person_accounts") }}

),

absences as (

    select * from {{ ref("int_absences") }}

),

workday_counts as (

    select * from {{ ref("int_workday_counts") }}

),

covered_months as (

    select
        months.month_start,
        months.month_end,
        least(months.month_end, {{ add_days("bounds.as_of_date", 1) }}) as covered_to
    from months
    cross join bounds

),

days as (

    select {{ each_day("start_date", "as_of_date") }} as date
    from bounds

),

unnumbered_periods as (

    -- Whole ISO weeks; rolling windows end with the month, or with the last covered day.
    select
        'week' as period_kind,
        days.date as period_start,
        days.date as period_from,
        {{ add_days("days.date", 7) }} as period_to,
        {{ add_days("days.date", 7) }} as nominal_to
    from days
    cross join bounds
    where
        days.date = {{ week_of("days.date") }}
        and {{ add_days("days.date", 6) }} <= bounds.as_of_date
    union all
    select
        'month' as period_kind,
        month_start as period_start,
        month_start as period_from,
        covered_to as period_to,
        month_end as nominal_to
    from covered_months
    {% for kind, n_days in rolling.items() %}
    union all
    select
        '{{ kind }}' as period_kind,
        month_start as period_start,
        {{ add_days("covered_to", -n_days) }} as period_from,
        covered_to as period_to,
        covered_to as nominal_to
    from covered_months
    {% endfor %}

),

periods as (

    select
        *,
        row_number() over (order by period_kind, period_start) as period_number
    from unnumbered_periods
    where {{ is_rebuilt_from(add_days("period_to", -1)) }}

),

first_days as (

    select min(period_from) as first_day
    from periods

),

period_months as (

    select
        periods.*,
        covered_months.month_start
    from periods
    inner join covered_months
        on
            periods.period_from < covered_months.covered_to
            and periods.period_to > covered_months.month_start

),

clipped_segments as (

    select
        segments.person_key,
        segments.segment_number,
        segments.org_unit_key,
        segments.calendar_location,
        period_months.period_number,
        least(segments.segment_to, period_months.period_to) as employed_to,
        greatest(segments.engagement_from, period_months.period_from) as observed_from,
        greatest(
            segments.engagement_from,
            period_months.period_from,
            least(segments.engagement_to, period_months.period_to)
        ) as observed_to
    from segments
    inner join period_months
        on
            segments.month_start = period_months.month_start
            and segments.segment_from < period_months.period_to
            and segments.segment_to > period_months.period_from

),

absent_days as (

    select
        clipped_segments.segment_number,
        clipped_segments.period_number,
        sum(
            last_counts.n_engagement_workdays_before - first_counts.n_engagement_workdays_before
        ) as n_days
    from clipped_segments
    inner join absences
        on
            clipped_segments.person_key = absences.person_key
            and clipped_segments.observed_from < absences.absent_to
            and clipped_segments.observed_to > absences.absent_from
    inner join workday_counts as first_counts
        on
            {{ calendar_day(
                "clipped_segments.calendar_location",
                "greatest(clipped_segments.observed_from, absences.absent_from)"
            ) }}
            = first_counts.calendar_day
    inner join workday_counts as last_counts
        on
            {{ calendar_day(
                "clipped_segments.calendar_location",
                "least(clipped_segments.observed_to, absences.absent_to)"
            ) }}
            = last_counts.calendar_day
    group by clipped_segments.segment_number, clipped_segments.period_number

),

present_days as (

    select
        clipped_segments.*,
        case
            when clipped_segments.observed_from < clipped_segments.observed_to
                then
                    last_counts.n_engagement_workdays_before
                    - first_counts.n_engagement_workdays_before
                    - coalesce(absent_days.n_days, 0)
            else 0
        end as eligible_days
    from clipped_segments
    left join workday_counts as first_counts
        on
            {{ calendar_day(
                "clipped_segments.calendar_location",
                "clipped_segments.observed_from"
            ) }}
            = first_counts.calendar_day
    left join workday_counts as last_counts
        on
            {{ calendar_day(
                "clipped_segments.calendar_location",
                "clipped_segments.observed_to"
            ) }}
            = last_counts.calendar_day
    left join absent_days
        on
            clipped_segments.segment_number = absent_days.segment_number
            and clipped_segments.period_number = absent_days.period_number

),

persons_of_periods as (

    -- Everybody with a day employed; unit and calendar are those of the last employed day.
    select
        person_key,
        period_number,
        max_by(org_unit_key, employed_to) as org_unit_key,
        max_by(calendar_location, employed_to) as calendar_location,
        max(employed_to) as employed_to,
        sum(eligible_days) as eligible_days
    from present_days
    group by person_key, period_number

),

schedules as (

    -- A month that has not ended is taken to go on as it began.
    select
        first_counts.location,
        periods.period_number,
        periods.period_kind,
        periods.period_start,
        periods.period_from,
        periods.period_to,
        cast(round(
            1.0 * (last_counts.n_workdays_before - first_counts.n_workdays_before)
            * {{ days_between("periods.period_from", "periods.nominal_to") }}
            / {{ days_between("periods.period_from", "periods.period_to") }}
        ) as integer) as scheduled_workdays
    from periods
    inner join workday_counts as first_counts on periods.period_from = first_counts.date
    inner join workday_counts as last_counts
        on
            periods.period_to = last_counts.date
            and first_counts.location = last_counts.location

),

contribution_days as (

    select *
    from {{ ref("int_person_contribution_days") }}
    where local_date >= (select first_days.first_day from first_days)

),

trace_days as (

    select *
    from {{ ref("int_person_trace_days") }}
    where local_date >= (select first_days.first_day from first_days)

),

all_days as (

    select
        person_key,
        local_date,
        n_post as n_posts,
        n_reply as n_replies,
        n_reaction as n_reactions,
        n_contributions,
        n_creations,
        0 as n_replies_received,
        0 as n_reactions_received,
        0 as n_views,
        0 as n_accepted_answers,
        0 as n_meetings_hosted,
        0 as n_timed_events,
        0 as n_events_in_hours
    from contribution_days
    union all
    select
        person_key,
        local_date,
        0 as n_posts,
        0 as n_replies,
        0 as n_reactions,
        0 as n_contributions,
        0 as n_creations,
        n_replies_received,
        n_reactions_received,
        n_views,
        n_accepted_answers,
        n_meetings_hosted,
        n_timed_events,
        n_events_in_hours
    from trace_days

),

summed_days as (

    select
        person_key,
        local_date,
        {% for count in counts if count != "after_hours_events" %}
        cast(sum(n_{{ count }}) as integer) as n_{{ count }},
        {% endfor %}
        cast(sum(n_events_in_hours) as integer) as n_events_in_hours
    from all_days
    group by person_key, local_date

),

observed_days as (

    -- Only what was done while the person could be observed; work on a free day is after hours.
    select
        summed_days.*,
        case
            when calendar.is_workday and absences.person_key is null
                then summed_days.n_timed_events - summed_days.n_events_in_hours
            else summed_days.n_timed_events
        end as n_after_hours_events
    from summed_days
    inner join segments
        on
            summed_days.person_key = segments.person_key
            and {{ month_of("summed_days.local_date") }} = segments.month_start
            and summed_days.local_date >= segments.engagement_from
            and summed_days.local_date < segments.engagement_to
    left join calendar
        on
            segments.calendar_location = calendar.location
            and summed_days.local_date = calendar.date
    left join absences
        on
            summed_days.person_key = absences.person_key
            and summed_days.local_date >= absences.absent_from
            and summed_days.local_date < absences.absent_to

),

dates_of_periods as (

    select
        period_number,
        period_kind,
        period_to,
        {{ each_day("period_from", add_days("period_to", -1)) }} as date
    from periods

),

period_days as (

    -- A bit for each week of the long window, counted back from its end; others have no weeks.
    select
        period_number,
        date,
        case
            when period_kind = 'r91'
                then
                    cast(
                        power(2, floor(({{ days_between("date", "period_to") }} - 1) / 7.0))
                        as integer
                    )
            else 0
        end as week_bit
    from dates_of_periods

),

counted_periods as (

    -- Each week with a contribution sets its own bit, so that weeks need no grouping apart.
    select
        observed_days.person_key,
        period_days.period_number,
        {% for count in counts %}
        cast(sum(observed_days.n_{{ count }}) as integer) as n_{{ count }},
        {% endfor %}
        cast(sum(case when observed_days.n_contributions > 0 then 1 else 0 end) as integer)
            as n_active_days,
        {{ count_of_bits(
            "case when observed_days.n_contributions > 0 then period_days.week_bit else 0 end"
        ) }} as n_active_weeks,
        {{ count_of_bits(
            "case when observed_days.n_creations > 0 then period_days.week_bit else 0 end"
        ) }} as n_creating_weeks
    from observed_days
    inner join period_days on observed_days.local_date = period_days.date
    group by observed_days.person_key, period_days.period_number

),

joined_persons as (

    select
        persons_of_periods.*,
        schedules.period_kind,
        schedules.period_start,
        schedules.period_from,
        schedules.period_to,
        schedules.scheduled_workdays,
        persons.is_opted_out,
        coalesce(person_accounts.engagement_from < schedules.period_to, false)
            as has_account,
        {% for count in counts + ["active_days", "active_weeks", "creating_weeks"] %}
        coalesce(counted_periods.n_{{ count }}, 0) as n_{{ count }},
        {% endfor %}
        not persons.is_opted_out
        and persons_of_periods.eligible_days >= {{ minimum_days }}
        and persons_of_periods.eligible_days
        >= {{ minimum_share }} * schedules.scheduled_workdays as is_eligible
    from persons_of_periods
    inner join persons on persons_of_periods.person_key = persons.person_key
    inner join schedules
        on
            persons_of_periods.calendar_location = schedules.location
            and persons_of_periods.period_number = schedules.period_number
    left join person_accounts on persons_of_periods.person_key = person_accounts.person_key
    left join counted_periods
        on
            persons_of_periods.person_key = counted_periods.person_key
            and persons_of_periods.period_number = counted_periods.period_number

),

final as (

    select
        person_key,
        org_unit_key,
        period_kind,
        cast(scheduled_workdays as integer) as scheduled_workdays,
        cast(eligible_days as integer) as eligible_days,
        {% for count in counts + ["active_days", "active_weeks", "creating_weeks"] %}
        case when eligible_days > 0 and not is_opted_out then cast(n_{{ count }} as integer) end
            as n_{{ count }},
        {% endfor %}
        period_start,
        period_from,
        {{ add_days("period_to", -1) }} as period_end,
        employed_to = period_to as is_employed_at_end,
        is_eligible,
        not is_opted_out and eligible_days > 0 and not is_eligible as is_partial,
        has_account,
        is_opted_out
    from joined_persons

)

select * from final
