{#-
    R3 and R4 (E4) as CTEs of the calling model. `echoes`: contributions old enough for a response
    within 7 days, and how many found one. `balances`: what somebody gave and received in the last
    28 days, balance = (received - given) / (received + given), for those who gave enough to tell.

    Reads the CTEs `population`, `contributions`, `responses` and `contribution_days`.
-#}
{% macro people_without_echo_or_replies() -%}
{%- set balance_days = 28 -%}
{%- set min_given = 6 -%}
echoes as (

    select
        person_key,
        month_start,
        count(is_responded_7d) as n_contributions,
        sum(case when is_responded_7d then 1 else 0 end) as n_responded
    from contributions
    group by person_key, month_start

),

gifts as (

    select
        population.person_key,
        population.month_start,
        sum(
            contribution_days.n_post + contribution_days.n_reply + contribution_days.n_reaction
        ) as n_given,
        sum(contribution_days.n_reply) as n_replies
    from contribution_days
    inner join population
        on
            contribution_days.person_key = population.person_key
            and contribution_days.local_date
            >= {{ add_days("population.window_to", -balance_days) }}
            and contribution_days.local_date < population.window_to
    group by population.person_key, population.month_start

),

returns as (

    select
        person_key,
        month_start,
        count(*) as n_received
    from responses
    where local_date >= {{ add_days("window_to", -balance_days) }}
    group by person_key, month_start

),

balances as (

    select
        gifts.person_key,
        gifts.month_start,
        gifts.n_given,
        gifts.n_replies,
        coalesce(returns.n_received, 0) as n_received,
        1.0 * (coalesce(returns.n_received, 0) - gifts.n_given)
        / (coalesce(returns.n_received, 0) + gifts.n_given) as balance
    from gifts
    left join returns
        on
            gifts.person_key = returns.person_key
            and gifts.month_start = returns.month_start
    where gifts.n_given >= {{ min_given }}

)
{%- endmacro %}
