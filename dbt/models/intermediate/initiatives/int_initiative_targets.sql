with

registered_targets as (

    select * from {{ ref("stg_initiatives") }}

),

units as (

    select * from {{ ref("int_org_units") }}

),

workers as (

    select * from {{ source("identity", "workers") }}

),

final as (

    -- A target that nobody knows stays, without a key, so that it can be told.
    select
        registered_targets.initiative_id,
        registered_targets.target_kind,
        units.org_unit_key,
        workers.person_key,
        units.depth,
        units.org_unit_key is not null or workers.person_key is not null as is_known
    from registered_targets
    left join units
        on
            registered_targets.target_kind = 'org_unit'
            and registered_targets.target_id = units.org_unit_id
    left join workers
        on
            registered_targets.target_kind = 'person'
            and registered_targets.target_id = workers.worker_id

)

select * from final
