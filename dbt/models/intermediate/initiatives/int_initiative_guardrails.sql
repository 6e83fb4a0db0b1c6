{#- Monday to Friday between these local hours counts as working time. -#}
{% set first_hour = 8 %}
{% set last_hour = 18 %}
{#- A post is answered if somebody else replies within so many hours (A13). -#}
{% set answer_hours = 168 %}

with

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

studied_months as (

    select
        min(study_from) as study_from,
        max(study_to) as study_to
    from initiatives

),

messages as (

    select
        messages.message_key,
        messages.parent_message_key,
        messages.thread_key,
        messages.author_person_key,
        messages.activity_type,
        messages.local_date,
        messages.sent_at
    from {{ ref("int_messages") }} as messages
    inner join studied_months
        on
            messages.local_date >= studied_months.study_from
            and messages.local_date < studied_months.study_to
    where
        messages.is_author_counted
        and messages.has_engagement
        and messages.has_visible_contributions
        and messages.activity_type in ('post', 'reply')

),

timezones as (

    select * from {{ ref("int_person_timezones") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

zoned_messages as (

    select
        messages.author_person_key as person_key,
        messages.local_date,
        timezones.timezone,
        messages.sent_at,
        date_trunc('hour', messages.sent_at) as sent_hour
    from messages
    inner join timezones
        on
            messages.author_person_key = timezones.person_key
            and {{ is_valid_on("timezones", "cast(messages.sent_at as date)") }}

),

distinct_hours as (

    select distinct
        timezone,
        sent_hour
    from zoned_messages

),

zoned_hours as (

    -- Zones are looked up once per hour, not once per message: that is the slow part.
    select
        timezone,
        sent_hour,
        {{ local_timestamp("sent_hour", "timezone") }} as local_hour
    from distinct_hours

),

timed_messages as (

    select
        zoned_messages.person_key,
        zoned_messages.local_date,
        60 * extract(hour from zoned_hours.local_hour)
        + extract(minute from zoned_hours.local_hour)
        + extract(minute from zoned_messages.sent_at) as local_minute
    from zoned_messages
    inner join zoned_hours
        on
            zoned_messages.timezone = zoned_hours.timezone
            and zoned_messages.sent_hour = zoned_hours.sent_hour

),

counted_messages as (

    select
        person_key,
        {{ month_of("local_date") }} as month_start,
        count(*) as n_timed,
        sum(
            case
                when
                    local_date >= {{ add_days(week_of("local_date"), 5) }}
                    or local_minute < 60 * {{ first_hour }}
                    or local_minute >= 60 * {{ last_hour }}
                    then 1
                else 0
            end
        ) as n_after_hours
    from timed_messages
    group by person_key, {{ month_of("local_date") }}

),

first_answers as (

    select
        posts.message_key,
        min(replies.sent_at) as answered_at
    from messages as posts
    inner join messages as replies
        on
            posts.message_key = replies.thread_key
            and posts.author_person_key <> replies.author_person_key
    where
        posts.activity_type = 'post'
        and replies.activity_type = 'reply'
    group by posts.message_key

),

counted_posts as (

    select
        posts.author_person_key as person_key,
        {{ month_of("posts.local_date") }} as month_start,
        count(*) as n_threads,
        sum(
            case
                when
                    first_answers.answered_at
                    <= {{ add_hours("posts.sent_at", answer_hours) }}
                    then 1
                else 0
            end
        ) as n_answered
    from messages as posts
    cross join bounds
    left join first_answers on posts.message_key = first_answers.message_key
    where
        posts.activity_type = 'post'
        and {{ add_hours("posts.sent_at", answer_hours) }} <= bounds.as_of
    group by posts.author_person_key, {{ month_of("posts.local_date") }}

),

final as (

    select
        counted_messages.person_key,
        counted_messages.month_start,
        counted_messages.n_timed,
        counted_messages.n_after_hours,
        coalesce(counted_posts.n_threads, 0) as n_threads,
        coalesce(counted_posts.n_answered, 0) as n_answered
    from counted_messages
    left join counted_posts
        on
            counted_messages.person_key = counted_posts.person_key
            and counted_messages.month_start = counted_posts.month_start

)

select * from final
