{{ config(tags=["after_network"]) }}

with

metrics as (

    select * from {{ source("network", "person_quarter") }}

),

population as (

    select * from {{ ref("int_network_population") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

final as (

    select
        metrics.quarter_start,
        metrics.person_key,
        population.person_id,
        population.org_unit_key,
        metrics.group_key,
        metrics.fragmentation_loss,
        metrics.share_cut_off,
        metrics.efficiency_loss,
        metrics.tie_persistence,
        metrics.position_vs_network,
        metrics.is_central_connector,
        metrics.is_boundary_spanner,
        metrics.is_information_broker,
        metrics.is_hub,
        metrics.is_peripheral,
        metrics.is_peripheral_new,
        metrics.is_peripheral_by_role,
        metrics.is_peripheral_specialist,
        metrics.is_overload_risk,
        metrics.is_critical,
        metrics.is_measured,
        months.is_final
    from metrics
    inner join months
        on {{ add_months("metrics.quarter_start", 2) }} = months.month_start
    left join population
        on
            months.month_start = population.month_start
            and metrics.person_key = population.person_key

)

select * from final
