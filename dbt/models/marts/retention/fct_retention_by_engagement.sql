{#- Shown only where both groups expect enough separations (H9); the counts stay. -#}
{% set comparisons = [
    "rate_ratio", "rate_ratio_ci_low", "rate_ratio_ci_high", "p_value", "rate_difference",
    "rate_difference_ci_low", "rate_difference_ci_high", "e_value", "e_value_ci",
] %}

with

estimates as (

    select * from {{ source("outcomes", "retention_by_engagement") }}

),

final as (

    select
        lag_months,
        sample,
        event_clock,
        is_headline,
        cast(least(n_persons_engaged, n_persons_not_engaged) as integer) as n_population,
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
        rate_engaged,
        rate_engaged_ci_low,
        rate_engaged_ci_high,
        rate_not_engaged,
        rate_not_engaged_ci_low,
        rate_not_engaged_ci_high,
        {% for comparison in comparisons %}
        case when is_publishable then {{ comparison }} end as {{ comparison }},
        {% endfor %}
        is_publishable,
        reading,
        gap_index_date,
        cast(n_gap_persons_engaged as integer) as n_gap_persons_engaged,
        cast(n_gap_persons_not_engaged as integer) as n_gap_persons_not_engaged,
        raw_retention_gap,
        raw_retention_gap_ci_low,
        raw_retention_gap_ci_high,
        raw_retention_gap_banner,
        cast(case when not is_publishable then 'too_few_expected_events' end as varchar)
            as suppression_reason
    from estimates

)

select * from final
