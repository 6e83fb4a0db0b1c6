{{ config(tags=["after_network"]) }}

{% set pools = [1, 3, 6, 9, 12] %}
{% set ramp_days = [30, 60, 90, 180] %}

with

newcomers as (

    select * from {{ ref("fct_onboarding_person") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

newcomers_of_units as (

    select
        ancestors.ancestor_org_unit_key as unit_key,
        newcomers.cohort_kind,
        newcomers.cohort_month,
        newcomers.duration,
        newcomers.is_exit,
        newcomers.is_rehire,
        newcomers.network_days,
        newcomers.has_network,
        newcomers.first_contribution_days,
        {% for day in ramp_days %}
        newcomers.onboarding_ramp_ratio_{{ day }}d,
        {% endfor %}
        newcomers.has_manager_contact_30d,
        newcomers.has_buddy_tie_30d,
        newcomers.inbound_pull_share,
        newcomers.is_first_question_answered
    from newcomers
    inner join ancestors on newcomers.org_unit_key = ancestors.org_unit_key

),

counted_newcomers as (

    select
        unit_key,
        cohort_kind,
        cohort_month,
        count(*) as n_newcomers
    from newcomers_of_units
    group by unit_key, cohort_kind, cohort_month

),

candidates as (

    -- Every month is the end of a pool of twelve months of hires.
    select
        counted_newcomers.*,
        months.month_start,
        months.is_final,
        {{ months_between("counted_newcomers.cohort_month", "months.month_start") }} as months_back
    from counted_newcomers
    inner join months
        on
            counted_newcomers.cohort_month <= months.month_start
            and {{ add_months("counted_newcomers.cohort_month", pools[-1]) }} > months.month_start

),

pool_sizes as (

    select
        unit_key,
        cohort_kind,
        month_start,
        case
            {% for pool in pools[:-1] %}
            when
                sum(case when months_back < {{ pool }} then n_newcomers else 0 end)
                >= {{ var("k_outcome") }}
                then {{ pool }}
            {% endfor %}
            else {{ pools[-1] }}
        end as pooled_months
    from candidates
    group by unit_key, cohort_kind, month_start

),

pooled_cohorts as (

    select
        candidates.unit_key,
        candidates.cohort_kind,
        candidates.cohort_month,
        candidates.month_start,
        candidates.is_final,
        pool_sizes.pooled_months
    from candidates
    inner join pool_sizes
        on
            candidates.unit_key = pool_sizes.unit_key
            and candidates.cohort_kind = pool_sizes.cohort_kind
            and candidates.month_start = pool_sizes.month_start
    where candidates.months_back < pool_sizes.pooled_months

),

members as (

    select
        newcomers_of_units.*,
        pooled_cohorts.month_start,
        pooled_cohorts.is_final,
        pooled_cohorts.pooled_months
    from newcomers_of_units
    inner join pooled_cohorts
        on
            newcomers_of_units.unit_key = pooled_cohorts.unit_key
            and newcomers_of_units.cohort_kind = pooled_cohorts.cohort_kind
            and newcomers_of_units.cohort_month = pooled_cohorts.cohort_month

),

network_times as (

    -- Leaving competes with arriving: who left is not still on the way.
    select
        unit_key,
        cohort_kind,
        month_start,
        network_days as duration,
        case when has_network or is_exit then 1 else 0 end as is_event,
        case when has_network then 1 else 0 end as arrived,
        case when is_exit and not has_network then 1 else 0 end as departed
    from members
    where network_days is not null

),

contribution_times as (

    select
        unit_key,
        cohort_kind,
        month_start,
        coalesce(first_contribution_days, duration) as duration,
        case when first_contribution_days is not null or is_exit then 1 else 0 end as is_event,
        case when first_contribution_days is not null then 1 else 0 end as arrived,
        case when first_contribution_days is null and is_exit then 1 else 0 end as departed
    from members

),

{% for time in ["network", "contribution"] %}
{{ kaplan_meier(
    time ~ "_curve", time ~ "_times", ["unit_key", "cohort_kind", "month_start"],
    ["arrived", "departed"],
) }},

{{ time }}_medians as (

    select
        unit_key,
        cohort_kind,
        month_start,
        min(case when arrived_incidence >= 0.5 then duration end) as median_days,
        max(arrived_incidence) as arrived_share
    from {{ time }}_curve
    group by unit_key, cohort_kind, month_start

),

{% endfor %}
cohorts as (

    select
        unit_key,
        cohort_kind,
        month_start,
        pooled_months,
        is_final,
        count(*) as n_population,
        count(network_days) as n_defined,
        sum(case when is_rehire then 1 else 0 end) as n_rehires,
        {% for day in ramp_days %}
        count(onboarding_ramp_ratio_{{ day }}d) as n_ramp_{{ day }}d,
        percentile_cont(0.5) within group (order by onboarding_ramp_ratio_{{ day }}d)
            as onboarding_ramp_ratio_{{ day }}d,
        {% endfor %}
        count(has_manager_contact_30d) as n_contacts_30d,
        avg(cast(has_manager_contact_30d as integer)) as manager_contact_30d,
        count(has_buddy_tie_30d) as n_buddies_30d,
        avg(cast(has_buddy_tie_30d as integer)) as buddy_tie_30d,
        count(inbound_pull_share) as n_inbound,
        round(avg(inbound_pull_share), 9) as inbound_pull_share,
        count(is_first_question_answered) as n_questions,
        avg(cast(is_first_question_answered as integer)) as first_question_answered
    from members
    group by unit_key, cohort_kind, month_start, pooled_months, is_final

),

final as (

    -- A figure of fewer people than the cohort must have is not given.
    select
        cohorts.unit_key as org_unit_key,
        cohorts.cohort_kind,
        cohorts.month_start as cohort_month,
        cast(cohorts.pooled_months as integer) as pooled_months,
        cast(cohorts.n_population as integer) as n_population,
        cast(cohorts.n_defined as integer) as n_defined,
        cast(cohorts.n_population - cohorts.n_defined as integer) as n_partial,
        cast(cohorts.n_rehires as integer) as n_rehires,
        cast(network_medians.median_days as integer) as time_to_network_days,
        cast(network_medians.arrived_share as double) as in_network_share,
        case when network_medians.median_days is null then 'fewer_than_half' end
            as time_to_network_reason,
        {% for day in ramp_days %}
        cast(
            case
                when cohorts.n_ramp_{{ day }}d >= {{ var("k_view") }}
                    then cohorts.onboarding_ramp_ratio_{{ day }}d
            end as double
        ) as onboarding_ramp_ratio_{{ day }}d,
        {% endfor %}
        cast(
            case
                when cohorts.n_contacts_30d >= {{ var("k_view") }}
                    then cohorts.manager_contact_30d
            end as double
        ) as manager_contact_30d,
        cast(
            case
                when cohorts.n_buddies_30d >= {{ var("k_view") }} then cohorts.buddy_tie_30d
            end as double
        ) as buddy_tie_30d,
        cast(
            case
                when cohorts.n_inbound >= {{ var("k_view") }} then cohorts.inbound_pull_share
            end as double
        ) as inbound_pull_share,
        cast(
            case
                when cohorts.n_questions >= {{ var("k_view") }}
                    then cohorts.first_question_answered
            end as double
        ) as first_question_answered,
        cast(contribution_medians.median_days as integer) as first_contribution_days,
        cast(contribution_medians.arrived_share as double) as contributed_share,
        case when contribution_medians.median_days is null then 'fewer_than_half' end
            as first_contribution_reason,
        case
            when
                least(
                    {% for day in ramp_days -%}
                    cohorts.n_ramp_{{ day }}d,
                    {% endfor -%}
                    cohorts.n_contacts_30d,
                    cohorts.n_buddies_30d,
                    cohorts.n_inbound,
                    cohorts.n_questions
                ) < {{ var("k_view") }}
                then 'below_minimum_group_size'
        end as few_people_reason,
        cohorts.is_final,
        case when cohorts.n_defined = 0 then 'no_network' end as suppression_reason
    from cohorts
    left join network_medians
        on
            cohorts.unit_key = network_medians.unit_key
            and cohorts.cohort_kind = network_medians.cohort_kind
            and cohorts.month_start = network_medians.month_start
    left join contribution_medians
        on
            cohorts.unit_key = contribution_medians.unit_key
            and cohorts.cohort_kind = contribution_medians.cohort_kind
            and cohorts.month_start = contribution_medians.month_start

)

select * from final
