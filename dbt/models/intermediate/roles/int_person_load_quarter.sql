{#- Ordinary working hours, local time, on scheduled workdays: 9 to 17 (P33). -#}
{% set hours_from = 9 %}
{% set hours_to = 17 %}
{#- Fewer events or answers say nothing about a share or a median. -#}
{% set minimum_events = 20 %}
{% set minimum_answers = 5 %}

with

activities as (

    -- A role label mixes two purposes, so a trace counts only where both are permitted.
    select *
    from {{ ref("int_activities") }}
    where has_engagement and has_network

),

messages as (

    select * from {{ ref("int_messages") }}

),

accepted_messages as (

    select message_key
    from {{ ref("stg_messages") }}
    where is_accepted_answer

),

segments as (

    select * from {{ ref("int_employment_segments") }}

),

calendar as (

    select * from {{ source("reference", "calendar_days") }}

),

absences as (

    select * from {{ ref("int_absences") }}

),

day_counts as (

    -- A mention happens with its message, so it is no instant of its own.
    select
        person_key,
        local_date,
        count(*) as n_timed_events,
        sum(
            case
                when
                    extract(hour from local_at) >= {{ hours_from }}
                    and extract(hour from local_at) < {{ hours_to }}
                    then 1
                else 0
            end
        ) as n_events_in_hours
    from activities
    where has_exact_time and activity_type <> 'mention'
    group by person_key, local_date

),

observed_days as (

    -- Work on a free day is after hours.
    select
        day_counts.person_key,
        {{ quarter_of("day_counts.local_date") }} as quarter_start,
        day_counts.n_timed_events,
        case
            when calendar.is_workday and absences.person_key is null
                then day_counts.n_timed_events - day_counts.n_events_in_hours
            else day_counts.n_timed_events
        end as n_after_hours_events
    from day_counts
    inner join segments
        on
            day_counts.person_key = segments.person_key
            and {{ month_of("day_counts.local_date") }} = segments.month_start
            and day_counts.local_date >= segments.engagement_from
            and day_counts.local_date < segments.engagement_to
    left join calendar
        on
            segments.calendar_location = calendar.location
            and day_counts.local_date = calendar.date
    left join absences
        on
            day_counts.person_key = absences.person_key
            and day_counts.local_date >= absences.absent_from
            and day_counts.local_date < absences.absent_to

),

loads as (

    select
        person_key,
        quarter_start,
        sum(n_timed_events) as n_timed_events,
        sum(n_after_hours_events) as n_after_hours_events
    from observed_days
    group by person_key, quarter_start

),

answers as (

    -- How long others waited for a reply to what they had written.
    select
        answers.author_person_key as person_key,
        {{ quarter_of("answers.local_date") }} as quarter_start,
        {{ epoch_seconds("answers.sent_at") }} - {{ epoch_seconds("questions.sent_at") }}
            as waited_seconds,
        case when accepted_messages.message_key is not null then 1 else 0 end as is_accepted
    from messages as answers
    inner join messages as questions
        on answers.parent_message_key = questions.message_key
    left join accepted_messages
        on answers.message_key = accepted_messages.message_key
    where
        answers.has_engagement
        and answers.has_network
        and answers.activity_type = 'reply'
        and answers.is_author_counted
        and questions.author_person_key is not null
        and questions.author_person_key <> answers.author_person_key

),

answer_times as (

    select
        person_key,
        quarter_start,
        count(*) as n_answers,
        sum(is_accepted) as n_accepted_answers,
        {{ linear_quantile("waited_seconds", 0.5) }} / 3600.0 as median_hours
    from answers
    group by person_key, quarter_start

),

person_quarters as (

    select
        coalesce(loads.person_key, answer_times.person_key) as person_key,
        coalesce(loads.quarter_start, answer_times.quarter_start) as quarter_start,
        coalesce(loads.n_timed_events, 0) as n_timed_events,
        coalesce(loads.n_after_hours_events, 0) as n_after_hours_events,
        coalesce(answer_times.n_answers, 0) as n_answers,
        coalesce(answer_times.n_accepted_answers, 0) as n_accepted_answers,
        case
            when answer_times.n_answers >= {{ minimum_answers }} then answer_times.median_hours
        end as response_hours
    from loads
    full outer join answer_times
        on
            loads.person_key = answer_times.person_key
            and loads.quarter_start = answer_times.quarter_start

),

compared_quarters as (

    select
        this_quarter.person_key,
        this_quarter.quarter_start,
        cast(this_quarter.n_timed_events as integer) as n_timed_events,
        cast(this_quarter.n_answers as integer) as n_answers,
        cast(this_quarter.n_accepted_answers as integer) as n_accepted_answers,
        case
            when this_quarter.n_timed_events >= {{ minimum_events }}
                then
                    cast(1.0 * this_quarter.n_after_hours_events as double)
                    / this_quarter.n_timed_events
        end as after_hours_share,
        cast(this_quarter.response_hours as double) as response_hours,
        cast(this_quarter.response_hours / nullif(quarter_before.response_hours, 0) as double)
            as response_ratio
    from person_quarters as this_quarter
    left join person_quarters as quarter_before
        on
            this_quarter.person_key = quarter_before.person_key
            and {{ add_months("this_quarter.quarter_start", -3) }} = quarter_before.quarter_start

)

select * from compared_quarters
