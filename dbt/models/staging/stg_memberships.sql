with

ranked_versions as (

    select
        *,
        row_number() over (
            partition by source, channel_id, account_id
            order by {{ newest_first() }}, left_at desc nulls first, joined_at
        ) as version_rank
    from {{ source("lake", "memberships") }}

),

latest_memberships as (

    select
        channel_id,
        account_id,
        source,
        {{ utc_timestamp("joined_at") }} as joined_at,
        {{ utc_timestamp("left_at") }} as left_at
    from ranked_versions
    where version_rank = 1

)

select * from latest_memberships
