{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start", "ended_within": 30}},
    )
}}

with

scoped_questions as (

    select *
    from {{ ref("fct_question") }}
    where {{ is_counted_question() }}

),

months as (

    select * from {{ source("reference", "months") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

{{ question_figures(["channel_key", "month_start"]) }}

select
    channel_key,
    month_start,
    {% for column in question_figure_columns() -%}
    {{ column }},
    {% endfor -%}
    is_final,
    suppression_reason
from figures
