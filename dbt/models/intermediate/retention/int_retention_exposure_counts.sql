{#- The shortest lag whose window does not overlap the month at risk. -#}
{% set first_lag = 1 %}

with

exposures as (

    select * from {{ ref("int_retention_exposures") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

history as (

    select count(*) as history_months
    from months

),

first_exposures as (

    -- Of the events only: how those of each lag were exposed at the first one.
    select
        spell_key,
        month_start,
        common_exposure = 'engaged' as is_engaged
    from exposures
    where is_event and lag_months = {{ first_lag }} and common_exposure is not null

),

own_sample as (

    select
        lag_months,
        exposure,
        'own' as sample,
        event_clock,
        person_key,
        employed_days,
        is_event,
        cast(null as boolean) as is_engaged_at_lag_1
    from exposures

),

common_sample as (

    select
        exposures.lag_months,
        exposures.common_exposure as exposure,
        'common' as sample,
        exposures.event_clock,
        exposures.person_key,
        exposures.employed_days,
        exposures.is_event,
        exposures.is_event and coalesce(first_exposures.is_engaged, false) as is_engaged_at_lag_1
    from exposures
    left join first_exposures
        on
            exposures.spell_key = first_exposures.spell_key
            and exposures.month_start = first_exposures.month_start
    where exposures.common_exposure is not null

),

samples as (

    select * from own_sample
    union all
    select * from common_sample

),

summed_samples as (

    select
        samples.lag_months,
        samples.exposure,
        samples.sample,
        samples.event_clock,
        cast(sum(case when samples.is_event then 1 else 0 end) as bigint) as n_events,
        cast(
            sum(cast(samples.is_engaged_at_lag_1 as integer)) as bigint
        ) as n_events_engaged_at_lag_1,
        cast(sum(samples.employed_days) as bigint) as employed_days,
        count(distinct samples.person_key) as n_persons,
        cast(max(history.history_months) as integer) as history_months
    from samples
    cross join history
    group by samples.lag_months, samples.exposure, samples.sample, samples.event_clock

)

select * from summed_samples
