{{ config(materialized="view") }}

with

activities as (

    select * from {{ ref("int_activities") }}

),

final as (

    select
        activity_key,
        person_key,
        account_key,
        message_key,
        channel_id,
        source,
        activity_type,
        is_visible_contribution,
        is_creation,
        has_exact_time,
        has_engagement,
        has_network,
        has_retention,
        month_start,
        week_start,
        local_date,
        occurred_at
    from activities

)

select * from final
