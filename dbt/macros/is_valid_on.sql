{#-
    True if a dated row holds on a day: first day inclusive, last exclusive, NULL open.

    Written with bounds instead of `is null or`: an `or` in a join's condition turns DuckDB's
    hash join into a comparison of every pair, a thousand times slower.
-#}
{% macro is_valid_on(relation, day) -%}
    coalesce({{ relation }}.valid_from, {{ first_date() }}) <= {{ day }}
    and coalesce({{ relation }}.valid_to, {{ last_date() }}) > {{ day }}
{%- endmacro %}
