with

ranked_versions as (

    select
        *,
        row_number() over (
            partition by source, account_id, searched_at
            order by {{ newest_first() }}, opened_object_id nulls last
        ) as version_rank
    from {{ source("lake", "searches") }}

),

latest_searches as (

    select
        account_id,
        opened_object_id,
        source,
        topic_terms,
        {{ utc_timestamp("searched_at") }} as searched_at
    from ranked_versions
    where version_rank = 1

)

select * from latest_searches
