{#- A window with fewer eligible workdays says nothing about a person (P23). -#}
{% set minimum_eligible_days = 20 %}
{% set minimum_weeks = 2 %}
{#- How far back the last observable window is carried, e.g. over a leave. -#}
{% set carried_months = 3 %}

with

segments as (

    select * from {{ ref("int_employment_segments") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

contribution_days as (

    select * from {{ ref("int_person_contribution_days") }}

),

followed_spells as (

    -- HR data without the purpose retention stops here, as the traces of such sources do.
    select
        spells.spell_key,
        spells.person_key,
        spells.employed_from,
        case
            when spells.notice_date is null then spells.employed_to
            else least(spells.employed_to, {{ add_days("spells.notice_date", 1) }})
        end as engaged_to
    from spells
    inner join persons on spells.person_key = persons.person_key
    where
        spells.has_employment_dates
        and spells.has_retention
        and not persons.is_opted_out

),

spell_months as (

    select
        segments.spell_key,
        segments.month_start,
        sum(segments.eligible_retention_days) as eligible_days
    from segments
    inner join followed_spells on segments.spell_key = followed_spells.spell_key
    group by segments.spell_key, segments.month_start

),

followed_days as (

    select
        followed_spells.spell_key,
        contribution_days.local_date,
        contribution_days.week_start,
        contribution_days.n_retention_contributions
    from contribution_days
    inner join followed_spells
        on
            contribution_days.person_key = followed_spells.person_key
            and contribution_days.local_date >= followed_spells.employed_from
            and contribution_days.local_date < followed_spells.engaged_to
    where contribution_days.n_retention_contributions > 0

),

contributing_weeks as (

    select distinct
        spell_key,
        week_start
    from followed_days

),

month_contributions as (

    select
        spell_key,
        {{ month_of("local_date") }} as month_start,
        sum(n_retention_contributions) as n_contributions
    from followed_days
    group by spell_key, {{ month_of("local_date") }}

),

placed_contributions as (

    {% for months_later in range(3) %}
    select
        spell_key,
        n_contributions,
        {{ add_months("month_start", months_later) }} as window_month
    from month_contributions
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

counted_contributions as (

    select
        spell_key,
        window_month,
        sum(n_contributions) as n_contributions
    from placed_contributions
    group by spell_key, window_month

),

placed_weeks as (

    -- A week belongs to the windows that hold all of it.
    {% for months_later in range(3) %}
    select
        spell_key,
        week_start,
        {{ add_months(month_of("week_start"), months_later) }} as window_month
    from contributing_weeks
    {% if loop.first %}
    where {{ add_days("week_start", 7) }} <= {{ add_months(month_of("week_start"), 1) }}
    {% endif %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

counted_weeks as (

    select
        spell_key,
        window_month,
        count(*) as n_contributing_weeks
    from placed_weeks
    group by spell_key, window_month

),

placed_days as (

    {% for months_later in range(3) %}
    select
        spell_key,
        eligible_days,
        {{ add_months("month_start", months_later) }} as window_month
    from spell_months
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

counted_days as (

    select
        spell_key,
        window_month,
        sum(eligible_days) as eligible_days
    from placed_days
    group by spell_key, window_month

),

own_windows as (

    select
        spell_months.spell_key,
        spell_months.month_start as window_month,
        cast(coalesce(counted_weeks.n_contributing_weeks, 0) as integer) as n_contributing_weeks,
        cast(coalesce(counted_contributions.n_contributions, 0) as integer) as n_contributions,
        cast(coalesce(counted_days.eligible_days, 0) as integer) as eligible_days,
        case
            when coalesce(counted_days.eligible_days, 0) < {{ minimum_eligible_days }} then null
            when counted_weeks.n_contributing_weeks >= {{ minimum_weeks }} then 'engaged'
            else 'not_engaged'
        end as own_exposure
    from spell_months
    left join counted_weeks
        on
            spell_months.spell_key = counted_weeks.spell_key
            and spell_months.month_start = counted_weeks.window_month
    left join counted_contributions
        on
            spell_months.spell_key = counted_contributions.spell_key
            and spell_months.month_start = counted_contributions.window_month
    left join counted_days
        on
            spell_months.spell_key = counted_days.spell_key
            and spell_months.month_start = counted_days.window_month

),

carried_windows as (

    select
        own_windows.spell_key,
        own_windows.n_contributing_weeks,
        own_windows.n_contributions,
        own_windows.eligible_days,
        own_windows.own_exposure,
        coalesce(
            own_windows.own_exposure,
            {% for months_earlier in range(1, carried_months + 1) %}
            earlier_{{ months_earlier }}.own_exposure,
            {% endfor %}
            'unobserved'
        ) as exposure,
        own_windows.window_month
    from own_windows
    {% for months_earlier in range(1, carried_months + 1) %}
    left join own_windows as earlier_{{ months_earlier }}
        on
            own_windows.spell_key = earlier_{{ months_earlier }}.spell_key
            and {{ add_months("own_windows.window_month", -months_earlier) }}
            = earlier_{{ months_earlier }}.window_month
    {% endfor %}

)

select * from carried_windows
