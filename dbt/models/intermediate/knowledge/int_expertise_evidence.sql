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

thanks as (

    select
        about_message_key as answer_key,
        from_person_key,
        min(local_date) as local_date
    from {{ ref("int_appreciations") }}
    where kind in ('thanks', 'reaction')
    group by about_message_key, from_person_key

),

counted_thanks as (

    select
        answer_key,
        local_date,
        row_number() over (
            partition by answer_key order by local_date, from_person_key
        ) as thanks_number
    from thanks

),

answering as (

    -- An answer is one at once; thanks of a second person make it more from then on. When an
    -- answer was accepted, exports do not tell.
    select
        person_key,
        answer_key as item_key,
        question_key as thread_key,
        asker_person_key as beneficiary_person_key,
        case when is_accepted then 'accepted_answer' else 'answer' end as evidence_class,
        local_date,
        local_date as known_on
    from answers
    union all
    select
        answers.person_key,
        answers.answer_key as item_key,
        answers.question_key as thread_key,
        answers.asker_person_key as beneficiary_person_key,
        'thanked_answer' as evidence_class,
        answers.local_date,
        greatest(answers.local_date, counted_thanks.local_date) as known_on
    from answers
    inner join counted_thanks on answers.answer_key = counted_thanks.answer_key
    where counted_thanks.thanks_number = 2 and not answers.is_accepted

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
        reused_items.local_date,
        reused_items.local_date as known_on
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
        endorsed_items.local_date,
        endorsed_items.local_date as known_on
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

ranked_evidence as (

    -- An item counts in its highest class only (P 33), of equal ones in the rarer: as far as
    -- was known on a day, so that what comes later changes no earlier month.
    select
        *,
        min(known_on) over (
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
            rows between unbounded preceding and 1 preceding
        ) as superseded_on
    from weighed_evidence

),

final as (

    select
        ranked_evidence.person_key,
        thread_topics.topic_key,
        ranked_evidence.item_key,
        ranked_evidence.evidence_class,
        cast(ranked_evidence.weight as double) as weight,
        ranked_evidence.beneficiary_person_key,
        ranked_evidence.local_date,
        ranked_evidence.known_on,
        coalesce(ranked_evidence.superseded_on, {{ last_date() }}) as superseded_on
    from ranked_evidence
    inner join thread_topics on ranked_evidence.thread_key = thread_topics.thread_key
    left join hidden_topics
        on
            ranked_evidence.person_key = hidden_topics.person_key
            and thread_topics.topic_key = hidden_topics.topic_key
    where
        hidden_topics.person_key is null
        and coalesce(ranked_evidence.superseded_on, {{ last_date() }}) > ranked_evidence.known_on

)

select * from final
