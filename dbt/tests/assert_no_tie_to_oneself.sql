-- Nobody has a tie to oneself: mail to oneself, answers to oneself and likes of oneself are out.
select
    month_start,
    from_person_key
from {{ ref("fct_tie_month") }}
where from_person_key = to_person_key
