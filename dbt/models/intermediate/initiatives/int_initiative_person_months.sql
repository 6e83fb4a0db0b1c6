{{ config(materialized="view") }}

with

person_months as (

    select * from {{ ref("int_person_months") }}

),

unit_months as (

    select * from {{ ref("int_person_unit_months") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

summed_persons as (

    select
        person_key,
        month_start,
        sum(n_contributions) as n_contributions,
        sum(n_creations) as n_creations,
        sum(n_active_days) as n_active_days
    from unit_months
    group by person_key, month_start

),

final as (

    select
        person_months.person_key,
        person_months.org_unit_key,
        person_months.location,
        person_months.level,
        person_months.job_family,
        person_months.age_band,
        person_months.tenure_months,
        person_months.eligible_days,
        coalesce(summed_persons.n_contributions, 0) as n_contributions,
        coalesce(summed_persons.n_creations, 0) as n_creations,
        coalesce(summed_persons.n_active_days, 0) as n_active_days,
        person_months.month_start,
        person_months.is_employed_month_end,
        person_months.is_eligible
    from person_months
    inner join months on person_months.month_start = months.month_start
    left join summed_persons
        on
            person_months.person_key = summed_persons.person_key
            and person_months.month_start = summed_persons.month_start
    where
        not person_months.is_opted_out
        and months.is_final

)

select * from final
