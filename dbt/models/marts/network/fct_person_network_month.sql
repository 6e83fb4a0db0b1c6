with

metrics as (

    select * from {{ source("network", "person_month") }}

),

population as (

    select * from {{ ref("int_network_population") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

labels as (

    select * from {{ source("network", "person_quarter") }}

),

quarters as (

    select distinct quarter_start from labels

),

role_quarters as (

    -- Labels are quarterly: a month shows those of the last quarter that was over with it.
    select
        months.month_start,
        max(quarters.quarter_start) as quarter_start
    from months
    inner join quarters
        on months.month_start >= {{ add_months("quarters.quarter_start", 2) }}
    group by months.month_start

),

final as (

    select
        metrics.month_start,
        metrics.person_key,
        population.person_id,
        population.org_unit_key,
        metrics.group_key,
        metrics.betweenness_method,
        metrics.betweenness_weighted_method,
        metrics.harmonic_method,
        role_quarters.quarter_start as role_quarter,
        metrics.network_size,
        metrics.degree_in,
        metrics.degree_out,
        metrics.strength_in,
        metrics.strength_out,
        metrics.degree_centrality,
        metrics.betweenness,
        metrics.betweenness_weighted,
        metrics.betweenness_se,
        metrics.betweenness_weighted_se,
        metrics.harmonic_centrality,
        metrics.harmonic_se,
        metrics.eigenvector,
        metrics.pagerank,
        metrics.influence_rank,
        metrics.coreness,
        metrics.local_clustering,
        metrics.effective_size,
        metrics.efficiency,
        metrics.constraint_wholenet,
        metrics.ei_index_person,
        metrics.participation_coef,
        metrics.reach2,
        metrics.gf_coordinator,
        metrics.gf_consultant,
        metrics.gf_gatekeeper,
        metrics.gf_representative,
        metrics.gf_liaison,
        metrics.gf_total,
        metrics.gf_coordinator_ratio,
        metrics.gf_consultant_ratio,
        metrics.gf_gatekeeper_ratio,
        metrics.gf_representative_ratio,
        metrics.gf_liaison_ratio,
        metrics.gf_boundary_ratio,
        metrics.n_external_units,
        metrics.n_strong_ties,
        metrics.n_diverse_ties,
        metrics.mean_reciprocity,
        metrics.community,
        metrics.is_articulation,
        metrics.is_measured,
        labels.is_central_connector,
        labels.is_boundary_spanner,
        labels.is_information_broker,
        labels.is_hub,
        labels.is_peripheral,
        labels.is_peripheral_new,
        labels.is_peripheral_by_role,
        labels.is_peripheral_specialist,
        labels.is_overload_risk,
        months.is_final
    from metrics
    inner join months
        on metrics.month_start = months.month_start
    left join population
        on
            metrics.month_start = population.month_start
            and metrics.person_key = population.person_key
    left join role_quarters
        on metrics.month_start = role_quarters.month_start
    left join labels
        on
            role_quarters.quarter_start = labels.quarter_start
            and metrics.person_key = labels.person_key

)

select * from final
