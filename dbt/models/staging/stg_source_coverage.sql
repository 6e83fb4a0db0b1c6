{{ config(materialized="table") }}

with

casted_ranges as (

    select
        source,
        channel_id,
        contains,
        {{ utc_timestamp("covered_from") }} as covered_from,
        {{ utc_timestamp("covered_to") }} as covered_to,
        {{ utc_timestamp("coalesce(observed_at, _observed_at)") }} as observed_at
    from {{ source("lake", "source_coverage") }}

),

distinct_ranges as (

    select distinct *
    from casted_ranges

)

select * from distinct_ranges
