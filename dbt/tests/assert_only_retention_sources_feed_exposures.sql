-- Purposes are enforced by lineage: without a collaboration source and an HR feed that both
-- have the purpose retention, nobody's exposure is known (the gap has no rows either).
with

exposures as (

    select * from {{ ref("int_retention_windows") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

feeds as (

    select * from {{ source("reference", "sources") }}

),

permitted_feeds as (

    select sum(case when has_retention and has_visible_contributions then 1 else 0 end) as n_feeds
    from feeds
    where kind = 'collaboration'

),

final as (

    select
        exposures.spell_key,
        exposures.window_month
    from exposures
    cross join permitted_feeds
    inner join spells on exposures.spell_key = spells.spell_key
    where
        (coalesce(permitted_feeds.n_feeds, 0) = 0 and exposures.exposure <> 'unobserved')
        or not spells.has_retention

)

select * from final
