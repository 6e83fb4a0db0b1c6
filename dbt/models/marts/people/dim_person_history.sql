with

spells as (

    select * from {{ ref("int_spells") }}

),

periods as (

    select * from {{ ref("int_job_periods") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

employed_periods as (

    select
        spells.spell_key,
        spells.person_key,
        persons.person_id,
        periods.manager_person_key,
        periods.org_unit_key,
        periods.location,
        periods.level,
        periods.job_family,
        periods.employment_type,
        periods.age_band,
        periods.fte,
        spells.has_employment_dates,
        spells.is_contingent,
        greatest(spells.employed_from, periods.period_from) as period_from,
        least(spells.employed_to, periods.period_to) as period_to
    from spells
    inner join periods
        on
            spells.person_key = periods.person_key
            and spells.employed_from < periods.period_to
            and spells.employed_to > periods.period_from
    inner join persons on spells.person_key = persons.person_key

),

final as (

    select
        spell_key,
        person_key,
        person_id,
        manager_person_key,
        org_unit_key,
        location,
        level,
        job_family,
        employment_type,
        age_band,
        cast(fte as double) as fte,
        has_employment_dates,
        is_contingent,
        case when period_from > {{ first_date() }} then period_from end as valid_from,
        case when period_to < {{ last_date() }} then period_to end as valid_to
    from employed_periods

)

select * from final
