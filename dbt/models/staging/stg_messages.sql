{{ config(materialized="incremental", incremental_strategy="touched_months") }}

with

channels as (

    select * from {{ ref("stg_channels") }}

),

coverage as (

    select * from {{ ref("stg_source_coverage") }}

),

covered_days as (

    select * from {{ ref("stg_covered_days") }}

),

keyed_versions as (

    select
        *,
        {{ message_key("source", "message_id") }} as message_key,
        {{ month_of(utc_timestamp("sent_at")) }} as event_month
    from {{ source("lake", "messages") }}
    where sent_at is not null

),

ranked_versions as (

    select
        *,
        row_number() over (
            partition by message_key
            order by
                {{ newest_first(["version_at"]) }},
                sent_at desc,
                deleted_at nulls last,
                n_words desc nulls last,
                author_account_id nulls last
        ) as version_rank,
        max(_observed_at) over (partition by message_key) as last_seen_at
    from keyed_versions
    where {{ is_rebuilt_month("event_month") }}

),

latest_versions as (

    select
        versions.*,
        cast(versions.sent_at as date) as sent_date,
        case
            when channels.kind in ('direct', 'group_direct') then 'direct_messages'
            else 'messages'
        end as covered_kind
    from ranked_versions as versions
    left join channels
        on
            versions.source = channels.source
            and versions.channel_id = channels.channel_id
    where versions.version_rank = 1

),

suspected_deletions as (

    -- Not seen any more by a later export that looked at the source or the channel that day.
    select
        versions.message_key,
        versions.source,
        versions.channel_id,
        versions.covered_kind,
        versions.sent_at,
        versions.last_seen_at
    from latest_versions as versions
    left join covered_days as source_days
        on
            versions.source = source_days.source
            and versions.covered_kind = source_days.covered_kind
            and versions.sent_date = source_days.covered_date
            and source_days.channel_id is null
    left join covered_days as channel_days
        on
            versions.source = channel_days.source
            and versions.channel_id = channel_days.channel_id
            and versions.covered_kind = channel_days.covered_kind
            and versions.sent_date = channel_days.covered_date
    where
        source_days.observed_at > {{ utc_timestamp("versions.last_seen_at") }}
        or channel_days.observed_at > {{ utc_timestamp("versions.last_seen_at") }}

),

dated_deletions as (

    -- The first export that lacks the message tells when it was known to be gone.
    select
        suspects.message_key,
        min(coverage.observed_at) as missed_at
    from suspected_deletions as suspects
    inner join coverage
        on
            suspects.source = coverage.source
            and {{ utc_timestamp("suspects.last_seen_at") }} < coverage.observed_at
            and {{ utc_timestamp("suspects.sent_at") }} >= coverage.covered_from
            and {{ utc_timestamp("suspects.sent_at") }} < coverage.covered_to
    where
        (coverage.channel_id is null or coverage.channel_id = suspects.channel_id)
        and {{ list_holds("coverage.contains", "suspects.covered_kind") }}
    group by suspects.message_key

),

latest_messages as (

    select
        versions.message_key,
        versions.message_id,
        versions.channel_id,
        versions.thread_id,
        versions.parent_message_id,
        versions.author_account_id,
        versions.source,
        versions.kind,
        versions.topic_terms,
        versions.text_signature,
        versions._file_sha256 as file_sha256,
        versions.n_recipients,
        versions.n_words,
        versions.n_links,
        versions.n_attachments,
        versions.is_question,
        versions.is_thanks,
        versions.is_accepted_answer,
        versions.event_month,
        {{ utc_timestamp("versions.sent_at") }} as sent_at,
        {{ utc_timestamp("versions.edited_at") }} as edited_at,
        coalesce({{ utc_timestamp("versions.deleted_at") }}, deletions.missed_at) as deleted_at,
        {{ utc_timestamp("versions.version_at") }} as version_at
    from latest_versions as versions
    left join dated_deletions as deletions
        on versions.message_key = deletions.message_key

)

select * from latest_messages
