{#- As for a month: at least half of the own scheduled workdays of the window, and two (P28). -#}
{% set minimum_share = 0.5 %}
{% set minimum_days = 2 %}

with

person_months as (

    select * from {{ ref("int_person_months") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

periods as (

    select * from {{ ref("int_job_periods") }}

),

absences as (

    select * from {{ ref("int_absences") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

person_accounts as (

    select * from {{ ref("int_person_accounts") }}

),

workday_counts as (

    select * from {{ ref("int_workday_counts") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

covered_months as (

    select
        months.month_start,
        least(months.month_end, {{ add_days("bounds.as_of_date", 1) }}) as window_to
    from months
    cross join bounds

),

windows as (

    select
        month_start,
        window_to,
        {{ add_days("window_to", "-7 * " ~ var("window_weeks")) }} as window_from
    from covered_months

),

present_persons as (

    select
        person_months.month_start,
        person_months.person_key,
        person_months.group_key,
        person_months.org_unit_key,
        windows.window_from,
        windows.window_to,
        spells.employed_from
    from person_months
    inner join windows on person_months.month_start = windows.month_start
    inner join spells on person_months.spell_key = spells.spell_key
    where person_months.is_employed_month_end and not person_months.is_opted_out

),

located_persons as (

    select
        present_persons.*,
        persons.person_id,
        periods.calendar_location,
        least(
            present_persons.window_to,
            greatest(
                present_persons.window_from,
                present_persons.employed_from,
                coalesce(person_accounts.network_from, present_persons.window_to)
            )
        ) as observed_from
    from present_persons
    inner join persons on present_persons.person_key = persons.person_key
    inner join periods
        on
            present_persons.person_key = periods.person_key
            and present_persons.window_to > periods.period_from
            and present_persons.window_to <= periods.period_to
    left join person_accounts on present_persons.person_key = person_accounts.person_key

),

counted_days as (

    select
        located_persons.*,
        last_counts.n_workdays_before - first_counts.n_workdays_before as scheduled_workdays,
        last_counts.n_network_workdays_before
        - observed_starts.n_network_workdays_before as present_days
    from located_persons
    inner join workday_counts as first_counts
        on
            {{ calendar_day("located_persons.calendar_location", "located_persons.window_from") }}
            = first_counts.calendar_day
    inner join workday_counts as observed_starts
        on
            {{ calendar_day(
                "located_persons.calendar_location",
                "located_persons.observed_from"
            ) }}
            = observed_starts.calendar_day
    inner join workday_counts as last_counts
        on
            {{ calendar_day("located_persons.calendar_location", "located_persons.window_to") }}
            = last_counts.calendar_day

),

absent_days as (

    select
        counted_days.person_key,
        counted_days.month_start,
        sum(last_counts.n_network_workdays_before - first_counts.n_network_workdays_before)
            as n_days
    from counted_days
    inner join absences
        on
            counted_days.person_key = absences.person_key
            and counted_days.observed_from < absences.absent_to
            and counted_days.window_to > absences.absent_from
    inner join workday_counts as first_counts
        on
            {{ calendar_day(
                "counted_days.calendar_location",
                "greatest(counted_days.observed_from, absences.absent_from)"
            ) }}
            = first_counts.calendar_day
    inner join workday_counts as last_counts
        on
            {{ calendar_day(
                "counted_days.calendar_location",
                "least(counted_days.window_to, absences.absent_to)"
            ) }}
            = last_counts.calendar_day
    group by counted_days.person_key, counted_days.month_start

),

final as (

    select
        counted_days.person_key,
        counted_days.person_id,
        counted_days.group_key,
        counted_days.org_unit_key,
        counted_days.month_start,
        counted_days.present_days - coalesce(absent_days.n_days, 0) >= {{ minimum_days }}
        and counted_days.present_days - coalesce(absent_days.n_days, 0)
        >= {{ minimum_share }} * counted_days.scheduled_workdays as is_measured
    from counted_days
    left join absent_days
        on
            counted_days.person_key = absent_days.person_key
            and counted_days.month_start = absent_days.month_start

)

select * from final
