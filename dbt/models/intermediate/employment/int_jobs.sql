with

jobs as (

    select * from {{ ref("stg_jobs") }}

),

workers as (

    select * from {{ source("identity", "workers") }}

),

unit_levels as (

    select * from {{ ref("int_org_unit_paths") }}

),

paths_of_units as (

    select
        level_path_text as path_text,
        min(level_org_unit_id) as org_unit_id
    from unit_levels
    group by level_path_text

),

jobs_of_persons as (

    select
        workers.person_key,
        managers.person_key as manager_person_key,
        jobs.org_unit_id as stated_org_unit_id,
        {{ path_prefix("jobs.org_unit_path", 20) }} as path_text,
        jobs.worker_id,
        jobs.location,
        jobs.level,
        jobs.job_family,
        jobs.employment_type,
        jobs.age_band,
        jobs.fte,
        jobs.valid_to,
        coalesce(jobs.is_snapshot, false) as is_snapshot,
        coalesce(jobs.valid_from, {{ first_date() }}) as valid_from
    from jobs
    inner join workers on jobs.worker_id = workers.worker_id
    left join workers as managers on jobs.manager_worker_id = managers.worker_id

),

identified_jobs as (

    select
        jobs_of_persons.*,
        coalesce(jobs_of_persons.stated_org_unit_id, paths_of_units.org_unit_id) as org_unit_id
    from jobs_of_persons
    left join paths_of_units on jobs_of_persons.path_text = paths_of_units.path_text

),

numbered_jobs as (

    -- Two records of one person, from two HR systems, may both begin on one day.
    select
        *,
        row_number() over (
            partition by person_key, valid_from
            order by valid_to desc nulls first, worker_id asc
        ) as same_day_rank
    from identified_jobs

),

ordered_jobs as (

    select
        *,
        lead(valid_from) over (partition by person_key order by valid_from) as next_valid_from,
        row_number() over (partition by person_key order by valid_from) as job_number
    from numbered_jobs
    where same_day_rank = 1

),

closed_jobs as (

    -- Of overlapping jobs the later one holds. Before a person's first snapshot nothing else
    -- is known than that first state, so it is taken to have held.
    select
        person_key,
        manager_person_key,
        case when org_unit_id is not null then {{ hash64("org_unit_id") }} end as org_unit_key,
        org_unit_id,
        location,
        level,
        job_family,
        employment_type,
        age_band,
        fte,
        is_snapshot and job_number = 1 as is_start_assumed,
        case
            when is_snapshot and job_number = 1 then null
            when valid_from > {{ first_date() }} then valid_from
        end as valid_from,
        case
            when valid_to is null or next_valid_from < valid_to then next_valid_from
            else valid_to
        end as valid_to
    from ordered_jobs

)

select * from closed_jobs
