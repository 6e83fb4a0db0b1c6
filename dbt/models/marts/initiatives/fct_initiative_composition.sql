with

estimates as (

    select * from {{ source("outcomes", "initiative_composition") }}

),

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

final as (

    select
        estimates.initiative_id,
        estimates.outcome,
        estimates.baseline_month,
        estimates.last_month,
        cast(
            coalesce(
                least(estimates.n_persons_before, estimates.n_persons_after),
                estimates.n_persons_before,
                0
            ) as integer
        ) as n_population,
        cast(estimates.n_persons_before as integer) as n_persons_before,
        cast(estimates.n_persons_after as integer) as n_persons_after,
        cast(estimates.n_dropped_persons as integer) as n_dropped_persons,
        cast(estimates.n_cells as integer) as n_cells,
        estimates.rate_before,
        estimates.rate_after,
        estimates.change,
        estimates.rate_effect,
        estimates.composition_effect,
        estimates.standardised_after,
        estimates.standardised_change,
        estimates.standardised_change_ci_low,
        estimates.standardised_change_ci_high,
        estimates.restandardised_before,
        estimates.reading,
        cast(estimates.reason as varchar) as suppression_reason
    from estimates
    inner join initiatives on estimates.initiative_id = initiatives.initiative_id

)

select * from final
