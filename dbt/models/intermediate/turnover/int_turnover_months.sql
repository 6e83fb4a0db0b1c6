{#- Attributes by which leaving is counted, one at a time: what each person had on the day. -#}
{% set attributes = ["level", "location", "job_family", "age_band", "employment_type"] %}
{% set types = ["voluntary", "involuntary", "retirement", "death", "end_of_contract"] %}
{#- How persons are grouped: by every org unit above, by each attribute, by year of hire. -#}
{% set dimensions = ["org_unit"] + attributes + ["hire_year"] %}

with

segments as (

    select * from {{ ref("int_employment_segments") }}

),

spells as (

    select * from {{ ref("int_spells") }}
    where {{ counts_in_population("is_contingent") }}

),

periods as (

    select * from {{ ref("int_job_periods") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

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
        months.month_end <= {{ add_days("bounds.as_of_date", 1) }} as is_ended
    from months
    cross join bounds

),

followed_spells as (

    -- A contract that the next one continues is no end: the person leaves with the last of them.
    select
        spells.*,
        extract(year from spells.hire_date) as hire_year,
        min(case when spells.is_separation then spells.employed_to end) over (
            partition by spells.person_key
            order by spells.employed_from
            rows between current row and unbounded following
        ) as left_on
    from spells

),

person_days as (

    select
        segments.person_key,
        segments.month_start,
        segments.org_unit_key,
        {% for attribute in attributes %}
        segments.{{ attribute }},
        {% endfor %}
        followed_spells.hire_year,
        segments.employed_days,
        segments.has_employment_dates,
        case
            when segments.has_employment_dates and segments.segment_from = segments.month_start
                then 1
            else 0
        end as is_starting,
        case
            when not segments.has_employment_dates or segments.segment_from <> segments.month_start
                then 0
            when followed_spells.left_on <= {{ add_months("segments.month_start", 1) }} then 0
            else 1
        end as is_retained,
        case
            when not segments.has_employment_dates or segments.segment_from <> segments.month_start
                then 0
            when followed_spells.left_on <= {{ add_months("segments.month_start", 12) }} then 0
            else 1
        end as is_retained_12m
    from segments
    inner join followed_spells on segments.spell_key = followed_spells.spell_key

),

ending_persons as (

    -- The headcount at a month's end is that of the first day after it.
    select
        covered_months.month_start,
        periods.org_unit_key,
        {% for attribute in attributes %}
        periods.{{ attribute }},
        {% endfor %}
        followed_spells.hire_year
    from covered_months
    inner join followed_spells
        on
            covered_months.month_end >= followed_spells.employed_from
            and covered_months.month_end < followed_spells.employed_to
    inner join periods
        on
            followed_spells.person_key = periods.person_key
            and covered_months.month_end >= periods.period_from
            and covered_months.month_end < periods.period_to
    where covered_months.is_ended and followed_spells.has_employment_dates

),

dated_exits as (

    -- Exits by the last day employed; decisions by the notice where it is known, also while the
    -- person still works.
    select
        followed_spells.person_key,
        followed_spells.hire_date,
        followed_spells.hire_year,
        followed_spells.termination_date as event_date,
        coalesce(followed_spells.termination_type, 'unknown') as event_type,
        followed_spells.is_regretted
    from followed_spells
    where followed_spells.is_separation and followed_spells.has_employment_dates
    union all
    select
        followed_spells.person_key,
        followed_spells.hire_date,
        followed_spells.hire_year,
        coalesce(followed_spells.notice_date, followed_spells.termination_date) as event_date,
        'decision' as event_type,
        cast(null as boolean) as is_regretted
    from followed_spells
    where
        followed_spells.has_employment_dates
        and (
            (followed_spells.is_separation and followed_spells.termination_type = 'voluntary')
            or (
                followed_spells.termination_date is null
                and followed_spells.notice_date is not null
                and coalesce(followed_spells.termination_type, 'voluntary') = 'voluntary'
            )
        )

),

placed_exits as (

    select
        dated_exits.hire_date,
        dated_exits.hire_year,
        dated_exits.event_type,
        dated_exits.is_regretted,
        {{ month_of("dated_exits.event_date") }} as month_start,
        {% for attribute in attributes %}
        periods.{{ attribute }},
        {% endfor %}
        periods.org_unit_key
    from dated_exits
    cross join bounds
    inner join periods
        on
            dated_exits.person_key = periods.person_key
            and dated_exits.event_date >= periods.period_from
            and dated_exits.event_date < periods.period_to
    where
        dated_exits.event_date >= bounds.start_date
        and dated_exits.event_date <= bounds.as_of_date

),

summed_days as (

    -- Joiners, leavers and people who moved count for the days they were there.
    {% set day_counts %}
    count(distinct case when has_employment_dates then person_key end) as n_population,
        count(distinct case when not has_employment_dates then person_key end) as n_without_dates,
        sum(case when has_employment_dates then employed_days else 0 end) as employed_days,
        sum(is_starting) as headcount_start,
        sum(is_retained) as n_retained,
        sum(is_retained_12m) as n_retained_12m
    {% endset %}
    {% for dimension in dimensions %}
    {{ counted_by("person_days", dimension, day_counts) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

summed_ends as (

    {% set end_counts %}
    count(*) as headcount_end
    {% endset %}
    {% for dimension in dimensions %}
    {{ counted_by("ending_persons", dimension, end_counts) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

summed_exits as (

    {% set exit_counts %}
    sum(case when event_type <> 'decision' then 1 else 0 end) as n_separations,
        {% for type in types %}
        sum(case when event_type = '{{ type }}' then 1 else 0 end) as n_{{ type }},
        {% endfor %}
        sum(case when event_type = 'unknown' then 1 else 0 end) as n_unclassified,
        sum(case when event_type = 'voluntary' and is_regretted then 1 else 0 end) as n_regretted,
        sum(case when event_type = 'voluntary' and not is_regretted then 1 else 0 end)
            as n_not_regretted,
        sum(case when event_type = 'voluntary' and is_regretted is null then 1 else 0 end)
            as n_not_assessed,
        sum(case when event_type = 'decision' then 1 else 0 end) as n_decisions,
        sum(
            case
                when event_type <> 'decision' and hire_date >= placed_exits.month_start then 1
                else 0
            end
        ) as n_hired_and_gone
    {% endset %}
    {% for dimension in dimensions %}
    {{ counted_by("placed_exits", dimension, exit_counts) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

final as (

    select
        summed_days.dimension,
        summed_days.org_unit_key,
        summed_days.dimension_value,
        summed_days.month_start,
        summed_days.n_population,
        summed_days.n_without_dates,
        summed_days.employed_days,
        summed_days.headcount_start,
        coalesce(summed_ends.headcount_end, 0) as headcount_end,
        {% for count in turnover_counts() + regret_counts() %}
        coalesce(summed_exits.{{ count }}, 0) as {{ count }},
        {% endfor %}
        summed_days.n_retained,
        summed_days.n_retained_12m
    from summed_days
    left join summed_ends
        on
            summed_days.dimension = summed_ends.dimension
            and summed_days.org_unit_key = summed_ends.org_unit_key
            and summed_days.dimension_value = summed_ends.dimension_value
            and summed_days.month_start = summed_ends.month_start
    left join summed_exits
        on
            summed_days.dimension = summed_exits.dimension
            and summed_days.org_unit_key = summed_exits.org_unit_key
            and summed_days.dimension_value = summed_exits.dimension_value
            and summed_days.month_start = summed_exits.month_start

)

select * from final
