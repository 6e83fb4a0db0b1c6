{{ config(tags=["after_outcomes"]) }}

with

curves as (

    select * from {{ source("outcomes", "survival_curves") }}

),

final as (

    select
        dimension,
        dimension_value,
        cast(months as integer) as months,
        cast(n_persons as integer) as n_population,
        cast(n_voluntary as integer) as n_voluntary,
        cast(n_at_risk as integer) as n_at_risk,
        survival,
        survival_ci_low,
        survival_ci_high,
        reason as suppression_reason
    from curves

)

select * from final
