{{ config(materialized="incremental", incremental_strategy="touched_months") }}

{#- Longer ones are events in a calendar; what lasts longer than this counts no more (B1). -#}
{% set longest_seconds = 4 * 3600 %}
{% set counted_seconds = 2 * 3600 %}

with

meetings as (

    select
        *,
        {{ month_of("starts_at") }} as event_month,
        {{ epoch_seconds("ends_at") }} - {{ epoch_seconds("starts_at") }} as n_seconds
    from {{ ref("stg_meetings") }}
    where
        not coalesce(is_cancelled, false)
        and {{ is_rebuilt_month(month_of("starts_at")) }}

),

attendances as (

    select * from {{ ref("stg_attendances") }}

),

sources as (

    select *
    from {{ source("reference", "sources") }}
    where has_network

),

accounts as (

    select *
    from {{ ref("int_accounts") }}
    where is_counted

),

timezones as (

    select * from {{ ref("int_person_timezones") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

short_meetings as (

    select
        meetings.*,
        {{ hash64("concat_ws('|', meetings.source, meetings.meeting_id, 'meeting')") }}
            as meeting_key
    from meetings
    inner join sources
        on meetings.source = sources.source
    cross join bounds
    where
        meetings.n_seconds > 0
        and meetings.n_seconds <= {{ longest_seconds }}
        and meetings.starts_at <= bounds.as_of

),

known_attendances as (

    -- Where the platform knows who joined, that decides; elsewhere the answer to the invitation.
    select
        attendances.*,
        max(case when attendances.joined_at is not null then 1 else 0 end) over (
            partition by attendances.source, attendances.meeting_id
        ) as is_joining_known
    from attendances

),

attendees as (

    select
        short_meetings.meeting_key,
        known_attendances.source,
        known_attendances.account_id,
        count(*) over (partition by short_meetings.meeting_key) as n_attendees
    from short_meetings
    inner join known_attendances
        on
            short_meetings.source = known_attendances.source
            and short_meetings.meeting_id = known_attendances.meeting_id
    where
        case
            when known_attendances.is_joining_known = 1 then known_attendances.joined_at is not null
            else coalesce(known_attendances.response, 'accepted') = 'accepted'
        end

),

present_persons as (

    -- One person with two accounts is there once; guests count for the crowd, not as ends.
    select
        attendees.meeting_key,
        accounts.person_key,
        max(attendees.n_attendees) as n_attendees
    from attendees
    inner join accounts
        on
            attendees.source = accounts.source
            and attendees.account_id = accounts.account_id
    where attendees.n_attendees <= {{ var("max_meeting_attendees") }}
    group by attendees.meeting_key, accounts.person_key

),

pairs as (

    select
        one.meeting_key,
        one.person_key as from_person_key,
        other.person_key as to_person_key,
        one.n_attendees
    from present_persons as one
    inner join present_persons as other
        on
            one.meeting_key = other.meeting_key
            and one.person_key <> other.person_key

),

dated_pairs as (

    select
        pairs.*,
        short_meetings.source,
        short_meetings.event_month,
        short_meetings.starts_at,
        least(short_meetings.n_seconds, {{ counted_seconds }}) / 3600.0 as n_hours,
        {{ local_timestamp(
            "short_meetings.starts_at", "coalesce(timezones.timezone, bounds.default_timezone)"
        ) }} as local_at
    from pairs
    inner join short_meetings
        on pairs.meeting_key = short_meetings.meeting_key
    cross join bounds
    left join timezones
        on
            pairs.from_person_key = timezones.person_key
            and {{ is_valid_on("timezones", "cast(short_meetings.starts_at as date)") }}

),

meeting_interactions as (

    select
        {{ hash64("concat_ws('|', meeting_key, from_person_key, to_person_key)") }}
            as interaction_key,
        from_person_key,
        to_person_key,
        cast(null as bigint) as message_key,
        source,
        'meeting' as interaction_type,
        cast({{ var("base_meeting") }} * n_hours as double) as base,
        cast(1.0 / (n_attendees - 1) as double) as attention,
        event_month,
        {{ week_of("local_at") }} as week_start,
        cast(local_at as date) as local_date,
        starts_at as occurred_at
    from dated_pairs
    {% if var("go_live") -%}
    where cast(local_at as date) >= cast('{{ var("go_live") }}' as date)
    {%- endif %}

)

select * from meeting_interactions
