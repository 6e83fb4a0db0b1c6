with

ranked_versions as (

    select
        *,
        row_number() over (
            partition by source, meeting_id
            order by {{ newest_first() }}
        ) as version_rank
    from {{ source("lake", "meetings") }}

),

latest_meetings as (

    select
        meeting_id,
        organiser_account_id,
        source,
        is_recurring,
        is_cancelled,
        {{ utc_timestamp("starts_at") }} as starts_at,
        {{ utc_timestamp("ends_at") }} as ends_at
    from ranked_versions
    where version_rank = 1

)

select * from latest_meetings
