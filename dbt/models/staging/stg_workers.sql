with

ranked_versions as (

    select
        *,
        row_number() over (
            partition by worker_id
            order by {{ newest_first(["updated_at"]) }}
        ) as version_rank
    from {{ source("lake", "workers") }}

),

latest_workers as (

    select
        worker_id,
        source,
        coalesce(is_contingent, false) as is_contingent,
        {{ utc_timestamp("updated_at") }} as updated_at
    from ranked_versions
    where version_rank = 1

)

select * from latest_workers
