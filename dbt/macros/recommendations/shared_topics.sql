{#-
    R2's communities (E4) as CTEs of the calling model: public channels in which people of another
    unit opened threads, within the window, on a topic that the person has evidence of or opened a
    thread on, and in which the person does not write. `topic_channels` holds up to three for each,
    those first where most people of one other unit opened threads on one of the topics; of every
    topic its `n_of_topic` liveliest channels are looked at.

    Reads the CTEs `population`, `narrow_persons`, `used_channels`, `expertise`, `messages` and
    `thread_topics`.
-#}
{% macro channels_of_shared_topics() -%}
{%- set n_channels = 3 -%}
{%- set n_of_topic = 20 -%}
opened_topics as (

    select distinct
        population.person_key,
        population.group_key,
        population.month_start,
        messages.channel_id,
        thread_topics.topic_key
    from thread_topics
    inner join messages on thread_topics.thread_key = messages.message_key
    inner join population
        on
            messages.author_person_key = population.person_key
            and messages.local_date < population.window_to
            and messages.local_date
            >= {{ add_days("population.window_to", "-" ~ scorecard_window_days()) }}

),

units_of_topics as (

    select
        month_start,
        topic_key,
        channel_id,
        group_key,
        count(*) as n_people,
        row_number() over (
            partition by month_start, topic_key, channel_id order by count(*) desc, group_key asc
        ) as unit_rank
    from opened_topics
    group by month_start, topic_key, channel_id, group_key

),

channels_of_topics as (

    -- The unit that discusses there most, and the next one for whoever belongs to the first.
    select
        month_start,
        topic_key,
        channel_id,
        max(case when unit_rank = 1 then group_key end) as first_group_key,
        max(case when unit_rank = 1 then n_people end) as n_of_first,
        max(case when unit_rank = 2 then n_people end) as n_of_next
    from units_of_topics
    where unit_rank <= 2
    group by month_start, topic_key, channel_id

),

ranked_of_topics as (

    select
        *,
        row_number() over (
            partition by month_start, topic_key order by n_of_first desc, channel_id asc
        ) as topic_rank
    from channels_of_topics

),

own_topics as (

    select
        narrow_persons.person_key,
        narrow_persons.group_key,
        narrow_persons.month_start,
        opened_topics.topic_key
    from narrow_persons
    inner join opened_topics
        on
            narrow_persons.person_key = opened_topics.person_key
            and narrow_persons.month_start = opened_topics.month_start
    union
    select
        narrow_persons.person_key,
        narrow_persons.group_key,
        narrow_persons.month_start,
        expertise.topic_key
    from narrow_persons
    inner join expertise
        on
            narrow_persons.person_key = expertise.person_key
            and narrow_persons.month_start = expertise.month_start

),

shared_channels as (

    select
        own_topics.person_key,
        own_topics.month_start,
        ranked_of_topics.channel_id,
        max(
            case
                when ranked_of_topics.first_group_key <> own_topics.group_key
                    then ranked_of_topics.n_of_first
                else ranked_of_topics.n_of_next
            end
        ) as n_people
    from own_topics
    inner join ranked_of_topics
        on
            own_topics.topic_key = ranked_of_topics.topic_key
            and own_topics.month_start = ranked_of_topics.month_start
            and ranked_of_topics.topic_rank <= {{ n_of_topic }}
    group by own_topics.person_key, own_topics.month_start, ranked_of_topics.channel_id

),

unused_channels as (

    select
        shared_channels.person_key,
        shared_channels.month_start,
        shared_channels.channel_id,
        row_number() over (
            partition by shared_channels.person_key, shared_channels.month_start
            order by shared_channels.n_people desc, shared_channels.channel_id asc
        ) as channel_rank
    from shared_channels
    left join used_channels
        on
            shared_channels.person_key = used_channels.person_key
            and shared_channels.month_start = used_channels.month_start
            and shared_channels.channel_id = used_channels.channel_id
    where used_channels.channel_id is null and shared_channels.n_people is not null

),

topic_channels as (

    select
        person_key,
        month_start,
    {% for position in range(1, n_channels + 1) %}
    max(case when channel_rank = {{ position }} then channel_id end)
        as channel_{{ position }}{{ "," if not loop.last }}
    {% endfor %}
    from unused_channels
    where channel_rank <= {{ n_channels }}
    group by person_key, month_start

),

narrow_channels as (

    -- Where no topic is shared, the channels in which other units write.
    select
        narrow_persons.person_key,
        narrow_persons.month_start,
        narrow_persons.n_units,
        narrow_persons.participation_percentile,
    {% for position in range(1, n_channels + 1) %}
    case
            when topic_channels.person_key is null
                then suggested_channels.channel_{{ position }}
            else topic_channels.channel_{{ position }}
        end as channel_{{ position }}{{ "," if not loop.last }}
    {% endfor %}
    from narrow_persons
    left join topic_channels
        on
            narrow_persons.person_key = topic_channels.person_key
            and narrow_persons.month_start = topic_channels.month_start
    left join suggested_channels
        on
            narrow_persons.person_key = suggested_channels.person_key
            and narrow_persons.month_start = suggested_channels.month_start

)
{%- endmacro %}
