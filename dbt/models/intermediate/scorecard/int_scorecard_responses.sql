{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- One person's reactions to one other count this often in a week (B1, E2). -#}
{% set weekly_cap = var("reaction_weekly_cap") %}

with

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where
        observed_from is not null
        and {{ is_rebuilt_from("month_start") }}

),

first_days as (

    -- Whole weeks, so that a cap per week is the same whatever is rebuilt.
    select {{ week_of("min(window_from)") }} as first_day
    from population

),

messages as (

    -- What was answered may be older than the windows.
    select
        message_key,
        author_person_key,
        sent_at
    from {{ ref("int_messages") }}
    where
        has_engagement
        and has_visible_contributions
        and activity_type in ('post', 'reply', 'praise')
        and author_person_key is not null

),

answering_messages as (

    select *
    from {{ ref("int_messages") }}
    where
        has_engagement
        and has_visible_contributions
        and activity_type = 'reply'
        and author_person_key is not null
        and {{ is_rebuilt_from("local_date", scorecard_window_days() | int + 7) }}

),

reactions as (

    select *
    from {{ ref("int_reactions") }}
    where
        has_engagement
        and has_visible_contributions
        and message_type in ('post', 'reply', 'praise')
        and author_person_key is not null
        and {{ is_rebuilt_from("local_date", scorecard_window_days() | int + 7) }}

),

replies as (

    select
        parents.author_person_key as person_key,
        replies.author_person_key as responder_person_key,
        parents.message_key,
        replies.message_key as response_key,
        'reply' as response_type,
        true as has_exact_time,
        replies.local_date,
        replies.sent_at as occurred_at,
        parents.sent_at
    from answering_messages as replies
    inner join messages as parents on replies.parent_message_key = parents.message_key
    where
        replies.author_person_key <> parents.author_person_key
        and replies.local_date >= (select first_days.first_day from first_days)

),

numbered_reactions as (

    select
        reactions.author_person_key as person_key,
        reactions.person_key as responder_person_key,
        reactions.message_key,
        reactions.activity_key as response_key,
        'reaction' as response_type,
        reactions.has_exact_time,
        reactions.local_date,
        reactions.occurred_at,
        messages.sent_at,
        row_number() over (
            partition by reactions.author_person_key, reactions.person_key, reactions.week_start
            order by reactions.occurred_at, reactions.activity_key
        ) as week_rank
    from reactions
    inner join messages on reactions.message_key = messages.message_key
    where reactions.local_date >= (select first_days.first_day from first_days)

),

responses as (

    select * from replies
    union all
    select
        person_key,
        responder_person_key,
        message_key,
        response_key,
        response_type,
        has_exact_time,
        local_date,
        occurred_at,
        sent_at
    from numbered_reactions
    where week_rank <= {{ weekly_cap }}

),

final as (

    -- A reaction that is only dated to its message says nothing about how fast it came.
    select
        responses.person_key,
        responses.responder_person_key,
        responses.message_key,
        responses.response_key,
        responses.response_type,
        (
            responses.has_exact_time
            and responses.occurred_at <= {{ add_hours("responses.sent_at", 7 * 24) }}
        ) as is_within_week,
        population.month_start,
        population.window_to,
        responses.local_date,
        responses.occurred_at
    from responses
    inner join population
        on
            responses.person_key = population.person_key
            and responses.local_date >= population.observed_from
            and responses.local_date < population.observed_to

)

select * from final
