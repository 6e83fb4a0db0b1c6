with

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

targets as (

    select * from {{ ref("int_initiative_targets") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

compared_initiatives as (

    select *
    from initiatives
    where
        n_target_units > 0
        and n_target_persons = 0

),

depths as (

    select distinct unit_depth
    from compared_initiatives

),

units_at_depth as (

    -- Everybody belongs to the unit at the depth of the targets, or to the own one if it is higher.
    select
        depths.unit_depth,
        ancestors.org_unit_key,
        max_by(ancestors.ancestor_org_unit_key, ancestors.depth_of_ancestor) as unit_key
    from ancestors
    inner join depths on ancestors.depth_of_ancestor <= depths.unit_depth
    group by depths.unit_depth, ancestors.org_unit_key

),

touched_units as (

    -- Units at or below each target.
    select distinct
        targets.initiative_id,
        ancestors.org_unit_key
    from targets
    inner join ancestors on targets.org_unit_key = ancestors.ancestor_org_unit_key

),

mixed_units as (

    -- Units above a target that is smaller than they are: in part treated.
    select distinct
        targets.initiative_id,
        ancestors.ancestor_org_unit_key as org_unit_key
    from targets
    inner join ancestors on targets.org_unit_key = ancestors.org_unit_key
    where ancestors.ancestor_org_unit_key <> targets.org_unit_key

),

reached_units as (

    select *
    from touched_units
    union
    select *
    from mixed_units

),

phase_starts as (

    select
        compared_initiatives.initiative_id,
        touched_units.org_unit_key,
        min(phases.first_month) as phase_start
    from compared_initiatives
    inner join initiatives as phases on compared_initiatives.programme = phases.programme
    inner join touched_units on phases.initiative_id = touched_units.initiative_id
    group by compared_initiatives.initiative_id, touched_units.org_unit_key

),

other_starts as (

    -- Another initiative reaches the unit while this one is studied.
    select distinct
        compared_initiatives.initiative_id,
        reached_units.org_unit_key
    from compared_initiatives
    inner join initiatives as parallels
        on
            compared_initiatives.programme <> parallels.programme
            and compared_initiatives.study_to > parallels.starts_on
            and (parallels.ends_on is null or compared_initiatives.study_from <= parallels.ends_on)
    inner join reached_units on parallels.initiative_id = reached_units.initiative_id

),

final as (

    select
        compared_initiatives.initiative_id,
        units_at_depth.org_unit_key,
        units_at_depth.unit_key,
        case
            when touched_units.org_unit_key is not null then 'target'
            when phase_starts.org_unit_key is not null then 'other_phase'
            else 'comparison'
        end as side,
        phase_starts.phase_start,
        other_starts.org_unit_key is not null as is_in_another_initiative
    from compared_initiatives
    inner join units_at_depth on compared_initiatives.unit_depth = units_at_depth.unit_depth
    left join touched_units
        on
            compared_initiatives.initiative_id = touched_units.initiative_id
            and units_at_depth.unit_key = touched_units.org_unit_key
    left join phase_starts
        on
            compared_initiatives.initiative_id = phase_starts.initiative_id
            and units_at_depth.unit_key = phase_starts.org_unit_key
    left join other_starts
        on
            compared_initiatives.initiative_id = other_starts.initiative_id
            and units_at_depth.unit_key = other_starts.org_unit_key

)

select * from final
