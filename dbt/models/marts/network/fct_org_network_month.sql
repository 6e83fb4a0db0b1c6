{#- Below this number of ties incident to a unit, shares of ties are noise. -#}
{%- set min_ties = 30 -%}
with

units as (

    select *
    from {{ source("network", "org_unit_month") }}
    where org_unit_key <> 0

),

organisation as (

    select * from {{ source("network", "organisation_month") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

unit_rows as (

    select
        month_start,
        org_unit_key,
        n_nodes,
        n_ties,
        n_internal_ties,
        n_external_ties,
        n_internal_ties + n_external_ties as n_incident_ties,
        n_isolates,
        n_units_reached,
        n_hubs,
        n_brokers,
        n_articulation,
        gf_coordinator,
        gf_consultant,
        gf_gatekeeper,
        gf_representative,
        gf_liaison,
        gf_total,
        cast(null as integer) as n_components,
        cast(null as integer) as largest_component,
        cast(null as integer) as n_communities,
        density,
        mean_degree,
        ei_index,
        ei_expected,
        ei_excess,
        ei_p_value,
        share_without_external,
        silo_flag,
        cast(null as double) as reciprocity,
        cast(null as double) as transitivity,
        cast(null as double) as modularity_formal,
        cast(null as double) as modularity_detected,
        cast(null as double) as graph_coverage,
        cast(null as double) as blind_spot_rate,
        ei_p_method,
        ei_index_weighted,
        cast(null as double) as community_nmi,
        cast(null as double) as community_adjusted_rand,
        cast(null as double) as community_stability,
        cast(null as varchar) as community_method,
        cast(null as double) as share_direct_message,
        cast(null as double) as share_reply,
        cast(null as double) as share_thread,
        cast(null as double) as share_mention,
        cast(null as double) as share_reaction,
        cast(null as double) as share_mail,
        cast(null as double) as share_meeting,
        cast(null as double) as load_concentration
    from units

),

organisation_rows as (

    select
        month_start,
        0 as org_unit_key,
        n_nodes,
        n_ties,
        cast(null as integer) as n_internal_ties,
        cast(null as integer) as n_external_ties,
        n_ties as n_incident_ties,
        n_isolates,
        cast(null as integer) as n_units_reached,
        cast(null as integer) as n_hubs,
        cast(null as integer) as n_brokers,
        cast(null as integer) as n_articulation,
        cast(null as bigint) as gf_coordinator,
        cast(null as bigint) as gf_consultant,
        cast(null as bigint) as gf_gatekeeper,
        cast(null as bigint) as gf_representative,
        cast(null as bigint) as gf_liaison,
        cast(null as bigint) as gf_total,
        n_components,
        largest_component,
        n_communities,
        density,
        case when n_nodes > 0 then 2.0 * n_ties / n_nodes end as mean_degree,
        ei_index,
        ei_expected,
        ei_index - ei_expected as ei_excess,
        ei_p_value,
        cast(null as double) as share_without_external,
        cast(null as boolean) as silo_flag,
        reciprocity,
        transitivity,
        modularity_formal,
        modularity_detected,
        graph_coverage,
        blind_spot_rate,
        ei_p_method,
        ei_index_weighted,
        community_nmi,
        community_adjusted_rand,
        community_stability,
        community_method,
        share_direct_message,
        share_reply,
        share_thread,
        share_mention,
        share_reaction,
        share_mail,
        share_meeting,
        load_concentration
    from organisation

),

all_rows as (

    select * from unit_rows
    union all
    select * from organisation_rows

),

gated_rows as (

    select
        *,
        n_incident_ties >= {{ min_ties }} as has_enough_ties
    from all_rows

),

final as (

    select
        gated_rows.month_start,
        cast(gated_rows.org_unit_key as bigint) as org_unit_key,
        cast(gated_rows.n_nodes as integer) as n_population,
        cast(gated_rows.n_ties as integer) as n_ties,
        cast(gated_rows.n_internal_ties as integer) as n_internal_ties,
        cast(gated_rows.n_external_ties as integer) as n_external_ties,
        cast(gated_rows.n_isolates as integer) as n_isolates,
        cast(gated_rows.n_units_reached as integer) as n_units_reached,
        cast(gated_rows.n_hubs as integer) as n_hubs,
        cast(gated_rows.n_brokers as integer) as n_brokers,
        cast(gated_rows.n_articulation as integer) as n_articulation,
        cast(gated_rows.n_components as integer) as n_components,
        cast(gated_rows.largest_component as integer) as largest_component,
        cast(gated_rows.n_communities as integer) as n_communities,
        cast(gated_rows.gf_coordinator as bigint) as gf_coordinator,
        cast(gated_rows.gf_consultant as bigint) as gf_consultant,
        cast(gated_rows.gf_gatekeeper as bigint) as gf_gatekeeper,
        cast(gated_rows.gf_representative as bigint) as gf_representative,
        cast(gated_rows.gf_liaison as bigint) as gf_liaison,
        cast(gated_rows.gf_total as bigint) as gf_total,
        case when gated_rows.has_enough_ties then gated_rows.ei_p_method end as ei_p_method,
        gated_rows.community_method,
        cast(gated_rows.mean_degree as double) as mean_degree,
        {% for share in [
            "density", "ei_index", "ei_expected", "ei_excess", "ei_p_value", "ei_index_weighted"
        ] -%}
        cast(case when gated_rows.has_enough_ties then gated_rows.{{ share }} end as double)
            as {{ share }},
        {% endfor -%}
        cast(gated_rows.share_without_external as double) as share_without_external,
        cast(gated_rows.reciprocity as double) as reciprocity,
        cast(gated_rows.transitivity as double) as transitivity,
        cast(gated_rows.modularity_formal as double) as modularity_formal,
        cast(gated_rows.modularity_detected as double) as modularity_detected,
        cast(gated_rows.community_nmi as double) as community_nmi,
        cast(gated_rows.community_adjusted_rand as double) as community_adjusted_rand,
        cast(gated_rows.community_stability as double) as community_stability,
        cast(gated_rows.graph_coverage as double) as graph_coverage,
        cast(gated_rows.blind_spot_rate as double) as blind_spot_rate,
        cast(gated_rows.share_direct_message as double) as share_direct_message,
        cast(gated_rows.share_reply as double) as share_reply,
        cast(gated_rows.share_thread as double) as share_thread,
        cast(gated_rows.share_mention as double) as share_mention,
        cast(gated_rows.share_reaction as double) as share_reaction,
        cast(gated_rows.share_mail as double) as share_mail,
        cast(gated_rows.share_meeting as double) as share_meeting,
        cast(gated_rows.load_concentration as double) as load_concentration,
        case when gated_rows.has_enough_ties then gated_rows.silo_flag end as silo_flag,
        months.is_final,
        case when not gated_rows.has_enough_ties then 'too_few_ties' end as suppression_reason
    from gated_rows
    inner join months
        on gated_rows.month_start = months.month_start

)

select * from final
