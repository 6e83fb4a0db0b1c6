with

persons as (

    select * from {{ source("identity", "persons") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

periods as (

    select * from {{ ref("int_job_periods") }}

),

accounts as (

    select * from {{ ref("int_accounts") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

known_spells as (

    -- A hire after the last covered day is not known yet.
    select
        spells.*,
        bounds.as_of_date,
        row_number() over (
            partition by spells.person_key
            order by spells.employed_from desc, spells.employed_to desc
        ) as spell_rank,
        count(*) over (partition by spells.person_key) as n_spells
    from spells
    cross join bounds
    where spells.employed_from <= bounds.as_of_date

),

last_spells as (

    select
        *,
        least(as_of_date, {{ add_days("employed_to", -1) }}) as last_known_date
    from known_spells
    where spell_rank = 1

),

counted_accounts as (

    select
        person_key,
        count(*) as n_accounts
    from accounts
    where kind = 'person' and person_key is not null
    group by person_key

),

final as (

    select
        persons.person_key,
        persons.person_id,
        periods.org_unit_key,
        periods.manager_person_key,
        periods.location,
        periods.level,
        periods.job_family,
        periods.age_band,
        cast(coalesce(last_spells.n_spells, 0) as integer) as n_spells,
        cast(coalesce(counted_accounts.n_accounts, 0) as integer) as n_accounts,
        persons.is_in_hr,
        persons.is_opted_out,
        coalesce(last_spells.is_contingent, false) as is_contingent,
        coalesce(last_spells.has_employment_dates, false) as has_employment_dates,
        coalesce(last_spells.employed_to > last_spells.as_of_date, false) as is_employed,
        last_spells.hire_date,
        case
            when
                last_spells.termination_date <= last_spells.as_of_date
                then last_spells.termination_date
        end as termination_date
    from persons
    left join last_spells on persons.person_key = last_spells.person_key
    left join periods
        on
            last_spells.person_key = periods.person_key
            and last_spells.last_known_date >= periods.period_from
            and last_spells.last_known_date < periods.period_to
    left join counted_accounts on persons.person_key = counted_accounts.person_key

)

select * from final
