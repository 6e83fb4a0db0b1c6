-- A source whose permission does not name the purpose network feeds no interaction.
with

permitted_sources as (

    select source
    from {{ source("reference", "sources") }}
    where has_network

)

select
    interactions.source,
    count(*) as n_interactions
from {{ ref("int_interactions") }} as interactions
left join permitted_sources
    on interactions.source = permitted_sources.source
where permitted_sources.source is null
group by interactions.source
