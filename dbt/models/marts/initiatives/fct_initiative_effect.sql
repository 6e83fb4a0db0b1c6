with

estimates as (

    select * from {{ source("outcomes", "initiative_effects") }}

),

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

final as (

    select
        estimates.initiative_id,
        estimates.method,
        estimates.outcome,
        estimates.outcome_role,
        estimates.is_headline,
        cast(
            coalesce(
                least(estimates.n_target_persons, estimates.n_comparison_persons),
                estimates.n_target_persons,
                0
            ) as integer
        ) as n_population,
        estimates.scale,
        estimates.effect,
        estimates.standard_error,
        estimates.effect_ci_low,
        estimates.effect_ci_high,
        estimates.inference,
        estimates.p_value,
        estimates.p_value_clustered,
        estimates.p_value_randomisation,
        estimates.p_value_wild_bootstrap,
        estimates.p_value_holm,
        estimates.lead_p_value,
        estimates.trend_breakdown,
        cast(estimates.n_target_units as integer) as n_target_units,
        cast(estimates.n_comparison_units as integer) as n_comparison_units,
        cast(estimates.n_target_persons as integer) as n_target_persons,
        cast(estimates.n_comparison_persons as integer) as n_comparison_persons,
        cast(estimates.n_months_before as integer) as n_months_before,
        cast(estimates.n_months_after as integer) as n_months_after,
        estimates.target_before,
        estimates.target_after,
        estimates.comparison_before,
        estimates.comparison_after,
        estimates.reading,
        cast(estimates.reason as varchar) as suppression_reason
    from estimates
    inner join initiatives on estimates.initiative_id = initiatives.initiative_id

)

select * from final
