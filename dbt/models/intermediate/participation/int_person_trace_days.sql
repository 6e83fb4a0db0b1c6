{{ config(materialized="incremental", incremental_strategy="touched_months") }}

{#- Ordinary working hours, local time, on scheduled workdays: 9 to 17 (P33). -#}
{% set hours_from = 9 %}
{% set hours_to = 17 %}
{% set traces = [
    "replies_received", "reactions_received", "views", "accepted_answers", "meetings_hosted",
    "timed_events",
] %}

with

messages as (

    select *
    from {{ ref("int_messages") }}
    where has_engagement and {{ is_rebuilt_month("event_month") }}

),

reactions as (

    select *
    from {{ ref("int_reactions") }}
    where has_engagement and {{ is_rebuilt_month("event_month") }}

),

activities as (

    select *
    from {{ ref("int_activities") }}
    where has_engagement and {{ is_rebuilt_month("event_month") }}

),

message_authors as (

    select
        message_key,
        author_person_key
    from {{ ref("int_messages") }}

),

questions as (

    select * from {{ ref("int_questions") }}

),

marked_answers as (

    select message_key
    from {{ ref("stg_messages") }}
    where is_accepted_answer and {{ is_rebuilt_month("event_month") }}

),

views as (

    select
        *,
        {{ month_of("viewed_at") }} as event_month
    from {{ ref("stg_views") }}

),

meetings as (

    select
        *,
        {{ month_of("starts_at") }} as event_month
    from {{ ref("stg_meetings") }}
    where not coalesce(is_cancelled, false)

),

accounts as (

    select known_accounts.*
    from {{ ref("int_accounts") }} as known_accounts
    inner join {{ source("reference", "sources") }} as feeds
        on known_accounts.source = feeds.source
    where known_accounts.is_counted and feeds.has_engagement

),

timezones as (

    select * from {{ ref("int_person_timezones") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

accepted_answers as (

    -- Marked by the platform, or checked by whoever asked: as in the rate of accepted answers (F2).
    select message_key
    from marked_answers
    union
    select reactions.message_key
    from reactions
    inner join messages on reactions.message_key = messages.message_key
    inner join questions
        on
            messages.thread_key = questions.question_key
            and reactions.person_key = questions.person_key
    where
        reactions.name in (
            {% for name in var("accepting_reactions") -%}
            '{{ name }}'{{ "," if not loop.last }}
            {% endfor -%}
        )

),

traces as (

    -- A mention happens with its message, so it is no instant of its own.
    select
        person_key,
        'timed_events' as trace,
        event_month,
        occurred_at
    from activities
    where has_exact_time and activity_type <> 'mention'
    union all
    select
        parents.author_person_key as person_key,
        'replies_received' as trace,
        messages.event_month,
        messages.sent_at as occurred_at
    from messages
    inner join message_authors as parents
        on messages.parent_message_key = parents.message_key
    where
        messages.activity_type = 'reply'
        and messages.is_author_counted
        and messages.has_visible_contributions
        and messages.author_person_key <> parents.author_person_key
    union all
    select
        author_person_key as person_key,
        'reactions_received' as trace,
        event_month,
        occurred_at
    from reactions
    where
        author_person_key is not null
        and has_visible_contributions
        and message_type not in ('direct_message', 'mail')
    union all
    select
        messages.author_person_key as person_key,
        'accepted_answers' as trace,
        messages.event_month,
        messages.sent_at as occurred_at
    from accepted_answers
    inner join messages on accepted_answers.message_key = messages.message_key
    where
        messages.is_author_counted
        and messages.has_visible_contributions
        and messages.activity_type = 'reply'
    union all
    select
        accounts.person_key,
        'views' as trace,
        views.event_month,
        views.viewed_at as occurred_at
    from views
    inner join accounts
        on views.source = accounts.source and views.account_id = accounts.account_id
    where {{ is_rebuilt_month("views.event_month") }}
    union all
    select
        accounts.person_key,
        'meetings_hosted' as trace,
        meetings.event_month,
        meetings.starts_at as occurred_at
    from meetings
    inner join accounts
        on
            meetings.source = accounts.source
            and meetings.organiser_account_id = accounts.account_id
    where {{ is_rebuilt_month("meetings.event_month") }}

),

zones as (

    select timezone as zone_name
    from timezones
    union
    select default_timezone as zone_name
    from bounds

),

trace_dates as (

    select distinct cast(occurred_at as date) as day_in_utc
    from traces

),

zone_days as (

    -- A zone's distance from UTC at both ends of a day: converting every instant is dear.
    select
        zones.zone_name,
        trace_dates.day_in_utc,
        {{ local_timestamp("cast(trace_dates.day_in_utc as timestamp)", "zones.zone_name") }}
        - cast(trace_dates.day_in_utc as timestamp) as first_offset,
        {{ local_timestamp(
            "cast(" ~ add_days("trace_dates.day_in_utc", 1) ~ " as timestamp)", "zones.zone_name"
        ) }}
        - cast({{ add_days("trace_dates.day_in_utc", 1) }} as timestamp) as last_offset
    from zones
    cross join trace_dates

),

localised_traces as (

    -- Only where clocks change during the day is the instant itself converted.
    select
        traces.*,
        case
            when zone_days.first_offset = zone_days.last_offset
                then traces.occurred_at + zone_days.first_offset
            else {{ local_timestamp("traces.occurred_at", "zone_days.zone_name") }}
        end as local_at
    from traces
    cross join bounds
    left join timezones
        on
            traces.person_key = timezones.person_key
            and {{ is_valid_on("timezones", "cast(traces.occurred_at as date)") }}
    inner join zone_days
        on
            coalesce(timezones.timezone, bounds.default_timezone) = zone_days.zone_name
            and cast(traces.occurred_at as date) = zone_days.day_in_utc
    where traces.occurred_at <= bounds.as_of

),

counted_days as (

    select
        person_key,
        event_month,
        cast(local_at as date) as local_date,
        {% for trace in traces %}
        cast(sum(case when trace = '{{ trace }}' then 1 else 0 end) as integer) as n_{{ trace }},
        {% endfor %}
        cast(sum(
            case
                when
                    trace = 'timed_events'
                    and extract(hour from local_at) >= {{ hours_from }}
                    and extract(hour from local_at) < {{ hours_to }}
                    then 1
                else 0
            end
        ) as integer) as n_events_in_hours
    from localised_traces
    {% if var("go_live") -%}
    where cast(local_at as date) >= cast('{{ var("go_live") }}' as date)
    {%- endif %}
    group by person_key, event_month, cast(local_at as date)

)

select * from counted_days
