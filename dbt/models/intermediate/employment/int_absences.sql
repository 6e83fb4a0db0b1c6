with

absences as (

    select * from {{ ref("stg_absences") }}

),

workers as (

    select * from {{ source("identity", "workers") }}

),

absences_of_persons as (

    select
        workers.person_key,
        absences.absent_from,
        coalesce(absences.absent_to, {{ last_date() }}) as absent_to
    from absences
    inner join workers on absences.worker_id = workers.worker_id

),

reached_dates as (

    select
        *,
        max(absent_to) over (
            partition by person_key
            order by absent_from, absent_to
            rows between unbounded preceding and 1 preceding
        ) as reached_date
    from absences_of_persons

),

numbered_absences as (

    select
        *,
        sum(case when reached_date is null or absent_from > reached_date then 1 else 0 end) over (
            partition by person_key
            order by absent_from, absent_to
            rows between unbounded preceding and current row
        ) as absence_number
    from reached_dates

),

merged_absences as (

    -- Overlapping records of one absence take a day away once.
    select
        person_key,
        min(absent_from) as absent_from,
        max(absent_to) as absent_to
    from numbered_absences
    group by person_key, absence_number

)

select * from merged_absences
