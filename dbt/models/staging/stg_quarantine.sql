with

distinct_rows as (

    select distinct
        original_id,
        source,
        _file_sha256 as file_sha256,
        position,
        target_table,
        reason,
        detail
    from {{ source("lake", "quarantine") }}

)

select * from distinct_rows
