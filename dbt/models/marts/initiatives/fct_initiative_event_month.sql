with

estimates as (

    select * from {{ source("outcomes", "initiative_event_months") }}

),

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

final as (

    select
        estimates.initiative_id,
        estimates.outcome,
        estimates.month_start,
        cast(estimates.months_since_start as integer) as months_since_start,
        estimates.is_reference,
        cast(
            coalesce(
                least(estimates.n_target_persons, estimates.n_comparison_persons),
                estimates.n_target_persons,
                0
            ) as integer
        ) as n_population,
        estimates.effect,
        estimates.standard_error,
        estimates.effect_ci_low,
        estimates.effect_ci_high,
        estimates.target_level,
        estimates.comparison_level,
        cast(null as varchar) as suppression_reason
    from estimates
    inner join initiatives on estimates.initiative_id = initiatives.initiative_id

)

select * from final
