{#- Seconds since 1970 of a naive UTC instant, as a double: what intervals are added up in. -#}
{% macro epoch_seconds(instant) -%}
    {{ return(adapter.dispatch("epoch_seconds", "kithwork")(instant)) }}
{%- endmacro %}

{% macro duckdb__epoch_seconds(instant) -%}
    epoch({{ instant }})
{%- endmacro %}

{% macro spark__epoch_seconds(instant) -%}
    cast({{ instant }} as double)
{%- endmacro %}
