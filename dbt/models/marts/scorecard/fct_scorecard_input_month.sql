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
    from {{ ref("int_scorecard_inputs") }}
    where {{ is_rebuilt_from("month_start") }}

),

components as ({{ scorecard_component_rows() }}),

network as (

    select *
    from {{ ref("fct_person_network_month") }}
    where
        is_measured
        and network_size is not null
        and {{ is_rebuilt_from("month_start") }}

),

tie_kinds as (

    -- With the quarter before.
    select *
    from {{ ref("fct_tie_kind_month") }}
    where {{ is_rebuilt_from("month_start", 93) }}

),

ties as (

    select *
    from {{ ref("fct_tie_month") }}
    where is_tie and {{ is_rebuilt_from("month_start") }}

),

present_persons as (

    select
        person_key,
        month_start
    from {{ ref("int_network_population") }}
    where {{ is_rebuilt_from("month_start") }}

),

counted_ties as (

    select
        person_key,
        month_start,
        sum(case when tie_kind = 'diverse' then 1 else 0 end) as n_diverse
    from tie_kinds
    where {{ is_rebuilt_from("month_start") }}
    group by person_key, month_start

),

directed_ties as (

    select
        month_start,
        from_person_key as person_key,
        to_person_key as other_person_key,
        1 as is_out
    from ties
    union all
    select
        month_start,
        to_person_key as person_key,
        from_person_key as other_person_key,
        0 as is_out
    from ties

),

present_ties as (

    select
        directed_ties.month_start,
        directed_ties.person_key,
        directed_ties.other_person_key,
        count(*) as n_directions
    from directed_ties
    inner join present_persons
        on
            directed_ties.month_start = present_persons.month_start
            and directed_ties.other_person_key = present_persons.person_key
    group by
        directed_ties.month_start,
        directed_ties.person_key,
        directed_ties.other_person_key

),

returned_ties as (

    select
        month_start,
        person_key,
        count(*) as n_ties,
        sum(case when n_directions = 2 then 1 else 0 end) as n_returned
    from present_ties
    group by month_start, person_key

),

kept_ties as (

    -- Ties of the quarter before, among pairs of whom both are still there (B6).
    select
        earlier.person_key,
        {{ add_months("earlier.month_start", 3) }} as month_start,
        count(*) as n_ties,
        count(later.person_key) as n_kept
    from tie_kinds as earlier
    inner join present_persons
        on
            earlier.other_person_key = present_persons.person_key
            and {{ add_months("earlier.month_start", 3) }} = present_persons.month_start
    left join tie_kinds as later
        on
            earlier.person_key = later.person_key
            and earlier.other_person_key = later.other_person_key
            and {{ add_months("earlier.month_start", 3) }} = later.month_start
    where {{ is_rebuilt_from(add_months("earlier.month_start", 3)) }}
    group by earlier.person_key, {{ add_months("earlier.month_start", 3) }}

),

joined_network as (

    select
        network.person_key,
        network.month_start,
        network.effective_size,
        coalesce(counted_ties.n_diverse, 0) as n_diverse,
        coalesce(returned_ties.n_returned, 0) as n_returned,
        coalesce(returned_ties.n_ties, 0) as n_ties,
        coalesce(kept_ties.n_kept, 0) as n_kept,
        coalesce(kept_ties.n_ties, 0) as n_earlier_ties
    from network
    left join counted_ties
        on
            network.person_key = counted_ties.person_key
            and network.month_start = counted_ties.month_start
    left join returned_ties
        on
            network.person_key = returned_ties.person_key
            and network.month_start = returned_ties.month_start
    left join kept_ties
        on
            network.person_key = kept_ties.person_key
            and network.month_start = kept_ties.month_start

),

network_inputs as (

    {% for component, numerator, denominator in [
        ("effective_size", "effective_size", "null"),
        ("diverse_ties", "n_diverse", "null"),
        ("reciprocity", "n_returned", "n_ties"),
        ("persistence", "n_kept", "n_earlier_ties"),
    ] %}
    select
        person_key,
        month_start,
        '{{ component }}' as component,
        cast({{ numerator }} as double) as numerator,
        cast({{ denominator }} as double) as denominator
    from joined_network
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

all_inputs as (

    select
        person_key,
        month_start,
        component,
        numerator,
        denominator,
        event_keys
    from inputs
    union all
    select
        person_key,
        month_start,
        component,
        numerator,
        denominator,
        null as event_keys
    from network_inputs

),

final as (

    -- Zero is nothing done; without a row there is nothing to see.
    select
        population.person_key,
        population.month_start,
        components.score,
        components.component,
        components.kind,
        components.is_capped,
        components.weight,
        all_inputs.person_key is not null as is_observed,
        all_inputs.numerator,
        all_inputs.denominator,
        case
            when components.kind = 'ratio'
                then all_inputs.numerator / nullif(all_inputs.denominator, 0)
            when components.kind = 'flow'
                then round(20.0 * all_inputs.numerator / population.eligible_days, 9)
            else all_inputs.numerator
        end as unshrunk_rate,
        all_inputs.event_keys,
        population.window_to
    from population
    cross join components
    left join all_inputs
        on
            population.person_key = all_inputs.person_key
            and population.month_start = all_inputs.month_start
            and components.component = all_inputs.component

)

select * from final
