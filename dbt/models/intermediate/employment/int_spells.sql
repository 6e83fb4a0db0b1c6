with

spells as (

    select * from {{ ref("stg_spells") }}

),

hr_workers as (

    select * from {{ ref("stg_workers") }}

),

workers as (

    select * from {{ source("identity", "workers") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

feeds as (

    select * from {{ source("reference", "sources") }}

),

stated_spells as (

    select
        workers.person_key,
        spells.source,
        spells.hire_date,
        spells.termination_date,
        spells.termination_type,
        spells.notice_date,
        case when spells.termination_type = 'voluntary' then spells.is_regretted end
            as is_regretted,
        coalesce(
            spells.termination_type = 'involuntary'
            and (
                lower(spells.reason) like '%redundan%'
                or lower(spells.reason) like '%site clos%'
                or lower(spells.reason) like '%position eliminat%'
            ),
            false
        ) as is_redundancy,
        {{ hash64("spells.worker_id || ':' || cast(spells.spell_number as varchar)") }} as spell_key
    from spells
    inner join workers on spells.worker_id = workers.worker_id

),

persons_with_spell as (

    select distinct person_key
    from stated_spells

),

undated_spells as (

    -- A person without any spell (no HR feed, or one that names people without dates) counts as
    -- present for the whole covered period.
    select
        persons.person_key,
        cast(null as varchar) as source,
        cast(null as date) as hire_date,
        cast(null as date) as termination_date,
        cast(null as varchar) as termination_type,
        cast(null as date) as notice_date,
        cast(null as boolean) as is_regretted,
        false as is_redundancy,
        {{ hash64("'person:' || persons.person_id") }} as spell_key
    from persons
    left join persons_with_spell on persons.person_key = persons_with_spell.person_key
    where persons_with_spell.person_key is null

),

all_spells as (

    select * from stated_spells
    union all
    select * from undated_spells

),

contingent_workers as (

    -- Whoever is regular staff in one of several HR records is regular staff.
    select workers.person_key
    from hr_workers
    inner join workers on hr_workers.worker_id = workers.worker_id
    group by workers.person_key
    having min(case when hr_workers.is_contingent then 1 else 0 end) = 1

),

bounded_spells as (

    select
        all_spells.*,
        coalesce(all_spells.hire_date, {{ first_date() }}) as employed_from,
        case
            when all_spells.termination_date is null then {{ last_date() }}
            else {{ add_days("all_spells.termination_date", 1) }}
        end as stated_to,
        contingent_workers.person_key is not null as is_contingent,
        coalesce(feeds.has_retention, false) as has_retention
    from all_spells
    left join contingent_workers on all_spells.person_key = contingent_workers.person_key
    left join feeds on all_spells.source = feeds.source

),

followed_spells as (

    select
        *,
        lead(employed_from) over (
            partition by person_key order by employed_from, stated_to, spell_key
        ) as next_employed_from
    from bounded_spells

),

closed_spells as (

    -- Nobody is employed twice on one day: a later spell cuts an earlier one. A spell that
    -- the next one continues without a gap (a conversion of contract) ends in no separation.
    select
        spell_key,
        person_key,
        source,
        termination_type,
        is_redundancy,
        hire_date,
        termination_date,
        notice_date,
        is_regretted,
        employed_from,
        least(stated_to, coalesce(next_employed_from, stated_to)) as employed_to,
        hire_date is not null as has_employment_dates,
        is_contingent,
        has_retention,
        termination_date is not null
        and (next_employed_from is null or next_employed_from > stated_to) as is_separation
    from followed_spells

)

select * from closed_spells
