{#- Knowledge, metric specification F: what its models share. -#}

{#- A response later than this is none (F3, censoring). -#}
{% macro response_horizon_days() -%}
    30
{%- endmacro %}

{#- One row per item of a list, as a set-returning expression. -#}
{% macro each_item(list) -%}
    {{ return(adapter.dispatch("each_item", "kithwork")(list)) }}
{%- endmacro %}

{% macro duckdb__each_item(list) -%}
    unnest({{ list }})
{%- endmacro %}

{% macro spark__each_item(list) -%}
    explode({{ list }})
{%- endmacro %}

{#-
    Working seconds (Monday to Friday, nine to five, no holidays) from a fixed Monday to a local
    time: the difference of two of them is the working time between two moments.
-#}
{% macro working_seconds_before(local_time) -%}
    {%- set days = days_between("cast('1970-01-05' as date)", local_time) -%}
    {%- set second = "(extract(hour from " ~ local_time ~ ") * 3600 + extract(minute from " ~ local_time
        ~ ") * 60 + extract(second from " ~ local_time ~ "))" -%}
    (
        (least({{ days }} % 7, 5) + 5 * cast(floor({{ days }} / 7.0) as bigint)) * 28800
        + case
            when {{ days }} % 7 < 5 then least(greatest({{ second }} - 32400, 0), 28800)
            else 0
        end
    )
{%- endmacro %}

{#- Part number `band` (from 0) of a text signature: four of its 32 lanes of two characters. -#}
{% macro signature_band(signature, band) -%}
    substr({{ signature }}, {{ 8 * band + 1 }}, 8)
{%- endmacro %}

{#- The share of the 32 lanes in which two text signatures agree. -#}
{% macro signature_similarity(one, other) -%}
    (
    {%- for lane in range(32) %}
        case when substr({{ one }}, {{ 2 * lane + 1 }}, 2) = substr({{ other }}, {{ 2 * lane + 1 }}, 2) then 1 else 0 end
        {%- if not loop.last %} +{% endif %}
    {%- endfor %}
    ) / 32.0
{%- endmacro %}

{#- The last value of a column before and in a row of an ordered window, NULLs passed over. -#}
{% macro latest_known(value, window) -%}
    {{ return(adapter.dispatch("latest_known", "kithwork")(value, window)) }}
{%- endmacro %}

{% macro duckdb__latest_known(value, window) -%}
    last_value({{ value }} ignore nulls) over {{ window }}
{%- endmacro %}

{% macro spark__latest_known(value, window) -%}
    last_value({{ value }}, true) over {{ window }}
{%- endmacro %}

{#- The figures of `question_figures` between its keys and `is_final`. -#}
{% macro question_figure_columns() -%}
    {{ return([
        "n_population", "n_defined", "n_partial", "n_questions", "n_mature", "answer_rate_7d", "answer_rate_24h",
        "self_answer_rate", "answer_rate_7d_ci_low", "answer_rate_7d_ci_high", "accepted_answer_rate",
        "accepted_reason", "response_median_hours", "response_median_working_hours", "time_to_first_response",
        "response_reason", "hours_to_accepted_answer", "hours_to_accepted_reason", "n_unanswered_backlog", "backlog_age_days_p50",
        "backlog_age_days_p90", "duplicate_question_rate",
    ]) }}
{%- endmacro %}

{#- Days before the first touched month of the months whose questions can still be answered in time. -#}
{% macro open_question_days() -%}
    {{ return(days_of_months_within(response_horizon_days() | int)) }}
{%- endmacro %}

{#- Questions older than this at a month's end are no backlog. -#}
{% macro backlog_memory_days() -%}
    365
{%- endmacro %}

{#- True for the questions (`fct_question`) that rebuilt months count, or have in their backlog. -#}
{% macro is_counted_question() -%}
    {%- if not is_incremental() -%}
    true
    {%- else -%}
    (
        {{ is_rebuilt_from("month_start", open_question_days()) }}
        or (
            {{ is_rebuilt_from(
                "asked_at", open_question_days() + (backlog_memory_days() | int)
            ) }}
            and (
                coalesce(first_response_at, deleted_at) is null
                or {{ is_rebuilt_from(
                    "least(coalesce(first_response_at, deleted_at), coalesce(deleted_at, first_response_at))",
                    open_question_days()
                ) }}
            )
        )
    )
    {%- endif -%}
{%- endmacro %}

{#-
    Figures of groups of questions, as CTEs of the calling model that end with `figures`.

    Expects the CTEs `scoped_questions` (`keys` and the columns of `fct_question`, of all questions
    that `is_counted_question`), `months` and `bounds`. `keys` must hold `month_start`, the month of
    asking. The backlog is that of the month's end.
-#}
{% macro question_figures(keys) -%}
{%- set listed = keys | join(", ") -%}
{%- set memory_days = backlog_memory_days() | int -%}
{%- set rebuilt_days_before = open_question_days() -%}
windows as (

    select
        months.month_start,
        months.month_end,
        least(months.month_end, {{ add_days("bounds.as_of_date", 1) }}) as window_to,
        {{ days_between("months.month_end", "bounds.as_of_date") }} >= {{ response_horizon_days() }}
            as is_final,
        bounds.as_of
    from months
    cross join bounds
    where {{ is_rebuilt_from("month_start", rebuilt_days_before) }}

),

judged_questions as (

    select
        scoped_questions.*,
        case
            when
                scoped_questions.accepted_answer_at
                <= {{ add_hours("scoped_questions.asked_at", 24 * (response_horizon_days() | int)) }}
                then scoped_questions.accepted_answer_at
        end as timely_accepted_at,
        coalesce(
            scoped_questions.own_reply_at
            <= {{ add_hours("scoped_questions.asked_at", 24 * (response_horizon_days() | int)) }},
            false
        )
        and coalesce(
            scoped_questions.first_response_at
            > {{ add_hours("scoped_questions.asked_at", 24 * (response_horizon_days() | int)) }},
            true
        ) as is_answered_oneself,
        (
            scoped_questions.deleted_at is null
            and {{ add_hours("scoped_questions.asked_at", 7 * 24) }} <= windows.as_of
        ) as is_mature,
        coalesce(
            scoped_questions.first_response_at
            <= {{ add_hours("scoped_questions.asked_at", 7 * 24) }}, false
        ) as is_answered_7d,
        coalesce(
            scoped_questions.first_response_at
            <= {{ add_hours("scoped_questions.asked_at", 24) }}, false
        ) as is_answered_24h
    from scoped_questions
    inner join windows on scoped_questions.month_start = windows.month_start

),

summed_questions as (

    select
        {{ listed }},
        count(*) as n_questions,
        count(distinct person_key) as n_askers,
        count(distinct case when is_mature then person_key end) as n_mature_askers,
        sum(case when is_mature then 1 else 0 end) as n_mature,
        sum(case when is_mature and is_answered_7d then 1 else 0 end) as n_answered_7d,
        sum(case when is_mature and is_answered_24h then 1 else 0 end) as n_answered_24h,
        sum(case when is_mature and is_acceptance_observed then 1 else 0 end) as n_acceptable,
        sum(
            case
                when is_mature and is_acceptance_observed and timely_accepted_at is not null then 1
                else 0
            end
        ) as n_accepted,
        sum(
            case when is_mature and is_answered_oneself then 1 else 0 end
        ) as n_answered_oneself,
        sum(case when similar_question_key is not null then 1 else 0 end) as n_duplicates,
        {{ linear_quantile(
            "case when timely_accepted_at is not null then ("
            ~ epoch_seconds("timely_accepted_at") ~ " - " ~ epoch_seconds("asked_at") ~ ") / 3600.0 end",
            0.5
        ) }} as hours_to_accepted_answer
    from judged_questions
    group by {{ listed }}

),

durations as (

    select
        {{ listed }},
        false as is_working_time,
        response_seconds as duration,
        case when is_responded then 1 else 0 end as is_event
    from judged_questions
    union all
    select
        {{ listed }},
        true as is_working_time,
        response_working_seconds as duration,
        case when is_responded then 1 else 0 end as is_event
    from judged_questions

),

{{ kaplan_meier("response_curves", "durations", keys + ["is_working_time"]) }},

medians as (

    -- The smallest time by which half have been answered (P 33).
    select
        {{ listed }},
        min(case when not is_working_time then duration end) / 3600.0 as median_hours,
        min(case when is_working_time then duration end) / 3600.0 as median_working_hours
    from response_curves
    where survival <= 0.5
    group by {{ listed }}

),

open_questions as (

    -- Nobody else had answered within a week, nor since, by the month's end.
    select
        {% for key in keys if key != "month_start" %}scoped_questions.{{ key }},
        {% endfor %}windows.month_start,
        {{ days_between("scoped_questions.asked_at", "windows.window_to") }} as age_days
    from scoped_questions
    inner join windows
        on
            scoped_questions.asked_at < {{ add_days("windows.window_to", -7) }}
            and scoped_questions.asked_at >= {{ add_days("windows.window_to", -memory_days) }}
    where
        coalesce(scoped_questions.first_response_at, scoped_questions.deleted_at) is null
        or least(
            coalesce(scoped_questions.first_response_at, scoped_questions.deleted_at),
            coalesce(scoped_questions.deleted_at, scoped_questions.first_response_at)
        ) >= windows.window_to

),

backlogs as (

    select
        {{ listed }},
        count(*) as n_unanswered,
        {{ linear_quantile("age_days", 0.5) }} as age_p50,
        {{ linear_quantile("age_days", 0.9) }} as age_p90
    from open_questions
    group by {{ listed }}

),

figures as (

    select
        {% for key in keys %}summed_questions.{{ key }},
        {% endfor %}cast(summed_questions.n_askers as integer) as n_population,
        cast(summed_questions.n_mature_askers as integer) as n_defined,
        cast(summed_questions.n_askers - summed_questions.n_mature_askers as integer) as n_partial,
        cast(summed_questions.n_questions as integer) as n_questions,
        cast(summed_questions.n_mature as integer) as n_mature,
        {% set enough = "summed_questions.n_mature >= " ~ var("min_questions") %}
        {%- for column, count in [
            ("answer_rate_7d", "n_answered_7d"),
            ("answer_rate_24h", "n_answered_24h"),
            ("self_answer_rate", "n_answered_oneself"),
        ] %}
        cast(
            case when {{ enough }} then 1.0 * summed_questions.{{ count }} / summed_questions.n_mature end
            as double
        ) as {{ column }},
        {%- endfor %}
        {%- for limit, sign in [("low", "-"), ("high", "+")] %}
        cast(
            case
                when {{ enough }}
                    then {{ wilson_limit("summed_questions.n_answered_7d", "summed_questions.n_mature", sign) }}
            end as double
        ) as answer_rate_7d_ci_{{ limit }},
        {%- endfor %}
        cast(
            case
                when summed_questions.n_acceptable >= {{ var("min_questions") }}
                    then 1.0 * summed_questions.n_accepted / summed_questions.n_acceptable
            end as double
        ) as accepted_answer_rate,
        case
            when summed_questions.n_acceptable = 0 and summed_questions.n_mature > 0
                then 'acceptance_not_in_export'
            when summed_questions.n_acceptable < {{ var("min_questions") }} then 'too_few_questions'
        end as accepted_reason,
        {%- for column in ["median_hours", "median_working_hours"] %}
        cast(
            case
                when summed_questions.n_questions >= {{ var("min_questions") }}
                    then round(medians.{{ column }}, 4)
            end as double
        ) as response_{{ column }},
        {%- endfor %}
        case
            when summed_questions.n_questions >= {{ var("min_questions") }}
                then coalesce(cast(round(medians.median_hours, 1) as varchar) || ' h', '> horizon')
        end as time_to_first_response,
        case
            when summed_questions.n_questions < {{ var("min_questions") }} then 'too_few_questions'
            when medians.median_hours is null then 'beyond_horizon'
        end as response_reason,
        cast(
            case
                when summed_questions.n_accepted >= {{ var("min_questions") }}
                    then round(summed_questions.hours_to_accepted_answer, 4)
            end as double
        ) as hours_to_accepted_answer,
        case
            when summed_questions.n_acceptable = 0 and summed_questions.n_mature > 0
                then 'acceptance_not_in_export'
            when summed_questions.n_accepted < {{ var("min_questions") }} then 'too_few_accepted_answers'
        end as hours_to_accepted_reason,
        cast(coalesce(backlogs.n_unanswered, 0) as integer) as n_unanswered_backlog,
        cast(backlogs.age_p50 as double) as backlog_age_days_p50,
        cast(backlogs.age_p90 as double) as backlog_age_days_p90,
        cast(
            case
                when summed_questions.n_questions >= {{ var("min_questions") }}
                    then 1.0 * summed_questions.n_duplicates / summed_questions.n_questions
            end as double
        ) as duplicate_question_rate,
        windows.is_final,
        case
            when summed_questions.n_questions < {{ var("min_questions") }} then 'too_few_questions'
            when summed_questions.n_mature < {{ var("min_questions") }} then 'too_few_mature_questions'
        end as suppression_reason
    from summed_questions
    inner join windows on summed_questions.month_start = windows.month_start
    left join medians
        on
            {% for key in keys %}{{ "and " if not loop.first }}summed_questions.{{ key }} = medians.{{ key }}
            {% endfor %}
    left join backlogs
        on
            {% for key in keys %}{{ "and " if not loop.first }}summed_questions.{{ key }} = backlogs.{{ key }}
            {% endfor %}

)
{%- endmacro %}
