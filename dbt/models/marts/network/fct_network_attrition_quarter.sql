{{ config(tags=["after_network"]) }}

{#- More than this share of the weight between two groups hangs on one person (D5). -#}
{% set risky_dependency = 0.5 %}
{#- All of it, but for rounding. -#}
{% set whole_dependency = 0.999999 %}

with

population as (

    select * from {{ ref("int_network_population") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

ties as (

    select * from {{ ref("fct_tie_month") }}

),

employed_months as (

    select * from {{ ref("int_person_months") }}

),

risk_months as (

    select * from {{ ref("int_retention_person_months") }}

),

roles as (

    select * from {{ source("network", "person_quarter") }}

),

positions as (

    select * from {{ source("network", "person_month") }}
    where is_measured

),

pairs as (

    select * from {{ source("network", "org_unit_pair_month") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

collaboration_feeds as (

    select min(case when has_network and not has_retention then 0 else 1 end) as allows_retention
    from {{ source("reference", "sources") }}
    where kind = 'collaboration'

),

quarters as (

    -- The network is that of the month before: whoever leaves must not shape it.
    select
        months.month_start as quarter_start,
        {{ add_months("months.month_start", -1) }} as snapshot_month,
        {{ add_months("months.month_start", -3) }} as role_quarter,
        {{ add_months("months.month_start", 3) }} as quarter_end,
        months.is_final and last_months.is_final as is_final,
        {{ add_months("months.month_start", 3) }} <= {{ add_days("bounds.as_of_date", 1) }}
            as is_ended
    from months
    cross join bounds
    inner join months as last_months
        on {{ add_months("months.month_start", 2) }} = last_months.month_start
    where extract(month from months.month_start) in (1, 4, 7, 10)

),

person_months as (

    select
        risk_months.person_key,
        risk_months.month_start,
        3 as lag_months
    from risk_months
    inner join quarters on risk_months.month_start = quarters.quarter_start

),

{{ contagion_exposures("person_months") }},

leavers as (

    select
        spells.person_key,
        quarters.quarter_start,
        max(case when spells.termination_type = 'voluntary' then 1 else 0 end) = 1 as is_voluntary,
        max(case when spells.is_regretted then 1 else 0 end) = 1 as is_regretted,
        max(
            case
                when spells.termination_type = 'voluntary' and spells.is_regretted is null then 1
                else 0
            end
        ) = 1 as is_not_assessed
    from spells
    inner join quarters
        on
            spells.termination_date >= quarters.quarter_start
            and spells.termination_date < quarters.quarter_end
    where spells.is_separation and spells.has_retention
    group by spells.person_key, quarters.quarter_start

),

members as (

    select
        quarters.quarter_start,
        quarters.snapshot_month,
        population.person_key,
        population.group_key,
        leavers.person_key is not null as is_leaver,
        coalesce(leavers.is_voluntary, false) as is_voluntary,
        coalesce(leavers.is_regretted, false) as is_regretted,
        coalesce(leavers.is_not_assessed, false) as is_not_assessed,
        coalesce(positions.gf_total, 0) as brokerage,
        roles.is_information_broker or roles.is_boundary_spanner as is_broker,
        contagion.exposure,
        contagion.team_exposure
    from quarters
    inner join population on quarters.snapshot_month = population.month_start
    left join leavers
        on
            population.person_key = leavers.person_key
            and quarters.quarter_start = leavers.quarter_start
    left join roles
        on
            population.person_key = roles.person_key
            and quarters.role_quarter = roles.quarter_start
    left join positions
        on
            population.person_key = positions.person_key
            and quarters.snapshot_month = positions.month_start
    left join contagion
        on
            population.person_key = contagion.person_key
            and quarters.quarter_start = contagion.month_start

),

members_of_units as (

    select
        cast(0 as bigint) as org_unit_key,
        members.*
    from members
    union all
    select
        members.group_key as org_unit_key,
        members.*
    from members
    where members.group_key <> 0

),

summed_members as (

    select
        org_unit_key,
        quarter_start,
        count(*) as n_population,
        sum(case when is_leaver then 1 else 0 end) as n_leavers,
        sum(case when is_broker then 1 else 0 end) as n_brokers,
        sum(case when is_broker and is_voluntary then 1 else 0 end) as n_brokers_resigned,
        sum(case when is_regretted then 1 else 0 end) as n_regretted_leavers,
        sum(case when is_not_assessed then 1 else 0 end) as n_not_assessed,
        sum(brokerage) as brokerage,
        count(exposure) as n_contagion_defined,
        sum(case when exposure > 0 then 1 else 0 end) as n_exposed,
        cast(sum(cast(exposure as decimal(18, 12))) as double) / nullif(count(exposure), 0)
            as mean_contagion_exposure,
        cast(sum(cast(team_exposure as decimal(18, 12))) as double)
        / nullif(count(team_exposure), 0) as mean_team_contagion_exposure
    from members_of_units
    group by org_unit_key, quarter_start

),

ranked_losses as (

    select
        org_unit_key,
        quarter_start,
        brokerage,
        row_number() over (
            partition by org_unit_key, quarter_start order by brokerage desc
        ) as size_rank
    from members_of_units
    where is_regretted

),

summed_losses as (

    select
        org_unit_key,
        quarter_start,
        sum(brokerage) as lost_brokerage,
        max(brokerage) as largest_lost,
        sum(case when size_rank <= 2 then brokerage else 0 end) as two_largest_lost
    from ranked_losses
    group by org_unit_key, quarter_start

),

crossing_ties as (

    select
        givers.quarter_start,
        givers.group_key,
        takers.group_key as other_group_key,
        cast(ties.weight as decimal(18, 9)) as weight,
        givers.is_leaver or takers.is_leaver as is_lost
    from members as givers
    inner join ties
        on
            givers.person_key = ties.from_person_key
            and givers.snapshot_month = ties.month_start
    inner join members as takers
        on
            ties.to_person_key = takers.person_key
            and givers.quarter_start = takers.quarter_start
    where ties.is_tie and givers.group_key <> takers.group_key

),

ties_of_units as (

    select
        cast(0 as bigint) as org_unit_key,
        quarter_start,
        weight,
        is_lost
    from crossing_ties
    union all
    select
        group_key as org_unit_key,
        quarter_start,
        weight,
        is_lost
    from crossing_ties
    where group_key <> 0
    union all
    select
        other_group_key as org_unit_key,
        quarter_start,
        weight,
        is_lost
    from crossing_ties
    where other_group_key <> 0

),

summed_ties as (

    select
        org_unit_key,
        quarter_start,
        cast(sum(weight) as double) as weight,
        cast(sum(case when is_lost then weight else 0 end) as double) as lost_weight
    from ties_of_units
    group by org_unit_key, quarter_start

),

bridges as (

    select
        quarters.quarter_start,
        least(pairs.from_org_unit_key, pairs.to_org_unit_key) as org_unit_key,
        greatest(pairs.from_org_unit_key, pairs.to_org_unit_key) as other_org_unit_key,
        max(pairs.bridge_dependency) as bridge_dependency
    from quarters
    inner join pairs on quarters.snapshot_month = pairs.month_start
    where
        pairs.n_from >= {{ var("k_view") }}
        and pairs.n_to >= {{ var("k_view") }}
        and pairs.from_org_unit_key <> pairs.to_org_unit_key
    group by
        quarters.quarter_start,
        least(pairs.from_org_unit_key, pairs.to_org_unit_key),
        greatest(pairs.from_org_unit_key, pairs.to_org_unit_key)

),

bridges_of_units as (

    select
        cast(0 as bigint) as org_unit_key,
        quarter_start,
        bridge_dependency
    from bridges
    union all
    select
        org_unit_key,
        quarter_start,
        bridge_dependency
    from bridges
    where org_unit_key <> 0
    union all
    select
        other_org_unit_key as org_unit_key,
        quarter_start,
        bridge_dependency
    from bridges
    where other_org_unit_key <> 0

),

summed_bridges as (

    select
        org_unit_key,
        quarter_start,
        count(bridge_dependency) as n_bridges,
        sum(case when bridge_dependency > {{ risky_dependency }} then 1 else 0 end)
            as n_bridges_at_risk,
        sum(case when bridge_dependency >= {{ whole_dependency }} then 1 else 0 end)
            as n_bridges_on_one_person
    from bridges_of_units
    group by org_unit_key, quarter_start

),

assessments as (

    select count(is_regretted) as n_assessed from spells

),

joined_units as (

    select
        summed_members.*,
        coalesce(summed_losses.lost_brokerage, 0) as lost_brokerage,
        summed_losses.largest_lost,
        summed_losses.two_largest_lost,
        summed_ties.weight,
        summed_ties.lost_weight,
        coalesce(summed_bridges.n_bridges, 0) as n_bridges,
        coalesce(summed_bridges.n_bridges_at_risk, 0) as n_bridges_at_risk,
        coalesce(summed_bridges.n_bridges_on_one_person, 0) as n_bridges_on_one_person,
        quarters.is_final,
        assessments.n_assessed,
        case
            when collaboration_feeds.allows_retention = 0 then 'purpose_not_permitted'
            when not quarters.is_ended then 'quarter_not_ended'
        end as reason
    from summed_members
    cross join assessments
    inner join quarters on summed_members.quarter_start = quarters.quarter_start
    cross join collaboration_feeds
    left join summed_losses
        on
            summed_members.org_unit_key = summed_losses.org_unit_key
            and summed_members.quarter_start = summed_losses.quarter_start
    left join summed_ties
        on
            summed_members.org_unit_key = summed_ties.org_unit_key
            and summed_members.quarter_start = summed_ties.quarter_start
    left join summed_bridges
        on
            summed_members.org_unit_key = summed_bridges.org_unit_key
            and summed_members.quarter_start = summed_bridges.quarter_start

),

gated_units as (

    -- A sum must not tell of one leaver, or of two, who held most of what was lost (0.8).
    select
        *,
        case
            when reason is not null then reason
            when n_brokers < {{ var("k_outcome") }} then 'too_few_brokers'
        end as broker_reason,
        case
            when reason is not null then reason
            when n_assessed = 0 then 'no_exit_was_ever_assessed'
            when n_not_assessed > 0 then 'not_every_resignation_assessed'
            when n_brokers < {{ var("k_outcome") }} then 'too_few_brokers'
            when brokerage = 0 then 'no_brokerage'
            when
                largest_lost > 0.5 * lost_brokerage or two_largest_lost > 0.75 * lost_brokerage
                then 'dominated_by_one_or_two'
        end as regret_reason
    from joined_units

),

final as (

    select
        org_unit_key,
        quarter_start,
        cast(n_population as integer) as n_population,
        cast(case when reason is null then n_leavers end as integer) as n_leavers,
        cast(case when reason is null and n_assessed > 0 then n_regretted_leavers end as integer)
            as n_regretted_leavers,
        cast(
            case when reason is null and n_assessed > 0 then n_leavers - n_regretted_leavers end
            as integer
        ) as n_other_leavers,
        cast(case when reason is null then lost_weight / nullif(weight, 0) end as double)
            as turnover_network_damage,
        cast(case when reason is null then n_brokers end as integer) as n_brokers,
        cast(case when broker_reason is null then n_brokers_resigned end as integer)
            as n_brokers_resigned,
        cast(
            case when regret_reason is null then 1.0 * lost_brokerage / brokerage end as double
        ) as regretted_broker_loss,
        cast(n_bridges as integer) as n_bridges,
        cast(n_bridges_at_risk as integer) as n_bridges_at_risk,
        cast(n_bridges_on_one_person as integer) as n_bridges_on_one_person,
        cast(n_contagion_defined as integer) as n_contagion_defined,
        cast(case when n_contagion_defined > 0 then n_exposed end as integer) as n_exposed,
        cast(mean_contagion_exposure as double) as mean_contagion_exposure,
        cast(mean_team_contagion_exposure as double) as mean_team_contagion_exposure,
        broker_reason,
        regret_reason,
        case when n_contagion_defined = 0 then 'no_ties_six_months_before' end as contagion_reason,
        is_final,
        cast(
            case
                when reason is not null then reason
                when coalesce(weight, 0) = 0 then 'no_ties_between_groups'
            end as varchar
        ) as suppression_reason
    from gated_units

)

select * from final
