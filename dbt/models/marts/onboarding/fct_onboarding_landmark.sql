{{ config(tags=["after_network"]) }}

{#- Everybody is judged by the first sixty days and followed to the first anniversary (J4). -#}
{% set landmark = 60 %}
{% set horizon = 365 %}

with

newcomers as (

    -- Still there after the landmark, and measured at it: later networks must not count.
    select *
    from {{ ref("fct_onboarding_person") }}
    where
        landmark_strength is not null
        and duration > {{ landmark }}
        and allows_retention

),

ranked_newcomers as (

    select
        cohort_kind,
        duration - {{ landmark }} as duration,
        case when is_exit then 1 else 0 end as is_event,
        (
            count(*)
                over (
                    partition by cohort_kind
                    order by round(landmark_strength, 9)
                    range between unbounded preceding and current row
                )
            - 0.5 * count(*) over (partition by cohort_kind, round(landmark_strength, 9))
        ) / count(*) over (partition by cohort_kind) as mid_rank
    from newcomers

),

quartiles as (

    -- Equal networks share a rank, so a quartile can hold more or fewer than a quarter.
    select
        cohort_kind,
        cast(least(4, floor(4 * mid_rank) + 1) as integer) as network_quartile,
        duration,
        is_event
    from ranked_newcomers

),

summed_quartiles as (

    select
        cohort_kind,
        network_quartile,
        count(*) as n_population,
        sum(case when duration >= {{ horizon - landmark }} or is_event = 1 then 1 else 0 end)
            as n_defined,
        sum(
            case
                when is_event = 1 and duration <= {{ horizon - landmark }} then 1
                else 0
            end
        ) as n_exits
    from quartiles
    group by cohort_kind, network_quartile

),

times as (

    select
        cohort_kind,
        network_quartile,
        duration,
        is_event
    from quartiles
    union all
    select
        cohort_kind,
        network_quartile,
        {{ horizon - landmark }} as duration,
        cast(null as integer) as is_event
    from summed_quartiles

),

{{ kaplan_meier("curve", "times", ["cohort_kind", "network_quartile"]) }},

estimates as (

    select
        cohort_kind,
        network_quartile,
        max(
            case
                when
                    duration = {{ horizon - landmark }}
                    and (n_at_risk > 0 or survival = 0)
                    then 1 - survival
            end
        ) as attrition_365d
    from curve
    group by cohort_kind, network_quartile

),

final as (

    select
        summed_quartiles.cohort_kind,
        summed_quartiles.network_quartile,
        cast(summed_quartiles.n_population as integer) as n_population,
        cast(summed_quartiles.n_defined as integer) as n_defined,
        cast(summed_quartiles.n_population - summed_quartiles.n_defined as integer)
            as n_partial,
        cast(summed_quartiles.n_exits as integer) as n_exits,
        cast(estimates.attrition_365d as double) as attrition_365d,
        summed_quartiles.n_defined = summed_quartiles.n_population as is_final,
        case when estimates.attrition_365d is null then 'immature' end as suppression_reason
    from summed_quartiles
    inner join estimates
        on
            summed_quartiles.cohort_kind = estimates.cohort_kind
            and summed_quartiles.network_quartile = estimates.network_quartile

)

select * from final
