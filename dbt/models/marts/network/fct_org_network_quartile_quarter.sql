{{ config(tags=["after_network"]) }}

with

quartiles as (

    select * from {{ source("network", "org_unit_quartile_quarter") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

final as (

    select
        quartiles.quarter_start,
        quartiles.org_unit_key,
        quartiles.metric,
        cast(quartiles.n_nodes as integer) as n_population,
        cast(quartiles.n_defined as integer) as n_defined,
        quartiles.p25,
        quartiles.p50,
        quartiles.p75,
        months.is_final,
        cast(null as varchar) as suppression_reason
    from quartiles
    inner join months
        on {{ add_months("quartiles.quarter_start", 2) }} = months.month_start

)

select * from final
