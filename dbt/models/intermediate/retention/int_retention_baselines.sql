{#- Months from the first to the last of an exposure window. -#}
{% set window_months_before = 2 %}
{#- How far back a change of manager is looked for. -#}
{% set manager_months = 6 %}

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
        dated_windows.baseline_date,
        periods.org_unit_key,
        periods.manager_person_key,
        coalesce(periods.manager_person_key, periods.org_unit_key) as team_key,
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

final as (

    select
        spell_key,
        org_unit_key,
        team_key,
        location,
        level,
        job_family,
        age_band,
        cast(count(*) over (partition by window_month, team_key) as integer) as team_size,
        baseline_date,
        window_month,
        is_part_time,
        coalesce(manager_person_key <> earlier_manager_person_key, false) as has_new_manager
    from states

)

select * from final
