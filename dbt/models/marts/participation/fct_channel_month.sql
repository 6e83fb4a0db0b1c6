{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start", "days_before": 31}},
    )
}}

{#- Younger communities, and those seen for a shorter time, have no health yet (A12). -#}
{% set minimum_age_months = 6 %}
{% set trailing_months = 12 %}
{#- A thread has had its chance after so many days (A13). -#}
{% set response_days = 7 %}

with

channels as (

    select * from {{ ref("dim_channel") }}

),

rebuilt_months as (

    -- A thread of the month before may still find its response.
    select *
    from {{ source("reference", "months") }}
    where {{ is_rebuilt_from("month_start", 31) }}

),

channel_months as (

    -- A year before the month before.
    select *
    from {{ ref("int_channel_person_months") }}
    where {{ is_rebuilt_from("month_start", 31 + 366) }}

),

messages as (

    select *
    from {{ ref("int_messages") }}
    where
        has_engagement
        and has_visible_contributions
        and is_author_counted
        and activity_type in ('post', 'reply', 'praise')
        and {{ is_rebuilt_from("local_date", 31) }}

),

person_months as (

    select
        person_key,
        month_start,
        group_key,
        is_employed_month_end
    from {{ ref("int_person_months") }}
    where {{ is_rebuilt_from("month_start", 31) }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

active_months as (

    select
        channel_months.channel_key,
        channel_months.person_key,
        channel_months.month_start,
        sum(channel_months.n_contributions) as n_contributions,
        sum(channel_months.n_replies) as n_replies
    from channel_months
    inner join rebuilt_months as months on channel_months.month_start = months.month_start
    group by channel_months.channel_key, channel_months.person_key, channel_months.month_start

),

trailing_persons as (

    -- Who has left the company belongs neither above nor below.
    select
        channel_months.channel_key,
        months.month_start,
        channel_months.person_key,
        max(
            case when channel_months.month_start = months.month_start then 1 else 0 end
        ) as is_active
    from channel_months
    inner join rebuilt_months as months
        on
            channel_months.month_start <= months.month_start
            and {{ add_months("channel_months.month_start", trailing_months) }}
            > months.month_start
    inner join person_months
        on
            channel_months.person_key = person_months.person_key
            and months.month_start = person_months.month_start
    where person_months.is_employed_month_end
    group by
        channel_months.channel_key,
        months.month_start,
        channel_months.person_key

),

trailing_channels as (

    select
        channel_key,
        month_start,
        count(*) as n_population,
        sum(is_active) as n_active
    from trailing_persons
    group by channel_key, month_start

),

monthly_channels as (

    select
        channel_key,
        month_start,
        count(*) as n_contributors,
        sum(n_contributions) as n_contributions
    from active_months
    group by channel_key, month_start

),

repliers as (

    select
        active_months.channel_key,
        active_months.month_start,
        person_months.group_key,
        count(*) as n_persons
    from active_months
    inner join person_months
        on
            active_months.person_key = person_months.person_key
            and active_months.month_start = person_months.month_start
    where active_months.n_replies > 0
    group by
        active_months.channel_key,
        active_months.month_start,
        person_months.group_key

),

mixtures as (

    select
        channel_key,
        month_start,
        sum(n_persons) as n_repliers,
        count(*) as n_groups,
        1 - 1.0 * sum(n_persons * n_persons) / (sum(n_persons) * sum(n_persons)) as blau
    from repliers
    group by channel_key, month_start

),

threads as (

    -- What comes later than a week after the start belongs to no month's figures.
    select
        {{ message_key("starters.source", "starters.channel_id") }} as channel_key,
        starters.thread_key,
        {{ month_of("starters.local_date") }} as month_start,
        count(replies.message_key) as n_replies,
        count(distinct replies.author_person_key) as n_repliers
    from messages as starters
    cross join bounds
    left join messages as replies
        on
            starters.thread_key = replies.thread_key
            and starters.message_key <> replies.message_key
            and starters.author_person_key <> replies.author_person_key
            and starters.sent_at <= replies.sent_at
            and {{ add_hours("starters.sent_at", 24 * response_days) }} >= replies.sent_at
    where
        starters.message_key = starters.thread_key
        and starters.activity_type <> 'reply'
        and {{ add_hours("starters.sent_at", 24 * response_days) }} <= bounds.as_of
    group by
        starters.source, starters.channel_id, starters.thread_key, starters.local_date

),

summed_threads as (

    select
        channel_key,
        month_start,
        count(*) as n_threads,
        sum(case when n_replies > 0 then 1 else 0 end) as n_threads_with_response,
        avg(case when n_replies > 0 then n_replies end) as reply_depth,
        avg(case when n_replies > 0 then n_repliers end) as unique_repliers
    from threads
    group by channel_key, month_start

),

joined_channels as (

    select
        channels.channel_key,
        monthly_channels.month_start,
        coalesce(trailing_channels.n_population, 0) as n_population,
        coalesce(trailing_channels.n_active, 0) as n_active,
        monthly_channels.n_contributors,
        monthly_channels.n_contributions,
        mixtures.n_repliers,
        mixtures.n_groups,
        mixtures.blau,
        summed_threads.n_threads,
        summed_threads.n_threads_with_response,
        summed_threads.reply_depth,
        summed_threads.unique_repliers,
        months.is_final,
        {{ whole_months_between(
            "cast(coalesce(channels.created_at, channels.first_message_at) as date)",
            "months.month_end"
        ) }} as age_months,
        {{ whole_months_between("bounds.start_date", "months.month_end") }} as observed_months
    from monthly_channels
    inner join channels on monthly_channels.channel_key = channels.channel_key
    inner join rebuilt_months as months on monthly_channels.month_start = months.month_start
    cross join bounds
    left join trailing_channels
        on
            monthly_channels.channel_key = trailing_channels.channel_key
            and monthly_channels.month_start = trailing_channels.month_start
    left join mixtures
        on
            monthly_channels.channel_key = mixtures.channel_key
            and monthly_channels.month_start = mixtures.month_start
    left join summed_threads
        on
            monthly_channels.channel_key = summed_threads.channel_key
            and monthly_channels.month_start = summed_threads.month_start

),

final as (

    select
        channel_key,
        month_start,
        cast(n_population as integer) as n_population,
        cast(
            case
                when least(age_months, observed_months) >= {{ minimum_age_months }}
                    then n_population
                else 0
            end as integer
        ) as n_defined,
        cast(n_contributors - n_active as integer) as n_partial,
        cast(n_active as integer) as n_active,
        cast(n_contributors as integer) as n_contributors,
        cast(n_contributions as integer) as n_contributions,
        cast(least(age_months, observed_months, {{ trailing_months }}) as integer)
            as n_months_observed,
        case
            when least(age_months, observed_months) >= {{ minimum_age_months }}
                then cast(1.0 * n_active / nullif(n_population, 0) as double)
        end as community_health_index,
        cast(coalesce(n_threads, 0) as integer) as n_threads,
        cast(1.0 * n_threads_with_response / nullif(n_threads, 0) as double)
            as thread_response_rate,
        cast(reply_depth as double) as reply_depth,
        cast(unique_repliers as double) as unique_repliers,
        case
            when coalesce(n_threads, 0) = 0 then 'no_threads'
            when n_threads_with_response = 0 then 'no_responses'
        end as threads_reason,
        cast(coalesce(n_repliers, 0) as integer) as n_repliers,
        cast(blau as double) as cross_unit_blau,
        cast(
            case
                when n_groups = 1 then 0
                else blau / (1 - 1.0 / n_groups)
            end as double
        ) as cross_unit_participation,
        case when coalesce(n_repliers, 0) = 0 then 'no_repliers' end as repliers_reason,
        is_final,
        case
            when least(age_months, observed_months) < {{ minimum_age_months }} then 'too_young'
        end as suppression_reason
    from joined_channels

)

select * from final
