{{ config(tags=["after_network"]) }}

with

levels as (

    select * from {{ source("network", "level_quarter") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

final as (

    select
        levels.quarter_start,
        levels.level,
        cast(levels.n_nodes as integer) as n_population,
        cast(levels.n_defined as integer) as n_defined,
        levels.p25,
        levels.p50,
        levels.p75,
        months.is_final,
        cast(null as varchar) as suppression_reason
    from levels
    inner join months
        on {{ add_months("levels.quarter_start", 2) }} = months.month_start

)

select * from final
