{{ config(tags=["before_network"]) }}

{% set horizons = [90, 180, 365] %}
{#- Small cohorts are pooled with the months before, by so many months in turn. -#}
{% set pools = [1, 3, 6, 9, 12] %}

with

hires as (

    select * from {{ ref("int_new_hires") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

hires_of_units as (

    -- HR data without the purpose retention stops here.
    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        hires.cohort_kind,
        hires.cohort_month,
        hires.hire_date,
        hires.as_of_date,
        hires.duration,
        hires.is_rehire,
        case when hires.is_exit then 1 else 0 end as is_event,
        case when hires.is_exit and hires.termination_type = 'voluntary' then 1 else 0 end
            as voluntary,
        case
            when hires.is_exit and coalesce(hires.termination_type, 'unknown') <> 'voluntary'
                then 1
            else 0
        end as other
    from hires
    inner join ancestors on hires.org_unit_key = ancestors.org_unit_key
    where hires.has_retention

),

counted_hires as (

    select
        org_unit_key,
        cohort_kind,
        cohort_month,
        count(*) as n_hires
    from hires_of_units
    group by org_unit_key, cohort_kind, cohort_month

),

candidates as (

    -- Every month is the end of a pool of twelve months of hires.
    select
        counted_hires.*,
        months.month_start,
        months.is_final,
        {{ months_between("counted_hires.cohort_month", "months.month_start") }} as months_back
    from counted_hires
    inner join months
        on
            counted_hires.cohort_month <= months.month_start
            and {{ add_months("counted_hires.cohort_month", pools[-1]) }} > months.month_start

),

pool_sizes as (

    select
        org_unit_key,
        cohort_kind,
        month_start,
        case
            {% for pool in pools[:-1] %}
            when
                sum(case when months_back < {{ pool }} then n_hires else 0 end)
                >= {{ var("k_outcome") }}
                then {{ pool }}
            {% endfor %}
            else {{ pools[-1] }}
        end as pooled_months
    from candidates
    group by org_unit_key, cohort_kind, month_start

),

pooled_cohorts as (

    select
        candidates.org_unit_key,
        candidates.cohort_kind,
        candidates.cohort_month,
        candidates.month_start,
        candidates.is_final,
        pool_sizes.pooled_months
    from candidates
    inner join pool_sizes
        on
            candidates.org_unit_key = pool_sizes.org_unit_key
            and candidates.cohort_kind = pool_sizes.cohort_kind
            and candidates.month_start = pool_sizes.month_start
    where candidates.months_back < pool_sizes.pooled_months

),

members as (

    select
        hires_of_units.*,
        pooled_cohorts.month_start,
        pooled_cohorts.is_final,
        pooled_cohorts.pooled_months
    from hires_of_units
    inner join pooled_cohorts
        on
            hires_of_units.org_unit_key = pooled_cohorts.org_unit_key
            and hires_of_units.cohort_kind = pooled_cohorts.cohort_kind
            and hires_of_units.cohort_month = pooled_cohorts.cohort_month

),

cohorts as (

    select
        org_unit_key,
        cohort_kind,
        month_start,
        pooled_months,
        is_final,
        count(*) as n_population,
        sum(case when is_rehire then 1 else 0 end) as n_rehires,
        {% for horizon in horizons %}
        sum(is_event * case when duration <= {{ horizon }} then 1 else 0 end)
            as n_exits_{{ horizon }}d,
        -- Whoever leaves on the very day of the horizon is an exit, and is counted there.
        sum(
            case
                when
                    duration >= {{ horizon }}
                    and not (is_event = 1 and duration <= {{ horizon }})
                    then 1
                else 0
            end
        ) as n_observed_{{ horizon }}d,
        min(
            case
                when {{ days_between("hire_date", "as_of_date") }} + 1 >= {{ horizon }} then 1
                else 0
            end
        ) = 1 as is_mature_{{ horizon }}d,
        {% endfor %}
        sum(voluntary * case when duration <= 90 then 1 else 0 end) as n_voluntary_90d
    from members
    group by org_unit_key, cohort_kind, month_start, pooled_months, is_final

),

durations as (

    select
        org_unit_key,
        cohort_kind,
        month_start,
        duration,
        is_event,
        voluntary,
        other
    from members
    {% for horizon in horizons %}
    union all
    select
        org_unit_key,
        cohort_kind,
        month_start,
        {{ horizon }} as duration,
        cast(null as integer) as is_event,
        0 as voluntary,
        0 as other
    from cohorts
    {% endfor %}

),

{{ kaplan_meier(
    "curve", "durations", ["org_unit_key", "cohort_kind", "month_start"],
    ["voluntary", "other"],
) }},

estimates as (

    -- A curve says nothing beyond the last day on which anybody was still followed.
    select
        org_unit_key,
        cohort_kind,
        month_start,
    {% for horizon in horizons %}
    max(
        case
            when duration = {{ horizon }} and (n_at_risk > 0 or survival = 0)
                then 1 - survival
        end
    ) as new_hire_attrition_{{ horizon }}d,
    max(
        case
            when duration = {{ horizon }} and (n_at_risk > 0 or survival = 0)
                then voluntary_incidence
        end
    ) as voluntary_attrition_{{ horizon }}d,
    max(
        case
            when duration = {{ horizon }} and (n_at_risk > 0 or survival = 0)
                then other_incidence
        end
    ) as other_attrition_{{ horizon }}d{{ "," if not loop.last }}
    {% endfor %}
    from curve
    group by org_unit_key, cohort_kind, month_start

),

final as (

    select
        cohorts.org_unit_key,
        cohorts.cohort_kind,
        cohorts.month_start as cohort_month,
        cast(cohorts.pooled_months as integer) as pooled_months,
        cast(cohorts.n_population as integer) as n_population,
        cast(cohorts.n_observed_90d + cohorts.n_exits_90d as integer) as n_defined,
        cast(
            cohorts.n_population - cohorts.n_observed_90d - cohorts.n_exits_90d as integer
        ) as n_partial,
        cast(cohorts.n_rehires as integer) as n_rehires,
        {% for horizon in horizons %}
        cast(cohorts.n_exits_{{ horizon }}d as integer) as n_exits_{{ horizon }}d,
        cast(estimates.new_hire_attrition_{{ horizon }}d as double)
            as new_hire_attrition_{{ horizon }}d,
        cast(estimates.voluntary_attrition_{{ horizon }}d as double)
            as voluntary_attrition_{{ horizon }}d,
        cast(estimates.other_attrition_{{ horizon }}d as double)
            as other_attrition_{{ horizon }}d,
        {% endfor %}
        cast(
            case
                when cohorts.is_mature_90d
                    then 1.0 * cohorts.n_exits_90d / nullif(cohorts.n_population, 0)
            end as double
        ) as exit_ratio_90d,
        case when not cohorts.is_mature_90d then 'immature' end as exit_ratio_reason,
        case
            when estimates.new_hire_attrition_180d is null then 'immature_180d'
            when estimates.new_hire_attrition_365d is null then 'immature_365d'
        end as horizon_reason,
        cohorts.is_mature_90d,
        cohorts.is_mature_180d,
        cohorts.is_mature_365d,
        cohorts.is_final and cohorts.is_mature_90d as is_final,
        case when estimates.new_hire_attrition_90d is null then 'immature' end
            as suppression_reason
    from cohorts
    inner join estimates
        on
            cohorts.org_unit_key = estimates.org_unit_key
            and cohorts.cohort_kind = estimates.cohort_kind
            and cohorts.month_start = estimates.month_start

)

select * from final
