{#-
    What differs between engines, behind one name each. A model uses these instead of an
    engine's own function; another engine adds `<adapter>__<macro>`.
-#}

{#- A stable, non-negative 63-bit key of a text: same text, same key, on every machine. -#}
{% macro hash64(text) -%}
    {{ return(adapter.dispatch("hash64", "kithwork")(text)) }}
{%- endmacro %}

{% macro duckdb__hash64(text) -%}
    cast(md5_number_lower({{ text }}) >> 1 as bigint)
{%- endmacro %}

{#-
    One key for a day of a location's calendar. Several joins of a calendar by location and date tell the
    planner that all their locations are equal, and it may join day with day of a location first: millions
    of rows for a few thousand.
-#}
{% macro calendar_day(location, date) -%}
    {{ location }} || '|' || cast({{ date }} as varchar)
{%- endmacro %}

{#-
    A sum of fractions that is the same in every build: its terms are added in the order of their size,
    not in the order in which threads come by. For few rows; where engines do not sort, a plain sum.
-#}
{% macro ordered_sum(value) -%}
    {{ return(adapter.dispatch("ordered_sum", "kithwork")(value)) }}
{%- endmacro %}

{% macro default__ordered_sum(value) -%}
    sum({{ value }})
{%- endmacro %}

{% macro duckdb__ordered_sum(value) -%}
    sum({{ value }} order by {{ value }})
{%- endmacro %}

{#- A UTC instant, with or without zone, as a naive UTC timestamp. -#}
{% macro utc_timestamp(column) -%}
    {{ return(adapter.dispatch("utc_timestamp", "kithwork")(column)) }}
{%- endmacro %}

{% macro default__utc_timestamp(column) -%}
    cast({{ column }} as timestamp)
{%- endmacro %}

{#- The instant, with zone, at which a date begins in UTC. -#}
{% macro utc_midnight(date) -%}
    {{ return(adapter.dispatch("utc_midnight", "kithwork")(date)) }}
{%- endmacro %}

{% macro duckdb__utc_midnight(date) -%}
    timezone('UTC', cast({{ date }} as timestamp))
{%- endmacro %}

{% macro spark__utc_midnight(date) -%}
    to_utc_timestamp(cast({{ date }} as timestamp), current_timezone())
{%- endmacro %}

{#- The wall-clock time in a zone at a naive UTC instant. -#}
{% macro local_timestamp(utc, timezone) -%}
    {{ return(adapter.dispatch("local_timestamp", "kithwork")(utc, timezone)) }}
{%- endmacro %}

{% macro duckdb__local_timestamp(utc, timezone) -%}
    timezone({{ timezone }}, timezone('UTC', {{ utc }}))
{%- endmacro %}

{% macro spark__local_timestamp(utc, timezone) -%}
    from_utc_timestamp({{ utc }}, {{ timezone }})
{%- endmacro %}

{#- The number of days from one date to another, as an integer. -#}
{% macro days_between(first_date, last_date) -%}
    {{ return(adapter.dispatch("days_between", "kithwork")(first_date, last_date)) }}
{%- endmacro %}

{% macro duckdb__days_between(first_date, last_date) -%}
    cast(cast({{ last_date }} as date) - cast({{ first_date }} as date) as integer)
{%- endmacro %}

{% macro spark__days_between(first_date, last_date) -%}
    datediff({{ last_date }}, {{ first_date }})
{%- endmacro %}

{#- A date moved by a number of days; the number may be an expression. -#}
{% macro add_days(date, days) -%}
    {{ return(adapter.dispatch("add_days", "kithwork")(date, days)) }}
{%- endmacro %}

{% macro duckdb__add_days(date, days) -%}
    cast({{ date }} + cast({{ days }} as integer) as date)
{%- endmacro %}

{% macro spark__add_days(date, days) -%}
    date_add({{ date }}, {{ days }})
{%- endmacro %}

{#- The first day of a month moved by a number of months. -#}
{% macro add_months(date, months) -%}
    {{ return(adapter.dispatch("add_months", "kithwork")(date, months)) }}
{%- endmacro %}

{% macro duckdb__add_months(date, months) -%}
    cast({{ date }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro spark__add_months(date, months) -%}
    add_months({{ date }}, {{ months }})
{%- endmacro %}

{#- An instant moved by a number of hours. -#}
{% macro add_hours(instant, hours) -%}
    {{ return(adapter.dispatch("add_hours", "kithwork")(instant, hours)) }}
{%- endmacro %}

{% macro duckdb__add_hours(instant, hours) -%}
    {{ instant }} + to_hours({{ hours }})
{%- endmacro %}

{% macro spark__add_hours(instant, hours) -%}
    {{ instant }} + make_dt_interval(0, {{ hours }})
{%- endmacro %}

{#- The first day of the month of a date or an instant. -#}
{% macro month_of(moment) -%}
    cast(date_trunc('month', {{ moment }}) as date)
{%- endmacro %}

{#- The first day of the calendar quarter of a date or an instant. -#}
{% macro quarter_of(moment) -%}
    cast(date_trunc('quarter', {{ moment }}) as date)
{%- endmacro %}

{#- The Monday of the ISO week of a date. -#}
{% macro week_of(moment) -%}
    cast(date_trunc('week', {{ moment }}) as date)
{%- endmacro %}

{#- True if a list holds a value. -#}
{% macro list_holds(list, value) -%}
    {{ return(adapter.dispatch("list_holds", "kithwork")(list, value)) }}
{%- endmacro %}

{% macro duckdb__list_holds(list, value) -%}
    list_contains({{ list }}, {{ value }})
{%- endmacro %}

{% macro spark__list_holds(list, value) -%}
    array_contains({{ list }}, {{ value }})
{%- endmacro %}

{#- One row per day from one date to another, both inclusive, as a set-returning expression. -#}
{% macro each_day(first_date, last_date) -%}
    {{ return(adapter.dispatch("each_day", "kithwork")(first_date, last_date)) }}
{%- endmacro %}

{% macro duckdb__each_day(first_date, last_date) -%}
    cast(
        unnest(generate_series(cast({{ first_date }} as timestamp), cast({{ last_date }} as timestamp), interval 1 day))
        as date
    )
{%- endmacro %}

{% macro spark__each_day(first_date, last_date) -%}
    explode(sequence({{ first_date }}, {{ last_date }}))
{%- endmacro %}

{#- How many different bits the integers of a group set together. -#}
{% macro count_of_bits(bits) -%}
    bit_count(bit_or({{ bits }}))
{%- endmacro %}

{#- The distinct values of a group as one text, always in the same order. -#}
{% macro sorted_text(value) -%}
    {{ return(adapter.dispatch("sorted_text", "kithwork")(value)) }}
{%- endmacro %}

{% macro duckdb__sorted_text(value) -%}
    array_to_string(list_sort(list_distinct(list({{ value }}))), '|')
{%- endmacro %}

{% macro spark__sorted_text(value) -%}
    array_join(sort_array(collect_set({{ value }})), '|')
{%- endmacro %}
