{#- How far a cohort is followed. -#}
{% set last_week = 52 %}
{#- Weeks of presence in a row without a contribution after which somebody has fallen silent:
    R28, the window of personas; our own choice. -#}
{% set silent_weeks = 4 %}

with

spells as (

    select *
    from {{ ref("int_adoption_spells") }}
    where is_adopted

),

weeks as (

    select *
    from {{ ref("int_person_windows") }}
    where period_kind = 'week'

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

calendar_weeks as (

    select distinct period_start as week_start
    from weeks

),

followed_weeks as (

    select
        spells.person_key,
        spells.adoption_week,
        calendar_weeks.week_start,
        {{ days_between("spells.adoption_week", "calendar_weeks.week_start") }} / 7
            as weeks_since_adoption
    from spells
    inner join calendar_weeks on spells.adoption_week <= calendar_weeks.week_start

),

observed_weeks as (

    -- Who has left is counted apart: leaving is not losing interest.
    select
        followed_weeks.*,
        coalesce(weeks.is_employed_at_end, false) as is_employed,
        coalesce(weeks.is_employed_at_end and weeks.is_eligible, false) as is_observed,
        coalesce(weeks.n_contributions, 0) > 0 as is_participant
    from followed_weeks
    left join weeks
        on
            followed_weeks.person_key = weeks.person_key
            and followed_weeks.week_start = weeks.period_start
    where followed_weeks.weeks_since_adoption <= {{ last_week }}

),

members_of_cohorts as (

    select
        'week' as cohort_kind,
        observed_weeks.adoption_week as cohort_start,
        observed_weeks.*
    from observed_weeks
    union all
    select
        'month' as cohort_kind,
        {{ month_of("observed_weeks.adoption_week") }} as cohort_start,
        observed_weeks.*
    from observed_weeks
    union all
    select
        'all' as cohort_kind,
        bounds.start_date as cohort_start,
        observed_weeks.*
    from observed_weeks
    cross join bounds

),

summed_cohorts as (

    select
        cohort_kind,
        cohort_start,
        cast(floor(weeks_since_adoption) as integer) as weeks_since_adoption,
        count(*) as n_population,
        sum(case when is_observed then 1 else 0 end) as n_defined,
        sum(case when is_employed and not is_observed then 1 else 0 end) as n_partial,
        sum(case when not is_employed then 1 else 0 end) as n_left,
        sum(case when is_observed and is_participant then 1 else 0 end) as n_participants,
        max(week_start) as last_week_start
    from members_of_cohorts
    group by cohort_kind, cohort_start, cast(floor(weeks_since_adoption) as integer)

),

first_exits as (

    select
        person_key,
        min(week_start) as left_week
    from observed_weeks
    where not is_employed
    group by person_key

),

weeks_until_exit as (

    -- Whoever has left, or left once and came back, is followed no further.
    select
        observed_weeks.person_key,
        observed_weeks.adoption_week,
        observed_weeks.is_observed,
        observed_weeks.is_participant,
        cast(floor(observed_weeks.weeks_since_adoption) as integer) as week_number
    from observed_weeks
    left join first_exits on observed_weeks.person_key = first_exits.person_key
    where first_exits.left_week is null or observed_weeks.week_start < first_exits.left_week

),

recent_weeks as (

    -- Weeks away neither prolong a silence nor end it.
    select
        person_key,
        week_number,
        count(*) over (
            partition by person_key
            order by week_number
            rows between {{ silent_weeks - 1 }} preceding and current row
        ) as n_weeks,
        sum(case when is_participant then 1 else 0 end) over (
            partition by person_key
            order by week_number
            rows between {{ silent_weeks - 1 }} preceding and current row
        ) as n_active_weeks
    from weeks_until_exit
    where is_observed or is_participant

),

first_silences as (

    select
        person_key,
        min(week_number) as silent_week
    from recent_weeks
    where n_weeks = {{ silent_weeks }} and n_active_weeks = 0
    group by person_key

),

last_weeks as (

    select
        person_key,
        adoption_week,
        max(week_number) as last_week
    from weeks_until_exit
    group by person_key, adoption_week

),

followed_persons as (

    -- The silence counts from the week that completes it, when it can be known.
    select
        last_weeks.adoption_week,
        coalesce(first_silences.silent_week, last_weeks.last_week) as duration,
        case when first_silences.silent_week is null then 0 else 1 end as is_event
    from last_weeks
    left join first_silences on last_weeks.person_key = first_silences.person_key

),

cohort_times as (

    select
        'week' as cohort_kind,
        adoption_week as cohort_start,
        duration,
        is_event
    from followed_persons
    union all
    select
        'month' as cohort_kind,
        {{ month_of("adoption_week") }} as cohort_start,
        duration,
        is_event
    from followed_persons
    union all
    select
        'all' as cohort_kind,
        bounds.start_date as cohort_start,
        followed_persons.duration,
        followed_persons.is_event
    from followed_persons
    cross join bounds
    union all
    select
        cohort_kind,
        cohort_start,
        weeks_since_adoption as duration,
        cast(null as integer) as is_event
    from summed_cohorts

),

{{ kaplan_meier("cohort_curve", "cohort_times", ["cohort_kind", "cohort_start"]) }},

final as (

    select
        summed_cohorts.cohort_kind,
        summed_cohorts.cohort_start,
        summed_cohorts.weeks_since_adoption,
        cast(summed_cohorts.n_population as integer) as n_population,
        cast(summed_cohorts.n_defined as integer) as n_defined,
        cast(summed_cohorts.n_partial as integer) as n_partial,
        cast(summed_cohorts.n_left as integer) as n_left,
        cast(
            1.0 * summed_cohorts.n_participants / nullif(summed_cohorts.n_defined, 0) as double
        ) as cohort_participation_retention,
        case
            when cohort_curve.n_at_risk >= {{ var("k_view") }}
                then cast(cohort_curve.n_at_risk as integer)
        end as n_at_risk,
        case
            when cohort_curve.n_at_risk >= {{ var("k_view") }}
                then cast(cohort_curve.survival as double)
        end as cohort_participation_survival,
        case
            when cohort_curve.n_at_risk = 0 then 'nobody_followed_so_long'
            when cohort_curve.n_at_risk < {{ var("k_view") }} then 'too_few_at_risk'
        end as survival_reason,
        cast({{ add_days("summed_cohorts.last_week_start", 14) }} as timestamp) <= bounds.as_of
            as is_final,
        case when summed_cohorts.n_defined = 0 then 'no_eligible_persons' end
            as suppression_reason
    from summed_cohorts
    cross join bounds
    inner join cohort_curve
        on
            summed_cohorts.cohort_kind = cohort_curve.cohort_kind
            and summed_cohorts.cohort_start = cohort_curve.cohort_start
            and summed_cohorts.weeks_since_adoption = cohort_curve.duration

)

select * from final
