with

channels as (

    select * from {{ ref("stg_channels") }}

),

sources as (

    select * from {{ source("reference", "sources") }}

),

messages as (

    select
        source,
        channel_id,
        count(*) as n_messages,
        min(sent_at) as first_message_at,
        max(sent_at) as last_message_at
    from {{ ref("int_messages") }}
    group by source, channel_id

),

final as (

    select
        {{ message_key("channels.source", "channels.channel_id") }} as channel_key,
        channels.channel_id,
        channels.source,
        sources.platform,
        channels.name,
        channels.kind,
        channels.audience,
        coalesce(messages.n_messages, 0) as n_messages,
        coalesce(channels.is_archived, false) as is_archived,
        channels.created_at,
        messages.first_message_at,
        messages.last_message_at
    from channels
    inner join sources
        on channels.source = sources.source
    left join messages
        on
            channels.source = messages.source
            and channels.channel_id = messages.channel_id

)

select * from final
