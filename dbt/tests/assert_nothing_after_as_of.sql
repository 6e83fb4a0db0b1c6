-- Beyond the last covered instant nothing counts.
select
    activities.activity_key,
    activities.occurred_at
from {{ ref("int_activities") }} as activities
cross join {{ source("reference", "calendar_bounds") }} as bounds
where activities.occurred_at > bounds.as_of
