with

periods as (

    select * from {{ ref("int_job_periods") }}

),

places as (

    select * from {{ source("reference", "locations") }}

),

zones_of_periods as (

    select
        periods.person_key,
        periods.period_from,
        places.timezone,
        lag(places.timezone) over (
            partition by periods.person_key order by periods.period_from
        ) as previous_timezone
    from periods
    inner join places on periods.calendar_location = places.location

),

changes as (

    select
        person_key,
        period_from,
        timezone
    from zones_of_periods
    where previous_timezone is null or previous_timezone <> timezone

),

closed_changes as (

    select
        person_key,
        timezone,
        period_from as valid_from,
        lead(period_from) over (partition by person_key order by period_from) as valid_to
    from changes

)

select * from closed_changes
