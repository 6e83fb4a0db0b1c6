{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start", "days_before": 31}},
    )
}}

with

unit_months as (

    select *
    from {{ ref("int_person_unit_months") }}
    where {{ is_rebuilt_from("month_start", 31) }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

sessions as (

    select * from {{ ref("int_search_sessions") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

logs as (

    -- Since when a log reaches the models, if any does: one without the purpose does not.
    select min(month_start) as first_month
    from sessions

),

populations as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        unit_months.month_start,
        count(distinct unit_months.person_key) as n_population
    from unit_months
    inner join ancestors on unit_months.org_unit_key = ancestors.org_unit_key
    group by ancestors.ancestor_org_unit_key, unit_months.month_start

),

summed_sessions as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        sessions.month_start,
        count(*) as n_sessions,
        count(distinct sessions.person_key) as n_searchers,
        count(distinct case when sessions.is_successful is not null then sessions.person_key end)
            as n_judged_searchers,
        count(sessions.is_successful) as n_judged,
        sum(case when sessions.is_successful then 1 else 0 end) as n_successful,
        max(sessions.unjudged_reason) as unjudged_reason,
        sum(
            case
                when coalesce(sessions.unjudged_reason, '') <> 'too_young' and sessions.has_terms
                    then 1
                else 0
            end
        ) as n_with_topic,
        sum(
            case
                when
                    coalesce(sessions.unjudged_reason, '') <> 'too_young'
                    and sessions.has_terms
                    and sessions.is_asked
                    then 1
                else 0
            end
        ) as n_asked
    from sessions
    inner join ancestors on sessions.org_unit_key = ancestors.org_unit_key
    group by ancestors.ancestor_org_unit_key, sessions.month_start

),

final as (

    select
        populations.org_unit_key,
        populations.month_start,
        cast(populations.n_population as integer) as n_population,
        cast(coalesce(summed_sessions.n_judged_searchers, 0) as integer) as n_defined,
        cast(
            coalesce(summed_sessions.n_searchers - summed_sessions.n_judged_searchers, 0)
            as integer
        ) as n_partial,
        cast(
            case
                when populations.month_start >= logs.first_month
                    then coalesce(summed_sessions.n_sessions, 0)
            end as integer
        ) as n_sessions,
        cast(
            case
                when populations.month_start >= logs.first_month
                    then coalesce(summed_sessions.n_judged, 0)
            end as integer
        ) as n_judged,
        {% set enough = "summed_sessions.n_judged >= " ~ var("min_questions") %}
        cast(
            case
                when {{ enough }} then 1.0 * summed_sessions.n_successful / summed_sessions.n_judged
            end as double
        ) as search_success_rate,
        {%- for limit, sign in [("low", "-"), ("high", "+")] %}
        cast(
            case
                when {{ enough }}
                    then {{ wilson_limit(
                        "summed_sessions.n_successful", "summed_sessions.n_judged", sign
                    ) }}
            end as double
        ) as search_success_ci_{{ limit }},
        {%- endfor %}
        cast(
            case
                when summed_sessions.n_with_topic >= {{ var("min_questions") }}
                    then 1.0 * summed_sessions.n_asked / summed_sessions.n_with_topic
            end as double
        ) as search_to_question_rate,
        {{ add_hours("cast(months.month_end as timestamp)", 24) }} <= bounds.as_of as is_final,
        case
            when coalesce(populations.month_start < logs.first_month, true) then 'no_search_log'
            when summed_sessions.n_sessions is null then 'no_searches'
            when summed_sessions.n_judged = 0 then summed_sessions.unjudged_reason
            when summed_sessions.n_judged < {{ var("min_questions") }} then 'too_few_searches'
        end as suppression_reason
    from populations
    inner join months on populations.month_start = months.month_start
    cross join bounds
    cross join logs
    left join summed_sessions
        on
            populations.org_unit_key = summed_sessions.org_unit_key
            and populations.month_start = summed_sessions.month_start

)

select * from final
