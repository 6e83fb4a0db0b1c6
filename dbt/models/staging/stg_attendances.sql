with

ranked_versions as (

    select
        *,
        row_number() over (
            partition by source, meeting_id, account_id
            order by {{ newest_first() }}, joined_at nulls last
        ) as version_rank
    from {{ source("lake", "attendances") }}

),

latest_attendances as (

    select
        meeting_id,
        account_id,
        source,
        response,
        {{ utc_timestamp("joined_at") }} as joined_at,
        {{ utc_timestamp("left_at") }} as left_at
    from ranked_versions
    where version_rank = 1

)

select * from latest_attendances
