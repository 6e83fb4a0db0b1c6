{#-
    One rule's rows of the union of fired rules: whom it concerns, in which month, and the evidence
    line. `about` is the other person (R6), `has_channels` says that the relation carries
    channel_1 to channel_3.
-#}
{% macro fired_rule(rule, evidence, relation, about="cast(null as bigint)", has_channels=false) -%}
select
        '{{ rule }}' as rule_id,
        {{ relation }}.person_key,
        {{ relation }}.month_start,
        {{ evidence }} as evidence,
        {{ about }} as about_person_key
        {%- for position in range(1, 4) %},
        {{ "channel_" ~ position if has_channels else "cast(null as varchar) as channel_" ~ position }}
        {%- endfor %}
    from {{ relation }}
{%- endmacro %}
