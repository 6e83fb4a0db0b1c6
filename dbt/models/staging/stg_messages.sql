{{ config(materialized="incremental", incremental_strategy="touched_months") }}

with

channels as (

    select * from {{ ref("stg_channels") }}

),

coverage as (

    select * from {{ ref("stg_source_coverage") }}

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

message_days as (

    select distinct
        source,
        channel_id,
        covered_kind,
        sent_date,
        {{ month_of("sent_date") }} as sent_month
    from latest_versions

),

first_exports as (

    select
        source,
        min({{ utc_timestamp("_observed_at") }}) as first_observed_at
    from {{ source("lake", "messages") }}
    group by source

),

later_ranges as (

    -- The first export of a source cannot miss what nobody has seen before it.
    {% for kind in ["messages", "direct_messages"] %}
    select
        coverage.source,
        coverage.channel_id,
        '{{ kind }}' as covered_kind,
        coverage.covered_from,
        coverage.covered_to,
        coverage.observed_at
    from coverage
    inner join first_exports on coverage.source = first_exports.source
    where
        coverage.observed_at > first_exports.first_observed_at
        and {{ list_holds("coverage.contains", "'" ~ kind ~ "'") }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

message_months as (

    select distinct sent_month
    from message_days

),

range_months as (

    -- Month by month, because an equality join stays fast where thousands of exports overlap.
    select
        later_ranges.*,
        message_months.sent_month
    from later_ranges
    inner join message_months
        on
            message_months.sent_month <= cast(later_ranges.covered_to as date)
            and {{ add_months("message_months.sent_month", 1) }}
            > cast(later_ranges.covered_from as date)

),

source_days as (

    -- The last export that looked at the whole source on a day, as far as anything was said then.
    select
        message_days.source,
        message_days.covered_kind,
        message_days.sent_date,
        max(range_months.observed_at) as observed_at
    from message_days
    inner join range_months
        on
            message_days.source = range_months.source
            and message_days.covered_kind = range_months.covered_kind
            and message_days.sent_month = range_months.sent_month
            and message_days.sent_date >= cast(range_months.covered_from as date)
            and message_days.sent_date <= cast(range_months.covered_to as date)
    where range_months.channel_id is null
    group by message_days.source, message_days.covered_kind, message_days.sent_date

),

channel_days as (

    select
        message_days.source,
        message_days.channel_id,
        message_days.covered_kind,
        message_days.sent_date,
        max(range_months.observed_at) as observed_at
    from message_days
    inner join range_months
        on
            message_days.source = range_months.source
            and message_days.channel_id = range_months.channel_id
            and message_days.covered_kind = range_months.covered_kind
            and message_days.sent_month = range_months.sent_month
            and message_days.sent_date >= cast(range_months.covered_from as date)
            and message_days.sent_date <= cast(range_months.covered_to as date)
    group by
        message_days.source,
        message_days.channel_id,
        message_days.covered_kind,
        message_days.sent_date

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
    left join source_days
        on
            versions.source = source_days.source
            and versions.covered_kind = source_days.covered_kind
            and versions.sent_date = source_days.sent_date
    left join channel_days
        on
            versions.source = channel_days.source
            and versions.channel_id = channel_days.channel_id
            and versions.covered_kind = channel_days.covered_kind
            and versions.sent_date = channel_days.sent_date
    where
        source_days.observed_at > {{ utc_timestamp("versions.last_seen_at") }}
        or channel_days.observed_at > {{ utc_timestamp("versions.last_seen_at") }}

),

missing_exports as (

    {% for scope in ["source", "channel"] %}
    select
        suspects.message_key,
        coverage.observed_at
    from suspected_deletions as suspects
    inner join coverage
        on
            suspects.source = coverage.source
            {% if scope == "channel" -%}
            and suspects.channel_id = coverage.channel_id
            {% endif -%}
            and {{ utc_timestamp("suspects.last_seen_at") }} < coverage.observed_at
            and {{ utc_timestamp("suspects.sent_at") }} >= coverage.covered_from
            and {{ utc_timestamp("suspects.sent_at") }} < coverage.covered_to
    where
        {% if scope == "source" -%}
        coverage.channel_id is null
        and {% endif -%}
        {{ list_holds("coverage.contains", "suspects.covered_kind") }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

dated_deletions as (

    -- The first export that lacks the message tells when it was known to be gone.
    select
        message_key,
        min(observed_at) as missed_at
    from missing_exports
    group by message_key

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
