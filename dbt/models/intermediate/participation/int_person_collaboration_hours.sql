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

    select *
    from {{ ref("int_accounts") }}
    where is_counted

),

feeds as (

    select *
    from {{ source("reference", "sources") }}
    where has_engagement

),

activities as (

    select * from {{ ref("int_activities") }}

),

windows as (

    select *
    from {{ ref("int_person_windows") }}
    where period_kind = 'r28' and eligible_days > 0 and not is_opted_out

),

timezones as (

    select * from {{ ref("int_person_timezones") }}

),

coverage as (

    select * from {{ ref("stg_source_coverage") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

ranges_of_meetings as (

    select
        source,
        min(starts_at) as first_meeting_at
    from meetings
    group by source

),

ranges_of_coverage as (

    -- Where a source says which days its calendars cover, those of its messages do not count.
    select
        source,
        coalesce(
            min(case when {{ list_holds("contains", "'meetings'") }} then covered_from end),
            min(covered_from)
        ) as covered_from,
        coalesce(
            max(case when {{ list_holds("contains", "'meetings'") }} then covered_to end),
            max(covered_to)
        ) as covered_to
    from coverage
    group by source

),

calendar_feeds as (

    -- A source that never states what it covers is taken to cover all since its first meeting.
    select
        ranges_of_meetings.source,
        coalesce(ranges_of_coverage.covered_from, ranges_of_meetings.first_meeting_at)
            as covered_from,
        coalesce(ranges_of_coverage.covered_to, bounds.as_of) as covered_to
    from ranges_of_meetings
    inner join feeds on ranges_of_meetings.source = feeds.source
    cross join bounds
    left join ranges_of_coverage on ranges_of_meetings.source = ranges_of_coverage.source

),

delivered_meetings as (

    select count(*) as n_feeds
    from calendar_feeds

),

calendar_persons as (

    -- Whose calendar is seen at all, and since when.
    select
        accounts.person_key,
        min(calendar_feeds.covered_from) as covered_from,
        max(calendar_feeds.covered_to) as covered_to
    from accounts
    inner join calendar_feeds on accounts.source = calendar_feeds.source
    group by accounts.person_key

),

reported_meetings as (

    -- Where it is known who joined, nobody else was there.
    select distinct
        source,
        meeting_id
    from attendances
    where joined_at is not null

),

attended_meetings as (

    select
        accounts.person_key,
        coalesce(attendances.joined_at, meetings.starts_at) as from_at,
        {{ epoch_seconds("coalesce(attendances.joined_at, meetings.starts_at)") }} as from_second,
        {{ epoch_seconds("coalesce(attendances.left_at, meetings.ends_at)") }} as to_second
    from attendances
    inner join meetings
        on
            attendances.source = meetings.source
            and attendances.meeting_id = meetings.meeting_id
    inner join feeds on attendances.source = feeds.source
    inner join accounts
        on
            attendances.source = accounts.source
            and attendances.account_id = accounts.account_id
    left join reported_meetings
        on
            attendances.source = reported_meetings.source
            and attendances.meeting_id = reported_meetings.meeting_id
    where
        not coalesce(meetings.is_cancelled, false)
        and case
            when reported_meetings.meeting_id is not null then attendances.joined_at is not null
            else coalesce(attendances.response, '') <> 'declined'
        end

),

dated_meetings as (

    -- The day on the wall of the person's own location.
    select
        attended_meetings.person_key,
        cast({{ local_timestamp(
            "attended_meetings.from_at", "coalesce(timezones.timezone, bounds.default_timezone)"
        ) }} as date) as local_date,
        attended_meetings.from_second,
        attended_meetings.to_second
    from attended_meetings
    cross join bounds
    left join timezones
        on
            attended_meetings.person_key = timezones.person_key
            and {{ is_valid_on("timezones", "cast(attended_meetings.from_at as date)") }}
    where
        attended_meetings.to_second > attended_meetings.from_second
        and attended_meetings.to_second - attended_meetings.from_second <= {{ longest_meeting }}

),

written_messages as (

    -- Without a calendar the sum would be a small part of the truth: then it is not made at all.
    select
        activities.person_key,
        activities.local_date,
        {{ epoch_seconds("activities.occurred_at") }} as from_second,
        {{ epoch_seconds("activities.occurred_at") }} + {{ message_seconds }} as to_second
    from activities
    inner join calendar_persons on activities.person_key = calendar_persons.person_key
    where
        activities.has_engagement
        and activities.activity_type in ('direct_message', 'mail')

),

all_intervals as (

    select * from dated_meetings
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
        windows.period_start,
        sum(new_seconds.n_seconds) / 3600.0 as n_hours
    from windows
    inner join new_seconds
        on
            windows.person_key = new_seconds.person_key
            and windows.period_from <= new_seconds.local_date
            and windows.period_end >= new_seconds.local_date
    group by windows.person_key, windows.period_start

),

reasoned_windows as (

    select
        windows.person_key,
        windows.period_start as month_start,
        case
            when delivered_meetings.n_feeds = 0 then 'no_meetings_in_sources'
            when calendar_persons.person_key is null then 'no_calendar_account'
            when
                cast(calendar_persons.covered_from as date) > windows.period_from
                or calendar_persons.covered_to <= cast(windows.period_end as timestamp)
                then 'calendar_not_covered'
        end as collaboration_hours_reason,
        coalesce(summed_hours.n_hours, 0) as n_hours
    from windows
    cross join delivered_meetings
    left join calendar_persons on windows.person_key = calendar_persons.person_key
    left join summed_hours
        on
            windows.person_key = summed_hours.person_key
            and windows.period_start = summed_hours.period_start

),

final as (

    select
        person_key,
        month_start,
        case when collaboration_hours_reason is null then n_hours end as collaboration_hours,
        collaboration_hours_reason
    from reasoned_windows

)

select * from final
