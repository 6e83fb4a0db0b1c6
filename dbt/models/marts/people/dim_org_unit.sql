with

units as (

    select * from {{ ref("int_org_units") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

parents as (

    select
        org_unit_key,
        max_by(ancestor_org_unit_key, depth_of_ancestor) as parent_org_unit_key
    from ancestors
    where org_unit_key <> ancestor_org_unit_key
    group by org_unit_key

),

groups_of_units as (

    {{ group_of_each_unit("ancestors") }}

),

final as (

    select
        units.org_unit_key,
        units.org_unit_id,
        parents.parent_org_unit_key,
        groups_of_units.group_key,
        units.name,
        units.path_text,
        units.depth
    from units
    left join parents on units.org_unit_key = parents.org_unit_key
    left join groups_of_units on units.org_unit_key = groups_of_units.org_unit_key

)

select * from final
