{{ config(tags=["after_outcomes"]) }}

with

estimates as (

    select * from {{ source("outcomes", "adoption_diffusion") }}

),

final as (

    select
        scope,
        initiative_id,
        cast(n_persons as integer) as n_population,
        cast(n_person_months as integer) as n_person_months,
        cast(n_person_months_without_ties as integer) as n_person_months_without_ties,
        cast(n_adoptions as integer) as n_adoptions,
        cast(n_clusters as integer) as n_clusters,
        mean_exposure,
        log_odds,
        standard_error,
        odds_ratio,
        odds_ratio_ci_low,
        odds_ratio_ci_high,
        p_value,
        reading,
        reason as suppression_reason
    from estimates

)

select * from final
