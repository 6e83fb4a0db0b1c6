{#- The week in which a second try shows that the first was not the only one (A10). -#}
{% set adopting_week = 2 %}

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

person_accounts as (

    select * from {{ ref("int_person_accounts") }}

),

contribution_days as (

    select * from {{ ref("int_person_contribution_days") }}

),

covered_days as (

    select * from {{ ref("int_covered_days") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

launch as (

    -- Go-live if it is stated, else the first day that a source covers.
    select
        min(covered_days.date) as launch_date,
        max(bounds.as_of_date) as as_of_date
    from covered_days
    cross join bounds
    where
        covered_days.is_engagement_covered
        and covered_days.date >= bounds.start_date

),

observed_spells as (

    select
        spells.spell_key,
        spells.person_key,
        spells.employed_from,
        greatest(spells.employed_from, launch.launch_date) as origin_date,
        least(spells.employed_to, {{ add_days("launch.as_of_date", 1) }}) as observed_to
    from spells
    inner join persons on spells.person_key = persons.person_key
    cross join launch
    where
        not persons.is_opted_out
        and {{ counts_in_population("spells.is_contingent") }}
        and spells.employed_to > launch.launch_date
        and spells.employed_from <= launch.as_of_date

),

contribution_weeks as (

    -- Only while employed: what an account did before or after tells of somebody else.
    select
        contribution_days.person_key,
        contribution_days.week_start,
        min(contribution_days.local_date) as first_date
    from contribution_days
    inner join observed_spells
        on
            contribution_days.person_key = observed_spells.person_key
            and contribution_days.local_date >= observed_spells.origin_date
            and contribution_days.local_date < observed_spells.observed_to
    where contribution_days.n_contributions > 0
    group by contribution_days.person_key, contribution_days.week_start

),

numbered_weeks as (

    select
        *,
        row_number() over (partition by person_key order by week_start) as week_number
    from contribution_weeks

),

adoptions as (

    select
        person_key,
        max(case when week_number = 1 then first_date end) as first_contribution_date,
        max(case when week_number = {{ adopting_week }} then first_date end) as adoption_date,
        max(case when week_number = {{ adopting_week }} then week_start end) as adoption_week
    from numbered_weeks
    where week_number <= {{ adopting_week }}
    group by person_key

),

followed_spells as (

    -- A spell after the adoption has nothing left to adopt.
    select
        observed_spells.*,
        row_number() over (
            partition by observed_spells.person_key order by observed_spells.employed_from
        ) as spell_number,
        adoptions.first_contribution_date,
        case
            when adoptions.adoption_date < observed_spells.observed_to
                then adoptions.adoption_date
        end as adoption_date,
        case
            when adoptions.adoption_date < observed_spells.observed_to
                then adoptions.adoption_week
        end as adoption_week
    from observed_spells
    left join adoptions on observed_spells.person_key = adoptions.person_key
    where
        adoptions.adoption_date is null
        or adoptions.adoption_date >= observed_spells.origin_date

),

final as (

    select
        spells.spell_key,
        spells.person_key,
        coalesce(periods.org_unit_key, 0) as org_unit_key,
        cast({{ days_between(
            "spells.origin_date",
            "coalesce(" ~ add_days("spells.adoption_date", 1) ~ ", spells.observed_to)"
        ) }} as integer) as duration,
        case
            when
                spells.first_contribution_date >= spells.origin_date
                and spells.first_contribution_date < spells.observed_to
                then cast({{ days_between(
                    "spells.origin_date", "spells.first_contribution_date"
                ) }} + 1 as integer)
        end as first_contribution_days,
        spells.origin_date,
        spells.observed_to,
        spells.first_contribution_date,
        spells.adoption_date,
        spells.adoption_week,
        spells.adoption_date is not null as is_adopted,
        spells.spell_number > 1 as is_rehire,
        coalesce(person_accounts.engagement_from < spells.observed_to, false) as has_account
    from followed_spells as spells
    left join person_accounts on spells.person_key = person_accounts.person_key
    left join periods
        on
            spells.person_key = periods.person_key
            and spells.origin_date >= periods.period_from
            and spells.origin_date < periods.period_to

)

select * from final
