with

questions as (

    select * from {{ ref("fct_question") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

answers as (

    select * from {{ ref("int_answers") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

scoped_questions as (

    select
        questions.question_key,
        questions.person_key,
        ancestors.ancestor_org_unit_key as org_unit_key,
        questions.month_start,
        questions.asked_at,
        questions.deleted_at,
        questions.first_response_at,
        questions.accepted_answer_at,
        questions.own_reply_at,
        questions.is_acceptance_observed,
        questions.is_responded,
        questions.response_seconds,
        questions.response_working_seconds,
        questions.similar_question_key
    from questions
    inner join ancestors on questions.org_unit_key = ancestors.org_unit_key

),

{{ question_figures(["org_unit_key", "month_start"]) }},

scoped_answers as (

    -- By the month of the question; whoever answers from outside has no unit.
    select
        scoped_questions.org_unit_key,
        scoped_questions.month_start,
        count(*) as n_answers,
        sum(case when answers.group_key <> answers.asker_group_key then 1 else 0 end)
            as n_cross_unit
    from answers
    inner join scoped_questions on answers.question_key = scoped_questions.question_key
    where not answers.is_own and answers.person_key is not null
    group by scoped_questions.org_unit_key, scoped_questions.month_start

),

final as (

    select
        figures.org_unit_key,
        figures.month_start,
        {% for column in question_figure_columns() -%}
        figures.{{ column }},
        {% endfor -%}
        cast(coalesce(scoped_answers.n_answers, 0) as integer) as n_answers,
        cast(
            case
                when scoped_answers.n_answers >= {{ var("min_questions") }}
                    then 1.0 * scoped_answers.n_cross_unit / scoped_answers.n_answers
            end as double
        ) as cross_unit_answer_rate,
        figures.is_final,
        figures.suppression_reason
    from figures
    left join scoped_answers
        on
            figures.org_unit_key = scoped_answers.org_unit_key
            and figures.month_start = scoped_answers.month_start

)

select * from final
