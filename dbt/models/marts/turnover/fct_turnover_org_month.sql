{#- Fewer months than this are not annualised. -#}
{% set minimum_months = 3 %}
{% set types = ["voluntary", "involuntary", "retirement", "death", "end_of_contract"] %}

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
        months.is_final,
        months.month_end <= {{ add_days("bounds.as_of_date", 1) }} as is_ended,
        {{ days_between(
            "months.month_start", "least(months.month_end, " ~ add_days("bounds.as_of_date", 1) ~ ")"
        ) }} as n_days
    from months
    cross join bounds

),

segments_of_units as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        segments.*
    from segments
    inner join ancestors on segments.org_unit_key = ancestors.org_unit_key

),

summed_days as (

    -- Joiners, leavers and people who changed units count for the days they were there.
    select
        org_unit_key,
        month_start,
        count(distinct case when has_employment_dates then person_key end) as n_population,
        count(distinct case when not has_employment_dates then person_key end) as n_without_dates,
        sum(case when has_employment_dates then employed_days else 0 end) as employed_days
    from segments_of_units
    group by org_unit_key, month_start

),

starting_persons as (

    select
        segments_of_units.org_unit_key,
        segments_of_units.month_start,
        segments_of_units.spell_key
    from segments_of_units
    where
        segments_of_units.has_employment_dates
        and segments_of_units.segment_from = segments_of_units.month_start

),

ending_persons as (

    -- The headcount at a month's end is that of the first day after it.
    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        covered_months.month_start,
        count(*) as headcount_end
    from covered_months
    inner join spells
        on
            covered_months.month_end >= spells.employed_from
            and covered_months.month_end < spells.employed_to
    inner join periods
        on
            spells.person_key = periods.person_key
            and covered_months.month_end >= periods.period_from
            and covered_months.month_end < periods.period_to
    inner join ancestors on periods.org_unit_key = ancestors.org_unit_key
    where covered_months.is_ended and spells.has_employment_dates
    group by ancestors.ancestor_org_unit_key, covered_months.month_start

),

separations as (

    select
        spells.spell_key,
        spells.person_key,
        spells.termination_date,
        spells.hire_date,
        coalesce(spells.termination_type, 'unknown') as termination_type,
        {{ month_of("spells.termination_date") }} as month_start
    from spells
    cross join bounds
    where
        spells.is_separation
        and spells.has_employment_dates
        and spells.termination_date >= bounds.start_date
        and spells.termination_date <= bounds.as_of_date

),

summed_separations as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        separations.month_start,
        count(*) as n_separations,
        {% for type in types %}
        sum(case when separations.termination_type = '{{ type }}' then 1 else 0 end)
            as n_{{ type }},
        {% endfor %}
        sum(case when separations.termination_type = 'unknown' then 1 else 0 end)
            as n_unclassified,
        sum(case when separations.hire_date >= separations.month_start then 1 else 0 end)
            as n_hired_and_gone
    from separations
    inner join periods
        on
            separations.person_key = periods.person_key
            and separations.termination_date >= periods.period_from
            and separations.termination_date < periods.period_to
    inner join ancestors on periods.org_unit_key = ancestors.org_unit_key
    group by ancestors.ancestor_org_unit_key, separations.month_start

),

followed_persons as (

    -- Retention follows the people of the first day, in the unit they started in.
    select
        starting_persons.org_unit_key,
        starting_persons.month_start,
        count(*) as headcount_start,
        sum(case when separations.spell_key is null then 1 else 0 end) as n_retained
    from starting_persons
    left join separations
        on
            starting_persons.spell_key = separations.spell_key
            and starting_persons.month_start = separations.month_start
    group by starting_persons.org_unit_key, starting_persons.month_start

),

joined_units as (

    select
        summed_days.org_unit_key,
        summed_days.month_start,
        covered_months.is_final,
        covered_months.is_ended,
        summed_days.n_population,
        summed_days.n_without_dates,
        1.0 * summed_days.employed_days / covered_months.n_days as avg_headcount,
        summed_days.employed_days / 365.25 as person_years,
        coalesce(followed_persons.headcount_start, 0) as headcount_start,
        case when covered_months.is_ended then coalesce(ending_persons.headcount_end, 0) end
            as headcount_end,
        coalesce(followed_persons.n_retained, 0) as n_retained,
        coalesce(summed_separations.n_separations, 0) as n_separations,
        {% for type in types %}
        coalesce(summed_separations.n_{{ type }}, 0) as n_{{ type }},
        {% endfor %}
        coalesce(summed_separations.n_unclassified, 0) as n_unclassified,
        coalesce(summed_separations.n_hired_and_gone, 0) as n_hired_and_gone,
        case
            when summed_days.n_population = 0 then 'no_employment_dates'
            when not covered_months.is_ended then 'month_not_ended'
        end as suppression_reason
    from summed_days
    inner join covered_months on summed_days.month_start = covered_months.month_start
    left join followed_persons
        on
            summed_days.org_unit_key = followed_persons.org_unit_key
            and summed_days.month_start = followed_persons.month_start
    left join ending_persons
        on
            summed_days.org_unit_key = ending_persons.org_unit_key
            and summed_days.month_start = ending_persons.month_start
    left join summed_separations
        on
            summed_days.org_unit_key = summed_separations.org_unit_key
            and summed_days.month_start = summed_separations.month_start

),

rolled_units as (

    select
        *,
        sum(n_separations) over last_year as n_separations_last_year,
        avg(avg_headcount) over last_year as avg_headcount_last_year,
        count(*) over last_year as n_months_last_year,
        min(month_start) over last_year as first_month_last_year,
        sum(n_separations) over this_year as n_separations_this_year,
        avg(avg_headcount) over this_year as avg_headcount_this_year,
        count(*) over this_year as n_months_this_year
    from joined_units
    window
        last_year as (
            partition by org_unit_key
            order by month_start
            rows between 11 preceding and current row
        ),
        this_year as (
            partition by org_unit_key, extract(year from month_start)
            order by month_start
            rows between unbounded preceding and current row
        )

),

final as (

    select
        org_unit_key,
        month_start,
        cast(n_population as integer) as n_population,
        cast(n_without_dates as integer) as n_without_dates,
        {% for count in [
            "headcount_start", "headcount_end", "n_separations", "n_voluntary", "n_involuntary", "n_retirement",
            "n_death", "n_end_of_contract", "n_unclassified", "n_hired_and_gone",
        ] %}
        cast(case when n_population > 0 then {{ count }} end as integer) as {{ count }},
        {% endfor %}
        cast(case when n_population > 0 then avg_headcount end as double) as avg_headcount,
        cast(case when n_population > 0 then person_years end as double) as person_years,
        {% for rate in ["turnover", "voluntary", "involuntary"] %}
        cast(
            case when is_ended then 1.0 * n_{{ "separations" if rate == "turnover" else rate }} end
            / nullif(avg_headcount, 0) as double
        ) as {{ "turnover_rate" if rate == "turnover" else rate ~ "_turnover_rate" }},
        {% endfor %}
        cast(case when is_ended then 1.0 * n_retained end / nullif(headcount_start, 0) as double)
            as retention_rate,
        cast(100.0 * n_separations / nullif(person_years, 0) as double)
            as separation_rate_per_100py,
        cast(
            case
                when
                    is_ended
                    and n_months_last_year = 12
                    and first_month_last_year = {{ add_months("month_start", -11) }}
                    then n_separations_last_year / nullif(avg_headcount_last_year, 0)
            end as double
        ) as turnover_rate_12m,
        cast(
            case
                when is_ended and n_months_this_year >= {{ minimum_months }}
                    then n_separations_this_year
                        / nullif(avg_headcount_this_year, 0)
                        * 12
                        / n_months_this_year
            end as double
        ) as turnover_rate_annualised,
        is_final,
        suppression_reason
    from rolled_units

)

select * from final
