{#- A person counts in a month if eligible on this share of the own scheduled workdays (P28) ... -#}
{% set minimum_share = 0.5 %}
{#- ... and on this many of them at least. -#}
{% set minimum_days = 2 %}

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

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

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
        months.month_end,
        least(months.month_end, {{ add_days("bounds.as_of_date", 1) }}) as covered_to
    from months
    cross join bounds

),

schedules as (

    -- A month that has not ended is taken to go on as it began: its part so far is no full month.
    select
        first_counts.location,
        covered_months.month_start,
        covered_months.covered_to,
        cast(round(
            1.0 * (last_counts.n_workdays_before - first_counts.n_workdays_before)
            * {{ days_between("covered_months.month_start", "covered_months.month_end") }}
            / {{ days_between("covered_months.month_start", "covered_months.covered_to") }}
        ) as integer) as scheduled_workdays
    from covered_months
    inner join workday_counts as first_counts on covered_months.month_start = first_counts.date
    inner join workday_counts as last_counts
        on
            covered_months.covered_to = last_counts.date
            and first_counts.location = last_counts.location

),

groups_of_units as (

    {{ group_of_each_unit("ancestors") }}

),

summed_months as (

    select
        person_key,
        month_start,
        sum(employed_days) as employed_days,
        sum(eligible_days) as eligible_days,
        max(segment_to) as employed_until
    from segments
    group by person_key, month_start

),

numbered_segments as (

    select
        *,
        row_number() over (
            partition by person_key, month_start
            order by segment_to desc, segment_from desc
        ) as segment_rank
    from segments

),

last_segments as (

    select *
    from numbered_segments
    where segment_rank = 1

),

described_months as (

    select
        last_segments.person_key,
        last_segments.spell_key,
        last_segments.org_unit_key,
        groups_of_units.group_key,
        last_segments.location,
        last_segments.level,
        last_segments.job_family,
        last_segments.age_band,
        cast(summed_months.employed_days as integer) as employed_days,
        schedules.scheduled_workdays,
        cast(summed_months.eligible_days as integer) as eligible_days,
        {{ whole_months_between("spells.hire_date", "last_segments.month_start") }}
            as tenure_months,
        last_segments.month_start,
        summed_months.employed_until = schedules.covered_to as is_employed_month_end,
        coalesce(person_accounts.engagement_from < schedules.covered_to, false) as has_account,
        persons.is_opted_out,
        last_segments.has_employment_dates
    from last_segments
    inner join summed_months
        on
            last_segments.person_key = summed_months.person_key
            and last_segments.month_start = summed_months.month_start
    inner join spells on last_segments.spell_key = spells.spell_key
    inner join persons on last_segments.person_key = persons.person_key
    inner join groups_of_units on last_segments.org_unit_key = groups_of_units.org_unit_key
    inner join schedules
        on
            last_segments.calendar_location = schedules.location
            and last_segments.month_start = schedules.month_start
    left join person_accounts on last_segments.person_key = person_accounts.person_key

),

final as (

    select
        person_key,
        spell_key,
        org_unit_key,
        group_key,
        location,
        level,
        job_family,
        age_band,
        employed_days,
        scheduled_workdays,
        eligible_days,
        tenure_months,
        month_start,
        is_employed_month_end,
        not is_opted_out
        and eligible_days >= {{ minimum_days }}
        and eligible_days >= {{ minimum_share }} * scheduled_workdays as is_eligible,
        not is_opted_out
        and eligible_days > 0
        and not (
            eligible_days >= {{ minimum_days }}
            and eligible_days >= {{ minimum_share }} * scheduled_workdays
        ) as is_partial,
        has_account,
        is_opted_out,
        has_employment_dates
    from described_months

)

select * from final
