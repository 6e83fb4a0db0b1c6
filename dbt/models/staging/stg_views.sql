with

distinct_views as (

    select distinct
        object_id,
        account_id,
        source,
        {{ utc_timestamp("viewed_at") }} as viewed_at
    from {{ source("lake", "views") }}

)

select * from distinct_views
