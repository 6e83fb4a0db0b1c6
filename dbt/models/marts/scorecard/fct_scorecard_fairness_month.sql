{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- A larger difference, in standard deviations, forbids a new version of the score (E2). -#}
{% set limit = 0.2 %}
{% set attributes = [
    "gender", "age_band", "working_time", "tenure_band", "location", "level", "job_family",
] %}

with

scores as (

    select *
    from {{ ref("fct_scorecard_month") }}
    where score_value is not null and {{ is_rebuilt_from("month_start") }}

),

population as (

    select
        *,
        {{ working_time("fte_band") }} as working_time,
        {{ tenure_band("tenure_days") }} as tenure_band
    from {{ ref("int_scorecard_population") }}
    where is_measured

),

months as (

    select * from {{ source("reference", "months") }}

),

people_of_groups as (

    -- Everybody measured, with a score or without.
    {% for attribute in attributes %}
    select
        month_start,
        '{{ attribute }}' as attribute_name,
        {{ attribute }} as attribute_value,
        count(*) as n_people
    from population
    where {{ attribute }} is not null
    group by month_start, {{ attribute }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

described_scores as (

    select
        scores.month_start,
        scores.score,
        scores.score_value,
    {% for attribute in attributes %}
    population.{{ attribute }}{{ "," if not loop.last }}
    {% endfor %}
    from scores
    inner join population
        on
            scores.person_key = population.person_key
            and scores.month_start = population.month_start

),

attributed_scores as (

    {{ one_row_per_attribute(
        "described_scores", attributes, ["month_start", "score", "score_value"]
    ) }}

),

compared_groups as (

    {{ groups_beside_rest(
        "attributed_scores",
        "score_value",
        cell=["month_start", "score", "attribute_name"],
        grouping="attribute_value",
    ) }}

),

pooled_groups as (

    select
        *,
        n_group >= {{ var("k_outcome") }} and n_rest >= {{ var("k_outcome") }} as is_large,
        sum_group / n_group as mean_group,
        sum_rest / nullif(n_rest, 0) as mean_rest,
        sqrt(
            greatest(
                0,
                (squares_group - sum_group * sum_group / n_group)
                + (squares_rest - sum_rest * sum_rest / nullif(n_rest, 0))
            ) / nullif(n_group + n_rest - 2, 0)
        ) as pooled_deviation
    from compared_groups

),

reported_groups as (

    select
        month_start,
        score,
        attribute_name,
        attribute_value,
        n_group,
        n_rest,
        case when is_large then mean_group end as mean_group,
        case when is_large then mean_rest end as mean_rest,
        case
            when is_large then (mean_group - mean_rest) / nullif(pooled_deviation, 0)
        end as standardised_difference,
        case
            when is_large
                then
                    coalesce(
                        abs(mean_group - mean_rest) > {{ limit }} * pooled_deviation, false
                    )
        end as is_beyond_limit,
        case when not is_large then 'below_minimum_group_size' end as null_reason
    from pooled_groups

),

final as (

    select
        reported_groups.month_start,
        reported_groups.score,
        reported_groups.attribute_name,
        reported_groups.attribute_value,
        cast(people_of_groups.n_people as integer) as n_population,
        cast(reported_groups.n_group as integer) as n_defined,
        cast(people_of_groups.n_people - reported_groups.n_group as integer) as n_partial,
        cast(reported_groups.n_rest as integer) as n_rest,
        cast(reported_groups.mean_group as double) as mean_group,
        cast(reported_groups.mean_rest as double) as mean_rest,
        cast(reported_groups.standardised_difference as double) as standardised_difference,
        reported_groups.is_beyond_limit,
        months.is_final,
        reported_groups.null_reason
    from reported_groups
    inner join months on reported_groups.month_start = months.month_start
    inner join people_of_groups
        on
            reported_groups.month_start = people_of_groups.month_start
            and reported_groups.attribute_name = people_of_groups.attribute_name
            and reported_groups.attribute_value = people_of_groups.attribute_value

)

select * from final
