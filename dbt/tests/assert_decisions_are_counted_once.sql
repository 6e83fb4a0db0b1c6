-- The events of the risk table are the voluntary decisions of the study period whose month can
-- be seen at all: none is lost by dating them to the notice, none counts twice (P20).
with

person_months as (

    select * from {{ ref("int_retention_person_months") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

clock as (

    select * from {{ ref("int_retention_clock") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

decisions as (

    select
        spells.spell_key,
        spells.hire_date,
        case
            when
                clock.event_clock = 'notice'
                then coalesce(spells.notice_date, spells.termination_date)
            else spells.termination_date
        end as decision_date
    from spells
    cross join clock
    inner join persons on spells.person_key = persons.person_key
    where
        spells.has_retention
        and spells.has_employment_dates
        and not persons.is_opted_out
        and {{ counts_in_population("spells.is_contingent") }}
        and (
            (spells.is_separation and spells.termination_type = 'voluntary')
            or (spells.termination_date is null and clock.event_clock = 'notice')
        )

),

observable_decisions as (

    select decisions.spell_key
    from decisions
    cross join bounds
    where
        decisions.decision_date <= bounds.as_of_date
        and decisions.hire_date <= {{ add_months(month_of("decisions.decision_date"), -2) }}
        and bounds.start_date <= {{ add_months(month_of("decisions.decision_date"), -2) }}

),

counted_events as (

    select
        spell_key,
        count(*) as n_events
    from person_months
    where is_event
    group by spell_key

),

final as (

    select
        observable_decisions.spell_key as decided_spell_key,
        counted_events.spell_key as counted_spell_key,
        counted_events.n_events
    from observable_decisions
    full outer join counted_events on observable_decisions.spell_key = counted_events.spell_key
    where
        observable_decisions.spell_key is null
        or counted_events.spell_key is null
        or counted_events.n_events <> 1

)

select * from final
