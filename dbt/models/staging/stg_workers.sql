with

ranked_versions as (

    select
        *,
        row_number() over (
            partition by worker_id
            order by {{ newest_first(["updated_at"]) }}
        ) as version_rank,
        -- A job history says nothing of the contract: who is contingent is said elsewhere.
        row_number() over (
            partition by worker_id
            order by
                case when is_contingent is null then 1 else 0 end,
                {{ newest_first(["updated_at"]) }}
        ) as contract_rank
    from {{ source("lake", "workers") }}

),

contracts as (

    select
        worker_id,
        is_contingent
    from ranked_versions
    where contract_rank = 1

),

latest_workers as (

    select
        versions.worker_id,
        versions.source,
        coalesce(contracts.is_contingent, false) as is_contingent,
        {{ utc_timestamp("versions.updated_at") }} as updated_at
    from ranked_versions as versions
    inner join contracts
        on versions.worker_id = contracts.worker_id
    where versions.version_rank = 1

)

select * from latest_workers
