with

levels as (

    select * from {{ ref("int_org_unit_paths") }}

),

stated_ancestors as (

    select
        org_unit_id,
        level_org_unit_id,
        level_depth
    from levels

),

unit_ids as (

    select distinct org_unit_id
    from stated_ancestors

),

implied_levels as (

    -- A unit that is only named as somebody's parent: the levels above it are its child's.
    select distinct
        lower_levels.level_org_unit_id as org_unit_id,
        upper_levels.level_org_unit_id,
        upper_levels.level_depth
    from levels as lower_levels
    inner join levels as upper_levels
        on
            lower_levels.org_unit_id = upper_levels.org_unit_id
            and lower_levels.level_depth >= upper_levels.level_depth
    left join unit_ids on lower_levels.level_org_unit_id = unit_ids.org_unit_id
    where unit_ids.org_unit_id is null

),

all_ancestors as (

    select * from stated_ancestors
    union all
    select * from implied_levels

),

keyed_ancestors as (

    select
        {{ hash64("org_unit_id") }} as org_unit_key,
        {{ hash64("level_org_unit_id") }} as ancestor_org_unit_key,
        max(level_depth) as depth_of_ancestor
    from all_ancestors
    group by org_unit_id, level_org_unit_id

),

with_organisation as (

    select * from keyed_ancestors
    union all
    select distinct
        org_unit_key,
        cast(0 as bigint) as ancestor_org_unit_key,
        0 as depth_of_ancestor
    from keyed_ancestors
    union all
    select
        cast(0 as bigint) as org_unit_key,
        cast(0 as bigint) as ancestor_org_unit_key,
        0 as depth_of_ancestor

)

select * from with_organisation
