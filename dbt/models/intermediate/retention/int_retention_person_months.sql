{#- Months before the month at risk that even the shortest lag looks at. -#}
{% set window_months_before = 2 %}

with

spells as (

    select * from {{ ref("int_spells") }}

),

clock as (

    select * from {{ ref("int_retention_clock") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

dated_decisions as (

    -- A notice that is known and not withdrawn is a decision, also while the person still works.
    select
        spells.spell_key,
        spells.person_key,
        spells.hire_date,
        spells.employed_from,
        spells.employed_to,
        case
            when not spells.is_separation or spells.termination_type = 'voluntary' then null
            when spells.is_redundancy then 'redundancy'
            when spells.termination_type = 'involuntary' then 'involuntary'
            when coalesce(spells.termination_type, 'unknown') = 'unknown' then 'unclassified'
            else 'other'
        end as other_exit,
        bounds.start_date,
        {{ add_days("bounds.as_of_date", 1) }} as observed_to,
        clock.event_clock,
        case
            when coalesce(spells.termination_type, 'voluntary') <> 'voluntary' then null
            when spells.termination_date is not null and not spells.is_separation then null
            when
                clock.event_clock = 'notice'
                and spells.notice_date is not null
                and (spells.termination_type = 'voluntary' or spells.termination_date is null)
                then spells.notice_date
            when spells.termination_type = 'voluntary' then spells.termination_date
        end as decision_date
    from spells
    inner join persons on spells.person_key = persons.person_key
    cross join clock
    cross join bounds
    where
        spells.has_employment_dates
        and spells.has_retention
        and not persons.is_opted_out
        and {{ counts_in_population("spells.is_contingent") }}

),

followed_spells as (

    select
        *,
        least(
            employed_to,
            observed_to,
            case
                when decision_date is null then {{ last_date() }}
                else {{ add_days("decision_date", 1) }}
            end
        ) as followed_to
    from dated_decisions

),

person_months as (

    select
        followed_spells.spell_key,
        followed_spells.person_key,
        {{ days_between(
            "months.month_start", "least(months.month_end, followed_spells.followed_to)"
        ) }} as employed_days,
        {{ whole_months_between("followed_spells.hire_date", "months.month_start") }}
            as tenure_months,
        cast(
            least(
                {{ whole_months_between("followed_spells.hire_date", "months.month_start") }},
                {{ whole_months_between("followed_spells.start_date", "months.month_start") }}
            ) as integer
        ) as observable_months,
        followed_spells.event_clock,
        months.month_start,
        coalesce(
            followed_spells.decision_date >= months.month_start
            and followed_spells.decision_date < months.month_end
            and followed_spells.decision_date < followed_spells.observed_to,
            false
        ) as is_event,
        case
            when
                followed_spells.followed_to = followed_spells.employed_to
                and followed_spells.followed_to <= months.month_end
                then followed_spells.other_exit
        end as other_exit
    from followed_spells
    inner join months
        on
            followed_spells.followed_to > months.month_start
            and followed_spells.employed_from
            <= {{ add_months("months.month_start", -window_months_before) }}
            and followed_spells.start_date
            <= {{ add_months("months.month_start", -window_months_before) }}

)

select * from person_months
