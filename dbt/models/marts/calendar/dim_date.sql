with

days as (

    select *
    from {{ source("reference", "calendar_days") }}
    where location = ''

),

months as (

    select * from {{ source("reference", "months") }}

),

final as (

    select
        days.date as date_day,
        {{ week_of("days.date") }} as week_start,
        {{ month_of("days.date") }} as month_start,
        cast(date_trunc('quarter', days.date) as date) as quarter_start,
        cast(extract(year from days.date) as integer) as calendar_year,
        cast(extract(month from days.date) as integer) as calendar_month,
        cast({{ days_between(week_of("days.date"), "days.date") }} + 1 as integer)
            as iso_weekday,
        days.is_workday,
        days.is_covered,
        coalesce(months.is_final, false) as is_final
    from days
    left join months
        on days.date >= months.month_start and days.date < months.month_end

)

select * from final
