with

ranked_files as (

    -- A file states all targets of the initiatives that it describes.
    select
        *,
        dense_rank() over (
            partition by initiative_id
            order by {{ newest_first() }}
        ) as file_rank
    from {{ source("lake", "initiatives") }}

),

latest_initiatives as (

    select distinct
        initiative_id,
        target_id,
        source,
        name,
        target_kind,
        assignment,
        primary_metric,
        hypothesis,
        starts_on,
        ends_on,
        registered_on
    from ranked_files
    where file_rank = 1

)

select * from latest_initiatives
