{{ config(materialized="incremental", incremental_strategy="touched_months") }}

with

messages as (

    select *
    from {{ ref("stg_messages") }}
    where {{ is_rebuilt_month("event_month") }}

),

recipients as (

    select *
    from {{ ref("stg_recipients") }}
    where {{ is_rebuilt_month("event_month") }}

),

channels as (

    select * from {{ ref("stg_channels") }}

),

sources as (

    select * from {{ source("reference", "sources") }}

),

accounts as (

    select * from {{ ref("int_accounts") }}

),

timezones as (

    select * from {{ ref("int_person_timezones") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

addressed_messages as (

    select
        message_key,
        max(case when role = 'direct' then 1 else 0 end) as has_direct,
        max(case when role in ('to', 'cc', 'bcc') then 1 else 0 end) as has_mail
    from recipients
    group by message_key

),

classified_messages as (

    -- What a message is follows from whom it is addressed to, then from the platform's word.
    select
        messages.*,
        sources.has_engagement,
        sources.has_network,
        sources.has_retention,
        sources.has_visible_contributions,
        case
            when coalesce(addressed_messages.has_mail, 0) = 1 then 'mail'
            when channels.kind = 'mailing_list' then 'mail'
            when
                channels.kind in ('direct', 'group_direct', 'meeting_series')
                or coalesce(addressed_messages.has_direct, 0) = 1
                then 'direct_message'
            when messages.kind in ('reply', 'praise') then messages.kind
            else 'post'
        end as activity_type,
        coalesce(channels.kind = 'mailing_list', false) as is_list
    from messages
    inner join sources
        on messages.source = sources.source
    left join channels
        on
            messages.source = channels.source
            and messages.channel_id = channels.channel_id
    left join addressed_messages
        on messages.message_key = addressed_messages.message_key
    where
        messages.kind <> 'system'
        and (
            messages.deleted_at is null
            or messages.deleted_at >= {{ add_hours("messages.sent_at", 24) }}
        )

),

attributed_messages as (

    select
        classified.*,
        accounts.account_key as author_account_key,
        coalesce(accounts.kind, 'person') as author_kind,
        coalesce(accounts.is_counted, false) as is_author_counted,
        case when accounts.is_counted then accounts.person_key end as author_person_key
    from classified_messages as classified
    left join accounts
        on
            classified.source = accounts.source
            and classified.author_account_id = accounts.account_id

),

dated_messages as (

    -- The zone of the person's location on that date; authors that do not count get the default.
    select
        attributed.*,
        {{ local_timestamp(
            "attributed.sent_at", "coalesce(timezones.timezone, bounds.default_timezone)"
        ) }} as local_sent_at
    from attributed_messages as attributed
    cross join bounds
    left join timezones
        on
            attributed.author_person_key = timezones.person_key
            and {{ is_valid_on("timezones", "cast(attributed.sent_at as date)") }}
    where attributed.sent_at <= bounds.as_of

),

counted_messages as (

    select
        message_key,
        author_account_key,
        author_person_key,
        {{ message_key("source", "coalesce(thread_id, message_id)") }} as thread_key,
        case
            when coalesce(parent_message_id, thread_id) <> message_id
                then {{ message_key("source", "coalesce(parent_message_id, thread_id)") }}
        end as parent_message_key,
        channel_id,
        source,
        activity_type,
        author_kind,
        is_author_counted,
        is_list,
        has_engagement,
        has_network,
        has_retention,
        has_visible_contributions,
        event_month,
        cast(local_sent_at as date) as local_date,
        {{ week_of("local_sent_at") }} as week_start,
        local_sent_at,
        sent_at
    from dated_messages
    {% if var("go_live") -%}
    where cast(local_sent_at as date) >= cast('{{ var("go_live") }}' as date)
    {%- endif %}

)

select * from counted_messages
