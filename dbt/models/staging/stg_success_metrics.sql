with

ranked_versions as (

    select
        *,
        row_number() over (
            partition by entity_type, entity_id, metric, period_start, period_end
            order by {{ newest_first() }}, value desc nulls last
        ) as version_rank
    from {{ source("lake", "success_metrics") }}

),

latest_success_metrics as (

    select
        entity_id,
        source,
        entity_type,
        metric,
        unit,
        value,
        higher_is_better,
        period_start,
        period_end
    from ranked_versions
    where version_rank = 1

)

select * from latest_success_metrics
