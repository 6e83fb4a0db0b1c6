with

success_values as (

    select * from {{ ref("int_success_values") }}

),

final as (

    select
        metric,
        entity_type,
        org_unit_key,
        month_start,
        depth,
        unit,
        higher_is_better,
        n_population,
        case when is_large_enough then metric_value end as metric_value,
        is_compared,
        is_final,
        case when not is_large_enough then 'below_minimum_group_size' end as suppression_reason
    from success_values

)

select * from final
