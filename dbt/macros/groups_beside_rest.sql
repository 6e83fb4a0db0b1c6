{#-
    Groups beside everybody else of the same cell: numbers of people, and sums of a value and of its
    squares. The sums are exact (decimals), so that no rounding depends on the order of the rows.
    `cell`: columns within which a group is compared; `grouping`: the column whose values are groups.
-#}
{% macro groups_beside_rest(rows, value, cell, grouping) %}
select
    {{ cell | join(", ") }},
    {{ grouping }},
    n_group,
    cast(sum_group as double) as sum_group,
    cast(squares_group as double) as squares_group,
    sum(n_group) over everybody - n_group as n_rest,
    cast(sum(sum_group) over everybody - sum_group as double) as sum_rest,
    cast(sum(squares_group) over everybody - squares_group as double) as squares_rest
from (
    select
        {{ cell | join(", ") }},
        {{ grouping }},
        count(*) as n_group,
        sum(cast({{ value }} as decimal(28, 9))) as sum_group,
        sum(cast({{ value }} * {{ value }} as decimal(28, 9))) as squares_group
    from {{ rows }}
    group by {{ cell | join(", ") }}, {{ grouping }}
) as summed_groups
window everybody as (partition by {{ cell | join(", ") }})
{% endmacro %}

{#- Full time or part time; NULL where nobody knows. -#}
{% macro working_time(fte_band) -%}
    case
        when {{ fte_band }} = 'full' then 'full time'
        when {{ fte_band }} <> 'unknown' then 'part time'
    end
{%- endmacro %}

{#- A row per row of `rows` and attribute that is known of it: columns `kept`, attribute_name, attribute_value. -#}
{% macro one_row_per_attribute(rows, attributes, kept) -%}
    {% for attribute in attributes %}
    select
        {{ kept | join(", ") }},
        '{{ attribute }}' as attribute_name,
        {{ attribute }} as attribute_value
    from {{ rows }}
    where {{ attribute }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
{%- endmacro %}
