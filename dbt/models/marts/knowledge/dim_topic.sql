with

topics as (

    select * from {{ source("identity", "topics") }}

)

select
    topic_key,
    topic,
    kind,
    n_authors as n_defined,
    topics_version,
    cast(null as varchar) as suppression_reason
from topics
