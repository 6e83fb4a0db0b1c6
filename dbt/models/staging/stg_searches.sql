with

searches as (

    select * from {{ source("lake", "searches") }}

),

distinct_searches as (

    -- The same row in two exports is one search.
    select distinct
        source,
        account_id,
        query_signature,
        topic_terms,
        opened_object_id,
        dwell_seconds,
        {{ utc_timestamp("searched_at") }} as searched_at,
        {{ utc_timestamp("opened_at") }} as opened_at
    from searches

)

select * from distinct_searches
