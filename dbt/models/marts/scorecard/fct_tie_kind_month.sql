{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- Cut-offs of the specification, B5. -#}
{% set top_percentile = 75 %}
{% set strong_overlap = 0.25 %}
{% set diverse_overlap = 0.10 %}

with

ties as (

    select *
    from {{ ref("fct_tie_month") }}
    where {{ is_rebuilt_from("month_start") }}

),

population as (

    select
        month_start,
        person_key
    from {{ ref("int_network_population") }}
    where {{ is_rebuilt_from("month_start") }}

),

mutual_ties as (

    select
        ties.month_start,
        ties.period_end,
        ties.from_person_key as person_key,
        ties.to_person_key as other_person_key,
        round(ties.mutual_weight, 9) as weight
    from ties
    inner join population
        on
            ties.month_start = population.month_start
            and ties.from_person_key = population.person_key
    inner join population as colleagues
        on
            ties.month_start = colleagues.month_start
            and ties.to_person_key = colleagues.person_key
    where
        ties.mutual_weight >= {{ var("theta") }}
        and ties.n_pair_event_days >= {{ var("min_event_days") }}

),

ranked_ties as (

    -- Mid-rank among the person's own ties: ties of equal weight share a value.
    select
        *,
        count(*) over (partition by month_start, person_key) as degree,
        100.0 * (
            rank() over (partition by month_start, person_key order by weight) - 1
            + 0.5 * count(*) over (partition by month_start, person_key, weight)
        ) / count(*) over (partition by month_start, person_key) as weight_percentile
    from mutual_ties

),

top_ties as (

    select *
    from ranked_ties
    where weight_percentile >= {{ top_percentile }}

),

degrees as (

    select distinct
        month_start,
        person_key,
        degree
    from ranked_ties

),

shared_contacts as (

    select
        top_ties.month_start,
        top_ties.person_key,
        top_ties.other_person_key,
        count(*) as n_shared
    from top_ties
    inner join mutual_ties as own
        on
            top_ties.month_start = own.month_start
            and top_ties.person_key = own.person_key
    inner join mutual_ties as theirs
        on
            top_ties.month_start = theirs.month_start
            and top_ties.other_person_key = theirs.person_key
            and own.other_person_key = theirs.other_person_key
    group by top_ties.month_start, top_ties.person_key, top_ties.other_person_key

),

overlapping_ties as (

    -- Contacts in common over all contacts of the two, each other left out; none at all is 0.
    select
        top_ties.month_start,
        top_ties.person_key,
        top_ties.other_person_key,
        case
            when top_ties.degree + degrees.degree - 2 - coalesce(shared_contacts.n_shared, 0) <= 0
                then 0.0
            else
                1.0 * coalesce(shared_contacts.n_shared, 0)
                / (top_ties.degree + degrees.degree - 2 - coalesce(shared_contacts.n_shared, 0))
        end as overlap
    from top_ties
    inner join degrees
        on
            top_ties.month_start = degrees.month_start
            and top_ties.other_person_key = degrees.person_key
    left join shared_contacts
        on
            top_ties.month_start = shared_contacts.month_start
            and top_ties.person_key = shared_contacts.person_key
            and top_ties.other_person_key = shared_contacts.other_person_key

),

final as (

    select
        ranked_ties.month_start,
        ranked_ties.person_key,
        ranked_ties.other_person_key,
        ranked_ties.weight,
        cast(ranked_ties.weight_percentile as double) as weight_percentile,
        cast(overlapping_ties.overlap as double) as neighbourhood_overlap,
        case
            when overlapping_ties.overlap >= {{ strong_overlap }} then 'strong'
            when overlapping_ties.overlap < {{ diverse_overlap }} then 'diverse'
            else 'other'
        end as tie_kind,
        ranked_ties.period_end
    from ranked_ties
    left join overlapping_ties
        on
            ranked_ties.month_start = overlapping_ties.month_start
            and ranked_ties.person_key = overlapping_ties.person_key
            and ranked_ties.other_person_key = overlapping_ties.other_person_key

)

select * from final
