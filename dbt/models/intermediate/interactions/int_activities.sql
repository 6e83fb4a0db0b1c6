{{ config(materialized="incremental", incremental_strategy="touched_months") }}

with

messages as (

    select *
    from {{ ref("int_messages") }}
    where {{ is_rebuilt_month("event_month") }}

),

mentions as (

    select *
    from {{ ref("int_mentions") }}
    where {{ is_rebuilt_month("event_month") }}

),

reactions as (

    select *
    from {{ ref("int_reactions") }}
    where {{ is_rebuilt_month("event_month") }}

),

message_authors as (

    select
        message_key,
        author_person_key
    from {{ ref("int_messages") }}

),

message_activities as (

    -- Answering oneself is no activity towards others.
    select
        messages.message_key as activity_key,
        messages.author_person_key as person_key,
        messages.author_account_key as account_key,
        messages.message_key,
        messages.channel_id,
        messages.source,
        messages.activity_type,
        messages.activity_type as message_type,
        messages.has_visible_contributions,
        messages.has_engagement,
        messages.has_network,
        messages.has_retention,
        true as has_exact_time,
        messages.event_month,
        messages.local_date,
        messages.week_start,
        messages.local_sent_at as local_at,
        messages.sent_at as occurred_at
    from messages
    left join message_authors as parents
        on messages.parent_message_key = parents.message_key
    where
        messages.is_author_counted
        and (
            messages.activity_type <> 'reply'
            or parents.author_person_key is null
            or messages.author_person_key <> parents.author_person_key
        )

),

mention_activities as (

    select
        {{ hash64("concat_ws('|', messages.message_key, mentions.account_id, 'mention')") }}
            as activity_key,
        messages.author_person_key as person_key,
        messages.author_account_key as account_key,
        messages.message_key,
        messages.channel_id,
        messages.source,
        'mention' as activity_type,
        messages.activity_type as message_type,
        messages.has_visible_contributions,
        messages.has_engagement,
        messages.has_network,
        messages.has_retention,
        true as has_exact_time,
        messages.event_month,
        messages.local_date,
        messages.week_start,
        messages.local_sent_at as local_at,
        messages.sent_at as occurred_at
    from mentions
    inner join messages
        on mentions.message_key = messages.message_key
    where
        messages.is_author_counted
        and mentions.kind not in ('bot', 'service')
        and messages.author_account_key <> coalesce(mentions.account_key, -1)
        and messages.author_person_key <> coalesce(mentions.person_key, -1)

),

reaction_activities as (

    select
        activity_key,
        person_key,
        account_key,
        message_key,
        channel_id,
        source,
        'reaction' as activity_type,
        message_type,
        has_visible_contributions,
        has_engagement,
        has_network,
        has_retention,
        has_exact_time,
        event_month,
        local_date,
        week_start,
        case when has_exact_time then local_occurred_at end as local_at,
        occurred_at
    from reactions

),

all_activities as (

    select * from message_activities
    union all
    select * from mention_activities
    union all
    select * from reaction_activities

),

described_activities as (

    select
        activity_key,
        person_key,
        account_key,
        message_key,
        channel_id,
        source,
        activity_type,
        has_exact_time,
        (
            has_visible_contributions
            and message_type not in ('direct_message', 'mail')
        ) as is_visible_contribution,
        activity_type in ('post', 'reply') as is_creation,
        has_engagement,
        has_network,
        has_retention,
        event_month,
        {{ month_of("local_date") }} as month_start,
        week_start,
        local_date,
        local_at,
        occurred_at
    from all_activities

)

select * from described_activities
