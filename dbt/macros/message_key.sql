{#- The integer key of a message, the same in every table that names it. -#}
{% macro message_key(source, message_id) -%}
    {{ hash64(source ~ " || '|' || " ~ message_id) }}
{%- endmacro %}
