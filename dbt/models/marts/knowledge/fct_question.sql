{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "event_month", "ended_within": 30, "key": "question_key"}},
    )
}}

with

all_questions as (

    select * from {{ ref("int_questions") }}

),

answers as (

    select * from {{ ref("int_answers") }}

),

similar_questions as (

    select * from {{ ref("int_similar_questions") }}

),

{% if is_incremental() -%}
rebuilt_questions as (

    -- Those still followed, and older ones that have answers of the rebuilt months, or had.
    select question_key
    from all_questions
    where {{ is_rebuilt_from("event_month", open_question_days()) }}
    union
    select question_key
    from answers
    where {{ is_rebuilt_from("event_month") }}
    union
    select question_key
    from {{ this }}
    where {{ is_rebuilt_from("cast(last_answer_at as date)", 1) }}

),

questions as (

    select all_questions.*
    from all_questions
    inner join rebuilt_questions on all_questions.question_key = rebuilt_questions.question_key

),
{%- else -%}
questions as (

    select * from all_questions

),
{%- endif %}

summed_answers as (

    select
        question_key,
        sum(case when not is_own then 1 else 0 end) as n_answers,
        count(distinct case when not is_own then person_key end) as n_answerers,
        min(case when not is_own then answered_at end) as first_response_at,
        min(case when is_accepted and not is_own then answered_at end) as accepted_answer_at,
        min(case when is_own then answered_at end) as own_reply_at,
        max(answered_at) as last_answer_at
    from answers
    where question_key in (select questions.question_key from questions)
    group by question_key

),

joined_questions as (

    select
        questions.*,
        coalesce(summed_answers.n_answers, 0) as n_answers,
        coalesce(summed_answers.n_answerers, 0) as n_answerers,
        summed_answers.first_response_at,
        summed_answers.accepted_answer_at,
        summed_answers.own_reply_at,
        summed_answers.last_answer_at,
        similar_questions.similar_question_key,
        coalesce(summed_answers.first_response_at <= questions.followed_until, false)
            as is_responded,
        case
            when summed_answers.first_response_at <= questions.followed_until
                then summed_answers.first_response_at
            else questions.followed_until
        end as response_ended_at
    from questions
    left join summed_answers on questions.question_key = summed_answers.question_key
    left join similar_questions on questions.question_key = similar_questions.question_key

),

final as (

    select
        question_key,
        message_id,
        {{ message_key("source", "channel_id") }} as channel_key,
        channel_id,
        source,
        person_key,
        org_unit_key,
        event_month,
        month_start,
        local_date,
        asked_at,
        deleted_at,
        cast(n_answers as integer) as n_answers,
        cast(n_answerers as integer) as n_answerers,
        first_response_at,
        accepted_answer_at,
        own_reply_at,
        last_answer_at,
        is_acceptance_observed,
        is_responded,
        cast(
            {{ epoch_seconds("response_ended_at") }} - {{ epoch_seconds("asked_at") }} as bigint
        ) as response_seconds,
        cast(
            {{ working_seconds_before(local_timestamp("response_ended_at", "timezone")) }}
            - {{ working_seconds_before("local_asked_at") }} as bigint
        ) as response_working_seconds,
        similar_question_key
    from joined_questions

)

select * from final
