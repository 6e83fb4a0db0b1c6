{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "event_month", "ended_within": 30}},
    )
}}

with

messages as (

    select *
    from {{ ref("int_messages") }}
    where
        has_engagement
        and has_visible_contributions
        and is_author_counted
        and activity_type = 'post'
        and message_key = thread_key
        and {{ is_rebuilt_from("event_month", open_question_days()) }}

),

features as (

    select
        message_key,
        message_id,
        deleted_at,
        text_signature
    from {{ ref("stg_messages") }}
    where is_question and {{ is_rebuilt_from("event_month", open_question_days()) }}

),

feeds as (

    select * from {{ source("reference", "sources") }}

),

timezones as (

    select * from {{ ref("int_person_timezones") }}

),

periods as (

    select * from {{ ref("int_job_periods") }}

),

groups_of_units as (

    {{ group_of_each_unit(ref("int_org_unit_ancestors")) }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

final as (

    -- Only where reactions are in the export can an answer be seen to be accepted.
    select
        messages.message_key as question_key,
        features.message_id,
        messages.channel_id,
        messages.source,
        messages.author_person_key as person_key,
        messages.author_account_key as account_key,
        coalesce(periods.org_unit_key, 0) as org_unit_key,
        coalesce(groups_of_units.group_key, 0) as group_key,
        features.text_signature,
        coalesce(timezones.timezone, bounds.default_timezone) as timezone,
        feeds.reactions_reason is null as is_acceptance_observed,
        messages.event_month,
        {{ month_of("messages.local_date") }} as month_start,
        messages.local_date,
        messages.local_sent_at as local_asked_at,
        messages.sent_at as asked_at,
        features.deleted_at,
        least(
            bounds.as_of,
            coalesce(features.deleted_at, bounds.as_of),
            {{ add_hours("messages.sent_at", 24 * (response_horizon_days() | int)) }}
        ) as followed_until
    from messages
    inner join features on messages.message_key = features.message_key
    inner join feeds on messages.source = feeds.source
    cross join bounds
    left join timezones
        on
            messages.author_person_key = timezones.person_key
            and {{ is_valid_on("timezones", "cast(messages.sent_at as date)") }}
    left join periods
        on
            messages.author_person_key = periods.person_key
            and messages.local_date >= periods.period_from
            and messages.local_date < periods.period_to
    left join groups_of_units on periods.org_unit_key = groups_of_units.org_unit_key

)

select * from final
