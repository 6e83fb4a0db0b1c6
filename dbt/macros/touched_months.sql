{#-
    Rebuilding exactly the months whose events changed.

    Large models carry `event_month`: the month (UTC) in which the message was sent that a row
    comes from. `reference.touched_months` lists the months whose messages changed since dbt
    last succeeded. Nothing here depends on what an earlier run left behind, so a run that was
    cut short can simply be repeated. History before the first month of the warehouse goes with
    that first month.
-#}

{#-
    The touched months and the first month of the warehouse, as texts of dates, once dbt runs.

    Written into the SQL as literals: only then does an engine see before it reads that most of a
    table, or of a file, lies in other months. Asked once per model and kept in `model`, dbt's copy
    of the node for this run of it.
-#}
{% macro touched_dates() -%}
    {%- if not execute %}{{ return({"months": [], "start_date": none, "n_topics": 0}) }}{% endif -%}
    {%- if "touched_dates" not in model -%}
    {%- set found = run_query(
        "select months.month_start, bounds.start_date, (select count(*) from "
        ~ source("reference", "touched_topics") ~ ") from " ~ source("reference", "calendar_bounds")
        ~ " as bounds left join " ~ source("reference", "touched_months") ~ " as months on true"
    ) -%}
    {%- set months = [] -%}
    {%- for row in found.rows if row[0] is not none %}{% do months.append(row[0] | string) %}{% endfor -%}
    {%- do model.update({"touched_dates": {
        "months": months | sort, "start_date": found.rows[0][1] | string, "n_topics": found.rows[0][2] | int
    }}) -%}
    {%- endif -%}
    {{ return(model["touched_dates"]) }}
{%- endmacro %}

{#- True for the months that this run computes: all of them unless it is incremental. -#}
{% macro is_rebuilt_month(column, is_partial=none) -%}
    {%- if is_partial is none %}{% set is_partial = is_incremental() %}{% endif -%}
    {%- if not is_partial -%}
    true
    {%- else -%}
    {%- set touched = touched_dates() -%}
    {%- if not touched["months"] -%}
    false
    {%- else -%}
    {%- set has_first = touched["start_date"] in touched["months"] -%}
    (
        {{ column }} <= cast('{{ touched["months"][-1] }}' as date)
        {% if not has_first -%}
        and {{ column }} >= cast('{{ touched["months"][0] }}' as date)
        {% endif -%}
        and (
            {{ column }} in (
                {%- for month in touched["months"] -%}
                cast('{{ month }}' as date){{ ", " if not loop.last }}
                {%- endfor -%}
            )
            {%- if has_first %}
            or {{ column }} < cast('{{ touched["start_date"] }}' as date)
            {%- endif %}
        )
    )
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#-
    True for the instants (UTC, with zone) of those months and between them: beside
    `is_rebuilt_month`, for files whose statistics know instants, not months.
-#}
{% macro is_rebuilt_instant(column) -%}
    {%- set touched = touched_dates() if is_incremental() else none -%}
    {%- if not touched -%}
    true
    {%- elif not touched["months"] -%}
    false
    {%- else -%}
    (
        {{ column }} < {{ utc_midnight(add_months("cast('" ~ touched["months"][-1] ~ "' as date)", 1)) }}
        {% if touched["start_date"] not in touched["months"] -%}
        and {{ column }} >= {{ utc_midnight("cast('" ~ touched["months"][0] ~ "' as date)") }}
        {%- endif %}
    )
    {%- endif -%}
{%- endmacro %}

{#-
    True for the periods from the first touched month on, moved back by `days_before`.

    For models whose rows depend on events of several months (threads, weeks, windows). An
    event never reaches back behind its own week, so what lies before stays as it is.
-#}
{% macro is_rebuilt_from(column, days_before=0, is_partial=none) -%}
    {%- if is_partial is none %}{% set is_partial = is_incremental() %}{% endif -%}
    {%- set touched = touched_dates() if is_partial else none -%}
    {%- if not is_partial or touched["start_date"] in touched["months"] -%}
    true
    {%- elif not touched["months"] -%}
    false
    {%- else -%}
    {{ column }} >= {{ add_days("cast('" ~ touched["months"][0] ~ "' as date)", -days_before) }}
    {%- endif -%}
{%- endmacro %}

{#-
    Days from the first touched month back to the first of the months that ended at most `days`
    before it: what counts for so long after a month still changes that month. 0 where all are rebuilt.
-#}
{% macro days_of_months_within(days, is_partial=none) -%}
    {%- if is_partial is none %}{% set is_partial = is_incremental() %}{% endif -%}
    {%- set touched = touched_dates() if is_partial else none -%}
    {%- if not is_partial or not touched["months"] %}{{ return(0) }}{% endif -%}
    {%- set first = modules.datetime.datetime.strptime(touched["months"][0], "%Y-%m-%d") -%}
    {%- set last_day = first - modules.datetime.timedelta(days=days + 1) -%}
    {{ return((first - last_day.replace(day=1)).days) }}
{%- endmacro %}

{#-
    True for the periods that `is_rebuilt_from` names, and for every period of a touched topic.

    What a topic is made of has no date: `reference.touched_topics` lists those that changed.
-#}
{% macro is_rebuilt_topic(column, topic_column, is_partial=none) -%}
    {%- if is_partial is none %}{% set is_partial = is_incremental() %}{% endif -%}
    {%- if not is_partial -%}
    true
    {%- else -%}
    (
        {{ is_rebuilt_from(column, 0, true) }}
        or {{ topic_column }} in (
            select touched.topic_key from {{ source("reference", "touched_topics") }} as touched
        )
    )
    {%- endif -%}
{%- endmacro %}

{#- True for the periods that `is_rebuilt_from` names, and for all of them if any topic was touched. -#}
{% macro is_rebuilt_knowledge(column, days_before=0, is_partial=none) -%}
    {%- if is_partial is none %}{% set is_partial = is_incremental() %}{% endif -%}
    {%- if not is_partial or touched_dates()["n_topics"] -%}
    true
    {%- else -%}
    {{ is_rebuilt_from(column, days_before, true) }}
    {%- endif -%}
{%- endmacro %}

{#-
    Incremental strategy `touched_months`: replace the rebuilt months, keep the others.

    `meta.rebuilt` of the model names the column and, for models that rebuild from the first
    touched month on, how many days before it they begin, or as `ended_within` how many days
    before it a month must have ended to stay as it is; `topic` names the column of topics
    for models that make touched topics anew in every period, `knowledge` is true for those that
    make everything anew then; `key` names the column of rows which are replaced wherever the
    model makes them again.
-#}
{% macro get_incremental_touched_months_sql(arguments) -%}
    {{ return(adapter.dispatch("get_incremental_touched_months_sql", "kithwork")(arguments)) }}
{%- endmacro %}

{% macro default__get_incremental_touched_months_sql(arguments) -%}
    {%- set rebuilt = config.get("meta", {}).get("rebuilt", {}) -%}
    {%- set columns = get_quoted_csv(arguments["dest_columns"] | map(attribute="name")) -%}
    {%- set days_before = rebuilt.get("days_before", 0) -%}
    {%- if "ended_within" in rebuilt -%}
    {%- set days_before = days_of_months_within(rebuilt["ended_within"], true) -%}
    {%- endif %}
    delete from {{ arguments["target_relation"] }}
    where
        {% if "topic" in rebuilt -%}
        {{ is_rebuilt_topic(rebuilt["from"], rebuilt["topic"], true) }}
        {%- elif rebuilt.get("knowledge") -%}
        {{ is_rebuilt_knowledge(rebuilt["from"], days_before, true) }}
        {%- elif "key" in rebuilt -%}
        {{ is_rebuilt_from(rebuilt["from"], days_before, true) }}
        or {{ rebuilt["key"] }} in (
            select {{ rebuilt["key"] }} from {{ arguments["temp_relation"] }}
        )
        {%- elif "from" in rebuilt -%}
        {{ is_rebuilt_from(rebuilt["from"], days_before, true) }}
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
