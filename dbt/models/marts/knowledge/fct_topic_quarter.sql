{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "quarter_start", "days_before": 154, "knowledge": true}},
    )
}}

{#- Responses count for 30 days, so a quarter that ended within two months can still change. -#}
{% set days_before = 154 %}

with

expertise as (

    select * from {{ ref("fct_expertise_month") }}

),

questions as (

    select * from {{ ref("fct_question") }}

),

question_topics as (

    select * from {{ ref("fct_question_topic") }}

),

topics as (

    select * from {{ ref("dim_topic") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

quarters as (

    select
        {{ quarter_of("month_start") }} as quarter_start,
        max(month_start) as month_start,
        max(month_end) as quarter_end
    from {{ source("reference", "months") }}
    where {{ is_rebuilt_knowledge(quarter_of("month_start"), days_before) }}
    group by {{ quarter_of("month_start") }}

),

quarterly_expertise as (

    select
        expertise.*,
        quarters.quarter_start
    from expertise
    inner join quarters on expertise.month_start = quarters.month_start

),

counted_persons as (

    select
        quarter_start,
        topic_key,
        count(*) as n_persons,
        sum(case when has_evidence then 1 else 0 end) as n_defined,
        sum(case when is_expert then 1 else 0 end) as n_experts,
        sum(n_accepted_answers) as n_accepted
    from (
        select
            *,
            suppression_reason is null as has_evidence
        from quarterly_expertise
    ) as judged_expertise
    group by quarter_start, topic_key

),

running_answers as (

    -- From whoever gives most accepted answers downwards; the order among equals does not matter.
    select
        quarterly_expertise.quarter_start,
        quarterly_expertise.topic_key,
        row_number() over given as n_people,
        sum(quarterly_expertise.n_accepted_answers) over given as n_covered,
        counted_persons.n_accepted
    from quarterly_expertise
    inner join counted_persons
        on
            quarterly_expertise.quarter_start = counted_persons.quarter_start
            and quarterly_expertise.topic_key = counted_persons.topic_key
    where counted_persons.n_accepted > 0
    window given as (
        partition by quarterly_expertise.quarter_start, quarterly_expertise.topic_key
        order by
            quarterly_expertise.n_accepted_answers desc,
            quarterly_expertise.person_key asc
        rows between unbounded preceding and current row
    )

),

bus_factors as (

    select
        quarter_start,
        topic_key,
        min(n_people) as knowledge_bus_factor
    from running_answers
    where 2 * n_covered >= n_accepted
    group by quarter_start, topic_key

),

counted_questions as (

    select
        {{ quarter_of("questions.local_date") }} as quarter_start,
        question_topics.topic_key,
        count(*) as n_questions,
        count(distinct questions.person_key) as n_askers,
        sum(case when questions.is_responded then 1 else 0 end) as n_responded
    from questions
    inner join question_topics on questions.question_key = question_topics.question_key
    where {{ is_rebuilt_knowledge("questions.local_date", days_before) }}
    group by {{ quarter_of("questions.local_date") }}, question_topics.topic_key

),

final as (

    select
        topics.topic_key,
        quarters.quarter_start,
        cast(coalesce(counted_persons.n_persons, 0) as integer) as n_population,
        cast(coalesce(counted_persons.n_defined, 0) as integer) as n_defined,
        cast(
            coalesce(counted_persons.n_persons - counted_persons.n_defined, 0) as integer
        ) as n_partial,
        cast(coalesce(counted_questions.n_questions, 0) as integer) as n_questions,
        cast(
            case
                when counted_questions.n_questions >= {{ var("min_questions") }}
                    then 1.0 * counted_questions.n_responded / counted_questions.n_questions
            end as double
        ) as response_rate,
        case
            when coalesce(counted_questions.n_questions, 0) < {{ var("min_questions") }}
                then 'too_few_questions'
        end as response_reason,
        cast(coalesce(counted_persons.n_experts, 0) as integer) as expert_coverage,
        cast(bus_factors.knowledge_bus_factor as integer) as knowledge_bus_factor,
        topics.topics_version,
        {{ days_between("quarters.quarter_end", "bounds.as_of_date") }}
        >= {{ response_horizon_days() }} as is_final,
        case
            when counted_persons.n_persons is null then 'no_evidence'
            when bus_factors.knowledge_bus_factor is null then 'no_accepted_answers'
        end as suppression_reason
    from topics
    cross join quarters
    cross join bounds
    left join counted_persons
        on
            topics.topic_key = counted_persons.topic_key
            and quarters.quarter_start = counted_persons.quarter_start
    left join counted_questions
        on
            topics.topic_key = counted_questions.topic_key
            and quarters.quarter_start = counted_questions.quarter_start
    left join bus_factors
        on
            topics.topic_key = bus_factors.topic_key
            and quarters.quarter_start = bus_factors.quarter_start

)

select * from final
