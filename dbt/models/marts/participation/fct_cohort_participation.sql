{#- How far a cohort is followed. -#}
{% set last_week = 52 %}

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
        cast({{ add_days("summed_cohorts.last_week_start", 14) }} as timestamp) <= bounds.as_of
            as is_final,
        case when summed_cohorts.n_defined = 0 then 'no_eligible_persons' end
            as suppression_reason
    from summed_cohorts
    cross join bounds

)

select * from final
