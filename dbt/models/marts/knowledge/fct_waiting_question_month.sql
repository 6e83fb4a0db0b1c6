{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start", "knowledge": true}},
    )
}}

{#- Older questions have been given up (E4 names no age). -#}
{% set open_days = 28 %}
{% set n_shown = 3 %}

with

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where {{ is_rebuilt_knowledge("month_start") }}

),

experts as (

    select
        person_key,
        topic_key,
        month_start
    from {{ ref("fct_expertise_month") }}
    where is_expert and {{ is_rebuilt_knowledge("month_start") }}

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

topics_of_questions as (

    -- Questions with the same topics are known to the same people.
    select
        question_key,
        {{ sorted_text("topic_key") }} as topics
    from question_topics
    group by question_key

),

grouped_questions as (

    select
        open_questions.*,
        topics_of_questions.topics,
        row_number() over (
            partition by open_questions.month_start, topics_of_questions.topics
            order by open_questions.asked_at desc, open_questions.message_id asc
        ) as newest_rank
    from open_questions
    inner join topics_of_questions
        on open_questions.question_key = topics_of_questions.question_key

),

topic_groups as (

    select
        month_start,
        topics,
        min(question_key) as any_question_key,
        count(*) as n_open
    from grouped_questions
    group by month_start, topics

),

known_groups as (

    -- A question of two topics counts once.
    select distinct
        population.person_key,
        population.month_start,
        topic_groups.topics,
        topic_groups.n_open
    from topic_groups
    inner join question_topics
        on topic_groups.any_question_key = question_topics.question_key
    inner join experts
        on
            topic_groups.month_start = experts.month_start
            and question_topics.topic_key = experts.topic_key
    inner join population
        on
            experts.person_key = population.person_key
            and experts.month_start = population.month_start

),

own_questions as (

    select
        person_key,
        month_start,
        topics,
        count(*) as n_own
    from grouped_questions
    group by person_key, month_start, topics

),

groups_of_others as (

    select
        known_groups.person_key,
        known_groups.month_start,
        known_groups.topics,
        coalesce(own_questions.n_own, 0) as n_own,
        known_groups.n_open - coalesce(own_questions.n_own, 0) as n_open
    from known_groups
    left join own_questions
        on
            known_groups.person_key = own_questions.person_key
            and known_groups.month_start = own_questions.month_start
            and known_groups.topics = own_questions.topics

),

counted_questions as (

    select
        person_key,
        month_start,
        sum(n_open) as n_open
    from groups_of_others
    group by person_key, month_start

),

newest_questions as (

    -- The newest of each group are enough to find the newest of all, own ones left out.
    select
        groups_of_others.person_key,
        groups_of_others.month_start,
        newest.message_id,
        newest.channel_id,
        row_number() over (
            partition by groups_of_others.person_key, groups_of_others.month_start
            order by newest.asked_at desc, newest.message_id asc
        ) as question_rank
    from groups_of_others
    inner join grouped_questions as newest
        on
            groups_of_others.month_start = newest.month_start
            and groups_of_others.topics = newest.topics
            and groups_of_others.n_own + {{ n_shown }} >= newest.newest_rank
            and groups_of_others.person_key <> newest.person_key

),

shown_questions as (

    select
        person_key,
        month_start,
        max(case when question_rank = 1 then message_id end) as latest_message_id,
    {% for position in range(1, n_shown + 1) %}
    max(case when question_rank = {{ position }} then channel_id end)
        as channel_{{ position }}{{ "," if not loop.last }}
    {% endfor %}
    from newest_questions
    where question_rank <= {{ n_shown }}
    group by person_key, month_start

),

final as (

    select
        shown_questions.person_key,
        shown_questions.month_start,
        cast(counted_questions.n_open as integer) as n_open,
        shown_questions.latest_message_id,
    {% for position in range(1, n_shown + 1) %}
    shown_questions.channel_{{ position }}{{ "," if not loop.last }}
    {% endfor %}
    from shown_questions
    inner join counted_questions
        on
            shown_questions.person_key = counted_questions.person_key
            and shown_questions.month_start = counted_questions.month_start

)

select * from final
