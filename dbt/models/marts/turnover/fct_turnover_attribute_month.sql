{% set attributes = [
    "level", "location", "job_family", "age_band", "employment_type", "hire_year",
] %}

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

dimensions as (

    {% for attribute in attributes %}
    select '{{ attribute }}' as dimension
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

whole_months as (

    -- Everybody, beside the values that add up to everybody: what subtraction must not reveal.
    select
        dimensions.dimension,
        '(all)' as dimension_value,
        {{ turnover_columns() }}
    from turnover_months
    cross join dimensions
    where turnover_months.dimension = 'org_unit' and turnover_months.org_unit_key = 0

),

parted_months as (

    select
        dimension,
        dimension_value,
        {{ turnover_columns() }}
    from turnover_months
    where dimension <> 'org_unit'

),

counted_months as (

    select * from whole_months
    union all
    select * from parted_months

),

{{ turnover_figures(["dimension", "dimension_value"]) }}

select * from figures
