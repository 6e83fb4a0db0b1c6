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
    where {{ is_rebuilt_from("month_start") }}

),

inputs as (

    select *
    from {{ ref("fct_scorecard_input_month") }}
    where {{ is_rebuilt_from("month_start") }}

),

peers as (

    select *
    from {{ ref("fct_scorecard_peer_month") }}
    where {{ is_rebuilt_from("month_start") }}

),

peer_figures as (

    select distinct
        peer_key,
        n_peers_defined,
        peer_median,
        peer_mean,
        peer_cap
    from peers

),

components as ({{ scorecard_component_rows() }}),

used_groups as (

    select
        month_start,
        peer_group,
        row_number() over (order by month_start, peer_group) as group_number
    from population
    where peer_group is not null
    group by month_start, peer_group

),

peer_keys as (

    select
        used_groups.group_number,
        components.component,
        {{ scorecard_peer_key(
            "used_groups.month_start", "used_groups.peer_group", "components.component"
        ) }} as peer_key
    from used_groups
    cross join components

),

grouped_population as (

    select
        population.*,
        used_groups.group_number
    from population
    left join used_groups
        on
            population.month_start = used_groups.month_start
            and population.peer_group = used_groups.peer_group

),

joined_inputs as (

    select
        inputs.*,
        persons.person_id,
        persons.eligible_days,
        persons.is_measured,
        persons.peer_group,
        persons.peer_n,
        peer_keys.peer_key
    from inputs
    inner join grouped_population as persons
        on
            inputs.person_key = persons.person_key
            and inputs.month_start = persons.month_start
    left join peer_keys
        on
            persons.group_number = peer_keys.group_number
            and inputs.component = peer_keys.component

),

rated_inputs as (

    select
        joined_inputs.*,
        peer_figures.n_peers_defined,
        peer_figures.peer_median,
        peer_figures.peer_mean,
        peer_figures.peer_cap,
        {{ scorecard_rate("joined_inputs", "peer_figures.peer_mean") }} as rate
    from joined_inputs
    left join peer_figures on joined_inputs.peer_key = peer_figures.peer_key

),

counted_inputs as (

    -- Written as one column: a join on an expression would compare every pair.
    select
        *,
        case
            when is_measured and rate is not null then least(rate, coalesce(peer_cap, rate))
        end as wanted_rate
    from rated_inputs

),

ranked_inputs as (

    select
        counted_inputs.*,
        peers.counted_rate,
        peers.percentile
    from counted_inputs
    left join peers
        on
            counted_inputs.peer_key = peers.peer_key
            and counted_inputs.wanted_rate = peers.counted_rate

),

defined_weights as (

    select
        person_key,
        month_start,
        score,
        sum(weight) as defined_weight
    from ranked_inputs
    where percentile is not null
    group by person_key, month_start, score

),

weighed_inputs as (

    select
        ranked_inputs.*,
        coalesce(defined_weights.defined_weight, 0) as defined_weight
    from ranked_inputs
    left join defined_weights
        on
            ranked_inputs.person_key = defined_weights.person_key
            and ranked_inputs.month_start = defined_weights.month_start
            and ranked_inputs.score = defined_weights.score

),

final as (

    select
        person_key,
        person_id,
        month_start,
        score,
        component,
        kind,
        numerator,
        denominator,
        case when kind = 'ratio' then unshrunk_rate else numerator end as raw_value,
        eligible_days,
        rate,
        counted_rate,
        peer_group,
        peer_n,
        peer_key,
        n_peers_defined,
        peer_median,
        peer_mean,
        peer_cap,
        percentile,
        weight,
        cast(defined_weight as double) as defined_weight,
        cast(
            case
                when defined_weight >= {{ scorecard_min_weight() }} - 1e-9
                    then weight * percentile / defined_weight
            end as double
        ) as points,
        case
            when percentile is not null then null
            when not is_measured then 'too_few_eligible_days'
            when peer_group is null then 'not_enough_peers'
            when not is_observed and score = 'network' then 'network_not_measured'
            when denominator = 0 and component in ('responders', 'responded')
                then 'no_contributions'
            when unshrunk_rate is null and score = 'network' then 'no_ties'
            when unshrunk_rate is null then 'not_observed'
            else 'not_enough_peers_defined'
        end as null_reason,
        case
            when percentile is not null and defined_weight < {{ scorecard_min_weight() }} - 1e-9
                then 'too_few_components'
        end as points_reason,
        event_keys,
        window_to
    from weighed_inputs

)

select * from final
