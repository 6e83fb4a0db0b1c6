with

ranked_versions as (

    -- Who was seen to join was there; a calendar that knows no answer does not undo a known one.
    select
        *,
        row_number() over (
            partition by source, meeting_id, account_id
            order by
                case when joined_at is not null then 0 else 1 end,
                case when coalesce(response, 'none') <> 'none' then 0 else 1 end,
                {{ newest_first() }},
                joined_at nulls last,
                left_at desc nulls last,
                case response when 'declined' then 1 when 'accepted' then 2 else 3 end
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
