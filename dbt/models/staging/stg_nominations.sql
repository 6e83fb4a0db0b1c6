with

ranked_versions as (

    select
        *,
        row_number() over (
            partition by source, survey, respondent_worker_id, nominee_worker_id, relation
            order by {{ newest_first(["answered_at"]) }}, strength desc nulls last
        ) as version_rank
    from {{ source("lake", "nominations") }}

),

latest_nominations as (

    select
        respondent_worker_id,
        nominee_worker_id,
        source,
        survey,
        relation,
        strength,
        {{ utc_timestamp("answered_at") }} as answered_at
    from ranked_versions
    where version_rank = 1

)

select * from latest_nominations
