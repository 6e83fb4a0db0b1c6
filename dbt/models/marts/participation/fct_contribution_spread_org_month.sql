{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

with

windows as (

    select *
    from {{ ref("int_person_windows") }}
    where period_kind = 'r28' and {{ is_rebuilt_from("period_start") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

population as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        windows.period_start as month_start,
        sum(case when windows.is_eligible or windows.is_partial then 1 else 0 end)
            as n_population,
        sum(case when windows.is_partial then 1 else 0 end) as n_partial
    from windows
    inner join ancestors on windows.org_unit_key = ancestors.org_unit_key
    group by ancestors.ancestor_org_unit_key, windows.period_start

),

ranked_persons as (

    -- Everybody eligible, those who contributed nothing included.
    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        windows.period_start as month_start,
        windows.n_contributions,
        row_number() over (
            partition by ancestors.ancestor_org_unit_key, windows.period_start
            order by windows.n_contributions, windows.person_key
        ) as position,
        count(*) over (
            partition by ancestors.ancestor_org_unit_key, windows.period_start
        ) as n_persons
    from windows
    inner join ancestors on windows.org_unit_key = ancestors.org_unit_key
    where windows.is_eligible

),

summed_ranks as (

    select
        org_unit_key,
        month_start,
        max(n_persons) as n_defined,
        sum(case when n_contributions > 0 then 1 else 0 end) as n_contributors,
        sum(n_contributions) as n_contributions,
        sum((2 * position - n_persons - 1) * n_contributions) as weighted_sum,
        sum(
            case
                when position > n_persons - ceil(0.1 * n_persons) then n_contributions
                else 0
            end
        ) as n_top10,
        sum(case when position = n_persons then n_contributions else 0 end) as n_top1,
        sum(case when position >= n_persons - 1 then n_contributions else 0 end) as n_top2
    from ranked_persons
    group by org_unit_key, month_start

),

measured_units as (

    select
        population.org_unit_key,
        population.month_start,
        population.n_population,
        population.n_partial,
        coalesce(summed_ranks.n_defined, 0) as n_defined,
        summed_ranks.n_contributors,
        summed_ranks.n_contributions,
        1.0 * summed_ranks.weighted_sum
        / nullif(summed_ranks.n_defined * summed_ranks.n_contributions, 0) as gini_contribution,
        1.0 * summed_ranks.n_top10 / nullif(summed_ranks.n_contributions, 0) as top10_share,
        1.0 * summed_ranks.n_top1 / nullif(summed_ranks.n_contributions, 0) as top1_share,
        1.0 * summed_ranks.n_top2 / nullif(summed_ranks.n_contributions, 0) as top2_share
    from population
    left join summed_ranks
        on
            population.org_unit_key = summed_ranks.org_unit_key
            and population.month_start = summed_ranks.month_start

),

final as (

    select
        measured_units.org_unit_key,
        measured_units.month_start,
        cast(measured_units.n_population as integer) as n_population,
        cast(measured_units.n_defined as integer) as n_defined,
        cast(measured_units.n_partial as integer) as n_partial,
        cast(measured_units.n_contributors as integer) as n_contributors,
        cast(measured_units.n_contributions as bigint) as n_contributions,
        cast(measured_units.gini_contribution as double) as gini_contribution,
        cast(
            measured_units.gini_contribution * measured_units.n_defined
            / nullif(measured_units.n_defined - 1, 0) as double
        ) as gini_normalised,
        cast(measured_units.top10_share as double) as top10_share,
        cast(measured_units.top1_share as double) as top1_share,
        cast(measured_units.top2_share as double) as top2_share,
        months.is_final,
        case
            when measured_units.n_population = 0 then 'not_observed'
            when measured_units.n_defined = 0 then 'no_eligible_persons'
            when measured_units.n_contributions = 0 then 'no_contributions'
        end as suppression_reason
    from measured_units
    inner join months on measured_units.month_start = months.month_start

)

select * from final
