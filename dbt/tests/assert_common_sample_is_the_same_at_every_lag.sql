-- One sample for all lags: a lag on rows of its own makes a false sign of withdrawal (P22).
with

counts as (

    select * from {{ ref("int_retention_exposure_counts") }}

),

totals as (

    select
        lag_months,
        sum(employed_days) as employed_days,
        sum(n_events) as n_events,
        sum(case when exposure = 'unobserved' then employed_days else 0 end) as unobserved_days
    from counts
    where sample = 'common'
    group by lag_months

),

final as (

    select
        min(employed_days) as fewest_days,
        max(employed_days) as most_days,
        min(n_events) as fewest_events,
        max(n_events) as most_events
    from totals
    having
        min(employed_days) <> max(employed_days)
        or min(n_events) <> max(n_events)
        or min(unobserved_days) <> max(unobserved_days)

)

select * from final
