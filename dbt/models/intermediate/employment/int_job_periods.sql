with

jobs as (

    select * from {{ ref("int_jobs") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

places as (

    select * from {{ source("reference", "locations") }}

),

changes as (

    select
        person_key,
        {{ first_date() }} as period_from
    from spells
    union
    select
        person_key,
        coalesce(valid_from, {{ first_date() }}) as period_from
    from jobs
    union
    select
        person_key,
        valid_to as period_from
    from jobs
    where valid_to is not null

),

closed_periods as (

    select
        person_key,
        period_from,
        lead(period_from, 1, {{ last_date() }}) over (
            partition by person_key order by period_from
        ) as period_to
    from changes

),

described_periods as (

    -- Time without a job row stays, with everything about the job unknown.
    select
        closed_periods.person_key,
        jobs.manager_person_key,
        coalesce(jobs.org_unit_key, 0) as org_unit_key,
        jobs.location,
        coalesce(places.location, '') as calendar_location,
        jobs.level,
        jobs.job_family,
        jobs.employment_type,
        jobs.age_band,
        jobs.fte,
        closed_periods.period_from,
        closed_periods.period_to
    from closed_periods
    left join jobs
        on
            closed_periods.person_key = jobs.person_key
            and closed_periods.period_from >= coalesce(jobs.valid_from, {{ first_date() }})
            and closed_periods.period_from < coalesce(jobs.valid_to, {{ last_date() }})
    left join places on jobs.location = places.location

)

select * from described_periods
