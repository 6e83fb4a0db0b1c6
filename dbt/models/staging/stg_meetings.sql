with

known_versions as (

    -- What still lay ahead when the calendar was read was a plan: it may have been moved since.
    select
        *,
        {{ utc_timestamp("starts_at") }} as started_at
    from {{ source("lake", "meetings") }}
    where _observed_at is null or starts_at <= _observed_at

),

ranked_versions as (

    select
        *,
        row_number() over (
            partition by source, meeting_id
            order by
                {{ newest_first(["version_at"]) }},
                is_cancelled desc nulls last,
                ends_at desc nulls last,
                organiser_account_id nulls last
        ) as version_rank
    from known_versions

),

latest_meetings as (

    select
        meeting_id,
        organiser_account_id,
        source,
        channel_id,
        is_recurring,
        is_cancelled,
        started_at as starts_at,
        {{ utc_timestamp("ends_at") }} as ends_at,
        case
            when channel_id is not null and not coalesce(is_cancelled, false)
                then lead(started_at) over (
                        partition by
                            source,
                            channel_id,
                            case when coalesce(is_cancelled, false) then 1 else 0 end
                        order by started_at, meeting_id
                    )
        end as chat_moves_on_at
    from ranked_versions
    where version_rank = 1

)

select * from latest_meetings
