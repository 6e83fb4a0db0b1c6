{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- A thumbs-up on an answer is thanks in context; anywhere else it is a like (G5). -#}
{% set thumbs_up = "('+1', 'thumbsup', 'thumbs_up', 'like')" %}
{#- Managers above managers: no chain of command is longer than this. -#}
{% set max_chain = 8 %}

{% set climbers = ["received_recognitions.person_key"] %}
{% set chain_conditions = [] %}
{% for step in range(1, max_chain + 1) %}
{% do climbers.append("chain_" ~ step ~ ".manager_person_key") %}
{% do chain_conditions.append("giver_person_key = manager_" ~ step) %}
{% endfor %}

with

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where {{ is_rebuilt_from("month_start") }}

),

recognitions as (

    select *
    from {{ ref("int_appreciations") }}
    where is_recognition

),

contributions as (

    select *
    from {{ ref("int_scorecard_contributions") }}
    where {{ is_rebuilt_from("month_start") }}

),

messages as (

    select
        message_key,
        parent_message_key,
        author_person_key
    from {{ ref("int_messages") }}
    where activity_type in ('post', 'reply')

),

questions as (

    select message_key
    from {{ ref("stg_messages") }}
    where is_question

),

thumbs as (

    select
        message_key,
        local_date
    from {{ ref("int_reactions") }}
    where name in {{ thumbs_up }} and has_engagement
    union all
    select
        about_message_key as message_key,
        local_date
    from recognitions
    where about_message_key is not null

),

rings as (

    select
        person_key,
        month_start,
        max(n_partners) as n_partners,
        max(ring_share) as ring_share
    from {{ ref("int_rings") }}
    where kind = 'recognition'
    group by person_key, month_start

),

chains as (

    select
        person_key,
        month_start,
        manager_person_key
    from {{ ref("int_scorecard_population") }}
    where manager_person_key is not null

),

received_recognitions as (

    select
        population.person_key,
        population.month_start,
        recognitions.from_person_key as giver_person_key,
        count(*) as n_received
    from recognitions
    inner join population
        on
            recognitions.to_person_key = population.person_key
            and recognitions.local_date >= population.observed_from
            and recognitions.local_date < population.observed_to
    group by population.person_key, population.month_start, recognitions.from_person_key

),

given_recognitions as (

    select
        population.person_key,
        population.month_start,
        count(*) as n_given,
        count(distinct recognitions.to_person_key) as n_receivers
    from recognitions
    inner join population
        on
            recognitions.from_person_key = population.person_key
            and recognitions.local_date >= population.observed_from
            and recognitions.local_date < population.observed_to
    group by population.person_key, population.month_start

),

climbed_chains as (

    select
        received_recognitions.*,
    {% for step in range(1, max_chain + 1) %}
    chain_{{ step }}.manager_person_key as manager_{{ step }}{{ "," if not loop.last }}
    {% endfor %}
    from received_recognitions
    {% for step in range(1, max_chain + 1) %}
    left join chains as chain_{{ step }}
        on
            received_recognitions.month_start = chain_{{ step }}.month_start
            and {{ climbers[step - 1] }} = chain_{{ step }}.person_key
    {% endfor %}

),

summed_received as (

    select
        person_key,
        month_start,
        sum(n_received) as n_received,
        count(*) as n_givers,
        sum(
            case when {{ chain_conditions | join(" or ") }} then n_received else 0 end
        ) as n_from_chain
    from climbed_chains
    group by person_key, month_start

),

answers as (

    select
        contributions.person_key,
        contributions.month_start,
        contributions.window_to,
        contributions.message_key
    from contributions
    inner join messages on contributions.message_key = messages.message_key
    inner join questions on messages.parent_message_key = questions.message_key

),

thanked_answers as (

    select distinct
        answers.month_start,
        answers.message_key
    from answers
    inner join thumbs
        on
            answers.message_key = thumbs.message_key
            and answers.window_to > thumbs.local_date

),

summed_answers as (

    select
        answers.person_key,
        answers.month_start,
        count(*) as n_answers,
        count(thanked_answers.message_key) as n_thanked_answers
    from answers
    left join thanked_answers
        on
            answers.month_start = thanked_answers.month_start
            and answers.message_key = thanked_answers.message_key
    group by answers.person_key, answers.month_start

),

joined_persons as (

    select
        population.*,
        case when population.eligible_days > 0 then coalesce(summed_received.n_received, 0) end
            as n_received,
        case when population.eligible_days > 0 then coalesce(summed_received.n_givers, 0) end
            as n_givers,
        case when population.eligible_days > 0 then coalesce(summed_received.n_from_chain, 0) end
            as n_from_chain,
        case when population.eligible_days > 0 then coalesce(given_recognitions.n_given, 0) end
            as n_given,
        case when population.eligible_days > 0 then coalesce(given_recognitions.n_receivers, 0) end
            as n_receivers,
        case when population.eligible_days > 0 then coalesce(summed_answers.n_answers, 0) end
            as n_answers,
        case
            when population.eligible_days > 0 then coalesce(summed_answers.n_thanked_answers, 0)
        end as n_thanked_answers,
        rings.ring_share,
        rings.n_partners
    from population
    left join summed_received
        on
            population.person_key = summed_received.person_key
            and population.month_start = summed_received.month_start
    left join given_recognitions
        on
            population.person_key = given_recognitions.person_key
            and population.month_start = given_recognitions.month_start
    left join summed_answers
        on
            population.person_key = summed_answers.person_key
            and population.month_start = summed_answers.month_start
    left join rings
        on
            population.person_key = rings.person_key
            and population.month_start = rings.month_start

),

final as (

    select
        person_key,
        person_id,
        month_start,
        org_unit_key,
        group_key,
        eligible_days,
        cast(n_received as integer) as n_received,
        cast(n_givers as integer) as n_givers,
        cast(n_from_chain as integer) as n_from_chain,
        cast(n_given as integer) as n_given,
        cast(n_receivers as integer) as n_receivers,
        cast(n_answers as integer) as n_answers,
        cast(n_thanked_answers as integer) as n_thanked_answers,
        cast(20.0 * n_received / nullif(eligible_days, 0) as double) as received_per_20_days,
        cast(20.0 * n_given / nullif(eligible_days, 0) as double) as given_per_20_days,
        ring_share,
        n_partners is not null as is_in_ring,
        is_measured
    from joined_persons

)

select * from final
