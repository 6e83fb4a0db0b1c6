-- A score is the sum of its points, its change the sum of the own and the peers' change.
with

summed_points as (

    select
        person_key,
        month_start,
        score,
        sum(points) as points
    from {{ ref("fct_scorecard_component_month") }}
    group by person_key, month_start, score

)

select
    scores.person_key,
    scores.month_start,
    scores.score
from {{ ref("fct_scorecard_month") }} as scores
left join summed_points
    on
        scores.person_key = summed_points.person_key
        and scores.month_start = summed_points.month_start
        and scores.score = summed_points.score
where
    (scores.score_value is null) <> (summed_points.points is null)
    or abs(scores.score_value - summed_points.points) > 1e-9
    or scores.score_value < 0
    or scores.score_value > 100
    or abs(scores.score_change - scores.own_change - scores.peer_change) > 1e-9
