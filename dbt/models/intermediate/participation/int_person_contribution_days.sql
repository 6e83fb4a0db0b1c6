{{ config(materialized="incremental", incremental_strategy="touched_months") }}

{#- Kinds of visible contribution: direct messages, mail and meetings never count (A2). -#}
{% set kinds = ["post", "reply", "reaction", "mention", "praise"] %}

with

activities as (

    select *
    from {{ ref("int_activities") }}
    where
        is_visible_contribution
        and {{ is_rebuilt_month("event_month") }}

),

counted_days as (

    -- A reaction without its own time is dated to its message: good for a month, not for the
    -- order of exposure and outcome.
    select
        person_key,
        {% for kind in kinds %}
        cast(
            sum(
                case when has_engagement and activity_type = '{{ kind }}' then 1 else 0 end
            ) as bigint
        ) as n_{{ kind }},
        {% endfor %}
        cast(sum(case when has_engagement then 1 else 0 end) as bigint) as n_contributions,
        cast(sum(case when has_engagement and is_creation then 1 else 0 end) as bigint)
            as n_creations,
        cast(
            sum(case when has_retention and has_exact_time then 1 else 0 end) as bigint
        ) as n_retention_contributions,
        event_month,
        local_date,
        month_start,
        week_start
    from activities
    where has_engagement or has_retention
    group by person_key, event_month, local_date, month_start, week_start

)

select * from counted_days
