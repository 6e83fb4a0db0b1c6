{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- Parts of four lanes: texts that agree in 90 % of the lanes share one in 999 of 1000 cases. -#}
{% set n_bands = 8 %}
{% set memory_days = 365 %}

with

questions as (

    select
        question_key,
        text_signature,
        month_start,
        asked_at
    from {{ ref("int_questions") }}
    where text_signature is not null

),

first_answers as (

    select
        question_key,
        min(answered_at) as first_answer_at
    from {{ ref("int_answers") }}
    where not is_own
    group by question_key

),

answered_questions as (

    select
        questions.question_key,
        questions.text_signature,
        first_answers.first_answer_at
    from questions
    inner join first_answers on questions.question_key = first_answers.question_key

),

{% if is_incremental() -%}
rebuilt_bounds as (

    select min(asked_at) as first_asked_at
    from questions
    where {{ is_rebuilt_from("month_start") }}

),

last_answers as (

    select
        answered_questions.text_signature,
        max(answered_questions.first_answer_at) as last_answer_at
    from answered_questions
    cross join rebuilt_bounds
    where answered_questions.first_answer_at < rebuilt_bounds.first_asked_at
    group by answered_questions.text_signature

),

found_questions as (

    -- Of equal texts answered before the rebuilt questions only the last one is ever found.
    select answered_questions.*
    from answered_questions
    left join last_answers
        on answered_questions.text_signature = last_answers.text_signature
    where
        answered_questions.first_answer_at
        >= coalesce(last_answers.last_answer_at, answered_questions.first_answer_at)

),
{%- else -%}
found_questions as (

    select * from answered_questions

),
{%- endif %}

text_moments as (

    -- A question can be found again from its first answer on.
    select
        text_signature,
        first_answer_at as moment,
        0 as is_asking,
        question_key,
        question_key as answered_key
    from found_questions
    union all
    select
        text_signature,
        asked_at as moment,
        1 as is_asking,
        question_key,
        cast(null as bigint) as answered_key
    from questions
    where {{ is_rebuilt_from("month_start") }}

),

moments as (

    {% for band in range(n_bands) %}
    select
        {{ band }} as band,
        {{ signature_band("text_signature", band) }} as part,
        moment,
        is_asking,
        question_key,
        answered_key
    from text_moments
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

candidates as (

    select
        is_asking,
        question_key,
        {{ latest_known("answered_key", "so_far") }} as similar_question_key
    from moments
    window so_far as (
        partition by band, part
        order by moment, is_asking, question_key
        rows between unbounded preceding and current row
    )

),

distinct_candidates as (

    select distinct
        question_key,
        similar_question_key
    from candidates
    where is_asking = 1 and similar_question_key is not null

),

measured_candidates as (

    select
        questions.question_key,
        questions.month_start,
        distinct_candidates.similar_question_key,
        earlier.asked_at as earlier_asked_at,
        {{ signature_similarity("questions.text_signature", "earlier.text_signature") }}
            as similarity
    from distinct_candidates
    inner join questions on distinct_candidates.question_key = questions.question_key
    inner join questions as earlier
        on distinct_candidates.similar_question_key = earlier.question_key
    where
        earlier.asked_at >= {{ add_hours("questions.asked_at", -24 * memory_days) }}

),

ranked_candidates as (

    select
        *,
        row_number() over (
            partition by question_key
            order by similarity desc, earlier_asked_at desc, similar_question_key asc
        ) as candidate_rank
    from measured_candidates
    where similarity >= {{ var("duplicate_similarity") }}

),

final as (

    select
        question_key,
        similar_question_key,
        month_start,
        cast(similarity as double) as similarity
    from ranked_candidates
    where candidate_rank = 1

)

select * from final
