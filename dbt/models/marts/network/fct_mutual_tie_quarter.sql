{{ config(tags=["after_network"]) }}

with

mutual_ties as (

    select * from {{ source("network", "tie_quarter") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

final as (

    select
        mutual_ties.quarter_start,
        mutual_ties.person_key,
        mutual_ties.other_person_key,
        mutual_ties.tie_type,
        mutual_ties.weight,
        mutual_ties.weight_max,
        mutual_ties.weight_mean,
        mutual_ties.reciprocity,
        mutual_ties.overlap,
        mutual_ties.strength_percentile,
        mutual_ties.is_new,
        months.is_final
    from mutual_ties
    inner join months
        on {{ add_months("mutual_ties.quarter_start", 2) }} = months.month_start

)

select * from final
