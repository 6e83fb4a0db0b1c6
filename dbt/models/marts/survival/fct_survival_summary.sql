{{ config(tags=["after_outcomes"]) }}

with

summaries as (

    select * from {{ source("outcomes", "survival_summaries") }}

),

final as (

    select
        dimension,
        dimension_value,
        cast(n_persons as integer) as n_population,
        cast(n_voluntary as integer) as n_voluntary,
        cast(n_other as integer) as n_other,
        cast(n_unclassified as integer) as n_unclassified,
        observed_from_months,
        observed_to_months,
        rmst_12,
        rmst_12_standard_error,
        mean_reason,
        median_months,
        median_ci_low,
        median_ci_high,
        median_reason,
        voluntary_incidence_12,
        other_incidence_12,
        incidence_reason,
        rmst_12_difference,
        rmst_12_difference_ci_low,
        rmst_12_difference_ci_high,
        log_rank_statistic,
        log_rank_p_value,
        expected_events,
        expected_events_other_group,
        comparison_reason,
        reason as suppression_reason
    from summaries

)

select * from final
