with

ranked_versions as (

    select
        *,
        row_number() over (
            partition by source, channel_id
            order by {{ newest_first() }}
        ) as version_rank
    from {{ source("lake", "channels") }}

),

latest_channels as (

    select
        channel_id,
        source,
        name,
        kind,
        audience,
        is_archived,
        {{ utc_timestamp("created_at") }} as created_at
    from ranked_versions
    where version_rank = 1

)

select * from latest_channels
