{#- H10: active in the 84 days before the index date, still employed 28 days after it. -#}
{% set active_days = 84 %}
{% set retained_days = 28 %}

with

spells as (

    select * from {{ ref("int_spells") }}

),

contribution_days as (

    select * from {{ ref("int_person_contribution_days") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

person_accounts as (

    select * from {{ ref("int_person_accounts") }}

),

covered_days as (

    select * from {{ ref("int_covered_days") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

index_dates as (

    select
        {{ add_days("as_of_date", -retained_days) }} as index_date,
        {{ add_days("as_of_date", -retained_days - active_days) }} as active_from,
        as_of_date as retained_date
    from bounds

),

uncovered_days as (

    select count(*) as n_days
    from covered_days
    cross join index_dates
    where
        covered_days.date >= index_dates.active_from
        and covered_days.date < index_dates.index_date
        and not covered_days.is_retention_covered

),

present_spells as (

    -- A window that is not covered throughout would call people inactive who were not seen.
    select
        spells.spell_key,
        spells.person_key,
        spells.employed_to,
        index_dates.index_date,
        index_dates.active_from,
        index_dates.retained_date
    from spells
    cross join index_dates
    cross join uncovered_days
    inner join persons on spells.person_key = persons.person_key
    inner join person_accounts
        on
            spells.person_key = person_accounts.person_key
            and index_dates.index_date >= person_accounts.retention_from
    where
        spells.has_employment_dates
        and spells.has_retention
        and spells.employed_from <= index_dates.index_date
        and spells.employed_to > index_dates.index_date
        and uncovered_days.n_days = 0
        and not persons.is_opted_out
        and {{ counts_in_population("spells.is_contingent") }}

),

active_persons as (

    select distinct contribution_days.person_key
    from contribution_days
    cross join index_dates
    where
        contribution_days.n_retention_contributions > 0
        and contribution_days.local_date >= index_dates.active_from
        and contribution_days.local_date < index_dates.index_date

),

exposed_spells as (

    select
        present_spells.*,
        case when active_persons.person_key is null then 'not_engaged' else 'engaged' end
            as exposure
    from present_spells
    left join active_persons on present_spells.person_key = active_persons.person_key

),

summed_exposures as (

    select
        index_date,
        exposure,
        count(*) as n_persons,
        cast(sum(case when employed_to > retained_date then 1 else 0 end) as bigint) as n_retained
    from exposed_spells
    group by index_date, exposure

)

select * from summed_exposures
