{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start", "ended_within": 30}},
    )
}}

{#- How well two people knew each other before the answer (B5); apart from them: no tie at all. -#}
{% set tie_kinds = ["strong", "diverse", "other", "no_tie"] %}

with

questions as (

    select *
    from {{ ref("fct_question") }}
    where {{ is_counted_question() }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

answers as (

    select * from {{ ref("int_answers") }}

),

tie_kinds as (

    select *
    from {{ ref("fct_tie_kind_month") }}
    where {{ is_rebuilt_from("month_start", 93) }}

),

network_population as (

    select *
    from {{ ref("int_network_population") }}
    where {{ is_rebuilt_from("month_start", 93) }}

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

counted_answers as (

    select
        *,
        cast({{ add_months(month_of("local_date"), -1) }} as date) as month_before,
        case when group_key <> asker_group_key then 1 else 0 end as is_cross_unit
    from answers
    where
        not is_own
        and person_key is not null
        and local_date >= (select min(windows.month_start) from windows)

),

tied_answers as (

    -- The tie as it was at the end of the month before: the answer itself makes none.
    select
        counted_answers.question_key,
        counted_answers.person_key,
        counted_answers.asker_person_key,
        counted_answers.answered_at,
        counted_answers.is_cross_unit,
        case
            when answerers.person_key is not null and askers.person_key is not null
                then coalesce(tie_kinds.tie_kind, 'no_tie')
        end as tie_kind
    from counted_answers
    left join network_population as answerers
        on
            counted_answers.person_key = answerers.person_key
            and counted_answers.month_before = answerers.month_start
    left join network_population as askers
        on
            counted_answers.asker_person_key = askers.person_key
            and counted_answers.month_before = askers.month_start
    left join tie_kinds
        on
            counted_answers.person_key = tie_kinds.person_key
            and counted_answers.asker_person_key = tie_kinds.other_person_key
            and counted_answers.month_before = tie_kinds.month_start

),

scoped_answers as (

    -- By the month of the question; whoever answers from outside has no unit.
    select
        scoped_questions.org_unit_key,
        scoped_questions.month_start,
        count(*) as n_answers,
        {% for kind in tie_kinds -%}
        sum(case when tied_answers.tie_kind = '{{ kind }}' then 1 else 0 end) as n_{{ kind }},
        sum(
            case
                when tied_answers.tie_kind = '{{ kind }}' then tied_answers.is_cross_unit
                else 0
            end
        ) as n_cross_{{ kind }},
        least(
            {% for side in ["person_key", "asker_person_key"] -%}
            count(
                distinct case
                    when tied_answers.tie_kind = '{{ kind }}' then tied_answers.{{ side }}
                end
            ){{ "," if not loop.last }}
            {% endfor -%}
        ) as n_people_{{ kind }},
        {% endfor -%}
        sum(tied_answers.is_cross_unit) as n_cross_unit
    from tied_answers
    inner join judged_questions as scoped_questions
        on
            tied_answers.question_key = scoped_questions.question_key
            and tied_answers.answered_at
            <= {{ add_hours("scoped_questions.asked_at", 24 * (response_horizon_days() | int)) }}
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
        {% for kind in tie_kinds -%}
        cast(
            case
                when
                    scoped_answers.n_{{ kind }} >= {{ var("min_questions") }}
                    and scoped_answers.n_people_{{ kind }} >= {{ var("k_view") }}
                    then 1.0 * scoped_answers.n_cross_{{ kind }} / scoped_answers.n_{{ kind }}
            end as double
        ) as cross_unit_answer_rate_{{ kind }},
        {% endfor -%}
        case
            when coalesce(scoped_answers.n_answers, 0) < {{ var("min_questions") }}
                then 'too_few_answers'
            {% for kind in tie_kinds -%}
            when
                scoped_answers.n_{{ kind }} < {{ var("min_questions") }}
                or scoped_answers.n_people_{{ kind }} < {{ var("k_view") }}
                then 'too_few_answers_of_a_kind'
            {% endfor -%}
        end as cross_unit_reason,
        figures.is_final,
        figures.suppression_reason
    from figures
    left join scoped_answers
        on
            figures.org_unit_key = scoped_answers.org_unit_key
            and figures.month_start = scoped_answers.month_start

)

select * from final
