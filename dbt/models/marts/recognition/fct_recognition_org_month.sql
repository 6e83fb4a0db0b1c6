{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- The normal quantile of 95 % intervals; the skewness weighs (z * z - 1) / 6 there. -#}
{% set z = 1.959963984540054 %}
{% set skew_weight = 0.473576 %}

with

persons as (

    select *
    from {{ ref("fct_recognition_person_month") }}
    where {{ is_rebuilt_from("month_start") }}

),

recognitions as (

    select *
    from {{ ref("int_appreciations") }}
    where
        is_recognition
        and {{ is_rebuilt_from("local_date", scorecard_window_days() | int) }}

),

segments as (

    select *
    from {{ ref("int_employment_segments") }}
    where {{ is_rebuilt_from("month_start") }}

),

unit_months as (

    select *
    from {{ ref("int_person_unit_months") }}
    where {{ is_rebuilt_from("month_start") }}

),

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where {{ is_rebuilt_from("month_start") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

counted_events as (

    -- Rates: the calendar month, and the unit of each day (P28).
    {% for side in ["to", "from"] %}
    select
        segments.person_key,
        segments.org_unit_key,
        segments.month_start,
        {{ "1" if side == "to" else "0" }} as n_received,
        {{ "1" if side == "from" else "0" }} as n_given
    from recognitions
    inner join segments
        on
            recognitions.{{ side }}_person_key = segments.person_key
            and recognitions.local_date >= segments.engagement_from
            and recognitions.local_date < segments.engagement_to
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    union all
    select
        person_key,
        org_unit_key,
        month_start,
        0 as n_received,
        0 as n_given
    from unit_months

),

summed_events as (

    select
        person_key,
        org_unit_key,
        month_start,
        sum(n_received) as n_received,
        sum(n_given) as n_given
    from counted_events
    group by person_key, org_unit_key, month_start

),

units_of_persons as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        unit_months.person_key,
        unit_months.month_start,
        sum(unit_months.eligible_days) as eligible_days,
        sum(summed_events.n_received) as n_received,
        sum(summed_events.n_given) as n_given
    from unit_months
    inner join summed_events
        on
            unit_months.person_key = summed_events.person_key
            and unit_months.org_unit_key = summed_events.org_unit_key
            and unit_months.month_start = summed_events.month_start
    inner join ancestors on unit_months.org_unit_key = ancestors.org_unit_key
    where unit_months.eligible_days > 0
    group by
        ancestors.ancestor_org_unit_key, unit_months.person_key, unit_months.month_start

),

summed_rates as (

    -- One person can receive many times, so persons are what is drawn at random (P27).
    select
        org_unit_key,
        month_start,
        count(*) as n_persons,
        sum(eligible_days) as eligible_days,
        sum(n_received) as n_received,
        sum(n_given) as n_given,
        1.0 * sum(n_received) / sum(eligible_days) as rate,
        cast(sum(n_received * n_received) as double) as moment_20,
        cast(sum(n_received * eligible_days) as double) as moment_11,
        cast(sum(eligible_days * eligible_days) as double) as moment_02,
        cast(sum(n_received * n_received * n_received) as double) as moment_30,
        cast(sum(n_received * n_received * eligible_days) as double) as moment_21,
        cast(sum(n_received * eligible_days * eligible_days) as double) as moment_12,
        cast(sum(eligible_days * eligible_days * eligible_days) as double) as moment_03
    from units_of_persons
    group by org_unit_key, month_start

),

residual_moments as (

    -- Of what each person received beyond the rate on the own days; together they are 0.
    select
        *,
        moment_20 - 2 * rate * moment_11 + rate * rate * moment_02 as squares,
        moment_30 - 3 * rate * moment_21 + 3 * rate * rate * moment_12
        - rate * rate * rate * moment_03 as cubes,
        moment_11 - rate * moment_02 as with_days
    from summed_rates

),

bootstrap_rates as (

    -- Spread and skewness of the rate of n - 1 persons drawn with replacement, without drawing any.
    select
        *,
        case
            when n_persons > 1
                then sqrt(greatest(0, squares) * n_persons / (n_persons - 1)) / eligible_days
        end as deviation,
        case
            when n_persons > 1 and squares > 1e-6
                then
                    sqrt(1.0 * n_persons / (n_persons - 1))
                    * (cubes - 6 * squares * with_days / eligible_days)
                    / (squares * sqrt(squares))
            else 0
        end as skewness
    from residual_moments

),

ranked_persons as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        persons.*,
        case
            when persons.is_measured
                then
                    row_number() over (
                        partition by
                            ancestors.ancestor_org_unit_key,
                            persons.month_start,
                            persons.is_measured
                        order by persons.n_received, persons.person_key
                    )
        end as received_rank
    from persons
    inner join ancestors on persons.org_unit_key = ancestors.org_unit_key

),

summed_persons as (

    select
        org_unit_key,
        month_start,
        count(*) as n_population,
        sum(case when is_measured then 1 else 0 end) as n_defined,
        sum(case when is_measured then 0 else 1 end) as n_partial,
        sum(case when is_measured and n_received > 0 then 1 else 0 end) as n_recognised,
        sum(case when is_measured then n_received end) as received_total,
        sum(received_rank * n_received) as ranked_total,
        sum(n_from_chain) as n_from_chain,
        sum(n_received) as n_received,
        -- Where no meeting can be seen, answers and documents are all there is to thank for.
        sum(n_answers + n_documents + case when n_meetings > 0 then n_meetings else 0 end)
            as n_objects,
        sum(
            n_thanked_answers + n_thanked_documents
            + case when n_meetings > 0 then n_thanked_meetings else 0 end
        ) as n_thanked_objects
    from ranked_persons
    group by org_unit_key, month_start

),

dyads as (

    select distinct
        givers.month_start,
        givers.person_key as from_person_key,
        receivers.person_key as to_person_key,
        givers.org_unit_key as from_org_unit_key,
        receivers.org_unit_key as to_org_unit_key
    from recognitions
    inner join population as givers
        on
            recognitions.from_person_key = givers.person_key
            and recognitions.local_date >= givers.observed_from
            and recognitions.local_date < givers.observed_to
    inner join population as receivers
        on
            recognitions.to_person_key = receivers.person_key
            and givers.month_start = receivers.month_start

),

paired_dyads as (

    select
        dyads.*,
        case when opposite.from_person_key is not null then 1 else 0 end as is_mutual
    from dyads
    left join dyads as opposite
        on
            dyads.month_start = opposite.month_start
            and dyads.from_person_key = opposite.to_person_key
            and dyads.to_person_key = opposite.from_person_key
    where
        opposite.from_person_key is null
        or dyads.from_person_key < dyads.to_person_key

),

dyads_of_givers as (

    select
        giver_units.ancestor_org_unit_key as org_unit_key,
        paired_dyads.to_org_unit_key,
        paired_dyads.month_start,
        count(*) as n_dyads,
        sum(paired_dyads.is_mutual) as n_mutual_dyads
    from paired_dyads
    inner join ancestors as giver_units
        on paired_dyads.from_org_unit_key = giver_units.org_unit_key
    group by
        giver_units.ancestor_org_unit_key, paired_dyads.to_org_unit_key, paired_dyads.month_start

),

summed_dyads as (

    -- Pairs of whom both belong to the unit.
    select
        dyads_of_givers.org_unit_key,
        dyads_of_givers.month_start,
        sum(dyads_of_givers.n_dyads) as n_dyads,
        sum(dyads_of_givers.n_mutual_dyads) as n_mutual_dyads
    from dyads_of_givers
    inner join ancestors as receiver_units
        on
            dyads_of_givers.to_org_unit_key = receiver_units.org_unit_key
            and dyads_of_givers.org_unit_key = receiver_units.ancestor_org_unit_key
    group by dyads_of_givers.org_unit_key, dyads_of_givers.month_start

),

joined_units as (

    select
        summed_persons.*,
        rates.eligible_days,
        20.0 * rates.rate as received_rate,
        20.0 * rates.n_given / rates.eligible_days as given_rate,
        {% for limit, side in [("low", "-"), ("high", "")] -%}
        20.0 * (
            rates.rate
            + rates.deviation * ({{ side }}{{ z }} + {{ skew_weight }} * rates.skewness)
        ) as received_{{ limit }},
        {% endfor -%}
        coalesce(summed_dyads.n_dyads, 0) as n_dyads,
        coalesce(summed_dyads.n_mutual_dyads, 0) as n_mutual_dyads,
        months.is_final
    from summed_persons
    inner join months on summed_persons.month_start = months.month_start
    left join bootstrap_rates as rates
        on
            summed_persons.org_unit_key = rates.org_unit_key
            and summed_persons.month_start = rates.month_start
    left join summed_dyads
        on
            summed_persons.org_unit_key = summed_dyads.org_unit_key
            and summed_persons.month_start = summed_dyads.month_start

),

final as (

    select
        org_unit_key,
        month_start,
        cast(n_population as integer) as n_population,
        cast(n_defined as integer) as n_defined,
        cast(n_partial as integer) as n_partial,
        cast(eligible_days as integer) as eligible_days,
        cast(received_rate as double) as recognition_received_rate,
        cast(greatest(0, received_low) as double) as recognition_received_ci_low,
        cast(received_high as double) as recognition_received_ci_high,
        cast(given_rate as double) as recognition_given_rate,
        cast(1.0 * n_recognised / nullif(n_defined, 0) as double) as recognition_coverage,
        cast({{ wilson_limit("n_recognised", "n_defined", "-") }} as double)
            as recognition_coverage_ci_low,
        cast({{ wilson_limit("n_recognised", "n_defined", "+") }} as double)
            as recognition_coverage_ci_high,
        cast(1.0 * n_mutual_dyads / nullif(n_dyads, 0) as double) as recognition_reciprocity,
        cast(
            (2.0 * ranked_total - (n_defined + 1.0) * received_total)
            / nullif(1.0 * n_defined * received_total, 0) as double
        ) as gini_recognition,
        cast(1.0 * n_thanked_objects / nullif(n_objects, 0) as double) as contextual_thanks_rate,
        cast(1.0 * n_from_chain / nullif(n_received, 0) as double) as manager_share,
        case
            when n_defined = 0 then 'no_eligible_persons'
            when coalesce(n_received, 0) = 0 then 'no_recognition'
            when coalesce(received_total, 0) = 0 then 'no_recognition_of_eligible_persons'
            when n_dyads = 0 then 'no_recognition_within_unit'
        end as recognition_reason,
        case when coalesce(n_objects, 0) = 0 then 'nothing_to_thank_for' end as thanks_reason,
        is_final,
        case when coalesce(eligible_days, 0) = 0 then 'not_observed' end as suppression_reason
    from joined_units

)

select * from final
