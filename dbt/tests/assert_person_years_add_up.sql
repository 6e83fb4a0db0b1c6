-- Person-years of the units right below the organisation, and of people without a unit, add up
-- to those of the whole (metric specification, K19).
with

turnover as (

    select * from {{ ref("fct_turnover_org_month") }}

),

segments as (

    select * from {{ ref("int_employment_segments") }}

),

units as (

    select * from {{ ref("int_org_units") }}

),

people_without_unit as (

    select
        month_start,
        sum(employed_days) / 365.25 as person_years
    from segments
    where org_unit_key = 0 and has_employment_dates
    group by month_start

),

top_units as (

    select
        turnover.month_start,
        sum(turnover.person_years) as person_years
    from turnover
    inner join units on turnover.org_unit_key = units.org_unit_key
    where units.depth = 1
    group by turnover.month_start

),

final as (

    select
        turnover.month_start,
        turnover.person_years,
        coalesce(top_units.person_years, 0) + coalesce(people_without_unit.person_years, 0)
            as summed_person_years
    from turnover
    left join top_units on turnover.month_start = top_units.month_start
    left join people_without_unit on turnover.month_start = people_without_unit.month_start
    where
        turnover.org_unit_key = 0
        and abs(
            coalesce(turnover.person_years, 0)
            - coalesce(top_units.person_years, 0)
            - coalesce(people_without_unit.person_years, 0)
        ) > 1e-6

)

select * from final
