-- What an export says about the past is compared with messages day by day first, because an
-- equality join stays fast where thousands of exports overlap.
with

coverage as (

    select * from {{ ref("stg_source_coverage") }}

),

message_ranges as (

    select
        *,
        'messages' as covered_kind
    from coverage
    where {{ list_holds("contains", "'messages'") }}

),

direct_message_ranges as (

    select
        *,
        'direct_messages' as covered_kind
    from coverage
    where {{ list_holds("contains", "'direct_messages'") }}

),

first_exports as (

    select
        source,
        min({{ utc_timestamp("_observed_at") }}) as first_observed_at
    from {{ source("lake", "messages") }}
    group by source

),

ranges as (

    select * from message_ranges
    union all
    select * from direct_message_ranges

),

later_ranges as (

    -- The first export of a source cannot miss what nobody has seen before it.
    select ranges.*
    from ranges
    inner join first_exports
        on ranges.source = first_exports.source
    where ranges.observed_at > first_exports.first_observed_at

),

expanded_days as (

    select
        source,
        channel_id,
        covered_kind,
        observed_at,
        {{ each_day("covered_from", "covered_to") }} as covered_date
    from later_ranges

),

latest_exports as (

    select
        source,
        channel_id,
        covered_kind,
        covered_date,
        max(observed_at) as observed_at
    from expanded_days
    group by source, channel_id, covered_kind, covered_date

)

select * from latest_exports
