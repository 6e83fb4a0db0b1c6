{#- Below this number of ties incident to a unit, shares of ties are noise (D2). -#}
{%- set min_ties = 30 -%}
{#- The window of ties is thirteen weeks: so many first months look back past the beginning. -#}
{%- set months_without_window = 2 -%}

with

success_values as (

    select * from {{ ref("int_success_values") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

participation as (

    select * from {{ ref("fct_participation_org_month") }}

),

population as (

    select * from {{ ref("int_network_population") }}

),

ties as (

    select * from {{ ref("fct_tie_month") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

measured_units as (

    select distinct
        org_unit_key,
        depth
    from success_values
    where is_compared

),

participation_drivers as (

    select
        participation.org_unit_key,
        participation.month_start,
        participation.n_defined,
        participation.participation_rate,
        participation.contributions_per_20_days
    from participation
    inner join measured_units on participation.org_unit_key = measured_units.org_unit_key
    where participation.is_final

),

measured_depths as (

    select distinct depth from measured_units

),

covered_months as (

    select months.month_start
    from months
    cross join bounds
    where months.month_start >= {{ add_months("bounds.start_date", months_without_window) }}

),

placed_persons as (

    -- Everybody at every depth at which something is measured; without unit there, outside of all.
    select
        population.month_start,
        population.person_key,
        measured_depths.depth,
        ancestors.ancestor_org_unit_key as org_unit_key
    from population
    cross join measured_depths
    inner join covered_months on population.month_start = covered_months.month_start
    left join ancestors
        on
            population.org_unit_key = ancestors.org_unit_key
            and measured_depths.depth = ancestors.depth_of_ancestor

),

counted_nodes as (

    select
        month_start,
        depth,
        org_unit_key,
        count(*) as n_nodes,
        sum(count(*)) over (partition by month_start, depth) as n_all_nodes
    from placed_persons
    group by month_start, depth, org_unit_key

),

mutual_ties as (

    select
        month_start,
        from_person_key,
        to_person_key,
        mutual_weight
    from ties
    where
        mutual_weight >= {{ var("theta") }}
        and n_pair_event_days >= {{ var("min_event_days") }}

),

summed_persons as (

    select
        actors.month_start,
        actors.depth,
        actors.org_unit_key,
        actors.person_key,
        sum(case when alters.org_unit_key = actors.org_unit_key then 1 else 0 end) as n_internal,
        sum(case when alters.org_unit_key = actors.org_unit_key then 0 else 1 end) as n_external,
        sum(
            case
                when alters.org_unit_key = actors.org_unit_key then 0
                else cast(mutual_ties.mutual_weight as decimal(28, 9))
            end
        ) as external_weight
    from placed_persons as actors
    inner join mutual_ties
        on
            actors.month_start = mutual_ties.month_start
            and actors.person_key = mutual_ties.from_person_key
    inner join placed_persons as alters
        on
            mutual_ties.month_start = alters.month_start
            and mutual_ties.to_person_key = alters.person_key
            and actors.depth = alters.depth
    where actors.org_unit_key is not null
    group by actors.month_start, actors.depth, actors.org_unit_key, actors.person_key

),

summed_units as (

    select
        month_start,
        depth,
        org_unit_key,
        sum(n_internal) / 2.0 as n_internal,
        sum(n_external) as n_external,
        sum(external_weight) as external_weight,
        max(external_weight) as largest_external_weight
    from summed_persons
    group by month_start, depth, org_unit_key

),

network_drivers as (

    select
        counted_nodes.month_start,
        counted_nodes.org_unit_key,
        counted_nodes.n_nodes,
        1.0 * coalesce(summed_units.n_external, 0) / counted_nodes.n_nodes as cross_unit_ties,
        case
            when summed_units.n_external + summed_units.n_internal >= {{ min_ties }}
                then
                    (summed_units.n_external - summed_units.n_internal)
                    / (summed_units.n_external + summed_units.n_internal)
                    - (
                        2.0 * (counted_nodes.n_all_nodes - counted_nodes.n_nodes)
                        - (counted_nodes.n_nodes - 1.0)
                    )
                    / nullif(
                        2.0 * (counted_nodes.n_all_nodes - counted_nodes.n_nodes)
                        + (counted_nodes.n_nodes - 1.0),
                        0
                    )
        end as ei_excess,
        cast(summed_units.largest_external_weight as double)
        / nullif(cast(summed_units.external_weight as double), 0) as bridge_dependency
    from counted_nodes
    inner join measured_units
        on
            counted_nodes.org_unit_key = measured_units.org_unit_key
            and counted_nodes.depth = measured_units.depth
    left join summed_units
        on
            counted_nodes.month_start = summed_units.month_start
            and counted_nodes.depth = summed_units.depth
            and counted_nodes.org_unit_key = summed_units.org_unit_key

),

final as (

    select
        participation_drivers.org_unit_key,
        participation_drivers.month_start,
        cast(participation_drivers.n_defined as integer) as n_defined,
        cast(network_drivers.n_nodes as integer) as n_nodes,
        case
            when participation_drivers.n_defined >= {{ var("k_view") }}
                then participation_drivers.participation_rate
        end as participation_rate,
        case
            when participation_drivers.n_defined >= {{ var("k_view") }}
                then participation_drivers.contributions_per_20_days
        end as contributions_per_20_days,
        case
            when network_drivers.n_nodes >= {{ var("k_view") }}
                then cast(network_drivers.cross_unit_ties as double)
        end as cross_unit_ties,
        case
            when network_drivers.n_nodes >= {{ var("k_view") }}
                then cast(network_drivers.ei_excess as double)
        end as ei_excess,
        case
            when network_drivers.n_nodes >= {{ var("k_view") }}
                then network_drivers.bridge_dependency
        end as bridge_dependency
    from participation_drivers
    left join network_drivers
        on
            participation_drivers.org_unit_key = network_drivers.org_unit_key
            and participation_drivers.month_start = network_drivers.month_start

)

select * from final
