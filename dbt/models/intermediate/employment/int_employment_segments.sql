{#-
    For each purpose: the account that makes a person observable, and until when. Behaviour
    after a notice is an effect of leaving, so it is no engagement (specification 0.3).
-#}
{% set purposes = ["engagement", "retention"] %}

with

spells as (

    select * from {{ ref("int_spells") }}

),

periods as (

    select * from {{ ref("int_job_periods") }}

),

absences as (

    select * from {{ ref("int_absences") }}

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
        least(months.month_end, {{ add_days("bounds.as_of_date", 1) }}) as covered_to
    from months
    cross join bounds

),

spell_months as (

    select
        spells.spell_key,
        spells.person_key,
        spells.has_employment_dates,
        spells.notice_date,
        covered_months.month_start,
        greatest(covered_months.month_start, spells.employed_from) as segment_from,
        least(covered_months.covered_to, spells.employed_to) as segment_to
    from spells
    inner join covered_months
        on
            spells.employed_from < covered_months.covered_to
            and spells.employed_to > covered_months.month_start
    where {{ counts_in_population("spells.is_contingent") }}

),

segments as (

    select
        spell_months.spell_key,
        spell_months.person_key,
        spell_months.has_employment_dates,
        spell_months.month_start,
        periods.org_unit_key,
        periods.calendar_location,
        periods.location,
        periods.level,
        periods.job_family,
        periods.employment_type,
        periods.age_band,
        greatest(spell_months.segment_from, periods.period_from) as segment_from,
        least(spell_months.segment_to, periods.period_to) as segment_to,
        case
            when spell_months.notice_date is null then {{ last_date() }}
            else {{ add_days("spell_months.notice_date", 1) }}
        end as engaged_to
    from spell_months
    inner join periods
        on
            spell_months.person_key = periods.person_key
            and spell_months.segment_from < periods.period_to
            and spell_months.segment_to > periods.period_from

),

observable_segments as (

    select
        segments.*,
        {% for purpose in purposes %}
        least(
            segments.segment_to,
            greatest(
                segments.segment_from,
                coalesce(person_accounts.{{ purpose }}_from, {{ last_date() }})
            )
        ) as {{ purpose }}_from,
        {% endfor %}
        {{ days_between("segments.segment_from", "segments.segment_to") }} as employed_days
    from segments
    left join person_accounts on segments.person_key = person_accounts.person_key

),

closed_segments as (

    -- Without an account, or after notice, the interval is empty.
    select
        observable_segments.*,
    {% for purpose in purposes %}
    greatest(
        {{ purpose }}_from, least(observable_segments.segment_to, observable_segments.engaged_to)
    )
        as {{ purpose }}_to{{ "," if not loop.last }}
    {% endfor %}
    from observable_segments

),

present_days as (

    select
        closed_segments.*,
    {% for purpose in purposes %}
    {{ purpose }}_ends.n_{{ purpose }}_workdays_before
    - {{ purpose }}_starts.n_{{ purpose }}_workdays_before
        as {{ purpose }}_days{{ "," if not loop.last }}
    {% endfor %}
    from closed_segments
    {% for purpose in purposes %}
    inner join workday_counts as {{ purpose }}_starts
        on
            {{ calendar_day(
                "closed_segments.calendar_location",
                "closed_segments." ~ purpose ~ "_from"
            ) }}
            = {{ purpose }}_starts.calendar_day
    inner join workday_counts as {{ purpose }}_ends
        on
            {{ calendar_day(
                "closed_segments.calendar_location",
                "closed_segments." ~ purpose ~ "_to"
            ) }}
            = {{ purpose }}_ends.calendar_day
    {% endfor %}

),

absence_edges as (

    -- Both ends of each overlap, so that the calendar is joined once and by equality.
    {% for purpose in purposes %}
    {% for edge, sign in [("to", 1), ("from", -1)] %}
    select
        present_days.spell_key,
        present_days.segment_from,
        present_days.calendar_location,
        '{{ purpose }}' as purpose,
        {{ sign }} as sign,
        {{ "least" if edge == "to" else "greatest" }}(
            present_days.{{ purpose }}_{{ edge }}, absences.absent_{{ edge }}
        ) as edge_date
    from present_days
    inner join absences
        on
            present_days.person_key = absences.person_key
            and present_days.{{ purpose }}_from < absences.absent_to
            and present_days.{{ purpose }}_to > absences.absent_from
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

absent_days as (

    {% for purpose in purposes %}
    select
        absence_edges.spell_key,
        absence_edges.segment_from,
        absence_edges.purpose,
        sum(absence_edges.sign * workday_counts.n_{{ purpose }}_workdays_before) as n_days
    from absence_edges
    inner join workday_counts
        on
            absence_edges.calendar_location = workday_counts.location
            and absence_edges.edge_date = workday_counts.date
    where absence_edges.purpose = '{{ purpose }}'
    group by
        absence_edges.spell_key, absence_edges.segment_from, absence_edges.purpose
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

summed_absent_days as (

    select
        spell_key,
        segment_from,
    {% for purpose in purposes %}
    sum(case when purpose = '{{ purpose }}' then n_days else 0 end)
        as {{ purpose }}_days{{ "," if not loop.last }}
    {% endfor %}
    from absent_days
    group by spell_key, segment_from

),

final as (

    select
        present_days.spell_key,
        present_days.person_key,
        present_days.org_unit_key,
        present_days.calendar_location,
        present_days.location,
        present_days.level,
        present_days.job_family,
        present_days.employment_type,
        present_days.age_band,
        present_days.employed_days,
        {% for purpose in purposes %}
        cast(
            present_days.{{ purpose }}_days - coalesce(summed_absent_days.{{ purpose }}_days, 0)
            as integer
        ) as eligible_{{ "days" if purpose == "engagement" else purpose ~ "_days" }},
        {% endfor %}
        present_days.has_employment_dates,
        present_days.month_start,
        present_days.segment_from,
        present_days.segment_to,
        present_days.engagement_from,
        present_days.engagement_to
    from present_days
    left join summed_absent_days
        on
            present_days.spell_key = summed_absent_days.spell_key
            and present_days.segment_from = summed_absent_days.segment_from

)

select * from final
