{#- Months from the first to the last of an exposure window. -#}
{% set window_months_before = 2 %}
{#- How far back a change of manager is looked for. -#}
{% set manager_months = 6 %}
{#- Days before the window in which resigned team mates are counted (H11). -#}
{% set attrition_days = 91 %}

with

windows as (

    select * from {{ ref("int_retention_windows") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

periods as (

    select * from {{ ref("int_job_periods") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

dated_windows as (

    -- What may confound is measured before the exposure: on the day before the window begins,
    -- or on the first day of the employment.
    select
        windows.spell_key,
        windows.window_month,
        spells.person_key,
        spells.employed_from,
        greatest(
            {{ add_days(add_months("windows.window_month", -window_months_before), -1) }},
            spells.employed_from
        ) as baseline_date
    from windows
    inner join spells on windows.spell_key = spells.spell_key
    where
        spells.employed_from
        <= {{ add_months("windows.window_month", -window_months_before) }}

),

states as (

    select
        dated_windows.spell_key,
        dated_windows.window_month,
        dated_windows.person_key,
        dated_windows.baseline_date,
        periods.org_unit_key,
        periods.manager_person_key,
        {{ team_key("periods.manager_person_key", "periods.org_unit_key") }} as team_key,
        periods.location,
        periods.level,
        periods.job_family,
        periods.age_band,
        coalesce(periods.fte < 1, false) as is_part_time,
        earlier_periods.manager_person_key as earlier_manager_person_key
    from dated_windows
    inner join periods
        on
            dated_windows.person_key = periods.person_key
            and dated_windows.baseline_date >= periods.period_from
            and dated_windows.baseline_date < periods.period_to
    left join periods as earlier_periods
        on
            dated_windows.person_key = earlier_periods.person_key
            and greatest(
                {{ add_months("dated_windows.baseline_date", -manager_months) }},
                dated_windows.employed_from
            ) >= earlier_periods.period_from
            and greatest(
                {{ add_months("dated_windows.baseline_date", -manager_months) }},
                dated_windows.employed_from
            ) < earlier_periods.period_to

),

attrition_periods as (

    -- The days up to the window, so that the exits precede the exposure.
    select
        window_months.window_month,
        {{ add_months("window_months.window_month", -window_months_before) }} as window_start,
        {{ add_days(
            add_months("window_months.window_month", -window_months_before), -attrition_days
        ) }} as attrition_from,
        bounds.start_date
    from (select distinct window_month from dated_windows) as window_months
    cross join bounds

),

team_members as (

    -- Who was in a team on the first of these days, and whether they have resigned and left since.
    select
        attrition_periods.window_month,
        spells.person_key,
        {{ team_key("periods.manager_person_key", "periods.org_unit_key") }} as team_key,
        case
            when
                spells.is_separation
                and spells.termination_type = 'voluntary'
                and spells.termination_date < attrition_periods.window_start
                then 1
            else 0
        end as has_left
    from attrition_periods
    inner join spells
        on
            attrition_periods.attrition_from >= spells.employed_from
            and attrition_periods.attrition_from < spells.employed_to
    inner join persons on spells.person_key = persons.person_key
    inner join periods
        on
            spells.person_key = periods.person_key
            and attrition_periods.attrition_from >= periods.period_from
            and attrition_periods.attrition_from < periods.period_to
    where
        attrition_periods.attrition_from >= attrition_periods.start_date
        and spells.has_employment_dates
        and spells.has_retention
        and not persons.is_opted_out
        and {{ counts_in_population("spells.is_contingent") }}

),

teams as (

    select
        window_month,
        team_key,
        count(*) as n_members,
        sum(has_left) as n_left
    from team_members
    group by window_month, team_key

),

placed_states as (

    -- Newcomers have the team of their baseline; nobody is a mate of oneself.
    select
        states.*,
        attrition_periods.attrition_from >= attrition_periods.start_date as is_attrition_observed,
        coalesce(own.team_key, states.team_key) as attrition_team_key,
        coalesce(own.has_left, 0) as own_left,
        case when own.person_key is null then 0 else 1 end as own_member
    from states
    inner join attrition_periods on states.window_month = attrition_periods.window_month
    left join team_members as own
        on
            states.person_key = own.person_key
            and states.window_month = own.window_month

),

final as (

    select
        placed_states.spell_key,
        placed_states.org_unit_key,
        placed_states.team_key,
        placed_states.location,
        placed_states.level,
        placed_states.job_family,
        placed_states.age_band,
        cast(
            count(*) over (partition by placed_states.window_month, placed_states.team_key)
            as integer
        ) as team_size,
        1.0 * (teams.n_left - placed_states.own_left)
        / nullif(teams.n_members - placed_states.own_member, 0) as team_attrition,
        case
            when not placed_states.is_attrition_observed then 'before_observed_period'
            when coalesce(teams.n_members - placed_states.own_member, 0) = 0 then 'no_team_mates'
        end as team_attrition_reason,
        placed_states.baseline_date,
        placed_states.window_month,
        placed_states.is_part_time,
        coalesce(
            placed_states.manager_person_key <> placed_states.earlier_manager_person_key, false
        ) as has_new_manager
    from placed_states
    left join teams
        on
            placed_states.window_month = teams.window_month
            and placed_states.attrition_team_key = teams.team_key

)

select * from final
