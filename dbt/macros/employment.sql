{#- Stands for the beginning and the end of time where a date is not known. -#}
{% macro first_date() -%}
    cast('1900-01-01' as date)
{%- endmacro %}

{% macro last_date() -%}
    cast('9999-12-31' as date)
{%- endmacro %}

{#- Whole months from a date to the first day of a month, at least 0; NULL without a date. -#}
{% macro whole_months_between(date, month_start) -%}
    case
        when {{ date }} is null then null
        else cast(greatest(
            0,
            (extract(year from {{ month_start }}) - extract(year from {{ date }})) * 12
            + extract(month from {{ month_start }}) - extract(month from {{ date }})
            - case when extract(day from {{ date }}) > 1 then 1 else 0 end
        ) as integer)
    end
{%- endmacro %}

{#- A condition on is_contingent: whose employment counts, by the setting of that name. -#}
{% macro counts_in_population(is_contingent) -%}
    ({{ "true" if var("include_contingent") else "not " ~ is_contingent }})
{%- endmacro %}

{#-
    A person's team: the people of one manager, or of one org unit where no manager is known. Keys of
    persons and of org units are both counted from 0 on; units are turned below it.
-#}
{% macro team_key(manager_person_key, org_unit_key) -%}
    coalesce({{ manager_person_key }}, -1 - {{ org_unit_key }})
{%- endmacro %}
