-- A pair cannot have more event days than a window has days, nor more apart than together.
select
    month_start,
    from_person_key,
    to_person_key
from {{ ref("fct_tie_month") }}
where
    n_event_days > 7 * {{ var("window_weeks") }}
    or n_pair_event_days > 7 * {{ var("window_weeks") }}
    or n_event_days > n_pair_event_days
