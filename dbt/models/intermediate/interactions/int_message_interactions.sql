{{ config(materialized="incremental", incremental_strategy="touched_months") }}

with

messages as (

    -- Only what roles need: a wide row kept for four joins would not stay in memory.
    select
        message_key,
        parent_message_key,
        author_person_key,
        activity_type,
        is_list
    from {{ ref("int_messages") }}
    where
        {{ is_rebuilt_month("event_month") }}
        and has_network
        and is_author_counted

),

dated_messages as (

    select
        message_key,
        source,
        event_month,
        week_start,
        local_date,
        sent_at
    from {{ ref("int_messages") }}
    where
        {{ is_rebuilt_month("event_month") }}
        and has_network
        and is_author_counted

),

message_authors as (

    select
        message_key,
        author_person_key
    from {{ ref("int_messages") }}
    where is_author_counted

),

recipients as (

    select
        message_key,
        source,
        account_id,
        role
    from {{ ref("stg_recipients") }}
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
    where
        {{ is_rebuilt_month("event_month") }}
        and has_network
        and author_person_key is not null

),

accounts as (

    select *
    from {{ ref("int_accounts") }}
    where is_counted

),

measured_recipients as (

    -- Members of a chat besides the author; addressees of a mail that read it openly.
    select
        recipients.message_key,
        count(
            distinct case
                when
                    recipients.role = 'direct'
                    and recipients.account_id <> stg_messages.author_account_id
                    then recipients.account_id
            end
        ) as n_other_members,
        count(
            distinct case when recipients.role in ('to', 'cc') then recipients.account_id end
        ) as n_mail_recipients
    from recipients
    inner join {{ ref("stg_messages") }} as stg_messages
        on recipients.message_key = stg_messages.message_key
    group by recipients.message_key

),

direct_message_roles as (

    select
        messages.message_key,
        messages.author_person_key as from_person_key,
        'direct_message' as interaction_type,
        accounts.person_key as to_person_key,
        {{ var("base_direct_message") }} as base,
        1.0 / measured_recipients.n_other_members as attention
    from messages
    inner join recipients
        on messages.message_key = recipients.message_key
    inner join measured_recipients
        on messages.message_key = measured_recipients.message_key
    inner join accounts
        on
            recipients.source = accounts.source
            and recipients.account_id = accounts.account_id
    where
        messages.activity_type = 'direct_message'
        and recipients.role = 'direct'
        and messages.author_person_key <> accounts.person_key
        and measured_recipients.n_other_members + 1 <= {{ var("max_chat_members") }}

),

mail_roles as (

    select
        messages.message_key,
        messages.author_person_key as from_person_key,
        'mail' as interaction_type,
        accounts.person_key as to_person_key,
        {{ var("base_mail") }} as base,
        1.0 / measured_recipients.n_mail_recipients as attention
    from messages
    inner join recipients
        on messages.message_key = recipients.message_key
    inner join measured_recipients
        on messages.message_key = measured_recipients.message_key
    inner join accounts
        on
            recipients.source = accounts.source
            and recipients.account_id = accounts.account_id
    where
        messages.activity_type = 'mail'
        and not messages.is_list
        and recipients.role = 'to'
        and messages.author_person_key <> accounts.person_key
        and measured_recipients.n_mail_recipients <= {{ var("max_mail_recipients") }}

),

reply_roles as (

    -- In mail, an answer is addressed like any mail; "in reply to" adds nothing.
    select
        messages.message_key,
        messages.author_person_key as from_person_key,
        'reply' as interaction_type,
        parents.author_person_key as to_person_key,
        {{ var("base_reply") }} as base,
        1.0 as attention
    from messages
    inner join message_authors as parents
        on messages.parent_message_key = parents.message_key
    where
        messages.activity_type <> 'mail'
        and messages.author_person_key <> parents.author_person_key

),

mention_roles as (

    select
        messages.message_key,
        messages.author_person_key as from_person_key,
        'mention' as interaction_type,
        mentions.person_key as to_person_key,
        {{ var("base_mention") }} as base,
        1.0 / mentions.n_mentioned as attention
    from messages
    inner join mentions
        on messages.message_key = mentions.message_key
    where
        mentions.person_key is not null
        and not mentions.has_broadcast
        and messages.author_person_key <> mentions.person_key
        and mentions.n_mentioned <= {{ var("max_mentioned") }}

),

all_roles as (

    select * from direct_message_roles
    union all
    select * from mail_roles
    union all
    select * from reply_roles
    union all
    select * from mention_roles

),

ranked_roles as (

    -- One message with several roles towards one person counts in the role of the highest
    -- base; among equals the first in this order, so that chats keep their daily cap.
    select
        *,
        row_number() over (
            partition by message_key, to_person_key
            order by
                base desc,
                case interaction_type
                    when 'direct_message' then 1
                    when 'mail' then 2
                    when 'reply' then 3
                    else 4
                end
        ) as role_rank
    from all_roles

),

message_interactions as (

    select
        {{ hash64("concat_ws('|', chosen.message_key, chosen.to_person_key, 'message')") }}
            as interaction_key,
        chosen.from_person_key,
        chosen.to_person_key,
        dated_messages.message_key,
        dated_messages.source,
        chosen.interaction_type,
        cast(chosen.base as double) as base,
        cast(chosen.attention as double) as attention,
        dated_messages.event_month,
        dated_messages.week_start,
        dated_messages.local_date,
        dated_messages.sent_at as occurred_at
    from ranked_roles as chosen
    inner join dated_messages
        on chosen.message_key = dated_messages.message_key
    where chosen.role_rank = 1

),

reaction_interactions as (

    select
        activity_key as interaction_key,
        person_key as from_person_key,
        author_person_key as to_person_key,
        message_key,
        source,
        'reaction' as interaction_type,
        cast({{ var("base_reaction") }} as double) as base,
        cast(1 as double) as attention,
        event_month,
        week_start,
        local_date,
        occurred_at
    from reactions

),

all_interactions as (

    select * from message_interactions
    union all
    select * from reaction_interactions

)

select * from all_interactions
