{{ config(materialized="incremental", incremental_strategy="touched_months") }}

with

reactions as (

    select *
    from {{ ref("stg_reactions") }}
    where {{ is_rebuilt_month("event_month") }}

),

messages as (

    select *
    from {{ ref("int_messages") }}
    where {{ is_rebuilt_month("event_month") }}

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

attributed_reactions as (

    -- A reaction without a time is dated to its message.
    select
        messages.message_key,
        accounts.account_key,
        accounts.person_key,
        messages.author_person_key,
        messages.source,
        messages.channel_id,
        messages.activity_type as message_type,
        reactions.name,
        messages.has_engagement,
        messages.has_network,
        messages.has_retention,
        messages.has_visible_contributions,
        reactions.reacted_at is not null as has_exact_time,
        messages.event_month,
        coalesce(reactions.reacted_at, messages.sent_at) as occurred_at
    from reactions
    inner join messages
        on reactions.message_key = messages.message_key
    inner join accounts
        on
            reactions.source = accounts.source
            and reactions.account_id = accounts.account_id
    where
        accounts.is_counted
        and accounts.account_key <> coalesce(messages.author_account_key, -1)
        and accounts.person_key <> coalesce(messages.author_person_key, -1)

),

dated_reactions as (

    select
        attributed.*,
        {{ local_timestamp(
            "attributed.occurred_at", "coalesce(timezones.timezone, bounds.default_timezone)"
        ) }} as local_occurred_at
    from attributed_reactions as attributed
    cross join bounds
    left join timezones
        on
            attributed.person_key = timezones.person_key
            and {{ is_valid_on("timezones", "cast(attributed.occurred_at as date)") }}
    where attributed.occurred_at <= bounds.as_of

),

counted_reactions as (

    select
        {{ hash64("concat_ws('|', message_key, account_key, 'reaction', name)") }}
            as activity_key,
        message_key,
        account_key,
        person_key,
        author_person_key,
        channel_id,
        source,
        message_type,
        name,
        has_engagement,
        has_network,
        has_retention,
        has_visible_contributions,
        has_exact_time,
        event_month,
        cast(local_occurred_at as date) as local_date,
        {{ week_of("local_occurred_at") }} as week_start,
        local_occurred_at,
        occurred_at
    from dated_reactions
    {% if var("go_live") -%}
    where cast(local_occurred_at as date) >= cast('{{ var("go_live") }}' as date)
    {%- endif %}

)

select * from counted_reactions
