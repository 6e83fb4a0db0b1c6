{#-
    Persons counted by month and one dimension: `org_unit` (every unit above their own) or a
    column of `relation`. `counts` are the columns that count.
-#}
{% macro counted_by(relation, dimension, counts) -%}
{%- set is_unit = dimension == "org_unit" -%}
{%- set value = "coalesce(cast(" ~ relation ~ "." ~ dimension ~ " as varchar), 'unknown')" -%}
    select
        '{{ dimension }}' as dimension,
        {{ "ancestors.ancestor_org_unit_key" if is_unit else "cast(0 as bigint)" }} as org_unit_key,
        {{ "''" if is_unit else value }} as dimension_value,
        {{ relation }}.month_start,
        {{ counts | trim }}
    from {{ relation }}
    {% if is_unit -%}
    inner join ancestors on {{ relation }}.org_unit_key = ancestors.org_unit_key
    {% endif -%}
    group by
        {{ "ancestors.ancestor_org_unit_key" if is_unit else value }},
        {{ relation }}.month_start
{%- endmacro %}

{#- The counts that turnover figures are made of, beside the headcounts. -#}
{% macro turnover_counts() -%}
    {{ return([
        "n_separations", "n_voluntary", "n_involuntary", "n_retirement", "n_death",
        "n_end_of_contract", "n_unclassified", "n_decisions", "n_hired_and_gone",
    ]) }}
{%- endmacro %}

{#-
    Resignations by the employer's own assessment. They add up to n_voluntary; nobody's exit is
    regretted unless the employer says so.
-#}
{% macro regret_counts() -%}
    {{ return(["n_regretted", "n_not_regretted", "n_not_assessed"]) }}
{%- endmacro %}

{#- Columns of int_turnover_months beside its keys. -#}
{% macro turnover_columns() -%}
    {{ (
        ["month_start", "n_population", "n_without_dates", "employed_days", "headcount_start",
         "headcount_end", "n_retained", "n_retained_12m"] + turnover_counts() + regret_counts()
    ) | join(",\n        ") }}
{%- endmacro %}

{#-
    Turnover figures (H1, H2) of the CTE `counted_months`, as the CTEs of the calling model; the
    last one is `figures`. `keys` identify a group over time. `counted_months` has the columns of
    int_turnover_months; the CTEs `months` and `bounds` are there too.

    Figures of twelve months stand in the last month of each window only, windows being counted
    back from the last month that has ended: between two overlapping windows lies the difference
    of two single months, which may be too small to be shown. (What a year says beside its months
    is settled on publication.)
-#}
{% macro turnover_figures(keys) -%}
{%- set minimum_months = 3 -%}
{#- Counts that a window of twelve months adds up; of every class there is a rate by person-time. -#}
{%- set yearly = (turnover_counts() | reject("equalto", "n_hired_and_gone") | list) -%}
{%- set classes = {
    "separation": "n_separations", "voluntary": "n_voluntary", "involuntary": "n_involuntary",
    "retirement": "n_retirement", "death": "n_death", "end_of_contract": "n_end_of_contract",
    "decision": "n_decisions",
} -%}
{%- set group = keys | join(", ") -%}
covered_months as (

    select
        months.month_start,
        months.is_final,
        months.month_end <= {{ add_days("bounds.as_of_date", 1) }} as is_ended,
        {{ days_between(
            "months.month_start", "least(months.month_end, " ~ add_days("bounds.as_of_date", 1) ~ ")"
        ) }} as n_days
    from months
    cross join bounds

),

last_months as (

    select max(month_start) as last_month
    from covered_months
    where is_ended

),

measured_months as (

    select
        counted_months.*,
        covered_months.is_final,
        covered_months.is_ended,
        1.0 * counted_months.employed_days / covered_months.n_days as avg_headcount,
        counted_months.employed_days / 365.25 as person_years,
        counted_months.n_population > 0 as has_dates,
        max(counted_months.n_regretted + counted_months.n_not_regretted) over () > 0 as has_assessments,
        covered_months.is_ended
        and {{ months_between("counted_months.month_start", "last_months.last_month") }} % 12 = 0
            as is_window_end
    from counted_months
    inner join covered_months on counted_months.month_start = covered_months.month_start
    cross join last_months

),

rolled_months as (

    select
        *,
        {% for count in yearly + regret_counts() %}
        sum({{ count }}) over last_year as {{ count }}_12m,
        {% endfor %}
        avg(avg_headcount) over last_year as avg_headcount_12m,
        sum(employed_days) over last_year / 365.25 as person_years_12m,
        count(*) over last_year as n_months_12m,
        first_value(headcount_start) over last_year as headcount_start_12m,
        first_value(n_retained_12m) over last_year as n_retained_since,
        {{ months_between("(first_value(month_start) over last_year)", "month_start") }} + 1
            as n_calendar_months_12m
    from measured_months
    window
        last_year as (
            partition by {{ group }}
            order by month_start
            rows between 11 preceding and current row
        )

),

windowed_months as (

    -- A group that was not there all the time has no year.
    select
        *,
        is_window_end and has_dates and n_months_12m = n_calendar_months_12m as has_window
    from rolled_months

),

figures as (

    select
        {{ group }},
        month_start,
        cast(n_population as integer) as n_population,
        cast(n_without_dates as integer) as n_without_dates,
        cast(case when has_dates then headcount_start end as integer) as headcount_start,
        cast(case when has_dates and is_ended then headcount_end end as integer) as headcount_end,
        {% for count in turnover_counts() %}
        cast(case when has_dates then {{ count }} end as integer) as {{ count }},
        {% endfor %}
        {% for count in regret_counts() %}
        cast(case when has_dates and has_assessments then {{ count }} end as integer) as {{ count }},
        {% endfor %}
        cast(case when has_dates then avg_headcount end as double) as avg_headcount,
        cast(case when has_dates then person_years end as double) as person_years,
        {% for rate, count in [
            ("turnover_rate", "n_separations"),
            ("voluntary_turnover_rate", "n_voluntary"),
            ("involuntary_turnover_rate", "n_involuntary"),
        ] %}
        cast(case when is_ended then 1.0 * {{ count }} end / nullif(avg_headcount, 0) as double)
            as {{ rate }},
        {% endfor %}
        cast(
            case when is_ended and has_assessments and n_not_assessed = 0 then 1.0 * n_regretted end
            / nullif(avg_headcount, 0) as double
        ) as regretted_turnover_rate,
        cast(case when is_ended then 1.0 * n_retained end / nullif(headcount_start, 0) as double)
            as retention_rate,
        {% for name, count in classes.items() %}
        cast(100.0 * {{ count }} / nullif(person_years, 0) as double)
            as {{ name }}_rate_per_100py,
        {% for limit in ["low", "high"] %}
        cast(
            100 * ({{ poisson_low(count) if limit == "low" else poisson_high(count) }})
            / nullif(person_years, 0) as double
        ) as {{ name }}_rate_per_100py_ci_{{ limit }},
        {% endfor %}
        {% endfor %}
        cast(case when has_window then n_months_12m end as integer) as n_months_12m,
        {% for count in yearly %}
        cast(case when has_window then {{ count }}_12m end as integer) as {{ count }}_12m,
        {% endfor %}
        {% for count in regret_counts() %}
        cast(case when has_window and has_assessments then {{ count }}_12m end as integer)
            as {{ count }}_12m,
        {% endfor %}
        cast(case when has_window then avg_headcount_12m end as double) as avg_headcount_12m,
        cast(case when has_window then person_years_12m end as double) as person_years_12m,
        {% for rate, count in [
            ("turnover_rate_12m", "n_separations_12m"),
            ("voluntary_turnover_rate_12m", "n_voluntary_12m"),
            ("involuntary_turnover_rate_12m", "n_involuntary_12m"),
        ] %}
        cast(
            case when has_window and n_months_12m = 12 then {{ count }} end
            / nullif(avg_headcount_12m, 0) as double
        ) as {{ rate }},
        {% endfor %}
        cast(
            case
                when has_window and n_months_12m = 12 and has_assessments and n_not_assessed_12m = 0
                    then n_regretted_12m
            end / nullif(avg_headcount_12m, 0) as double
        ) as regretted_turnover_rate_12m,
        cast(
            case when has_window and n_months_12m >= {{ minimum_months }} then n_separations_12m end
            / nullif(avg_headcount_12m, 0) * 12 / n_months_12m as double
        ) as turnover_rate_annualised,
        cast(
            case when has_window and n_months_12m = 12 then 1.0 * n_retained_since end
            / nullif(headcount_start_12m, 0) as double
        ) as retention_rate_12m,
        {% for name, count in classes.items() %}
        cast(
            case when has_window then 100.0 * {{ count }}_12m end
            / nullif(person_years_12m, 0) as double
        ) as {{ name }}_rate_per_100py_12m,
        {% for limit in ["low", "high"] %}
        cast(
            case
                when has_window
                    then
                        100 * (
                            {{ poisson_low(count ~ "_12m") if limit == "low"
                                else poisson_high(count ~ "_12m") }}
                        )
            end / nullif(person_years_12m, 0) as double
        ) as {{ name }}_rate_per_100py_12m_ci_{{ limit }},
        {% endfor %}
        {% endfor %}
        is_final,
        cast(
            case
                when not has_assessments then 'no_exit_was_ever_assessed'
                when n_not_assessed > 0 then 'not_every_resignation_assessed'
            end as varchar
        ) as regret_reason,
        cast(
            case
                when not has_assessments then 'no_exit_was_ever_assessed'
                when has_window and n_not_assessed_12m > 0 then 'not_every_resignation_assessed'
            end as varchar
        ) as regret_reason_12m,
        cast(
            case
                when not is_window_end then 'not_the_end_of_a_window'
                when not has_window then 'not_there_all_the_time'
                when n_months_12m < {{ minimum_months }} then 'fewer_than_three_months'
                when n_months_12m < 12 then 'fewer_than_twelve_months'
            end as varchar
        ) as window_reason,
        cast(
            case
                when not has_dates then 'no_employment_dates'
                when not is_ended then 'month_not_ended'
            end as varchar
        ) as suppression_reason
    from windowed_months

)
{%- endmacro %}
