{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

with

components as (

    select *
    from {{ ref("fct_scorecard_component_month") }}
    where {{ is_rebuilt_from("month_start") }}

),

earlier_components as (

    -- A score is compared with that of the month before.
    select
        person_key,
        month_start,
        score,
        component,
        points,
        peer_key,
        n_peers_defined,
        peer_mean,
        peer_cap
    from {{ ref("fct_scorecard_component_month") }}
    where {{ is_rebuilt_from("month_start", 31) }}

),

peers as (

    select
        peer_key,
        counted_rate,
        n_equal
    from {{ ref("fct_scorecard_peer_month") }}
    where {{ is_rebuilt_from("month_start", 31) }}

),

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where {{ is_rebuilt_from("month_start") }}

),

spells as (

    select
        person_key,
        month_start,
        spell_key
    from {{ ref("int_scorecard_population") }}
    where {{ is_rebuilt_from("month_start", 31) }}

),

months as (

    select * from {{ source("reference", "months") }}

),

scores as (

    select
        person_key,
        month_start,
        score,
        -- The last digits of a sum depend on its order; no change is made of them.
        round(sum(points), 9) as score_value,
        max(defined_weight) as defined_weight,
        count(percentile) as n_components,
        max(peer_group) as peer_group,
        max(peer_n) as peer_n,
        max(eligible_days) as eligible_days,
        max(
            case
                when null_reason in ('too_few_eligible_days', 'not_enough_peers') then null_reason
            end
        ) as reason_of_all,
        min(null_reason) as first_reason
    from components
    group by person_key, month_start, score

),

scores_of_both_months as (

    select
        person_key,
        month_start,
        score,
        round(sum(points), 9) as score_value
    from earlier_components
    group by person_key, month_start, score

),

present_values as (

    -- What a person has now, as it would have counted among the peers of a month ago.
    select
        present.person_key,
        present.month_start,
        present.score,
        present.weight,
        earlier.peer_key,
        round(
            case
                when present.kind = 'flow' and earlier.peer_cap is not null
                    then least(present.rate, earlier.peer_cap)
                when present.kind = 'ratio'
                    then
                        (present.numerator + {{ scorecard_shrinkage() }} * earlier.peer_mean)
                        / (present.denominator + {{ scorecard_shrinkage() }})
                else present.rate
            end, 9
        ) as score_value
    from components as present
    inner join earlier_components as earlier
        on
            present.person_key = earlier.person_key
            and present.component = earlier.component
            and present.month_start = {{ add_months("earlier.month_start", 1) }}
    where
        present.percentile is not null
        and earlier.n_peers_defined is not null

),

all_values as (

    select
        peer_key,
        counted_rate as score_value,
        n_equal
    from peers
    union all
    select
        peer_key,
        score_value,
        0 as n_equal
    from present_values

),

counted_values as (

    select
        peer_key,
        score_value,
        sum(n_equal) as n_equal
    from all_values
    group by peer_key, score_value

),

ranked_values as (

    select
        peer_key,
        score_value,
        100.0 * (
            sum(n_equal) over (
                partition by peer_key
                order by score_value
                rows between unbounded preceding and current row
            ) - 0.5 * n_equal
        ) / sum(n_equal) over (partition by peer_key) as percentile
    from counted_values

),

unchanged_peers as (

    -- The score of now among the peers of a month ago.
    select
        present_values.person_key,
        present_values.month_start,
        present_values.score,
        round(
            sum(present_values.weight * ranked_values.percentile)
            / sum(present_values.weight), 9
        ) as score_value
    from present_values
    inner join ranked_values
        on
            present_values.peer_key = ranked_values.peer_key
            and present_values.score_value = ranked_values.score_value
    group by present_values.person_key, present_values.month_start, present_values.score
    having sum(present_values.weight) >= {{ scorecard_min_weight() }} - 1e-9

),

earlier_scores as (

    -- Of the same spell: a rehire has no month before.
    select
        past.person_key,
        past.score,
        past.score_value,
        present.month_start
    from scores_of_both_months as past
    inner join spells as earlier
        on
            past.person_key = earlier.person_key
            and past.month_start = earlier.month_start
    inner join spells as present
        on
            earlier.person_key = present.person_key
            and earlier.spell_key = present.spell_key
            and present.month_start = {{ add_months("earlier.month_start", 1) }}

),

joined_scores as (

    select
        scores.*,
        population.person_id,
        population.org_unit_key,
        population.is_measured,
        months.is_final,
        earlier.score_value as previous_value,
        unchanged_peers.score_value as value_among_earlier_peers
    from scores
    inner join population
        on
            scores.person_key = population.person_key
            and scores.month_start = population.month_start
    inner join months on scores.month_start = months.month_start
    left join earlier_scores as earlier
        on
            scores.person_key = earlier.person_key
            and scores.score = earlier.score
            and scores.month_start = earlier.month_start
    left join unchanged_peers
        on
            scores.person_key = unchanged_peers.person_key
            and scores.score = unchanged_peers.score
            and scores.month_start = unchanged_peers.month_start

),

final as (

    select
        person_key,
        person_id,
        month_start,
        score,
        cast(score_value as double) as score_value,
        cast(defined_weight as double) as defined_weight,
        cast(n_components as integer) as n_components,
        peer_group,
        peer_n,
        eligible_days,
        org_unit_key,
        cast(previous_value as double) as previous_value,
        cast(round(score_value - previous_value, 9) + 0.0 as double) as score_change,
        case
            when score_value is not null
                then cast(round(value_among_earlier_peers - previous_value, 9) + 0.0 as double)
        end as own_change,
        case
            when previous_value is not null
                then cast(round(score_value - value_among_earlier_peers, 9) + 0.0 as double)
        end as peer_change,
        case
            when score_value is null then 'no_score'
            when previous_value is null then 'no_earlier_score'
            when value_among_earlier_peers is null then 'too_few_components_before'
        end as change_reason,
        case
            when score_value is null
                then coalesce(reason_of_all, first_reason, 'too_few_components')
        end as null_reason,
        is_measured,
        is_final
    from joined_scores

)

select * from final
