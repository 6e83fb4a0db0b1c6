{#-
    Rebuilding exactly the months whose events changed.

    Large models carry `event_month`: the month (UTC) in which the message was sent that a row
    comes from. `reference.touched_months` lists the months whose messages changed since dbt
    last succeeded. Nothing here depends on what an earlier run left behind, so a run that was
    cut short can simply be repeated. History before the first month of the warehouse goes with
    that first month.
-#}

{#- True for the months that this run computes: all of them unless it is incremental. -#}
{% macro is_rebuilt_month(column, is_partial=none) -%}
    {%- if is_partial is none %}{% set is_partial = is_incremental() %}{% endif -%}
    {%- if is_partial -%}
    (
        {{ column }} in (select month_start from {{ source("reference", "touched_months") }})
        or (
            {{ column }} < (select start_date from {{ source("reference", "calendar_bounds") }})
            and (select start_date from {{ source("reference", "calendar_bounds") }})
            in (select month_start from {{ source("reference", "touched_months") }})
        )
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#-
    True for the periods from the first touched month on, moved back by `days_before`.

    For models whose rows depend on events of several months (threads, weeks, windows). An
    event never reaches back behind its own week, so what lies before stays as it is.
-#}
{% macro is_rebuilt_from(column, days_before=0, is_partial=none) -%}
    {%- if is_partial is none %}{% set is_partial = is_incremental() %}{% endif -%}
    {%- if is_partial -%}
    (
        {{ column }} >= (
            select {{ add_days("min(month_start)", -days_before) }}
            from {{ source("reference", "touched_months") }}
        )
        or (select start_date from {{ source("reference", "calendar_bounds") }})
        in (select month_start from {{ source("reference", "touched_months") }})
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#-
    Incremental strategy `touched_months`: replace the rebuilt months, keep the others.

    `meta.rebuilt` of the model names the column and, for models that rebuild from the first
    touched month on, how many days before it they begin.
-#}
{% macro get_incremental_touched_months_sql(arguments) -%}
    {{ return(adapter.dispatch("get_incremental_touched_months_sql", "kithwork")(arguments)) }}
{%- endmacro %}

{% macro default__get_incremental_touched_months_sql(arguments) -%}
    {%- set rebuilt = config.get("meta", {}).get("rebuilt", {}) -%}
    {%- set columns = get_quoted_csv(arguments["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arguments["target_relation"] }}
    where
        {% if "from" in rebuilt -%}
        {{ is_rebuilt_from(rebuilt["from"], rebuilt.get("days_before", 0), true) }}
        or {{ rebuilt["from"] }} in (
            select {{ rebuilt["from"] }} from {{ arguments["temp_relation"] }}
        )
        {%- else -%}
        {{ is_rebuilt_month(rebuilt.get("month", "event_month"), true) }}
        {%- endif %};

    insert into {{ arguments["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arguments["temp_relation"] }}
{%- endmacro %}
