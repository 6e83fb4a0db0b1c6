{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "event_month"}},
    )
}}

with

questions as (

    select * from {{ ref("int_questions") }}

),

replies as (

    -- Guests answer too; bots do not.
    select *
    from {{ ref("int_messages") }}
    where
        activity_type = 'reply'
        and author_kind in ('person', 'guest')
        and {{ is_rebuilt_from("event_month") }}

),

marked_replies as (

    select message_key
    from {{ ref("stg_messages") }}
    where is_accepted_answer and {{ is_rebuilt_from("event_month") }}

),

check_marks as (

    select
        message_key,
        person_key
    from {{ ref("int_reactions") }}
    where
        name in (
            {% for name in var("accepting_reactions") -%}
            '{{ name }}'{{ "," if not loop.last }}
            {% endfor -%}
        )
        and {{ is_rebuilt_from("event_month") }}

),

periods as (

    select * from {{ ref("int_job_periods") }}

),

groups_of_units as (

    {{ group_of_each_unit(ref("int_org_unit_ancestors")) }}

),

replies_to_questions as (

    select
        replies.message_key as answer_key,
        questions.question_key,
        questions.person_key as asker_person_key,
        questions.group_key as asker_group_key,
        replies.author_person_key as person_key,
        replies.event_month,
        replies.local_date,
        replies.sent_at as answered_at,
        coalesce(replies.author_account_key = questions.account_key, false)
        or coalesce(replies.author_person_key = questions.person_key, false) as is_own
    from replies
    inner join questions on replies.thread_key = questions.question_key

),

accepted_replies as (

    select message_key
    from marked_replies
    union
    select replies_to_questions.answer_key as message_key
    from replies_to_questions
    inner join check_marks
        on
            replies_to_questions.answer_key = check_marks.message_key
            and replies_to_questions.asker_person_key = check_marks.person_key

),

final as (

    select
        replies_to_questions.answer_key,
        replies_to_questions.question_key,
        replies_to_questions.asker_person_key,
        replies_to_questions.asker_group_key,
        replies_to_questions.person_key,
        coalesce(groups_of_units.group_key, 0) as group_key,
        replies_to_questions.is_own,
        accepted_replies.message_key is not null as is_accepted,
        replies_to_questions.event_month,
        replies_to_questions.local_date,
        replies_to_questions.answered_at
    from replies_to_questions
    left join accepted_replies on replies_to_questions.answer_key = accepted_replies.message_key
    left join periods
        on
            replies_to_questions.person_key = periods.person_key
            and replies_to_questions.local_date >= periods.period_from
            and replies_to_questions.local_date < periods.period_to
    left join groups_of_units on periods.org_unit_key = groups_of_units.org_unit_key

)

select * from final
