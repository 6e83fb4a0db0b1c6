-- Counts before each day: the workdays of any interval are then the difference of two rows,
-- so nobody's history has to be spread out day by day.
with

calendar as (

    select * from {{ source("reference", "calendar_days") }}

),

covered_days as (

    select * from {{ ref("int_covered_days") }}

),

flagged_days as (

    select
        calendar.location,
        calendar.date,
        case when calendar.is_workday then 1 else 0 end as workday,
        case
            when calendar.is_workday and calendar.is_covered and covered_days.is_engagement_covered
                then 1
            else 0
        end as engagement_workday,
        case
            when calendar.is_workday and covered_days.is_network_covered then 1
            else 0
        end as network_workday,
        case
            when calendar.is_workday and covered_days.is_retention_covered then 1
            else 0
        end as retention_workday
    from calendar
    inner join covered_days on calendar.date = covered_days.date

),

day_after_last as (

    select
        location,
        {{ add_days("max(date)", 1) }} as date,
        0 as workday,
        0 as engagement_workday,
        0 as network_workday,
        0 as retention_workday
    from flagged_days
    group by location

),

all_days as (

    select * from flagged_days
    union all
    select * from day_after_last

),

counted_days as (

    select
        location,
        date,
        {{ calendar_day("location", "date") }} as calendar_day,
    {% for kind in ["workday", "engagement_workday", "network_workday", "retention_workday"] %}
    cast(sum({{ kind }}) over (
        partition by location
        order by date
        rows between unbounded preceding and current row
        ) - {{ kind }} as integer) as n_{{ kind }}s_before{{ "," if not loop.last }}
    {% endfor %}
    from all_days

)

select * from counted_days
