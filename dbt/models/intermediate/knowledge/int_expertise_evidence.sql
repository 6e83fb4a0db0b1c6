with

answers as (

    select *
    from {{ ref("int_answers") }}
    where not is_own and person_key is not null

),

appreciations as (

    select * from {{ ref("int_appreciations") }}

),

messages as (

    select
        message_key,
        thread_key,
        author_person_key,
        local_date
    from {{ ref("int_messages") }}

),

thread_topics as (

    select * from {{ ref("int_thread_topics") }}

),

hidden_topics as (

    select * from {{ source("identity", "hidden_topics") }}

),

thanked_answers as (

    select
        about_message_key as answer_key,
        count(distinct from_person_key) as n_thanking
    from {{ ref("int_appreciations") }}
    where kind in ('thanks', 'reaction')
    group by about_message_key

),

answering as (

    select
        answers.person_key,
        answers.answer_key as item_key,
        answers.question_key as thread_key,
        answers.asker_person_key as beneficiary_person_key,
        case
            when answers.is_accepted then 'accepted_answer'
            when thanked_answers.n_thanking >= 2 then 'thanked_answer'
            else 'answer'
        end as evidence_class,
        answers.local_date
    from answers
    left join thanked_answers on answers.answer_key = thanked_answers.answer_key

),

ranked_appreciations as (

    -- Reactions without a time have that of their message, so that several may be the first.
    select
        *,
        coalesce(about_message_key, message_key) as item_key,
        row_number() over (
            partition by kind = 'reuse', coalesce(about_message_key, message_key), to_person_key
            order by occurred_at, from_person_key
        ) as giver_rank
    from appreciations
    where kind = 'reuse' or is_recognition

),

reused_items as (

    -- Counted once, from the first time that somebody else came back to it.
    select
        item_key,
        min(local_date) as local_date,
        min(case when giver_rank = 1 then from_person_key end) as beneficiary_person_key
    from ranked_appreciations
    where kind = 'reuse'
    group by item_key

),

reusing as (

    select
        messages.author_person_key as person_key,
        reused_items.item_key,
        messages.thread_key,
        reused_items.beneficiary_person_key,
        'reused' as evidence_class,
        reused_items.local_date
    from reused_items
    inner join messages on reused_items.item_key = messages.message_key
    where messages.author_person_key is not null

),

endorsed_items as (

    -- Thanks and praise for what is no answer to a question.
    select
        item_key,
        to_person_key as person_key,
        min(local_date) as local_date,
        min(case when giver_rank = 1 then from_person_key end) as beneficiary_person_key
    from ranked_appreciations
    where kind <> 'reuse'
    group by item_key, to_person_key

),

endorsing as (

    select
        endorsed_items.person_key,
        endorsed_items.item_key,
        messages.thread_key,
        endorsed_items.beneficiary_person_key,
        'endorsement' as evidence_class,
        endorsed_items.local_date
    from endorsed_items
    inner join messages on endorsed_items.item_key = messages.message_key

),

all_evidence as (

    select * from answering
    union all
    select * from reusing
    union all
    select * from endorsing

),

weighed_evidence as (

    select
        *,
        case evidence_class
            when 'accepted_answer' then {{ var("weight_accepted_answer") }}
            when 'thanked_answer' then {{ var("weight_thanked_answer") }}
            when 'answer' then {{ var("weight_answer") }}
            when 'reused' then {{ var("weight_reused") }}
            else {{ var("weight_endorsement") }}
        end as weight
    from all_evidence

),

highest_evidence as (

    -- An item counts in its highest class only (P 33); of equal ones in the rarer.
    select
        *,
        row_number() over (
            partition by person_key, item_key
            order by
                weight desc,
                case evidence_class
                    when 'accepted_answer' then 1
                    when 'reused' then 2
                    when 'thanked_answer' then 3
                    when 'answer' then 4
                    else 5
                end
        ) as class_rank
    from weighed_evidence

),

final as (

    select
        highest_evidence.person_key,
        thread_topics.topic_key,
        highest_evidence.item_key,
        highest_evidence.evidence_class,
        cast(highest_evidence.weight as double) as weight,
        highest_evidence.beneficiary_person_key,
        highest_evidence.local_date
    from highest_evidence
    inner join thread_topics on highest_evidence.thread_key = thread_topics.thread_key
    left join hidden_topics
        on
            highest_evidence.person_key = hidden_topics.person_key
            and thread_topics.topic_key = hidden_topics.topic_key
    where highest_evidence.class_rank = 1 and hidden_topics.person_key is null

)

select * from final
