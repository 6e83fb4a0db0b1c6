with

turnover_months as (

    select * from {{ ref("int_turnover_months") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

counted_months as (

    select *
    from turnover_months
    where dimension = 'org_unit'

),

{{ turnover_figures(["org_unit_key"]) }}

select * from figures
