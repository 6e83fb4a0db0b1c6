{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- A person is measured if eligible on this share of the own scheduled workdays (P28) ... -#}
{% set minimum_share = 0.5 %}
{#- ... and on this many of them at least. -#}
{% set minimum_days = 2 %}
{#- Peer groups from narrow to wide: the region goes first, then the job family (E1). -#}
{% set peer_groups = [
    ["level", "job_family", "location", "fte_band"],
    ["level", "job_family", "fte_band"],
    ["level", "fte_band"],
] %}

with

person_months as (

    select * from {{ ref("int_person_months") }}

),

segments as (

    select * from {{ ref("int_employment_segments") }}

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

workers as (

    select * from {{ source("identity", "workers") }}

),

stated_jobs as (

    select * from {{ ref("stg_jobs") }}

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

closed_months as (

    select
        months.month_start,
        least(months.month_end, {{ add_days("bounds.as_of_date", 1) }}) as window_to
    from months
    cross join bounds

),

windows as (

    -- Of people, jobs and calendars a day changes only what its own month and later ones show.
    select
        month_start,
        window_to,
        {{ add_days("window_to", "-" ~ scorecard_window_days()) }} as window_from
    from closed_months
    where {{ is_rebuilt_from("closed_months.month_start") }}

),

genders as (

    -- Declared by the organisation, if at all; for the fairness report only.
    select
        workers.person_key,
        windows.month_start,
        max({{ map_value("stated_jobs.attributes", "gender") }}) as gender
    from stated_jobs
    inner join workers on stated_jobs.worker_id = workers.worker_id
    inner join windows
        on {{ is_valid_on("stated_jobs", add_days("windows.window_to", -1)) }}
    where {{ map_value("stated_jobs.attributes", "gender") }} is not null
    group by workers.person_key, windows.month_start

),

present_persons as (

    select
        person_months.person_key,
        person_months.spell_key,
        persons.person_id,
        person_months.org_unit_key,
        person_months.group_key,
        person_months.location,
        person_months.level,
        person_months.job_family,
        person_months.age_band,
        genders.gender,
        periods.calendar_location,
        periods.manager_person_key,
        case
            when periods.fte is null then 'unknown'
            when periods.fte >= 0.95 then 'full'
            when periods.fte >= 0.5 then 'half or more'
            else 'below half'
        end as fte_band,
        {{ days_between("spells.hire_date", "windows.window_to") }} as tenure_days,
        windows.month_start,
        windows.window_from,
        windows.window_to
    from person_months
    inner join windows on person_months.month_start = windows.month_start
    inner join persons on person_months.person_key = persons.person_key
    inner join spells on person_months.spell_key = spells.spell_key
    inner join periods
        on
            person_months.person_key = periods.person_key
            and windows.window_to > periods.period_from
            and windows.window_to <= periods.period_to
    left join genders
        on
            person_months.person_key = genders.person_key
            and person_months.month_start = genders.month_start
    where person_months.is_employed_month_end and not person_months.is_opted_out

),

cut_segments as (

    -- Only the window's first month is cut by it; the others are whole. A rehire begins anew:
    -- what lies before the gap is another spell's.
    select
        present_persons.person_key,
        present_persons.month_start,
        segments.calendar_location,
        greatest(segments.engagement_from, present_persons.window_from) as engagement_from,
        least(segments.engagement_to, present_persons.window_to) as engagement_to
    from present_persons
    inner join segments
        on
            present_persons.person_key = segments.person_key
            and present_persons.spell_key = segments.spell_key
            and present_persons.window_to > segments.engagement_from
            and present_persons.window_from < segments.engagement_to
    where segments.engagement_from < segments.engagement_to

),

counted_edges as (

    -- Both ends of each interval, absences taken away, so that the calendar is joined once.
    {% for edge, sign in [("to", 1), ("from", -1)] %}
    select
        person_key,
        month_start,
        calendar_location,
        {{ sign }} as sign,
        engagement_{{ edge }} as edge_date
    from cut_segments
    union all
    select
        cut_segments.person_key,
        cut_segments.month_start,
        cut_segments.calendar_location,
        {{ -sign }} as sign,
        {{ "least" if edge == "to" else "greatest" }}(
            cut_segments.engagement_{{ edge }}, absences.absent_{{ edge }}
        ) as edge_date
    from cut_segments
    inner join absences
        on
            cut_segments.person_key = absences.person_key
            and cut_segments.engagement_from < absences.absent_to
            and cut_segments.engagement_to > absences.absent_from
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

counted_days as (

    select
        counted_edges.person_key,
        counted_edges.month_start,
        sum(counted_edges.sign * workday_counts.n_engagement_workdays_before) as eligible_days
    from counted_edges
    inner join workday_counts
        on
            counted_edges.calendar_location = workday_counts.location
            and counted_edges.edge_date = workday_counts.date
    group by counted_edges.person_key, counted_edges.month_start

),

observed_intervals as (

    select
        person_key,
        month_start,
        min(engagement_from) as observed_from,
        max(engagement_to) as observed_to
    from cut_segments
    group by person_key, month_start

),

scheduled_days as (

    select
        first_counts.location,
        windows.month_start,
        last_counts.n_workdays_before - first_counts.n_workdays_before as scheduled_workdays
    from windows
    inner join workday_counts as first_counts on windows.window_from = first_counts.date
    inner join workday_counts as last_counts
        on
            windows.window_to = last_counts.date
            and first_counts.location = last_counts.location

),

measured_persons as (

    select
        present_persons.*,
        observed_intervals.observed_from,
        observed_intervals.observed_to,
        cast(scheduled_days.scheduled_workdays as integer) as scheduled_workdays,
        cast(coalesce(counted_days.eligible_days, 0) as integer) as eligible_days,
        coalesce(counted_days.eligible_days, 0) >= {{ minimum_days }}
        and coalesce(counted_days.eligible_days, 0)
        >= {{ minimum_share }} * scheduled_days.scheduled_workdays as is_measured
    from present_persons
    inner join scheduled_days
        on
            present_persons.calendar_location = scheduled_days.location
            and present_persons.month_start = scheduled_days.month_start
    left join counted_days
        on
            present_persons.person_key = counted_days.person_key
            and present_persons.month_start = counted_days.month_start
    left join observed_intervals
        on
            present_persons.person_key = observed_intervals.person_key
            and present_persons.month_start = observed_intervals.month_start

),

sized_groups as (

    select
        *,
    {% for columns in peer_groups %}
    sum(case when is_measured then 1 else 0 end) over (
        partition by month_start, {{ columns | join(", ") }}
        ) as n_{{ columns | length }}{{ "," if not loop.last }}
    {% endfor %}
    from measured_persons

),

named_groups as (

    select
        *,
    {% for columns in peer_groups %}
    {{ peer_group_text(columns) }} as peer_group_{{ loop.index }}{{ "," if not loop.last }}
    {% endfor %}
    from sized_groups

),

grouped_persons as (

    select
        *,
        case
            {% for columns in peer_groups %}
            when n_{{ columns | length }} >= {{ scorecard_min_peers() }}
                then peer_group_{{ loop.index }}
            {% endfor %}
        end as peer_group,
        case
            {% for columns in peer_groups %}
            when n_{{ columns | length }} >= {{ scorecard_min_peers() }}
                then n_{{ columns | length }}
            {% endfor %}
        end as peer_n
    from named_groups

),

final as (

    select
        person_key,
        spell_key,
        person_id,
        manager_person_key,
        org_unit_key,
        group_key,
        location,
        level,
        job_family,
        age_band,
        gender,
        fte_band,
        peer_group_1,
        peer_group_2,
        peer_group_3,
        peer_group,
        cast(peer_n as integer) as peer_n,
        tenure_days,
        scheduled_workdays,
        eligible_days,
        month_start,
        window_from,
        window_to,
        observed_from,
        observed_to,
        is_measured
    from grouped_persons

)

select * from final
