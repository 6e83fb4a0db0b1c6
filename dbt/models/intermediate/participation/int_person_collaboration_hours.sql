{{ config(materialized="view") }}

{#- Longer meetings are events in a calendar, no conversations (B1). -#}
{% set longest_meeting = 4 * 3600 %}
{#- What writing one mail or direct message is taken to cost; our own estimate. -#}
{% set message_seconds = 300 %}

with

meetings as (

    select * from {{ ref("stg_meetings") }}

),

attendances as (

    select * from {{ ref("stg_attendances") }}

),

accounts as (

    select known_accounts.*
    from {{ ref("int_accounts") }} as known_accounts
    inner join {{ source("reference", "sources") }} as feeds
        on known_accounts.source = feeds.source
    where known_accounts.is_counted and feeds.has_engagement

),

activities as (

    select * from {{ ref("int_activities") }}

),

windows as (

    select * from {{ ref("int_person_windows") }}

),

delivered_meetings as (

    select count(*) as n_meetings
    from meetings

),

attended_meetings as (

    select
        accounts.person_key,
        cast(coalesce(attendances.joined_at, meetings.starts_at) as date) as local_date,
        {{ epoch_seconds("coalesce(attendances.joined_at, meetings.starts_at)") }} as from_second,
        {{ epoch_seconds("coalesce(attendances.left_at, meetings.ends_at)") }} as to_second
    from attendances
    inner join meetings
        on
            attendances.source = meetings.source
            and attendances.meeting_id = meetings.meeting_id
    inner join accounts
        on
            attendances.source = accounts.source
            and attendances.account_id = accounts.account_id
    where
        not coalesce(meetings.is_cancelled, false)
        and coalesce(attendances.response, '') <> 'declined'

),

written_messages as (

    -- Without meetings the sum would be a small part of the truth: then it is not made at all.
    select
        activities.person_key,
        activities.local_date,
        {{ epoch_seconds("activities.occurred_at") }} as from_second,
        {{ epoch_seconds("activities.occurred_at") }} + {{ message_seconds }} as to_second
    from activities
    cross join delivered_meetings
    where
        delivered_meetings.n_meetings > 0
        and activities.has_engagement
        and activities.activity_type in ('direct_message', 'mail')

),

all_intervals as (

    select *
    from attended_meetings
    where to_second > from_second and to_second - from_second <= {{ longest_meeting }}
    union all
    select * from written_messages

),

reached_intervals as (

    select
        *,
        max(to_second) over (
            partition by person_key
            order by from_second, to_second
            rows between unbounded preceding and 1 preceding
        ) as reached_second
    from all_intervals

),

new_seconds as (

    -- Of overlapping intervals each second counts once.
    select
        person_key,
        local_date,
        greatest(0, to_second - greatest(from_second, coalesce(reached_second, from_second)))
            as n_seconds
    from reached_intervals

),

summed_hours as (

    select
        windows.person_key,
        windows.period_start as month_start,
        coalesce(sum(new_seconds.n_seconds), 0) / 3600.0 as collaboration_hours
    from windows
    cross join delivered_meetings
    left join new_seconds
        on
            windows.person_key = new_seconds.person_key
            and windows.period_from <= new_seconds.local_date
            and windows.period_end >= new_seconds.local_date
    where
        delivered_meetings.n_meetings > 0
        and windows.period_kind = 'r28'
        and windows.eligible_days > 0
        and not windows.is_opted_out
    group by windows.person_key, windows.period_start

)

select * from summed_hours
