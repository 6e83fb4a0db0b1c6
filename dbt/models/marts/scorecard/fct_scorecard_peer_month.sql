{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

with

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where
        is_measured
        and {{ is_rebuilt_from("month_start") }}

),

inputs as (

    select *
    from {{ ref("fct_scorecard_input_month") }}
    where
        {{ is_rebuilt_from("month_start") }}
        and unshrunk_rate is not null

),

components as ({{ scorecard_component_rows() }}),

used_groups as (

    select
        month_start,
        peer_group,
        max(window_to) as window_to,
        row_number() over (order by month_start, peer_group) as group_number
    from population
    where peer_group is not null
    group by month_start, peer_group

),

peer_keys as (

    select
        used_groups.*,
        components.component,
        components.kind,
        components.is_capped,
        {{ scorecard_peer_key(
            "used_groups.month_start", "used_groups.peer_group", "components.component"
        ) }} as peer_key
    from used_groups
    cross join components

),

memberships as (

    -- Whoever has a narrower group of their own is still a peer of those in the wider one.
    {% for level in range(1, 4) %}
    select
        population.person_key,
        population.month_start,
        used_groups.group_number
    from population
    inner join used_groups
        on
            population.month_start = used_groups.month_start
            and population.peer_group_{{ level }} = used_groups.peer_group
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

peer_inputs as (

    select
        peer_keys.peer_key,
        peer_keys.kind,
        inputs.numerator,
        inputs.denominator,
        inputs.unshrunk_rate
    from memberships
    inner join inputs
        on
            memberships.person_key = inputs.person_key
            and memberships.month_start = inputs.month_start
    inner join peer_keys
        on
            memberships.group_number = peer_keys.group_number
            and inputs.component = peer_keys.component

),

peer_means as (

    select
        peer_key,
        sum(numerator) / sum(denominator) as peer_mean
    from peer_inputs
    where kind = 'ratio'
    group by peer_key

),

peer_rates as (

    select
        peer_inputs.peer_key,
        {{ scorecard_rate("peer_inputs", "peer_means.peer_mean") }} as rate
    from peer_inputs
    left join peer_means on peer_inputs.peer_key = peer_means.peer_key

),

peer_values as (

    -- Fewer than the minimum group size with a value: a median would show somebody's.
    select
        peer_key,
        count(*) as n_peers_defined,
        {{ linear_quantile("rate", 0.5) }} as peer_median,
        round({{ linear_quantile("rate", 0.9) }}, 9) as ninth_decile
    from peer_rates
    group by peer_key
    having count(*) >= {{ var("k_view") }}

),

peer_figures as (

    select
        peer_keys.*,
        peer_values.n_peers_defined,
        peer_values.peer_median,
        peer_means.peer_mean,
        case when peer_keys.is_capped then peer_values.ninth_decile end as peer_cap
    from peer_values
    inner join peer_keys on peer_values.peer_key = peer_keys.peer_key
    left join peer_means on peer_values.peer_key = peer_means.peer_key

),

counted_rates as (

    select
        peer_figures.peer_key,
        least(peer_rates.rate, coalesce(peer_figures.peer_cap, peer_rates.rate)) as counted_rate,
        count(*) as n_equal
    from peer_rates
    inner join peer_figures on peer_rates.peer_key = peer_figures.peer_key
    group by
        peer_figures.peer_key,
        least(peer_rates.rate, coalesce(peer_figures.peer_cap, peer_rates.rate))

),

ranked_rates as (

    -- Mid-rank: those below, and half of those who stand equal (0.7).
    select
        peer_key,
        counted_rate,
        n_equal,
        sum(n_equal) over (
            partition by peer_key
            order by counted_rate
            rows between unbounded preceding and current row
        ) - n_equal as n_below
    from counted_rates

),

final as (

    select
        ranked_rates.peer_key,
        peer_figures.month_start,
        peer_figures.peer_group,
        peer_figures.component,
        ranked_rates.counted_rate,
        cast(ranked_rates.n_equal as integer) as n_equal,
        cast(ranked_rates.n_below as integer) as n_below,
        cast(peer_figures.n_peers_defined as integer) as n_peers_defined,
        cast(
            100.0 * (ranked_rates.n_below + 0.5 * ranked_rates.n_equal)
            / peer_figures.n_peers_defined as double
        ) as percentile,
        cast(peer_figures.peer_median as double) as peer_median,
        cast(peer_figures.peer_mean as double) as peer_mean,
        cast(peer_figures.peer_cap as double) as peer_cap,
        peer_figures.window_to
    from ranked_rates
    inner join peer_figures on ranked_rates.peer_key = peer_figures.peer_key

)

select * from final
