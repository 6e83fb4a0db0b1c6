{#-
    R2's communities (E4) as CTEs of the calling model: public channels in which people of another
    unit opened threads, within the window, on topics that the person has evidence of or opened a
    thread on, and in which the person does not write. `topic_channels` holds up to three for each,
    those first where most people of one other unit did.

    Reads the CTEs `population`, `traced_rules`, `contributions`, `expertise`, `messages` and
    `thread_topics`.
-#}
{% macro channels_of_shared_topics() -%}
{%- set n_channels = 3 -%}
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

narrow_people as (

    select
        population.person_key,
        population.group_key,
        population.month_start
    from traced_rules
    inner join population
        on
            traced_rules.person_key = population.person_key
            and traced_rules.month_start = population.month_start
    where traced_rules.rule_id = 'R2'

),

own_topics as (

    select
        narrow_people.person_key,
        narrow_people.group_key,
        narrow_people.month_start,
        opened_topics.topic_key
    from narrow_people
    inner join opened_topics
        on
            narrow_people.person_key = opened_topics.person_key
            and narrow_people.month_start = opened_topics.month_start
    union
    select
        narrow_people.person_key,
        narrow_people.group_key,
        narrow_people.month_start,
        expertise.topic_key
    from narrow_people
    inner join expertise
        on
            narrow_people.person_key = expertise.person_key
            and narrow_people.month_start = expertise.month_start

),

groups_in_channels as (

    select
        own_topics.person_key,
        own_topics.month_start,
        opened_topics.channel_id,
        opened_topics.group_key,
        count(distinct opened_topics.person_key) as n_people
    from own_topics
    inner join opened_topics
        on
            own_topics.topic_key = opened_topics.topic_key
            and own_topics.month_start = opened_topics.month_start
            and own_topics.group_key <> opened_topics.group_key
    group by
        own_topics.person_key,
        own_topics.month_start,
        opened_topics.channel_id,
        opened_topics.group_key

),

unused_channels as (

    -- A channel stands for the other unit that discusses there most.
    select
        groups_in_channels.person_key,
        groups_in_channels.month_start,
        groups_in_channels.channel_id,
        row_number() over (
            partition by groups_in_channels.person_key, groups_in_channels.month_start
            order by max(groups_in_channels.n_people) desc, groups_in_channels.channel_id asc
        ) as channel_rank
    from groups_in_channels
    left join contributions
        on
            groups_in_channels.person_key = contributions.person_key
            and groups_in_channels.month_start = contributions.month_start
            and groups_in_channels.channel_id = contributions.channel_id
    where contributions.channel_id is null
    group by
        groups_in_channels.person_key,
        groups_in_channels.month_start,
        groups_in_channels.channel_id

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

)
{%- endmacro %}
