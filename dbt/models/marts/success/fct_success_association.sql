with

estimates as (

    select * from {{ source("outcomes", "success_associations") }}

),

final as (

    select
        metric,
        entity_type,
        driver,
        cast(lag_months as integer) as lag_months,
        unit,
        higher_is_better,
        cast(n_persons as integer) as n_population,
        cast(n_units as integer) as n_units,
        cast(n_periods as integer) as n_periods,
        cast(n_cells as integer) as n_cells,
        cast(n_tests as integer) as n_tests,
        inference,
        estimate,
        estimate_ci_low,
        estimate_ci_high,
        standardised,
        standardised_ci_low,
        standardised_ci_high,
        p_value,
        p_value_clustered,
        q_value,
        is_discovery,
        reading,
        cast(reason as varchar) as suppression_reason
    from estimates

)

select * from final
