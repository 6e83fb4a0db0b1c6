with

estimates as (

    select * from {{ source("outcomes", "retention_estimates") }}

),

final as (

    -- Counts of events stay on the card: those of variants and parts would differ by a few people.
    select
        question,
        method,
        term,
        cast(n_persons as integer) as n_population,
        ratio,
        ratio_ci_low,
        ratio_ci_high,
        p_value,
        cast(n_teams as integer) as n_teams,
        covariates,
        reason as suppression_reason
    from estimates

)

select * from final
