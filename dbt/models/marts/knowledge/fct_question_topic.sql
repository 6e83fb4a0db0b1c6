with

questions as (

    select * from {{ ref("int_questions") }}

),

thread_topics as (

    select * from {{ ref("int_thread_topics") }}

)

select
    questions.question_key,
    thread_topics.topic_key
from questions
inner join thread_topics on questions.question_key = thread_topics.thread_key
