{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{% set attributes = ["gender", "age_band", "working_time", "location"] %}

with

recognitions as (

    select *
    from {{ ref("fct_recognition_person_month") }}
    where
        is_measured
        and received_per_20_days is not null
        and {{ is_rebuilt_from("month_start") }}

),

population as (

    select
        *,
        {{ working_time("fte_band") }} as working_time,
        {{ tenure_band("tenure_days") }} as tenure_band
    from {{ ref("int_scorecard_population") }}
    where {{ is_rebuilt_from("month_start") }}

),

activities as (

    select
        person_key,
        month_start,
        numerator as n_days
    from {{ ref("int_scorecard_inputs") }}
    where component = 'active_days' and {{ is_rebuilt_from("month_start") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

ranked_persons as (

    -- A third by mid-rank: whoever is equally active is in the same one (0.7).
    select
        recognitions.person_key,
        recognitions.month_start,
        recognitions.received_per_20_days,
        cast(least(2, floor(3 * (
            rank() over (
                partition by recognitions.month_start
                order by activities.n_days / recognitions.eligible_days
            ) - 1
            + 0.5 * count(*) over (
                partition by
                    recognitions.month_start, activities.n_days / recognitions.eligible_days
            )
        ) / count(*) over (partition by recognitions.month_start))) as integer) as activity_third
    from recognitions
    inner join activities
        on
            recognitions.person_key = activities.person_key
            and recognitions.month_start = activities.month_start

),

described_persons as (

    -- Level, tenure and a third of activity: people of one stratum differ in none of them.
    select
        ranked_persons.month_start,
        ranked_persons.received_per_20_days as received_rate,
        concat_ws(
            '|', population.level, population.tenure_band, ranked_persons.activity_third
        ) as stratum,
    {% for attribute in attributes %}
    population.{{ attribute }}{{ "," if not loop.last }}
    {% endfor %}
    from ranked_persons
    inner join population
        on
            ranked_persons.person_key = population.person_key
            and ranked_persons.month_start = population.month_start

),

attributed_persons as (

    {{ one_row_per_attribute(
        "described_persons", attributes, ["month_start", "stratum", "received_rate"]
    ) }}

),

people_of_groups as (

    select
        month_start,
        attribute_name,
        attribute_value,
        count(*) as n_people
    from attributed_persons
    group by month_start, attribute_name, attribute_value

),

compared_strata as (

    {{ groups_beside_rest(
        "attributed_persons",
        "received_rate",
        cell=["month_start", "attribute_name", "stratum"],
        grouping="attribute_value",
    ) }}

),

pooled_groups as (

    -- Within strata that hold both: the coefficient of a regression with one constant per stratum.
    select
        month_start,
        attribute_name,
        attribute_value,
        sum(n_group) as n_group,
        sum(n_rest) as n_rest,
        count(*) as n_strata,
        sum(
            (1.0 * n_group * n_rest / (n_group + n_rest))
            * (sum_group / n_group - sum_rest / n_rest)
        ) / sum(1.0 * n_group * n_rest / (n_group + n_rest)) as difference,
        sum(
            (squares_group - sum_group * sum_group / n_group)
            + (squares_rest - sum_rest * sum_rest / n_rest)
        ) as squares_within,
        sum(n_group + n_rest - 2) as degrees_of_freedom
    from compared_strata
    where n_rest > 0
    group by month_start, attribute_name, attribute_value

),

reported_groups as (

    select
        *,
        n_group >= {{ var("k_outcome") }} and n_rest >= {{ var("k_outcome") }} as is_large,
        sqrt(greatest(squares_within, 0) / nullif(degrees_of_freedom, 0)) as deviation_within
    from pooled_groups

),

final as (

    select
        reported_groups.month_start,
        reported_groups.attribute_name,
        reported_groups.attribute_value,
        cast(people_of_groups.n_people as integer) as n_population,
        cast(reported_groups.n_group as integer) as n_defined,
        cast(people_of_groups.n_people - reported_groups.n_group as integer) as n_partial,
        cast(reported_groups.n_rest as integer) as n_rest,
        cast(reported_groups.n_strata as integer) as n_strata,
        case
            when reported_groups.is_large
                then cast(round(reported_groups.difference, 9) as double)
        end as difference_per_20_days,
        case
            when reported_groups.is_large
                then cast(
                        round(
                            reported_groups.difference
                            / nullif(reported_groups.deviation_within, 0),
                            9
                        ) as double
                    )
        end as recognition_equity_gap,
        months.is_final,
        case when not reported_groups.is_large then 'below_minimum_group_size' end as null_reason
    from reported_groups
    inner join months on reported_groups.month_start = months.month_start
    inner join people_of_groups
        on
            reported_groups.month_start = people_of_groups.month_start
            and reported_groups.attribute_name = people_of_groups.attribute_name
            and reported_groups.attribute_value = people_of_groups.attribute_value

)

select * from final
