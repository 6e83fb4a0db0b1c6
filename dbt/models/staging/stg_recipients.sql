{{ config(materialized="incremental", incremental_strategy="touched_months") }}

with

messages as (

    select * from {{ ref("stg_messages") }}

),

keyed_rows as (

    select
        *,
        {{ message_key("source", "message_id") }} as message_key
    from {{ source("lake", "recipients") }}

),

current_rows as (

    -- Only what the newest file says that holds the message's latest version.
    select
        keyed_rows.*,
        messages.event_month,
        row_number() over (
            partition by keyed_rows.message_key, keyed_rows.account_id
            order by
                case keyed_rows.role
                    when 'direct' then 1
                    when 'to' then 2
                    when 'cc' then 3
                    else 4
                end
        ) as row_rank
    from keyed_rows
    inner join messages
        on
            keyed_rows.message_key = messages.message_key
            and keyed_rows._file_sha256 = messages.file_sha256
    where {{ is_rebuilt_month("messages.event_month") }}

),

latest_recipients as (

    select
        message_key,
        message_id,
        account_id,
        source,
        role,
        event_month
    from current_rows
    where row_rank = 1

)

select * from latest_recipients
