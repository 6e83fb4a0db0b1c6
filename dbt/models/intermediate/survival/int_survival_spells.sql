{{ config(materialized="view") }}

{#- The exposure that stands at the landmark: the headline lag. -#}
{% set landmark_lag = 3 %}

with

spells as (

    select * from {{ ref("int_spells") }}

),

periods as (

    select * from {{ ref("int_job_periods") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

exposures as (

    select * from {{ ref("int_retention_exposures") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

groups_of_units as (

    {{ group_of_each_unit("ancestors") }}

),

landmark as (

    -- The first month at which anybody's exposure can be known: the longest time to follow.
    select min(month_start) as landmark_month
    from exposures
    where lag_months = {{ landmark_lag }}

),

landmark_exposures as (

    select
        exposures.spell_key,
        exposures.exposure,
        exposures.event_clock,
        landmark.landmark_month
    from exposures
    inner join landmark on exposures.month_start = landmark.landmark_month
    where exposures.lag_months = {{ landmark_lag }}

),

observed_spells as (

    -- Who left before the warehouse begins is not observed; HR data without the purpose
    -- retention stops here.
    select
        spells.*,
        greatest(spells.employed_from, bounds.start_date) as entered_on,
        {{ add_days("bounds.as_of_date", 1) }} as observed_to,
        spells.is_separation and spells.employed_to <= {{ add_days("bounds.as_of_date", 1) }}
            as is_exit
    from spells
    cross join bounds
    where
        spells.has_employment_dates
        and spells.has_retention
        and spells.employed_from <= bounds.as_of_date
        and spells.employed_to > greatest(spells.employed_from, bounds.start_date)
        and {{ counts_in_population("spells.is_contingent") }}

),

described_spells as (

    select
        observed_spells.*,
        groups_of_units.group_key,
        landmark_exposures.landmark_month,
        landmark_exposures.exposure as landmark_exposure,
        case
            when
                landmark_exposures.event_clock = 'notice'
                and observed_spells.notice_date is not null
                and coalesce(observed_spells.termination_type, 'voluntary') = 'voluntary'
                and (observed_spells.termination_date is null or observed_spells.is_separation)
                then {{ add_days("observed_spells.notice_date", 1) }}
            when observed_spells.is_exit then observed_spells.employed_to
        end as decided_to
    from observed_spells
    inner join periods
        on
            observed_spells.person_key = periods.person_key
            and observed_spells.entered_on >= periods.period_from
            and observed_spells.entered_on < periods.period_to
    inner join groups_of_units on periods.org_unit_key = groups_of_units.org_unit_key
    left join landmark_exposures on observed_spells.spell_key = landmark_exposures.spell_key

),

final as (

    select
        spell_key,
        group_key,
        cast(extract(year from hire_date) as integer) as hire_year,
        {{ days_between("hire_date", "entered_on") }} as entry_days,
        {{ days_between("hire_date", "least(employed_to, observed_to)") }} as exit_days,
        case
            when not is_exit then 'none'
            when termination_type = 'voluntary' then 'voluntary'
            when coalesce(termination_type, 'unknown') = 'unknown' then 'unclassified'
            else 'other'
        end as ending,
        landmark_month,
        landmark_exposure,
        {{ days_between(
            "landmark_month", "least(employed_to, observed_to, coalesce(decided_to, observed_to))"
        ) }} as landmark_days,
        case
            when decided_to is null or decided_to > observed_to then 'none'
            when coalesce(termination_type, 'voluntary') = 'voluntary' then 'voluntary'
            when termination_type = 'unknown' then 'unclassified'
            else 'other'
        end as landmark_ending
    from described_spells

)

select * from final
