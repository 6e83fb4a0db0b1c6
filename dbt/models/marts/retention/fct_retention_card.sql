with

cards as (

    select * from {{ source("outcomes", "retention_cards") }}

),

final as (

    select
        question,
        exposure_definition,
        dimension,
        population,
        lag_months,
        event_clock,
        cast(n_population as integer) as n_population,
        cast(n_persons_engaged as integer) as n_persons_engaged,
        cast(n_persons_not_engaged as integer) as n_persons_not_engaged,
        cast(n_events_engaged as integer) as n_events_engaged,
        cast(n_events_not_engaged as integer) as n_events_not_engaged,
        person_years_engaged,
        person_years_not_engaged,
        person_years_unobserved,
        expected_events_engaged,
        expected_events_not_engaged,
        observed_share,
        cast(n_unclassified_exits as integer) as n_unclassified_exits,
        crude_rate_ratio,
        crude_rate_ratio_ci_low,
        crude_rate_ratio_ci_high,
        lagged_rate_ratio,
        lagged_rate_ratio_ci_low,
        lagged_rate_ratio_ci_high,
        lag_curve,
        mh_rate_ratio,
        mh_rate_ratio_ci_low,
        mh_rate_ratio_ci_high,
        mh_stratification,
        mh_heterogeneity_p_value,
        mh_reason,
        adjusted_hazard_ratio,
        adjusted_hazard_ratio_ci_low,
        adjusted_hazard_ratio_ci_high,
        adjusted_covariates,
        adjusted_reason,
        adjusted_p_value,
        q_value,
        cast(n_cards as integer) as n_cards,
        alike_p_value,
        cast(n_teams as integer) as n_teams,
        proportionality_p_value,
        ratio_reported,
        ratios_by_tenure,
        proportionality_reason,
        rmst_12_difference,
        rmst_12_difference_ci_low,
        rmst_12_difference_ci_high,
        rmst_reason,
        msm_odds_ratio,
        msm_odds_ratio_ci_low,
        msm_odds_ratio_ci_high,
        msm_weight_mean,
        msm_weight_low,
        msm_weight_high,
        msm_reason,
        negative_outcome_ratio,
        negative_outcome_ratio_ci_low,
        negative_outcome_ratio_ci_high,
        negative_outcome,
        negative_outcome_reason,
        negative_exposure_reason,
        e_value,
        e_value_ci,
        raw_retention_gap,
        raw_retention_gap_ci_low,
        raw_retention_gap_ci_high,
        raw_retention_gap_banner,
        is_publishable,
        reading,
        cast(
            case
                when question <> 'engaged' then adjusted_reason
                when not is_publishable then 'too_few_expected_events'
            end as varchar
        ) as suppression_reason
    from cards

)

select * from final
