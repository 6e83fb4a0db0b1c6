{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "known_on", "days_before": 2, "key": "item_key"}},
    )
}}

with

all_answers as (

    select *
    from {{ ref("int_answers") }}
    where not is_own and person_key is not null

),

all_appreciations as (

    select
        *,
        coalesce(about_message_key, message_key) as item_key
    from {{ ref("int_appreciations") }}
    where kind = 'reuse' or is_recognition

),

{% if is_incremental() -%}
rebuilt_items as (

    -- Those with events of the rebuilt months, or that had some.
    select answer_key as item_key
    from all_answers
    where {{ is_rebuilt_from("event_month") }}
    union
    select item_key
    from all_appreciations
    where {{ is_rebuilt_from("event_month") }}
    union
    select item_key
    from {{ this }}
    where {{ is_rebuilt_from("known_on", 2) }}

),

{% endif -%}
answers as (

    select *
    from all_answers
    {% if is_incremental() -%}
    where answer_key in (select rebuilt_items.item_key from rebuilt_items)
    {%- endif %}

),

appreciations as (

    select *
    from all_appreciations
    {% if is_incremental() -%}
    where item_key in (select rebuilt_items.item_key from rebuilt_items)
    {%- endif %}

),

messages as (

    select
        message_key,
        thread_key,
        author_person_key
    from {{ ref("int_messages") }}
    where message_key in (select appreciations.item_key from appreciations)

),

thanks as (

    select
        about_message_key as answer_key,
        from_person_key,
        min(local_date) as local_date
    from appreciations
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
        row_number() over (
            partition by kind = 'reuse', item_key, to_person_key
            order by occurred_at, from_person_key
        ) as giver_rank
    from appreciations

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
        person_key,
        item_key,
        thread_key,
        evidence_class,
        cast(weight as double) as weight,
        beneficiary_person_key,
        local_date,
        known_on,
        coalesce(superseded_on, {{ last_date() }}) as superseded_on
    from ranked_evidence
    where coalesce(superseded_on, {{ last_date() }}) > known_on

)

select * from final
