with

ranked_files as (

    select
        *,
        coalesce(is_snapshot, false) as is_state,
        dense_rank() over (
            partition by worker_id
            order by {{ newest_first() }}
        ) as file_rank
    from {{ source("lake", "jobs") }}

),

marked_workers as (

    -- The latest file that describes a worker decides whether dated rows or snapshots hold.
    select
        *,
        max(case when file_rank = 1 and is_state then 1 else 0 end) over (
            partition by worker_id
        ) as follows_snapshots
    from ranked_files

),

chosen_rows as (

    -- Dated rows: those of the latest file. Snapshots: those of every file.
    select *
    from marked_workers
    where
        (follows_snapshots = 1 and is_state)
        or (follows_snapshots = 0 and file_rank = 1)

),

numbered_rows as (

    select
        *,
        row_number() over (
            partition by worker_id, valid_from
            order by
                file_rank asc,
                valid_to desc nulls first,
                org_unit_id asc,
                manager_worker_id asc
        ) as row_rank
    from chosen_rows

),

closed_rows as (

    -- A snapshot holds until the next one.
    select
        *,
        lead(valid_from) over (
            partition by worker_id
            order by valid_from nulls first
        ) as next_valid_from
    from numbered_rows
    where row_rank = 1

),

latest_jobs as (

    select
        worker_id,
        source,
        manager_worker_id,
        org_unit_id,
        org_unit_path,
        location,
        job_family,
        level,
        employment_type,
        age_band,
        attributes,
        fte,
        is_state as is_snapshot,
        valid_from,
        case when is_state then next_valid_from else valid_to end as valid_to
    from closed_rows

)

select * from latest_jobs
