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
