with

levels as (

    select * from {{ ref("int_org_unit_paths") }}

),

ranked_units as (

    -- What a unit's own rows say goes before what the paths below it say.
    select
        level_org_unit_id as org_unit_id,
        level_name as name,
        level_depth as depth,
        level_path_text as path_text,
        row_number() over (
            partition by level_org_unit_id
            order by
                case when org_unit_id = level_org_unit_id then 0 else 1 end,
                level_path_text,
                org_unit_id
        ) as unit_rank
    from levels

),

units as (

    select
        {{ hash64("org_unit_id") }} as org_unit_key,
        org_unit_id,
        name,
        cast(depth as integer) as depth,
        path_text
    from ranked_units
    where unit_rank = 1

),

with_organisation as (

    select * from units
    union all
    select
        cast(0 as bigint) as org_unit_key,
        'organisation' as org_unit_id,
        'Whole organisation' as name,
        0 as depth,
        cast(null as varchar) as path_text

)

select * from with_organisation
