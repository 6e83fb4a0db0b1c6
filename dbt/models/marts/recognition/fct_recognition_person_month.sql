{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- A thumbs-up on an answer, a document or a meeting is thanks; anywhere else a like (G5). -#}
{% set thumbs_up = "('+1', 'thumbsup', 'thumbs_up', 'like')" %}
{#- Managers above managers: no chain of command is longer than this. -#}
{% set max_chain = 8 %}

{% set object_counts = ["n_answers", "n_thanked_answers", "n_documents", "n_thanked_documents"] %}

{% set meeting_counts = ["n_meetings", "n_thanked_meetings"] %}

{#- Windows reach back so far; two days lie between time zones, and at most 31 in a month. -#}
{% set days_before = scorecard_window_days() | int + 2 %}
{% set whole_days_before = days_before + 31 %}

{% set climbers = ["received_recognitions.person_key"] %}
{% set chain_conditions = [] %}
{% for step in range(1, max_chain + 1) %}
{% do climbers.append("chain_" ~ step ~ ".manager_person_key") %}
{% do chain_conditions.append("giver_person_key = manager_" ~ step) %}
{% endfor %}

with

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where {{ is_rebuilt_from("month_start") }}

),

recognitions as (

    select *
    from {{ ref("int_appreciations") }}
    where
        is_recognition
        and {{ is_rebuilt_from("local_date", days_before) }}

),

contributions as (

    select *
    from {{ ref("int_scorecard_contributions") }}
    where {{ is_rebuilt_from("month_start") }}

),

meetings as (

    select *
    from {{ ref("stg_meetings") }}
    where not coalesce(is_cancelled, false)

),

attendances as (

    select * from {{ ref("stg_attendances") }}

),

channels as (

    select * from {{ ref("stg_channels") }}

),

feeds as (

    select *
    from {{ source("reference", "sources") }}
    where has_engagement

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

chat_messages as (

    select
        message_key,
        author_person_key,
        source,
        channel_id,
        local_date,
        sent_at
    from {{ ref("int_messages") }}
    where
        activity_type = 'direct_message'
        and has_engagement
        and {{ is_rebuilt_from("local_date", days_before) }}

),

thanking_messages as (

    select message_key
    from {{ ref("stg_messages") }}
    where is_thanks and {{ is_rebuilt_from("event_month", whole_days_before) }}

),

reactions as (

    select
        message_key,
        person_key,
        name,
        local_date
    from {{ ref("int_reactions") }}
    where has_engagement and {{ is_rebuilt_from("event_month", whole_days_before) }}

),

thanking_names as (

    select distinct name
    from {{ ref("stg_reactions") }}
    where is_recognition or name in {{ thumbs_up }}

),

messages as (

    select
        message_key,
        parent_message_key,
        author_person_key
    from {{ ref("int_messages") }}
    where
        activity_type in ('post', 'reply')
        and {{ is_rebuilt_from("local_date", days_before) }}

),

parents as (

    -- Of any month, unlike what answers them.
    select
        message_key,
        author_person_key
    from {{ ref("int_messages") }}
    where activity_type in ('post', 'reply')

),

questions as (

    select message_key
    from {{ ref("stg_messages") }}
    where is_question

),

documents as (

    -- Messages that share a file or point to a document.
    select message_key
    from {{ ref("stg_messages") }}
    where n_attachments > 0 and {{ is_rebuilt_from("event_month", whole_days_before) }}
    union
    select message_key
    from {{ ref("stg_links") }}
    where kind = 'document' and {{ is_rebuilt_from("event_month", whole_days_before) }}

),

thumbs as (

    select
        message_key,
        local_date
    from reactions
    where name in {{ thumbs_up }}
    union all
    select
        about_message_key as message_key,
        local_date
    from recognitions
    where about_message_key is not null

),

rings as (

    select
        person_key,
        month_start,
        max(n_partners) as n_partners,
        max(ring_share) as ring_share
    from {{ ref("int_rings") }}
    where kind = 'recognition'
    group by person_key, month_start

),

chains as (

    select
        person_key,
        month_start,
        manager_person_key
    from {{ ref("int_scorecard_population") }}
    where manager_person_key is not null

),

received_recognitions as (

    select
        population.person_key,
        population.month_start,
        recognitions.from_person_key as giver_person_key,
        count(*) as n_received
    from recognitions
    inner join population
        on
            recognitions.to_person_key = population.person_key
            and recognitions.local_date >= population.observed_from
            and recognitions.local_date < population.observed_to
    group by population.person_key, population.month_start, recognitions.from_person_key

),

given_recognitions as (

    select
        population.person_key,
        population.month_start,
        count(*) as n_given,
        count(distinct recognitions.to_person_key) as n_receivers
    from recognitions
    inner join population
        on
            recognitions.from_person_key = population.person_key
            and recognitions.local_date >= population.observed_from
            and recognitions.local_date < population.observed_to
    group by population.person_key, population.month_start

),

climbed_chains as (

    select
        received_recognitions.*,
    {% for step in range(1, max_chain + 1) %}
    chain_{{ step }}.manager_person_key as manager_{{ step }}{{ "," if not loop.last }}
    {% endfor %}
    from received_recognitions
    {% for step in range(1, max_chain + 1) %}
    left join chains as chain_{{ step }}
        on
            received_recognitions.month_start = chain_{{ step }}.month_start
            and {{ climbers[step - 1] }} = chain_{{ step }}.person_key
    {% endfor %}

),

summed_received as (

    select
        person_key,
        month_start,
        sum(n_received) as n_received,
        count(*) as n_givers,
        sum(
            case when {{ chain_conditions | join(" or ") }} then n_received else 0 end
        ) as n_from_chain
    from climbed_chains
    group by person_key, month_start

),

classified_messages as (

    -- An answer that brings a document along counts as an answer only.
    select
        messages.message_key,
        messages.parent_message_key,
        messages.author_person_key,
        questions.message_key is not null as is_answer
    from messages
    left join questions on messages.parent_message_key = questions.message_key
    left join documents on messages.message_key = documents.message_key
    where questions.message_key is not null or documents.message_key is not null

),

answered_documents as (

    -- Documents that answer somebody else.
    select documents_in_threads.message_key
    from classified_messages as documents_in_threads
    inner join parents on documents_in_threads.parent_message_key = parents.message_key
    where
        not documents_in_threads.is_answer
        and documents_in_threads.author_person_key <> parents.author_person_key

),

objects as (

    select
        classified_messages.message_key,
        classified_messages.is_answer,
        answered_documents.message_key is not null as has_partner
    from classified_messages
    left join answered_documents
        on classified_messages.message_key = answered_documents.message_key

),

written_objects as (

    select
        contributions.person_key,
        contributions.month_start,
        contributions.window_to,
        contributions.message_key,
        objects.is_answer,
        objects.is_answer
        or objects.has_partner
        or contributions.n_responders > 0 as has_other_participant
    from contributions
    inner join objects on contributions.message_key = objects.message_key

),

thanked_objects as (

    select distinct
        written_objects.month_start,
        written_objects.message_key
    from written_objects
    inner join thumbs
        on
            written_objects.message_key = thumbs.message_key
            and written_objects.window_to > thumbs.local_date

),

judged_objects as (

    -- What nobody else took part in cannot be thanked for (G5).
    select
        written_objects.person_key,
        written_objects.month_start,
        case when written_objects.is_answer then 1 else 0 end as is_answer,
        case when thanked_objects.message_key is not null then 1 else 0 end as is_thanked
    from written_objects
    left join thanked_objects
        on
            written_objects.month_start = thanked_objects.month_start
            and written_objects.message_key = thanked_objects.message_key
    where
        written_objects.has_other_participant
        or thanked_objects.message_key is not null

),

summed_objects as (

    select
        person_key,
        month_start,
        sum(is_answer) as n_answers,
        sum(is_answer * is_thanked) as n_thanked_answers,
        sum(1 - is_answer) as n_documents,
        sum((1 - is_answer) * is_thanked) as n_thanked_documents
    from judged_objects
    group by person_key, month_start

),

meetings_with_chat as (

    -- Only where the source delivers the chat can thanks be seen, and their absence too.
    select meetings.*
    from meetings
    inner join feeds on meetings.source = feeds.source
    inner join channels
        on
            meetings.source = channels.source
            and meetings.channel_id = channels.channel_id

),

hosted_meetings as (

    -- Whoever called the meeting is thanked for it, on the day at their own place.
    select
        {{ hash64("concat_ws('|', hosted.source, hosted.meeting_id, 'meeting')") }} as meeting_key,
        hosted.*,
        organisers.person_key,
        cast({{ local_timestamp(
            "hosted.starts_at", "coalesce(timezones.timezone, bounds.default_timezone)"
        ) }} as date) as local_date
    from meetings_with_chat as hosted
    inner join accounts as organisers
        on
            hosted.source = organisers.source
            and hosted.organiser_account_id = organisers.account_id
    cross join bounds
    left join timezones
        on
            organisers.person_key = timezones.person_key
            and {{ is_valid_on("timezones", "cast(hosted.starts_at as date)") }}

),

reported_meetings as (

    select distinct
        source,
        meeting_id
    from attendances
    where joined_at is not null

),

visited_meetings as (

    -- Somebody else was there: by the report of who joined, else by the answer to the invitation.
    select distinct hosted_meetings.meeting_key
    from hosted_meetings
    inner join attendances
        on
            hosted_meetings.source = attendances.source
            and hosted_meetings.meeting_id = attendances.meeting_id
    left join reported_meetings
        on
            hosted_meetings.source = reported_meetings.source
            and hosted_meetings.meeting_id = reported_meetings.meeting_id
    left join accounts
        on
            attendances.source = accounts.source
            and attendances.account_id = accounts.account_id
    where
        coalesce(accounts.person_key, -1) <> hosted_meetings.person_key
        and case
            when reported_meetings.meeting_id is not null then attendances.joined_at is not null
            else coalesce(attendances.response, 'accepted') = 'accepted'
        end

),

meeting_messages as (

    -- Of a series that shares a chat, the meeting that began last before the message.
    select
        hosted_meetings.meeting_key,
        hosted_meetings.person_key,
        chat_messages.message_key,
        chat_messages.author_person_key,
        chat_messages.local_date
    from hosted_meetings
    inner join chat_messages
        on
            hosted_meetings.source = chat_messages.source
            and hosted_meetings.channel_id = chat_messages.channel_id
            and hosted_meetings.starts_at <= chat_messages.sent_at
    where
        hosted_meetings.chat_moves_on_at is null
        or hosted_meetings.chat_moves_on_at > chat_messages.sent_at

),

meeting_thanks as (

    select
        meeting_messages.meeting_key,
        reactions.local_date
    from meeting_messages
    inner join reactions on meeting_messages.message_key = reactions.message_key
    inner join thanking_names on reactions.name = thanking_names.name
    where reactions.person_key <> meeting_messages.person_key
    union all
    select
        meeting_messages.meeting_key,
        meeting_messages.local_date
    from meeting_messages
    inner join thanking_messages on meeting_messages.message_key = thanking_messages.message_key
    where meeting_messages.author_person_key <> meeting_messages.person_key

),

judged_meetings as (

    select
        population.person_key,
        population.month_start,
        hosted_meetings.meeting_key,
        max(case when visited_meetings.meeting_key is not null then 1 else 0 end) as is_visited,
        max(case when meeting_thanks.meeting_key is not null then 1 else 0 end) as is_thanked
    from population
    inner join hosted_meetings
        on
            population.person_key = hosted_meetings.person_key
            and population.observed_from <= hosted_meetings.local_date
            and population.observed_to > hosted_meetings.local_date
    left join visited_meetings
        on hosted_meetings.meeting_key = visited_meetings.meeting_key
    left join meeting_thanks
        on
            hosted_meetings.meeting_key = meeting_thanks.meeting_key
            and population.window_to > meeting_thanks.local_date
    group by population.person_key, population.month_start, hosted_meetings.meeting_key

),

summed_meetings as (

    select
        person_key,
        month_start,
        count(*) as n_meetings,
        sum(is_thanked) as n_thanked_meetings
    from judged_meetings
    where is_visited = 1 or is_thanked = 1
    group by person_key, month_start

),

delivered_meetings as (

    -- What the sources tell of meetings at all.
    select
        count(*) as n_meetings,
        count(meetings_with_chat.meeting_id) as n_with_chat
    from meetings
    inner join feeds on meetings.source = feeds.source
    left join meetings_with_chat
        on
            meetings.source = meetings_with_chat.source
            and meetings.meeting_id = meetings_with_chat.meeting_id

),

calendar_persons as (

    select distinct accounts.person_key
    from accounts
    inner join meetings_with_chat on accounts.source = meetings_with_chat.source

),

reasoned_meetings as (

    select
        population.person_key,
        population.month_start,
        case
            when delivered_meetings.n_meetings = 0 then 'no_meetings_in_sources'
            when delivered_meetings.n_with_chat = 0 then 'no_meeting_chats_in_sources'
            when calendar_persons.person_key is null then 'no_calendar_account'
            when coalesce(population.eligible_days, 0) = 0 then 'not_eligible'
        end as meetings_reason,
        coalesce(summed_meetings.n_meetings, 0) as n_meetings,
        coalesce(summed_meetings.n_thanked_meetings, 0) as n_thanked_meetings
    from population
    cross join delivered_meetings
    left join calendar_persons on population.person_key = calendar_persons.person_key
    left join summed_meetings
        on
            population.person_key = summed_meetings.person_key
            and population.month_start = summed_meetings.month_start

),

joined_persons as (

    select
        population.*,
        reasoned_meetings.meetings_reason,
        {% for count in meeting_counts -%}
        case when reasoned_meetings.meetings_reason is null then reasoned_meetings.{{ count }} end
            as {{ count }},
        {% endfor -%}
        case when population.eligible_days > 0 then coalesce(summed_received.n_received, 0) end
            as n_received,
        case when population.eligible_days > 0 then coalesce(summed_received.n_givers, 0) end
            as n_givers,
        case when population.eligible_days > 0 then coalesce(summed_received.n_from_chain, 0) end
            as n_from_chain,
        case when population.eligible_days > 0 then coalesce(given_recognitions.n_given, 0) end
            as n_given,
        case when population.eligible_days > 0 then coalesce(given_recognitions.n_receivers, 0) end
            as n_receivers,
        {% for count in object_counts -%}
        case when population.eligible_days > 0 then coalesce(summed_objects.{{ count }}, 0) end
            as {{ count }},
        {% endfor -%}
        rings.ring_share,
        rings.n_partners
    from population
    inner join reasoned_meetings
        on
            population.person_key = reasoned_meetings.person_key
            and population.month_start = reasoned_meetings.month_start
    left join summed_received
        on
            population.person_key = summed_received.person_key
            and population.month_start = summed_received.month_start
    left join given_recognitions
        on
            population.person_key = given_recognitions.person_key
            and population.month_start = given_recognitions.month_start
    left join summed_objects
        on
            population.person_key = summed_objects.person_key
            and population.month_start = summed_objects.month_start
    left join rings
        on
            population.person_key = rings.person_key
            and population.month_start = rings.month_start

),

final as (

    select
        person_key,
        person_id,
        month_start,
        org_unit_key,
        group_key,
        eligible_days,
        cast(n_received as integer) as n_received,
        cast(n_givers as integer) as n_givers,
        cast(n_from_chain as integer) as n_from_chain,
        cast(n_given as integer) as n_given,
        cast(n_receivers as integer) as n_receivers,
        {% for count in object_counts -%}
        cast({{ count }} as integer) as {{ count }},
        {% endfor -%}
        {% for count in meeting_counts -%}
        cast({{ count }} as integer) as {{ count }},
        {% endfor -%}
        meetings_reason,
        cast(20.0 * n_received / nullif(eligible_days, 0) as double) as received_per_20_days,
        cast(20.0 * n_given / nullif(eligible_days, 0) as double) as given_per_20_days,
        case when coalesce(eligible_days, 0) = 0 then 'no_eligible_days' end as rates_reason,
        ring_share,
        case when ring_share is null then 'not_in_ring' end as ring_reason,
        n_partners is not null as is_in_ring,
        is_measured
    from joined_persons

)

select * from final
