with

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

units as (

    select * from {{ ref("int_initiative_units") }}

),

person_months as (

    select * from {{ ref("int_initiative_person_months") }}

),

compared_months as (

    -- The last month before, and the last month of the initiative that is final.
    select
        initiatives.initiative_id,
        initiatives.baseline_month,
        max(person_months.month_start) as last_month
    from initiatives
    inner join person_months
        on
            initiatives.first_month <= person_months.month_start
            and (
                initiatives.end_month is null or initiatives.end_month > person_months.month_start
            )
    group by initiatives.initiative_id, initiatives.baseline_month

),

final as (

    select
        compared_months.initiative_id,
        compared_months.baseline_month,
        compared_months.last_month,
        person_months.age_band,
        person_months.job_family,
        person_months.location,
        {% for period, month in [("before", "baseline_month"), ("after", "last_month")] %}
        cast(
            sum(case when person_months.month_start = compared_months.{{ month }} then 1 else 0 end)
            as bigint
        ) as n_{{ period }},
        {% for kind, sum in [("participants", "n_contributions"), ("creators", "n_creations")] %}
        cast(
            sum(
                case
                    when
                        person_months.month_start = compared_months.{{ month }}
                        and person_months.{{ sum }} > 0
                        then 1
                    else 0
                end
            ) as bigint
        ) as n_{{ kind }}_{{ period }},
        {% endfor %}
        {% endfor %}
        count(*) as n_person_months
    from compared_months
    inner join units
        on
            compared_months.initiative_id = units.initiative_id
            and units.side = 'target'
    inner join person_months
        on
            units.org_unit_key = person_months.org_unit_key
            and person_months.month_start in (
                compared_months.baseline_month, compared_months.last_month
            )
    where person_months.is_eligible
    group by
        compared_months.initiative_id,
        compared_months.baseline_month,
        compared_months.last_month,
        person_months.age_band,
        person_months.job_family,
        person_months.location

)

select * from final
