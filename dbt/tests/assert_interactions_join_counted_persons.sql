-- Both ends of an interaction are persons whose traces count, and never the same person.
with

counted_persons as (

    select distinct person_key
    from {{ ref("int_accounts") }}
    where is_counted

)

select interactions.interaction_key
from {{ ref("int_interactions") }} as interactions
left join counted_persons as actors
    on interactions.from_person_key = actors.person_key
left join counted_persons as targets
    on interactions.to_person_key = targets.person_key
where
    actors.person_key is null
    or targets.person_key is null
    or interactions.from_person_key = interactions.to_person_key
