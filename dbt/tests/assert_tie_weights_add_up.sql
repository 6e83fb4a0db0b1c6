-- Weights are not negative, and the parts add up to the whole.
select
    month_start,
    from_person_key,
    to_person_key,
    weight
from {{ ref("fct_tie_month") }}
where
    least(weight, w_direct_message, w_reply, w_thread, w_mention, w_reaction, w_mail, w_meeting)
    < 0
    or abs(
        weight
        - (w_direct_message + w_reply + w_thread + w_mention + w_reaction + w_mail + w_meeting)
    ) > 0.000001
