{% set attributes = ["gender", "age_band", "working_time", "location"] %}

with

recognitions as (

    select *
    from {{ ref("fct_recognition_person_month") }}
    where is_measured and received_per_20_days is not null

),

population as (

    select
        *,
        case
            when fte_band = 'full' then 'full time'
            when fte_band <> 'unknown' then 'part time'
        end as working_time,
        {{ tenure_band("tenure_days") }} as tenure_band
    from {{ ref("int_scorecard_population") }}

),

activities as (

    select
        person_key,
        month_start,
        numerator as n_days
    from {{ ref("int_scorecard_inputs") }}
    where component = 'active_days'

),

described_persons as (

    -- Level, tenure and a third of activity: people of one stratum differ in none of them.
    select
        recognitions.month_start,
        recognitions.received_per_20_days as received_rate,
        concat_ws(
            '|',
            population.level,
            population.tenure_band,
            ntile(3) over (
                partition by recognitions.month_start
                order by activities.n_days / recognitions.eligible_days, recognitions.person_key
            )
        ) as stratum,
    {% for attribute in attributes %}
    population.{{ attribute }}{{ "," if not loop.last }}
    {% endfor %}
    from recognitions
    inner join population
        on
            recognitions.person_key = population.person_key
            and recognitions.month_start = population.month_start
    inner join activities
        on
            recognitions.person_key = activities.person_key
            and recognitions.month_start = activities.month_start

),

attributed_persons as (

    {% for attribute in attributes %}
    select
        month_start,
        stratum,
        '{{ attribute }}' as attribute_name,
        {{ attribute }} as attribute_value,
        received_rate
    from described_persons
    where {{ attribute }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

strata_of_groups as (

    select
        month_start,
        attribute_name,
        attribute_value,
        stratum,
        count(*) as n_group,
        sum(cast(received_rate as decimal(28, 9))) as sum_group,
        sum(cast(received_rate * received_rate as decimal(28, 9))) as squares_group
    from attributed_persons
    group by month_start, attribute_name, attribute_value, stratum

),

compared_strata as (

    select
        month_start,
        attribute_name,
        attribute_value,
        stratum,
        n_group,
        cast(sum_group as double) as sum_group,
        cast(squares_group as double) as squares_group,
        sum(n_group) over everybody - n_group as n_rest,
        cast(sum(sum_group) over everybody - sum_group as double) as sum_rest,
        cast(sum(squares_group) over everybody - squares_group as double) as squares_rest
    from strata_of_groups
    window everybody as (partition by month_start, attribute_name, stratum)

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

final as (

    select
        month_start,
        attribute_name,
        attribute_value,
        cast(n_group as integer) as n_group,
        cast(n_rest as integer) as n_rest,
        cast(n_strata as integer) as n_strata,
        case
            when n_group >= {{ var("k_outcome") }} and n_rest >= {{ var("k_outcome") }}
                then cast(difference as double)
        end as difference_per_20_days,
        case
            when n_group >= {{ var("k_outcome") }} and n_rest >= {{ var("k_outcome") }}
                then
                    cast(
                        difference / nullif(
                            sqrt(
                                greatest(squares_within, 0) / nullif(degrees_of_freedom, 0)
                            ), 0
                        ) as double
                    )
        end as recognition_equity_gap,
        case
            when n_group < {{ var("k_outcome") }} or n_rest < {{ var("k_outcome") }}
                then 'below_minimum_group_size'
        end as null_reason
    from pooled_groups

)

select * from final
