{{ config(materialized="incremental", incremental_strategy="touched_months") }}

{#- The latest version of a message comes first in this order. -#}
{% set newest = newest_first(["version_at"], "versions") ~ ", versions.sent_at desc"
    ~ ", versions.deleted_at nulls last, versions.n_words desc nulls last"
    ~ ", versions.author_account_id nulls last" %}

{#- Written into each reader: an engine that keeps a shared CTE would keep every wide row. -#}
{% set keyed_versions -%}
select
            *,
            {{ message_key("source", "message_id") }} as message_key,
            {{ month_of(utc_timestamp("sent_at")) }} as event_month
        from {{ source("lake", "messages") }}
        where sent_at is not null and {{ is_rebuilt_instant("sent_at") }}
{%- endset %}

{#- A flag, not a join: an engine that misjudges sizes may keep the larger side of a join. -#}
{% set flagged_versions -%}
select
            keyed_versions.*,
            case
                when message_key in (select special_messages.message_key from special_messages)
                    then 1
                else 0
            end as is_special
        from (
            {{ keyed_versions | indent(4) }}
        ) as keyed_versions
        where {{ is_rebuilt_month("event_month") }}
{%- endset %}

with

channels as (

    select * from {{ ref("stg_channels") }}

),

coverage as (

    select * from {{ ref("stg_source_coverage") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

calendar as (

    -- What lies before or after it goes with its first or last month.
    select
        min(month_start) as first_month,
        max(month_start) as last_month
    from months

),

counted_versions as (

    -- Narrow: nearly every message has one version, and only the others need an order.
    select
        message_key,
        count(*) as n_versions,
        max(source) as source,
        max(_observed_at) as last_seen_at,
        max(event_month) as event_month
    from (
        {{ keyed_versions }}
    ) as versions
    where {{ is_rebuilt_month("event_month") }}
    group by message_key

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

range_months as (

    -- Month by month, because an equality join stays fast where thousands of exports overlap.
    select
        later_ranges.*,
        months.month_start as sent_month
    from later_ranges
    cross join calendar
    inner join months
        on
            months.month_start <= greatest(
                cast(later_ranges.covered_to as date), calendar.first_month
            )
            and months.month_end > least(
                cast(later_ranges.covered_from as date), calendar.last_month
            )

),

last_looks as (

    select
        source,
        sent_month,
        max(observed_at) as observed_at
    from range_months
    group by source, sent_month

),

special_messages as (

    -- Those with several versions, and those that an export could have seen that came after the
    -- last one that has them. Nearly all messages are neither, and cost a look-up each.
    select
        counted_versions.message_key,
        counted_versions.last_seen_at
    from counted_versions
    cross join calendar
    left join last_looks
        on
            counted_versions.source = last_looks.source
            and last_looks.sent_month = least(
                greatest(counted_versions.event_month, calendar.first_month), calendar.last_month
            )
    where
        counted_versions.n_versions > 1
        or last_looks.observed_at > {{ utc_timestamp("counted_versions.last_seen_at") }}

),

ranked_versions as (

    select
        versions.*,
        row_number() over (
            partition by versions.message_key
            order by {{ newest }}
        ) as version_rank
    from (
        {{ flagged_versions }}
    ) as versions
    where versions.is_special = 1

),

latest_versions as (

    select
        versions.*,
        special_messages.last_seen_at,
        cast(versions.sent_at as date) as sent_date,
        case
            when channels.kind in ('direct', 'group_direct', 'meeting_series')
                then 'direct_messages'
            else 'messages'
        end as covered_kind
    from ranked_versions as versions
    inner join special_messages on versions.message_key = special_messages.message_key
    left join channels
        on
            versions.source = channels.source
            and versions.channel_id = channels.channel_id
    where versions.version_rank = 1

),

message_days as (

    select distinct
        versions.source,
        versions.channel_id,
        versions.covered_kind,
        versions.sent_date,
        least(
            greatest(versions.event_month, calendar.first_month), calendar.last_month
        ) as sent_month
    from latest_versions as versions
    cross join calendar

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

    {% for scope in ["single", "special"] %}
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
        {% if scope == "single" -%}
        {{ utc_timestamp("versions.deleted_at") }} as deleted_at,
        {%- else -%}
        coalesce({{ utc_timestamp("versions.deleted_at") }}, deletions.missed_at) as deleted_at,
        {%- endif %}
        {{ utc_timestamp("versions.version_at") }} as version_at
    {% if scope == "single" -%}
    from (
        {{ flagged_versions }}
    ) as versions
    where versions.is_special = 0
    union all
    {%- else -%}
    from latest_versions as versions
    left join dated_deletions as deletions
        on versions.message_key = deletions.message_key
    {%- endif %}
    {% endfor %}

)

select * from latest_messages
