with

estimates as (

    select * from {{ source("outcomes", "initiative_designs") }}

),

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

final as (

    select
        estimates.initiative_id,
        estimates.headline_method,
        estimates.is_causal,
        cast(
            coalesce(
                least(estimates.n_target_persons, estimates.n_comparison_persons),
                estimates.n_target_persons,
                0
            ) as integer
        ) as n_population,
        cast(estimates.n_target_units as integer) as n_target_units,
        cast(estimates.n_comparison_units as integer) as n_comparison_units,
        cast(estimates.n_units_too_small as integer) as n_units_too_small,
        cast(estimates.n_units_in_another_initiative as integer) as n_units_in_another_initiative,
        cast(estimates.n_target_persons as integer) as n_target_persons,
        cast(estimates.n_comparison_persons as integer) as n_comparison_persons,
        estimates.intraclass_correlation,
        estimates.design_effect,
        cast(estimates.persons_per_arm_for_5_points as integer) as persons_per_arm_for_5_points,
        estimates.minimum_detectable_change,
        estimates.can_be_evaluated,
        estimates.guardrails,
        estimates.reading,
        cast(estimates.reason as varchar) as suppression_reason
    from estimates
    inner join initiatives on estimates.initiative_id = initiatives.initiative_id

)

select * from final
