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

used_groups as (

    select distinct
        month_start,
        peer_group
    from population
    where peer_group is not null

),

memberships as (

    -- Whoever has a narrower group of their own is still a peer of those in the wider one.
    {% for level in range(1, 4) %}
    select
        population.person_key,
        population.month_start,
        population.window_to,
        used_groups.peer_group
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
        {{ scorecard_peer_key(
            "memberships.month_start", "memberships.peer_group", "inputs.component"
        ) }} as peer_key,
        memberships.month_start,
        memberships.window_to,
        memberships.peer_group,
        inputs.component,
        inputs.kind,
        inputs.is_capped,
        inputs.numerator,
        inputs.denominator,
        inputs.unshrunk_rate
    from memberships
    inner join inputs
        on
            memberships.person_key = inputs.person_key
            and memberships.month_start = inputs.month_start

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
        peer_inputs.*,
        peer_means.peer_mean,
        {{ scorecard_rate("peer_inputs", "peer_means.peer_mean") }} as rate
    from peer_inputs
    left join peer_means on peer_inputs.peer_key = peer_means.peer_key

),

peer_figures as (

    -- Fewer than the minimum group size with a value: a median would show somebody's.
    select
        peer_key,
        max(month_start) as month_start,
        max(window_to) as window_to,
        max(peer_group) as peer_group,
        max(component) as component,
        max(peer_mean) as peer_mean,
        count(*) as n_peers_defined,
        {{ linear_quantile("rate", 0.5) }} as peer_median,
        case
            when max(case when is_capped then 1 else 0 end) = 1
                then round({{ linear_quantile("rate", 0.9) }}, 9)
        end as peer_cap
    from peer_rates
    group by peer_key
    having count(*) >= {{ var("k_view") }}

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
