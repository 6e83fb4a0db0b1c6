{#- Older questions have been given up (E4 names no age). -#}
{% set open_days = 28 %}

with

population as (

    select * from {{ ref("int_scorecard_population") }}

),

experts as (

    select
        person_key,
        topic_key,
        month_start
    from {{ ref("fct_expertise_month") }}
    where is_expert

),

questions as (

    select * from {{ ref("fct_question") }}

),

question_topics as (

    select * from {{ ref("fct_question_topic") }}

),

open_questions as (

    -- Asked lately, and unanswered at the window's end; a question of two topics counts once.
    select distinct
        population.person_key,
        population.month_start,
        questions.question_key,
        questions.message_id,
        questions.channel_id,
        questions.asked_at
    from population
    inner join experts
        on
            population.person_key = experts.person_key
            and population.month_start = experts.month_start
    inner join question_topics on experts.topic_key = question_topics.topic_key
    inner join questions
        on
            question_topics.question_key = questions.question_key
            and population.window_to > questions.asked_at
            and {{ add_days("population.window_to", -open_days) }} <= questions.asked_at
    where
        questions.person_key <> population.person_key
        and coalesce(questions.first_response_at, population.window_to) >= population.window_to
        and coalesce(questions.deleted_at, population.window_to) >= population.window_to

),

ranked_questions as (

    select
        *,
        row_number() over (
            partition by person_key, month_start order by asked_at desc, message_id asc
        ) as question_rank
    from open_questions

),

waiting_questions as (

    select
        person_key,
        month_start,
        cast(count(*) as integer) as n_open,
        max(case when question_rank = 1 then message_id end) as latest_message_id,
    {% for position in range(1, 4) %}
    max(case when question_rank = {{ position }} then channel_id end)
        as channel_{{ position }}{{ "," if not loop.last }}
    {% endfor %}
    from ranked_questions
    group by person_key, month_start

)

select * from waiting_questions
