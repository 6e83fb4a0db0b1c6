with

messages as (

    select *
    from {{ ref("int_messages") }}
    where
        has_engagement
        and has_visible_contributions
        and activity_type in ('post', 'praise')
        and message_key = thread_key

),

features as (

    select
        message_key,
        topic_terms
    from {{ ref("stg_messages") }}
    where topic_terms is not null

),

channels as (

    -- What everybody may read: a private group's threads have no topic.
    select
        source,
        channel_id
    from {{ ref("stg_channels") }}
    where kind = 'public'

),

topic_terms as (

    select * from {{ source("identity", "topic_terms") }}

),

topic_channels as (

    select * from {{ source("identity", "topic_channels") }}

),

threads as (

    select
        messages.thread_key,
        messages.source,
        messages.channel_id
    from messages
    inner join channels
        on
            messages.source = channels.source
            and messages.channel_id = channels.channel_id

),

used_terms as (

    select
        message_key,
        {{ each_item("topic_terms") }} as term
    from features

),

named_threads as (

    select distinct
        threads.thread_key,
        topic_terms.topic_key
    from threads
    inner join used_terms on threads.thread_key = used_terms.message_key
    inner join topic_terms on used_terms.term = topic_terms.term

),

placed_threads as (

    -- Where the first message has no topic of its own, the channel's name is one.
    select
        threads.thread_key,
        topic_channels.topic_key
    from threads
    inner join topic_channels
        on
            threads.source = topic_channels.source
            and threads.channel_id = topic_channels.channel_id
    left join named_threads on threads.thread_key = named_threads.thread_key
    where named_threads.thread_key is null

),

all_threads as (

    select * from named_threads
    union all
    select * from placed_threads

)

select * from all_threads
