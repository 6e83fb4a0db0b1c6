{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

with

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where
        observed_from is not null
        and {{ is_rebuilt_from("month_start") }}

),

activities as (

    select *
    from {{ ref("int_activities") }}
    where
        is_creation
        and is_visible_contribution
        and has_engagement
        and local_date >= (select min(population.window_from) from population)
        and {{ is_rebuilt_from("local_date", scorecard_window_days() | int) }}

),

responses as (

    select *
    from {{ ref("int_scorecard_responses") }}
    where {{ is_rebuilt_from("month_start") }}

),

rings as (

    select *
    from {{ ref("int_rings") }}
    where
        kind = 'reaction'
        and {{ is_rebuilt_from("month_start") }}

),

windowed_activities as (

    select
        population.person_key,
        population.group_key,
        activities.message_key,
        activities.channel_id,
        activities.source,
        activities.activity_type,
        population.month_start,
        population.window_to,
        activities.local_date,
        activities.occurred_at as sent_at
    from activities
    inner join population
        on
            activities.person_key = population.person_key
            and activities.local_date >= population.observed_from
            and activities.local_date < population.observed_to

),

responders as (

    -- Whoever answers counts in full; a reaction within a ring counts half.
    select
        responses.month_start,
        responses.message_key,
        responses.responder_person_key,
        max(
            case
                when responses.response_type = 'reply' or rings.person_key is null then 1.0
                else 0.5
            end
        ) as worth,
        max(case when responses.is_within_week then 1 else 0 end) as is_within_week
    from responses
    left join rings
        on
            responses.month_start = rings.month_start
            and responses.person_key = rings.person_key
            and responses.responder_person_key = rings.partner_person_key
    group by responses.month_start, responses.message_key, responses.responder_person_key

),

summed_responders as (

    select
        month_start,
        message_key,
        sum(worth) as n_responders,
        max(is_within_week) as is_within_week
    from responders
    group by month_start, message_key

),

final as (

    -- Younger than a week at the window's end: too early to tell whether it finds a response.
    select
        windowed_activities.person_key,
        windowed_activities.group_key,
        windowed_activities.message_key,
        windowed_activities.channel_id,
        windowed_activities.source,
        windowed_activities.activity_type,
        cast(coalesce(summed_responders.n_responders, 0) as double) as n_responders,
        case
            when {{ add_days("windowed_activities.local_date", 7) }} < windowed_activities.window_to
                then coalesce(summed_responders.is_within_week, 0) = 1
        end as is_responded_7d,
        windowed_activities.month_start,
        windowed_activities.window_to,
        windowed_activities.local_date,
        windowed_activities.sent_at
    from windowed_activities
    left join summed_responders
        on
            windowed_activities.month_start = summed_responders.month_start
            and windowed_activities.message_key = summed_responders.message_key

)

select * from final
