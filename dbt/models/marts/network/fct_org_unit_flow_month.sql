with

pairs as (

    select * from {{ source("network", "org_unit_pair_month") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

final as (

    select
        pairs.month_start,
        cast(pairs.from_org_unit_key as bigint) as from_org_unit_key,
        cast(pairs.to_org_unit_key as bigint) as to_org_unit_key,
        cast(least(pairs.n_from, pairs.n_to) as integer) as n_population,
        cast(pairs.n_from as integer) as n_from,
        cast(pairs.n_to as integer) as n_to,
        cast(pairs.n_people_from as integer) as n_people_from,
        cast(pairs.n_people_to as integer) as n_people_to,
        cast(pairs.n_ties as integer) as n_ties,
        cast(pairs.weight as double) as weight,
        cast(pairs.flow as double) as flow,
        cast(pairs.flow_ratio as double) as flow_ratio,
        cast(pairs.bridge_dependency as double) as bridge_dependency,
        months.is_final,
        cast(null as varchar) as suppression_reason
    from pairs
    inner join months
        on pairs.month_start = months.month_start

)

select * from final
