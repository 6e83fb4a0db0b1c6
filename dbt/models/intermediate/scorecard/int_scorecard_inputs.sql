{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- People of at least so many units must value somebody's knowledge (E2). -#}
{% set min_units = 2 %}

with

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where
        eligible_days > 0
        and {{ is_rebuilt_from("month_start") }}

),

givers as (

    select
        person_key,
        month_start,
        group_key
    from {{ ref("int_scorecard_population") }}

),

contribution_days as (

    select *
    from {{ ref("int_person_contribution_days") }}
    where
        n_contributions > 0
        and local_date >= (select min(population.window_from) from population)
        and {{ is_rebuilt_from("local_date", scorecard_window_days() | int) }}

),

contributions as (

    select *
    from {{ ref("int_scorecard_contributions") }}
    where {{ is_rebuilt_from("month_start") }}

),

appreciations as (

    select *
    from {{ ref("int_appreciations") }}
    where
        local_date >= (select min(population.window_from) from population)
        and {{ is_rebuilt_from("local_date", scorecard_window_days() | int) }}

),

observed_links as (

    select count(*) as n_links
    from {{ ref("stg_links") }}
    where kind = 'message'

),

summed_days as (

    select
        population.person_key,
        population.month_start,
        count(distinct contribution_days.local_date) as n_days
    from contribution_days
    inner join population
        on
            contribution_days.person_key = population.person_key
            and contribution_days.local_date >= population.observed_from
            and contribution_days.local_date < population.observed_to
    group by population.person_key, population.month_start

),

ranked_responses as (

    select
        person_key,
        month_start,
        n_responders,
        row_number() over (
            partition by month_start, person_key order by n_responders desc
        ) as response_rank
    from contributions
    where n_responders >= 1

),

h_indices as (

    -- h contributions found at least h responses each.
    select
        person_key,
        month_start,
        count(*) as h_index
    from ranked_responses
    where n_responders >= response_rank
    group by person_key, month_start

),

summed_contributions as (

    select
        person_key,
        month_start,
        count(*) as n_contributions,
        sum(case when activity_type = 'post' then 1 else 0 end) as n_posts,
        sum(case when activity_type = 'reply' then 1 else 0 end) as n_replies,
        sum(n_responders) as n_responders,
        count(is_responded_7d) as n_mature,
        sum(case when is_responded_7d then 1 else 0 end) as n_responded,
        {% for name, condition in [
            ("post", "activity_type = 'post'"),
            ("reply", "activity_type = 'reply'"),
            ("responded", "n_responders > 0"),
        ] %}
    {{ latest_values("message_key", "sent_at", scorecard_max_events(), condition) }}
        as {{ name }}_keys{{ "," if not loop.last }}
    {% endfor %}
    from contributions
    group by person_key, month_start

),

windowed_appreciations as (

    select
        population.person_key,
        population.month_start,
        appreciations.from_person_key,
        appreciations.message_key,
        appreciations.kind,
        appreciations.occurred_at,
        givers.group_key as giver_group_key
    from appreciations
    inner join population
        on
            appreciations.to_person_key = population.person_key
            and appreciations.local_date >= population.observed_from
            and appreciations.local_date < population.observed_to
    left join givers
        on
            appreciations.from_person_key = givers.person_key
            and population.month_start = givers.month_start

),

summed_appreciations as (

    select
        person_key,
        month_start,
        count(distinct from_person_key) as n_people,
        count(distinct giver_group_key) as n_units,
        sum(case when kind = 'reuse' then 1 else 0 end) as n_reuses,
        {{ latest_values("message_key", "occurred_at", scorecard_max_events()) }}
            as appreciation_keys,
        {{ latest_values("message_key", "occurred_at", scorecard_max_events(), "kind = 'reuse'") }}
            as reuse_keys
    from windowed_appreciations
    group by person_key, month_start

),

joined_persons as (

    select
        population.person_key,
        population.month_start,
        population.window_to,
        coalesce(summed_days.n_days, 0) as n_days,
        coalesce(summed_contributions.n_contributions, 0) as n_contributions,
        coalesce(summed_contributions.n_posts, 0) as n_posts,
        coalesce(summed_contributions.n_replies, 0) as n_replies,
        coalesce(summed_contributions.n_responders, 0) as n_responders,
        coalesce(summed_contributions.n_mature, 0) as n_mature,
        coalesce(summed_contributions.n_responded, 0) as n_responded,
        coalesce(h_indices.h_index, 0) as h_index,
        summed_contributions.post_keys,
        summed_contributions.reply_keys,
        {{ joined_lists(
            "summed_contributions.post_keys",
            "summed_contributions.reply_keys",
            scorecard_max_events(),
        ) }} as contribution_keys,
        summed_contributions.responded_keys,
        case
            when summed_appreciations.n_units >= {{ min_units }} then summed_appreciations.n_people
            else 0
        end as n_people,
        case
            when observed_links.n_links > 0 then coalesce(summed_appreciations.n_reuses, 0)
        end as n_reuses,
        summed_appreciations.appreciation_keys,
        summed_appreciations.reuse_keys
    from population
    cross join observed_links
    left join summed_days
        on
            population.person_key = summed_days.person_key
            and population.month_start = summed_days.month_start
    left join summed_contributions
        on
            population.person_key = summed_contributions.person_key
            and population.month_start = summed_contributions.month_start
    left join h_indices
        on
            population.person_key = h_indices.person_key
            and population.month_start = h_indices.month_start
    left join summed_appreciations
        on
            population.person_key = summed_appreciations.person_key
            and population.month_start = summed_appreciations.month_start

),

final as (

    -- numerator and denominator of a ratio; of a count the count and NULL.
    {% for component, numerator, denominator, keys in [
        ("posts", "n_posts", none, "post_keys"),
        ("replies", "n_replies", none, "reply_keys"),
        ("active_days", "n_days", none, "contribution_keys"),
        ("responders", "n_responders", "n_contributions", "responded_keys"),
        ("responded", "n_responded", "n_mature", "responded_keys"),
        ("appreciators", "n_people", none, "appreciation_keys"),
        ("h_index", "h_index", none, "responded_keys"),
        ("reuse", "n_reuses", none, "reuse_keys"),
    ] %}
    select
        person_key,
        month_start,
        window_to,
        '{{ component }}' as component,
        cast({{ numerator }} as double) as numerator,
        cast({{ denominator or "null" }} as double) as denominator,
        {{ keys }} as event_keys
    from joined_persons
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
