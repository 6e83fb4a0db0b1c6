{#-
    R2 (E4) as CTEs of the calling model: whose ties spread less than those of others, and, for whom
    no topic tells (`channels_of_shared_topics`), the
    public channels where another unit writes and they do not. `narrow_persons` holds the people
    (person_key, month_start, n_units, participation_percentile), `suggested_channels` up to three
    channels for each.

    Reads the CTEs `population`, `network`, `tie_kinds`, `contributions` and `channels`.
-#}
{% macro people_with_narrow_ties() -%}
{%- set low_percentile = 25 -%}
{%- set few_units = 2 -%}
{%- set n_channels = 3 -%}
reached_units as (

    select
        tie_kinds.person_key,
        tie_kinds.month_start,
        count(
            distinct case
                when own.group_key <> colleagues.group_key then colleagues.group_key
            end
        ) as n_units
    from tie_kinds
    inner join population as own
        on
            tie_kinds.person_key = own.person_key
            and tie_kinds.month_start = own.month_start
    inner join population as colleagues
        on
            tie_kinds.other_person_key = colleagues.person_key
            and tie_kinds.month_start = colleagues.month_start
    group by tie_kinds.person_key, tie_kinds.month_start

),

narrow_persons as (

    select
        population.person_key,
        population.group_key,
        population.month_start,
        network.participation_percentile,
        coalesce(reached_units.n_units, 0) as n_units
    from population
    inner join network
        on
            population.person_key = network.person_key
            and population.month_start = network.month_start
    left join reached_units
        on
            population.person_key = reached_units.person_key
            and population.month_start = reached_units.month_start
    where
        population.is_measured
        and network.participation_percentile < {{ low_percentile }}
        and coalesce(reached_units.n_units, 0) < {{ few_units }}

),

channels_of_groups as (

    select
        contributions.month_start,
        contributions.group_key,
        contributions.source,
        contributions.channel_id,
        count(distinct contributions.person_key) as n_people
    from contributions
    inner join channels
        on
            contributions.source = channels.source
            and contributions.channel_id = channels.channel_id
    group by
        contributions.month_start,
        contributions.group_key,
        contributions.source,
        contributions.channel_id

),

ranked_channels as (

    -- A channel stands for the other unit that writes there most.
    select
        wanted_groups.group_key,
        channels_of_groups.month_start,
        channels_of_groups.channel_id,
        row_number() over (
            partition by wanted_groups.group_key, channels_of_groups.month_start
            order by max(channels_of_groups.n_people) desc, channels_of_groups.channel_id
        ) as channel_rank
    from channels_of_groups
    inner join (
        select distinct
            group_key,
            month_start
        from narrow_persons
    ) as wanted_groups
        on
            channels_of_groups.month_start = wanted_groups.month_start
            and channels_of_groups.group_key <> wanted_groups.group_key
    group by wanted_groups.group_key, channels_of_groups.month_start, channels_of_groups.channel_id

),

used_channels as (

    select distinct
        person_key,
        month_start,
        channel_id
    from contributions

),

new_channels as (

    select
        narrow_persons.person_key,
        narrow_persons.month_start,
        ranked_channels.channel_id,
        row_number() over (
            partition by narrow_persons.person_key, narrow_persons.month_start
            order by ranked_channels.channel_rank
        ) as channel_rank
    from narrow_persons
    inner join ranked_channels
        on
            narrow_persons.group_key = ranked_channels.group_key
            and narrow_persons.month_start = ranked_channels.month_start
            and ranked_channels.channel_rank <= 20
    left join used_channels
        on
            narrow_persons.person_key = used_channels.person_key
            and narrow_persons.month_start = used_channels.month_start
            and ranked_channels.channel_id = used_channels.channel_id
    where used_channels.channel_id is null

),

suggested_channels as (

    select
        person_key,
        month_start,
    {% for position in range(1, n_channels + 1) %}
    max(case when channel_rank = {{ position }} then channel_id end)
        as channel_{{ position }}{{ "," if not loop.last }}
    {% endfor %}
    from new_channels
    group by person_key, month_start

)
{%- endmacro %}
