{#- Whole months from the first day of one month to the first day of another. -#}
{% macro months_between(first_month, last_month) -%}
    cast(
        (extract(year from {{ last_month }}) - extract(year from {{ first_month }})) * 12
        + extract(month from {{ last_month }}) - extract(month from {{ first_month }})
        as integer
    )
{%- endmacro %}
