{#- Level of involvement of 13 weeks (A9): accepted answers and hosted meetings lead. -#}
{%- macro involvement_level(leading_acts, active_weeks, creating_weeks, contributions) -%}
    case
        when {{ leading_acts }} > 0 and {{ active_weeks }} >= 9 then 'leading'
        when {{ creating_weeks }} >= 5 then 'contributing'
        when {{ contributions }} > 0 then 'participating'
        else 'exploring'
    end
{%- endmacro %}
