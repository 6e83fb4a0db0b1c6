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

final as (

    select
        metrics.month_start,
        metrics.person_key,
        population.person_id,
        population.org_unit_key,
        metrics.group_key,
        metrics.betweenness_method,
        metrics.harmonic_method,
        metrics.network_size,
        metrics.degree_in,
        metrics.degree_out,
        metrics.strength_in,
        metrics.strength_out,
        metrics.degree_centrality,
        metrics.betweenness,
        metrics.betweenness_weighted,
        metrics.betweenness_se,
        metrics.harmonic_centrality,
        metrics.pagerank,
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
        metrics.community,
        metrics.is_articulation,
        metrics.is_measured,
        months.is_final
    from metrics
    inner join months
        on metrics.month_start = months.month_start
    left join population
        on
            metrics.month_start = population.month_start
            and metrics.person_key = population.person_key

)

select * from final
