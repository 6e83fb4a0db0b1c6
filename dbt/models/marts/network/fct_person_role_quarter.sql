{{ config(tags=["after_network"]) }}

with

labels as (

    select * from {{ source("network", "person_role_quarter") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

final as (

    select
        labels.quarter_start,
        labels.person_key,
        labels.role,
        labels.status,
        labels.n_resamples,
        labels.survival,
        labels.was_candidate,
        labels.is_confirmed,
        months.is_final
    from labels
    inner join months
        on {{ add_months("labels.quarter_start", 2) }} = months.month_start

)

select * from final
