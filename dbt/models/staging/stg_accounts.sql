with

ranked_versions as (

    select
        *,
        row_number() over (
            partition by source, account_id
            order by {{ newest_first(["updated_at"]) }}
        ) as version_rank
    from {{ source("lake", "accounts") }}

),

latest_accounts as (

    select
        account_id,
        source,
        kind,
        timezone,
        is_deactivated,
        {{ utc_timestamp("created_at") }} as created_at,
        {{ utc_timestamp("updated_at") }} as updated_at
    from ranked_versions
    where version_rank = 1

)

select * from latest_accounts
