{#-
    A limit of Wilson's 95 % interval of a proportion; sign '-' for the lower, '+' for the
    upper one. NULL without trials. Metric specification 0.9.
-#}
{% macro wilson_limit(successes, trials, sign) -%}
    {%- set z = 1.959963984540054 -%}
    case
        when {{ trials }} = 0 then null
        {% if sign == "-" %}when {{ successes }} = 0 then 0.0{% else %}when {{ successes }} = {{ trials }} then 1.0{% endif %}
        else (
            1.0 * {{ successes }} / {{ trials }} + {{ z * z / 2 }} / {{ trials }}
            {{ sign }} {{ z }} * sqrt(
                1.0 * {{ successes }} / {{ trials }} * (1 - 1.0 * {{ successes }} / {{ trials }}) / {{ trials }}
                + {{ z * z / 4 }} / {{ trials }} / {{ trials }}
            )
        ) / (1 + {{ z * z }} / {{ trials }})
    end
{%- endmacro %}

{#- Whether one person makes more than half of a sum, or two more than three quarters (0.8). -#}
{% macro is_dominated(value) -%}
    (
        2 * max({{ value }}) > sum({{ value }})
        or 4 * {{ sum_of_two_largest(value) }} > 3 * sum({{ value }})
    )
{%- endmacro %}
