with

ranked_versions as (

    select
        *,
        row_number() over (
            partition by worker_id, absent_from, kind
            order by {{ newest_first() }}, absent_to desc nulls first
        ) as version_rank
    from {{ source("lake", "absences") }}

),

latest_absences as (

    select
        worker_id,
        source,
        kind,
        absent_from,
        absent_to
    from ranked_versions
    where version_rank = 1

)

select * from latest_absences
