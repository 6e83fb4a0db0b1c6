{#-
    F6: what was opened counts for ten minutes and from half a minute on; whoever looks for the
    same again within a day, or asks, had not found it. A pause of the same ten minutes ends a
    session: whoever words a query anew at once is still looking.
-#}
{% set open_seconds = 600 %}
{% set dwell_seconds = 30 %}
{% set again_hours = 24 %}

with

searches as (

    select * from {{ ref("stg_searches") }}

),

feeds as (

    select * from {{ source("reference", "sources") }}

),

accounts as (

    select * from {{ ref("int_accounts") }}

),

timezones as (

    select * from {{ ref("int_person_timezones") }}

),

periods as (

    select * from {{ ref("int_job_periods") }}

),

questions as (

    select * from {{ ref("int_questions") }}

),

messages as (

    select * from {{ ref("stg_messages") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

telling_sources as (

    -- A log without any dwell time cannot tell whether something was found.
    select
        source,
        max(
            case when opened_at is not null and dwell_seconds is not null then 1 else 0 end
        ) as has_dwell
    from searches
    group by source

),

personal_searches as (

    select
        accounts.person_key,
        searches.source,
        searches.searched_at,
        searches.query_signature,
        searches.topic_terms,
        telling_sources.has_dwell,
        coalesce(
            searches.opened_object_id is not null
            and {{ epoch_seconds("searches.opened_at") }}
            - {{ epoch_seconds("searches.searched_at") }} <= {{ open_seconds }}
            and searches.dwell_seconds >= {{ dwell_seconds }},
            false
        ) as is_read
    from searches
    inner join feeds on searches.source = feeds.source
    inner join telling_sources on searches.source = telling_sources.source
    inner join accounts
        on
            searches.source = accounts.source
            and searches.account_id = accounts.account_id
    cross join bounds
    where
        feeds.has_engagement
        and accounts.is_counted
        and searches.searched_at <= bounds.as_of

),

marked_searches as (

    select
        *,
        case
            when
                {{ epoch_seconds("searched_at") }} - {{ epoch_seconds(
                    "lag(searched_at) over (partition by person_key order by searched_at)"
                ) }} <= {{ open_seconds }}
                then 0
            else 1
        end as is_first
    from personal_searches

),

numbered_searches as (

    select
        *,
        sum(is_first) over (
            partition by person_key
            order by searched_at
            range between unbounded preceding and current row
        ) as session_number
    from marked_searches

),

sessions as (

    select
        person_key,
        session_number,
        min(searched_at) as started_at,
        max(searched_at) as ended_at,
        count(distinct searched_at) as n_searches,
        min(has_dwell) as has_dwell,
        max(case when is_read then 1 else 0 end) as has_read
    from numbered_searches
    group by person_key, session_number

),

searched_terms as (

    select
        person_key,
        session_number,
        {{ each_item("topic_terms") }} as term
    from numbered_searches
    where topic_terms is not null

),

session_subjects as (

    -- What a session was about: its queries, word for word, and its terms.
    select distinct
        person_key,
        session_number,
        {{ hash64("'query|' || query_signature") }} as subject_key
    from numbered_searches
    where query_signature is not null
    union all
    select distinct
        person_key,
        session_number,
        {{ hash64("'term|' || term") }} as subject_key
    from searched_terms

),

question_terms as (

    select
        message_key as question_key,
        {{ each_item("topic_terms") }} as term
    from messages
    where is_question and topic_terms is not null

),

question_subjects as (

    select distinct
        questions.person_key,
        questions.asked_at,
        {{ hash64("'term|' || question_terms.term") }} as subject_key
    from questions
    inner join question_terms on questions.question_key = question_terms.question_key

),

dated_subjects as (

    select
        session_subjects.person_key,
        session_subjects.session_number,
        session_subjects.subject_key,
        sessions.started_at,
        sessions.ended_at
    from session_subjects
    inner join sessions
        on
            session_subjects.person_key = sessions.person_key
            and session_subjects.session_number = sessions.session_number

),

repeated_sessions as (

    select distinct
        earlier.person_key,
        earlier.session_number
    from dated_subjects as earlier
    inner join dated_subjects as later
        on
            earlier.person_key = later.person_key
            and earlier.subject_key = later.subject_key
            and earlier.ended_at < later.started_at
            and {{ add_hours("earlier.ended_at", again_hours) }} >= later.started_at

),

asked_sessions as (

    select distinct
        dated_subjects.person_key,
        dated_subjects.session_number
    from dated_subjects
    inner join question_subjects
        on
            dated_subjects.person_key = question_subjects.person_key
            and dated_subjects.subject_key = question_subjects.subject_key
            and dated_subjects.started_at <= question_subjects.asked_at
            and {{ add_hours("dated_subjects.ended_at", again_hours) }}
            >= question_subjects.asked_at

),

sessions_with_terms as (

    select distinct
        person_key,
        session_number
    from searched_terms

),

judged_sessions as (

    select
        sessions.*,
        {{ add_hours("sessions.ended_at", again_hours) }} <= bounds.as_of as is_mature,
        repeated_sessions.person_key is not null as is_repeated,
        asked_sessions.person_key is not null as is_asked,
        sessions_with_terms.person_key is not null as has_terms,
        {{ local_timestamp(
            "sessions.started_at", "coalesce(timezones.timezone, bounds.default_timezone)"
        ) }} as local_started_at
    from sessions
    cross join bounds
    left join repeated_sessions
        on
            sessions.person_key = repeated_sessions.person_key
            and sessions.session_number = repeated_sessions.session_number
    left join asked_sessions
        on
            sessions.person_key = asked_sessions.person_key
            and sessions.session_number = asked_sessions.session_number
    left join sessions_with_terms
        on
            sessions.person_key = sessions_with_terms.person_key
            and sessions.session_number = sessions_with_terms.session_number
    left join timezones
        on
            sessions.person_key = timezones.person_key
            and {{ is_valid_on("timezones", "cast(sessions.started_at as date)") }}

),

final as (

    select
        judged_sessions.person_key,
        cast(judged_sessions.session_number as bigint) as session_number,
        coalesce(periods.org_unit_key, 0) as org_unit_key,
        {{ month_of("judged_sessions.local_started_at") }} as month_start,
        cast(judged_sessions.local_started_at as date) as local_date,
        judged_sessions.started_at,
        judged_sessions.ended_at,
        cast(judged_sessions.n_searches as integer) as n_searches,
        judged_sessions.has_terms,
        judged_sessions.is_repeated,
        judged_sessions.is_asked,
        case
            when judged_sessions.is_mature and judged_sessions.has_dwell = 1
                then
                    judged_sessions.has_read = 1
                    and not judged_sessions.is_repeated
                    and not judged_sessions.is_asked
        end as is_successful,
        case
            when not judged_sessions.is_mature then 'too_young'
            when judged_sessions.has_dwell = 0 then 'no_dwell_time'
        end as unjudged_reason
    from judged_sessions
    left join periods
        on
            judged_sessions.person_key = periods.person_key
            and cast(judged_sessions.local_started_at as date) >= periods.period_from
            and cast(judged_sessions.local_started_at as date) < periods.period_to

)

select * from final
