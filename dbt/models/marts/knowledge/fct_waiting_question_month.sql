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

windows as (

    select distinct
        month_start,
        window_to
    from population

),

open_questions as (

    -- Asked lately, and unanswered at the window's end.
    select
        windows.month_start,
        questions.question_key,
        questions.person_key,
        questions.message_id,
        questions.channel_id,
        questions.asked_at
    from windows
    inner join questions
        on
            windows.window_to > questions.asked_at
            and {{ add_days("windows.window_to", -open_days) }} <= questions.asked_at
    where
        coalesce(questions.first_response_at, windows.window_to) >= windows.window_to
        and coalesce(questions.deleted_at, windows.window_to) >= windows.window_to

),

known_questions as (

    -- Of others, in a topic that one knows; a question of two topics counts once.
    select distinct
        population.person_key,
        population.month_start,
        open_questions.question_key,
        open_questions.message_id,
        open_questions.channel_id,
        open_questions.asked_at
    from open_questions
    inner join question_topics
        on open_questions.question_key = question_topics.question_key
    inner join experts
        on
            open_questions.month_start = experts.month_start
            and question_topics.topic_key = experts.topic_key
    inner join population
        on
            experts.person_key = population.person_key
            and experts.month_start = population.month_start
    where open_questions.person_key <> population.person_key

),

ranked_questions as (

    select
        *,
        row_number() over (
            partition by person_key, month_start order by asked_at desc, message_id asc
        ) as question_rank
    from known_questions

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
