{{ config(materialized="incremental", incremental_strategy="touched_months") }}

with

activities as (

    select *
    from {{ ref("int_activities") }}
    where
        is_visible_contribution
        and has_engagement
        and channel_id is not null
        and {{ is_rebuilt_month("event_month") }}

),

counted_months as (

    select
        {{ message_key("source", "channel_id") }} as channel_key,
        person_key,
        cast(count(*) as integer) as n_contributions,
        cast(sum(case when is_creation then 1 else 0 end) as integer) as n_creations,
        cast(sum(case when activity_type = 'reply' then 1 else 0 end) as integer) as n_replies,
        event_month,
        month_start
    from activities
    group by source, channel_id, person_key, event_month, month_start

)

select * from counted_months
