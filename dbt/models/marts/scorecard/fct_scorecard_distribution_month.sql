{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- A sum that one person, or two, make up to this share says too much about them (0.8). -#}
{% set one_dominates = 0.5 %}
{% set two_dominate = 0.75 %}

{#- The sum is exact (decimal), so that no threshold hangs on the order of its terms. -#}

with

components as (

    select *
    from {{ ref("fct_scorecard_component_month") }}
    where {{ is_rebuilt_from("month_start") }}

),

population as (

    select * from {{ ref("int_scorecard_population") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

valued_components as (

    -- Raw rates: percentiles average to 50 by construction.
    select
        components.month_start,
        components.score,
        components.component,
        population.org_unit_key,
        population.is_measured,
        case
            when not population.is_measured then null
            when components.kind = 'flow' then components.rate
            else components.raw_value
        end as rate
    from components
    inner join population
        on
            components.person_key = population.person_key
            and components.month_start = population.month_start

),

summed_units as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        valued_components.month_start,
        valued_components.score,
        valued_components.component,
        count(*) as n_population,
        count(valued_components.rate) as n_defined,
        sum(case when valued_components.is_measured then 0 else 1 end) as n_partial,
        {{ linear_quantile("valued_components.rate", 0.25) }} as lower_quartile,
        {{ linear_quantile("valued_components.rate", 0.5) }} as median,
        {{ linear_quantile("valued_components.rate", 0.75) }} as upper_quartile,
        sum(cast(valued_components.rate as decimal(28, 9))) as total,
        max(valued_components.rate) as largest,
        {{ sum_of_two_largest("valued_components.rate") }} as two_largest
    from valued_components
    inner join ancestors on valued_components.org_unit_key = ancestors.org_unit_key
    group by
        ancestors.ancestor_org_unit_key,
        valued_components.month_start,
        valued_components.score,
        valued_components.component

),

final as (

    select
        summed_units.org_unit_key,
        summed_units.month_start,
        summed_units.score,
        summed_units.component,
        cast(summed_units.n_population as integer) as n_population,
        cast(summed_units.n_defined as integer) as n_defined,
        cast(summed_units.n_partial as integer) as n_partial,
        cast(summed_units.lower_quartile as double) as lower_quartile,
        cast(summed_units.median as double) as median,
        cast(summed_units.upper_quartile as double) as upper_quartile,
        case
            when
                summed_units.largest <= {{ one_dominates }} * summed_units.total
                and summed_units.two_largest <= {{ two_dominate }} * summed_units.total
                then cast(summed_units.total as double) / summed_units.n_defined
        end as mean,
        case
            when
                summed_units.largest > {{ one_dominates }} * summed_units.total
                or summed_units.two_largest > {{ two_dominate }} * summed_units.total
                then 'dominated_by_one_or_two'
        end as mean_reason,
        months.is_final,
        case when summed_units.n_defined = 0 then 'not_observed' end as suppression_reason
    from summed_units
    inner join months on summed_units.month_start = months.month_start

)

select * from final
