with

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

final as (

    select
        initiative_id,
        name,
        programme,
        cast(phase_number as integer) as phase_number,
        cast(n_phases as integer) as n_phases,
        assignment,
        primary_metric,
        hypothesis,
        starts_on,
        ends_on,
        registered_on,
        is_preregistered,
        cast(n_targets as integer) as n_targets,
        cast(n_targets - n_known_targets as integer) as n_unknown_targets,
        case
            when n_known_targets = 0 then 'unknown'
            when n_target_persons = 0 then 'org_units'
            when n_target_units = 0 then 'persons'
            else 'mixed'
        end as target_kind,
        unit_depth,
        baseline_month,
        first_month,
        end_month
    from initiatives

)

select * from final
