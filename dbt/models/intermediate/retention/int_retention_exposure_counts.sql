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

own_sample as (

    select
        lag_months,
        exposure,
        'own' as sample,
        event_clock,
        person_key,
        employed_days,
        is_event
    from exposures

),

common_sample as (

    select
        lag_months,
        common_exposure as exposure,
        'common' as sample,
        event_clock,
        person_key,
        employed_days,
        is_event
    from exposures
    where common_exposure is not null

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
        cast(sum(samples.employed_days) as bigint) as employed_days,
        count(distinct samples.person_key) as n_persons,
        cast(max(history.history_months) as integer) as history_months
    from samples
    cross join history
    group by samples.lag_months, samples.exposure, samples.sample, samples.event_clock

)

select * from summed_samples
