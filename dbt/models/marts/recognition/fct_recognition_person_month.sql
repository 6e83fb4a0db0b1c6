{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- A thumbs-up on an answer or a document is thanks in context; anywhere else a like (G5). -#}
{% set thumbs_up = "('+1', 'thumbsup', 'thumbs_up', 'like')" %}
{#- Managers above managers: no chain of command is longer than this. -#}
{% set max_chain = 8 %}

{% set object_counts = ["n_answers", "n_thanked_answers", "n_documents", "n_thanked_documents"] %}

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

documents as (

    -- Messages that share a file or point to a document.
    select message_key
    from {{ ref("stg_messages") }}
    where n_attachments > 0
    union
    select message_key
    from {{ ref("stg_links") }}
    where kind = 'document'

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

objects as (

    -- An answer that brings a document along counts as an answer only.
    select
        messages.message_key,
        questions.message_key is not null as is_answer,
        coalesce(parents.author_person_key <> messages.author_person_key, false) as has_partner
    from messages
    left join questions on messages.parent_message_key = questions.message_key
    left join documents on messages.message_key = documents.message_key
    left join messages as parents on messages.parent_message_key = parents.message_key
    where questions.message_key is not null or documents.message_key is not null

),

written_objects as (

    select
        contributions.person_key,
        contributions.month_start,
        contributions.window_to,
        contributions.message_key,
        objects.is_answer,
        objects.is_answer
        or objects.has_partner
        or contributions.n_responders > 0 as has_other_participant
    from contributions
    inner join objects on contributions.message_key = objects.message_key

),

thanked_objects as (

    select distinct
        written_objects.month_start,
        written_objects.message_key
    from written_objects
    inner join thumbs
        on
            written_objects.message_key = thumbs.message_key
            and written_objects.window_to > thumbs.local_date

),

judged_objects as (

    -- What nobody else took part in cannot be thanked for (G5).
    select
        written_objects.person_key,
        written_objects.month_start,
        case when written_objects.is_answer then 1 else 0 end as is_answer,
        case when thanked_objects.message_key is not null then 1 else 0 end as is_thanked
    from written_objects
    left join thanked_objects
        on
            written_objects.month_start = thanked_objects.month_start
            and written_objects.message_key = thanked_objects.message_key
    where
        written_objects.has_other_participant
        or thanked_objects.message_key is not null

),

summed_objects as (

    select
        person_key,
        month_start,
        sum(is_answer) as n_answers,
        sum(is_answer * is_thanked) as n_thanked_answers,
        sum(1 - is_answer) as n_documents,
        sum((1 - is_answer) * is_thanked) as n_thanked_documents
    from judged_objects
    group by person_key, month_start

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
        {% for count in object_counts -%}
        case when population.eligible_days > 0 then coalesce(summed_objects.{{ count }}, 0) end
            as {{ count }},
        {% endfor -%}
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
    left join summed_objects
        on
            population.person_key = summed_objects.person_key
            and population.month_start = summed_objects.month_start
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
        {% for count in object_counts -%}
        cast({{ count }} as integer) as {{ count }},
        {% endfor -%}
        cast(20.0 * n_received / nullif(eligible_days, 0) as double) as received_per_20_days,
        cast(20.0 * n_given / nullif(eligible_days, 0) as double) as given_per_20_days,
        ring_share,
        n_partners is not null as is_in_ring,
        is_measured
    from joined_persons

)

select * from final
