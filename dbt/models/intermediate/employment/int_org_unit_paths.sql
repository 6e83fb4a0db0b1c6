{#- Deepest org tree that is read; real ones have fewer than ten levels. -#}
{% set deepest = 20 %}

with

jobs as (

    select * from {{ ref("stg_jobs") }}

),

stated_units as (

    select
        org_unit_id,
        org_unit_path,
        {{ path_depth("org_unit_path") }} as depth,
        {{ path_prefix("org_unit_path", deepest) }} as path_text,
        max(coalesce(valid_to, {{ last_date() }})) as last_used_date,
        max(coalesce(valid_from, {{ first_date() }})) as first_used_date
    from jobs
    where org_unit_id is not null or {{ path_depth("org_unit_path") }} > 0
    group by org_unit_id, org_unit_path

),

ranked_ids_of_paths as (

    -- A path without an id, or a parent named in a path only, is the unit that had this path last.
    select
        path_text,
        org_unit_id,
        row_number() over (
            partition by path_text
            order by last_used_date desc, first_used_date desc, org_unit_id asc
        ) as path_rank
    from stated_units
    where org_unit_id is not null and depth > 0

),

ids_of_paths as (

    select
        path_text,
        org_unit_id
    from ranked_ids_of_paths
    where path_rank = 1

),

identified_units as (

    select
        stated_units.org_unit_path,
        stated_units.last_used_date,
        stated_units.first_used_date,
        coalesce(stated_units.path_text, stated_units.org_unit_id) as path_text,
        coalesce(stated_units.depth, 0) as depth,
        coalesce(
            stated_units.org_unit_id, ids_of_paths.org_unit_id, 'path:' || stated_units.path_text
        ) as org_unit_id
    from stated_units
    left join ids_of_paths on stated_units.path_text = ids_of_paths.path_text

),

ranked_units as (

    -- A renamed or moved unit keeps its id; its latest path places it.
    select
        *,
        row_number() over (
            partition by org_unit_id
            order by last_used_date desc, first_used_date desc, depth desc, path_text asc
        ) as unit_rank
    from identified_units

),

latest_units as (

    select *
    from ranked_units
    where unit_rank = 1

),

positions as (

    {% for position in range(1, deepest + 1) %}
    select {{ position }} as position
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

expanded_levels as (

    select
        latest_units.org_unit_id,
        latest_units.depth,
        positions.position,
        {{ path_prefix("latest_units.org_unit_path", "positions.position") }} as level_path_text,
        {{ path_name("latest_units.org_unit_path", "positions.position") }} as level_name
    from latest_units
    inner join positions on latest_units.depth >= positions.position

),

identified_levels as (

    select
        expanded_levels.org_unit_id,
        expanded_levels.position as level_depth,
        expanded_levels.level_path_text,
        expanded_levels.level_name,
        case
            when expanded_levels.position = expanded_levels.depth then expanded_levels.org_unit_id
            when
                ids_of_paths.org_unit_id <> expanded_levels.org_unit_id
                then ids_of_paths.org_unit_id
            else 'path:' || expanded_levels.level_path_text
        end as level_org_unit_id
    from expanded_levels
    left join ids_of_paths on expanded_levels.level_path_text = ids_of_paths.path_text

),

units_without_path as (

    select
        org_unit_id,
        1 as level_depth,
        org_unit_id as level_path_text,
        org_unit_id as level_name,
        org_unit_id as level_org_unit_id
    from latest_units
    where depth = 0

),

all_levels as (

    select * from identified_levels
    union all
    select * from units_without_path

)

select * from all_levels
