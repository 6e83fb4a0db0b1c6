{{ config(materialized="incremental", incremental_strategy="touched_months") }}

with

mentions as (

    select *
    from {{ ref("stg_mentions") }}
    where {{ is_rebuilt_month("event_month") }}

),

accounts as (

    select * from {{ ref("int_accounts") }}

),

measured_messages as (

    select
        message_key,
        count(distinct account_id) as n_mentioned,
        bool_or(coalesce(is_broadcast, false)) as has_broadcast
    from mentions
    group by message_key

),

attributed_mentions as (

    -- Accounts that identity does not know are strangers, not bots: they still share attention.
    select
        mentions.message_key,
        accounts.account_key,
        case when accounts.is_counted then accounts.person_key end as person_key,
        mentions.account_id,
        measured_messages.n_mentioned,
        coalesce(accounts.kind, 'person') as kind,
        measured_messages.has_broadcast,
        mentions.event_month
    from mentions
    inner join measured_messages
        on mentions.message_key = measured_messages.message_key
    left join accounts
        on
            mentions.source = accounts.source
            and mentions.account_id = accounts.account_id
    where mentions.account_id is not null

)

select * from attributed_mentions
