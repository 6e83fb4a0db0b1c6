{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "event_month"}},
    )
}}

{#- Reuse is more than an echo: it comes at least this many days later (F8). -#}
{% set reuse_days = 7 %}

with

messages as (

    select
        message_key,
        thread_key,
        parent_message_key,
        author_person_key,
        activity_type,
        source,
        event_month,
        local_date,
        sent_at
    from {{ ref("int_messages") }}
    where
        has_engagement
        and has_visible_contributions
        and activity_type in ('post', 'reply', 'praise')
        and author_person_key is not null
        and {{ is_rebuilt_from("event_month") }}

),

features as (

    select
        message_key,
        is_thanks,
        is_accepted_answer
    from {{ ref("stg_messages") }}
    where
        (is_thanks or is_accepted_answer)
        and {{ is_rebuilt_from("event_month") }}

),

mentions as (

    select *
    from {{ ref("int_mentions") }}
    where
        person_key is not null
        and not has_broadcast
        and {{ is_rebuilt_from("event_month") }}

),

reactions as (

    select *
    from {{ ref("int_reactions") }}
    where
        has_engagement
        and has_visible_contributions
        and message_type in ('post', 'reply', 'praise')
        and author_person_key is not null
        and {{ is_rebuilt_from("event_month") }}

),

recognition_names as (

    select distinct
        source,
        name
    from {{ ref("stg_reactions") }}
    where is_recognition

),

links as (

    select
        message_key,
        {{ message_key("source", "linked_object_id") }} as linked_message_key
    from {{ ref("stg_links") }}
    where kind = 'message' and {{ is_rebuilt_from("event_month") }}

),

thanking_replies as (

    select messages.*
    from messages
    inner join features on messages.message_key = features.message_key
    where messages.activity_type = 'reply' and features.is_thanks

),

accepted_answers as (

    select messages.*
    from messages
    inner join features on messages.message_key = features.message_key
    where features.is_accepted_answer

),

linking_messages as (

    select
        messages.*,
        links.linked_message_key
    from links
    inner join messages on links.message_key = messages.message_key

),

earlier_messages as (

    -- What is answered, reused or thanked for may be older than what does so.
    select
        message_key,
        thread_key,
        author_person_key,
        sent_at
    from {{ ref("int_messages") }}
    where
        has_engagement
        and has_visible_contributions
        and activity_type in ('post', 'reply', 'praise')
        and author_person_key is not null
        and message_key in (
            select thanking_replies.parent_message_key from thanking_replies
            union all
            select accepted_answers.thread_key from accepted_answers
            union all
            select linking_messages.linked_message_key from linking_messages
        )

),

mentioning as (

    -- Naming somebody in a praise is the praise itself.
    select
        case when messages.activity_type = 'praise' then 'praise' else 'mention' end as kind,
        messages.author_person_key as from_person_key,
        mentions.person_key as to_person_key,
        messages.message_key,
        cast(null as bigint) as about_message_key,
        messages.source,
        messages.event_month,
        messages.local_date,
        messages.sent_at as occurred_at
    from mentions
    inner join messages on mentions.message_key = messages.message_key

),

thanking as (

    select
        'thanks' as kind,
        messages.author_person_key as from_person_key,
        parents.author_person_key as to_person_key,
        messages.message_key,
        parents.message_key as about_message_key,
        messages.source,
        messages.event_month,
        messages.local_date,
        messages.sent_at as occurred_at
    from thanking_replies as messages
    inner join earlier_messages as parents on messages.parent_message_key = parents.message_key

),

accepting as (

    -- Whoever asked has accepted.
    select
        'accepted_answer' as kind,
        questions.author_person_key as from_person_key,
        messages.author_person_key as to_person_key,
        messages.message_key,
        messages.message_key as about_message_key,
        messages.source,
        messages.event_month,
        messages.local_date,
        messages.sent_at as occurred_at
    from accepted_answers as messages
    inner join earlier_messages as questions on messages.thread_key = questions.message_key

),

reacting as (

    select
        'reaction' as kind,
        reactions.person_key as from_person_key,
        reactions.author_person_key as to_person_key,
        reactions.message_key,
        reactions.message_key as about_message_key,
        reactions.source,
        reactions.event_month,
        reactions.local_date,
        reactions.occurred_at
    from reactions
    inner join recognition_names
        on
            reactions.source = recognition_names.source
            and reactions.name = recognition_names.name

),

reusing as (

    select
        'reuse' as kind,
        messages.author_person_key as from_person_key,
        originals.author_person_key as to_person_key,
        messages.message_key,
        originals.message_key as about_message_key,
        messages.source,
        messages.event_month,
        messages.local_date,
        messages.sent_at as occurred_at
    from linking_messages as messages
    inner join earlier_messages as originals
        on messages.linked_message_key = originals.message_key
    where
        messages.thread_key <> originals.thread_key
        and messages.sent_at >= {{ add_hours("originals.sent_at", reuse_days * 24) }}

),

all_appreciations as (

    select * from mentioning
    union all
    select * from thanking
    union all
    select * from accepting
    union all
    select * from reacting
    union all
    select * from reusing

),

final as (

    -- One person appreciates one message or person in one way once.
    select
        from_person_key,
        to_person_key,
        message_key,
        about_message_key,
        kind,
        source,
        kind in ('praise', 'thanks', 'reaction') as is_recognition,
        min(event_month) as event_month,
        min(local_date) as local_date,
        min(occurred_at) as occurred_at
    from all_appreciations
    where from_person_key <> to_person_key
    group by from_person_key, to_person_key, message_key, about_message_key, kind, source

)

select * from final
