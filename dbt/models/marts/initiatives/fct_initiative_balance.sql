with

estimates as (

    select * from {{ source("outcomes", "initiative_balance") }}

),

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

final as (

    select
        estimates.initiative_id,
        estimates.outcome,
        estimates.covariate,
        estimates.is_balanced,
        cast(
            coalesce(
                least(estimates.n_target_persons, estimates.n_comparison_persons),
                estimates.n_target_persons,
                0
            ) as integer
        ) as n_population,
        cast(estimates.n_pairs as integer) as n_pairs,
        cast(estimates.n_unmatched as integer) as n_unmatched,
        estimates.target_mean,
        estimates.comparison_mean,
        estimates.difference_before,
        estimates.difference_after,
        cast(null as varchar) as suppression_reason
    from estimates
    inner join initiatives on estimates.initiative_id = initiatives.initiative_id

)

select * from final
