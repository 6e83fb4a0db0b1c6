{#- Below this number of ties inside a unit, its figures are noise and NULL. -#}
{%- set min_ties = 30 -%}

{{ config(tags=["after_network"]) }}

with

metrics as (

    select * from {{ source("network", "org_unit_quarter") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

final as (

    select
        metrics.quarter_start,
        metrics.org_unit_key,
        cast(metrics.n_nodes as integer) as n_population,
        cast(metrics.n_arcs as integer) as n_arcs,
        cast(metrics.n_ties as integer) as n_ties,
        cast(metrics.n_measured as integer) as n_measured,
        cast(metrics.n_unreachable_ties as integer) as n_unreachable_ties,
        cast(metrics.n_continuing as integer) as n_continuing,
        cast(metrics.n_ties_before as integer) as n_ties_before,
        cast(metrics.largest_component_without_top_1 as integer) as largest_component_without_top_1,
        cast(metrics.largest_component_without_top_3 as integer) as largest_component_without_top_3,
        cast(metrics.largest_component_without_top_5 as integer) as largest_component_without_top_5,
        cast(metrics.n_critical as integer) as n_critical,
        cast(metrics.n_central_connector as integer) as n_central_connector,
        cast(metrics.n_boundary_spanner as integer) as n_boundary_spanner,
        cast(metrics.n_information_broker as integer) as n_information_broker,
        cast(metrics.n_hub as integer) as n_hub,
        cast(metrics.n_peripheral as integer) as n_peripheral,
        cast(metrics.n_peripheral_new as integer) as n_peripheral_new,
        cast(metrics.n_peripheral_by_role as integer) as n_peripheral_by_role,
        cast(metrics.n_peripheral_specialist as integer) as n_peripheral_specialist,
        cast(metrics.n_overload_risk as integer) as n_overload_risk,
        metrics.least_upper_boundedness_method,
        metrics.qap_method,
        metrics.attack_method,
        metrics.connectedness,
        metrics.hierarchy,
        metrics.efficiency_k94,
        metrics.efficiency_ucinet,
        metrics.least_upper_boundedness,
        metrics.least_upper_boundedness_se,
        metrics.formal_informal_jaccard_reports,
        metrics.informal_outside_formal_reports,
        metrics.unused_formal_reports,
        metrics.qap_r_reports,
        metrics.qap_p_value_reports,
        metrics.formal_informal_jaccard_siblings,
        metrics.informal_outside_formal_siblings,
        metrics.unused_formal_siblings,
        metrics.qap_r_siblings,
        metrics.qap_p_value_siblings,
        metrics.mrqap_chart,
        metrics.mrqap_chart_p_value,
        metrics.mrqap_location,
        metrics.mrqap_location_p_value,
        metrics.mean_orgchart_distance,
        metrics.mean_orgchart_distance_all,
        metrics.tie_persistence,
        metrics.tie_turnover_lost,
        metrics.tie_turnover_new,
        metrics.jaccard_all,
        metrics.jaccard_continuing,
        metrics.change_behaviour,
        metrics.change_membership,
        metrics.fragmentation,
        metrics.mean_reciprocal_distance,
        metrics.attack_curve_r,
        metrics.attack_curve_r_random,
        metrics.mean_distance_without_top_1,
        metrics.mean_distance_without_top_3,
        metrics.mean_distance_without_top_5,
        metrics.share_strong_ties,
        metrics.share_diverse_ties,
        metrics.reciprocity,
        metrics.load_concentration,
        months.is_final,
        case when metrics.n_ties < {{ min_ties }} then 'too_few_ties' end as suppression_reason
    from metrics
    inner join months
        on {{ add_months("metrics.quarter_start", 2) }} = months.month_start

)

select * from final
