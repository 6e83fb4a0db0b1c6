{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start", "days_before": 62, "knowledge": true}},
    )
}}

{#- Thresholds of the specification, E4 and P32; those of one rule alone stand in its macro. -#}
{% set min_open_questions = 2 %}
{% set newcomer_days = 90 %}
{% set n_shown = 3 %}
{% set cool_down_days = 28 %}

with

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where {{ is_rebuilt_knowledge("month_start", 93) }}

),

overload_labels as (

    -- The label of the newest quarter that holds the month; it has stood two quarters in a row.
    select *
    from {{ ref("fct_person_network_month") }}
    where is_overload_risk and {{ is_rebuilt_knowledge("month_start", 93) }}

),

loads as (

    select * from {{ ref("int_person_load_quarter") }}

),

traced_rules as (

    select *
    from {{ ref("fct_fired_rule_month") }}
    where {{ is_rebuilt_knowledge("month_start", 93) }}

),

waiting_questions as (

    select *
    from {{ ref("fct_waiting_question_month") }}
    where {{ is_rebuilt_knowledge("month_start", 93) }}

),

dismissed as (

    select * from {{ source("identity", "dismissed_rules") }}

),

rules as (

    {% for row in recommendation_rules() %}
    select
        '{{ row["rule"] }}' as rule_id,
        {{ row["rank"] }} as rule_rank,
        '{{ row["suggestion"] }}' as suggestion
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

overloaded_persons as (

    select
        labels.person_key,
        labels.month_start,
        100 * labels.strength_in / (labels.strength_in + labels.strength_out) as share_incoming,
        100 * loads.after_hours_share as share_after_hours
    from overload_labels as labels
    left join loads
        on
            labels.person_key = loads.person_key
            and {{ quarter_of("labels.month_start") }} = loads.quarter_start

),

fired_rules as (

    {{ fired_rule(
        "R8", "'You started ' || cast(population.tenure_days as varchar) || ' days ago.'", "population"
    ) }}
    where population.tenure_days < {{ newcomer_days }}
    union all
    {{ fired_rule(
        "R5",
        "'Others turn to you ' || " ~ whole_number("share_incoming")
        ~ " || ' % of the time, you to them for the rest' || coalesce('; ' || "
        ~ whole_number("share_after_hours")
        ~ " || ' % of what you did fell outside working hours', '') || '.'",
        "overloaded_persons"
    ) }}
    union all
    {{ fired_rule(
        "R1",
        "cast(n_open as varchar) || ' questions in topics that you know are open; the latest is '"
        ~ " || latest_message_id || '.'",
        "waiting_questions",
        has_channels=true
    ) }}
    where waiting_questions.n_open >= {{ min_open_questions }}
    union all
    select * from traced_rules

),

newest as (

    select max(month_start) as month_start
    from population

),

dismissals as (

    -- Whatever is said counts at once for what is shown now, and for every later window.
    select distinct
        population.person_key,
        population.month_start,
        dismissed.rule_id
    from population
    cross join newest
    inner join dismissed
        on
            population.person_key = dismissed.person_key
            and (
                population.window_to > dismissed.dismissed_on
                or population.month_start = newest.month_start
            )
    where dismissed.dismissed_until is null or population.window_to <= dismissed.dismissed_until

),

eligible_rules as (

    -- Newcomers get their own advice only; for everybody else the window must be long enough.
    -- Whoever is leant on too much is not asked to answer more (P 32).
    select
        fired_rules.*,
        population.person_id,
        population.window_to,
        rules.rule_rank,
        rules.suggestion,
        dismissals.rule_id is not null as is_dismissed
    from fired_rules
    inner join population
        on
            fired_rules.person_key = population.person_key
            and fired_rules.month_start = population.month_start
    inner join rules on fired_rules.rule_id = rules.rule_id
    left join overloaded_persons
        on
            fired_rules.person_key = overloaded_persons.person_key
            and fired_rules.month_start = overloaded_persons.month_start
            and fired_rules.rule_id = 'R1'
    left join dismissals
        on
            fired_rules.person_key = dismissals.person_key
            and fired_rules.month_start = dismissals.month_start
            and fired_rules.rule_id = dismissals.rule_id
    where
        overloaded_persons.person_key is null
        and (
            fired_rules.rule_id = 'R8'
            or (
                population.is_measured
                and coalesce(population.tenure_days, {{ newcomer_days }}) >= {{ newcomer_days }}
            )
        )

),

ranked_rules as (

    select
        *,
        row_number() over (
            partition by person_key, month_start, is_dismissed order by rule_rank
        ) as fired_rank
    from eligible_rules

),

cooled_rules as (

    -- Full months lie further apart than the cool-down: only the running one can be too soon.
    select
        ranked_rules.*,
        coalesce(
            {{ days_between("earlier.window_to", "ranked_rules.window_to") }}
            < {{ cool_down_days }},
            false
        ) as is_cooling_down
    from ranked_rules
    left join ranked_rules as earlier
        on
            ranked_rules.person_key = earlier.person_key
            and ranked_rules.rule_id = earlier.rule_id
            and ranked_rules.month_start = {{ add_months("earlier.month_start", 1) }}
            and earlier.fired_rank <= {{ n_shown }}
            and not earlier.is_dismissed

),

numbered_rules as (

    select
        *,
        case
            when not is_cooling_down and not is_dismissed
                then
                    row_number() over (
                        partition by person_key, month_start, is_cooling_down, is_dismissed
                        order by rule_rank
                    )
        end as position
    from cooled_rules

),

final as (

    select
        {{ hash64("concat_ws('|', person_key, month_start, rule_id)") }} as recommendation_key,
        person_key,
        person_id,
        month_start,
        rule_id,
        suggestion,
        evidence,
        about_person_key,
        channel_1,
        channel_2,
        channel_3,
        cast(position as integer) as position,
        coalesce(position <= {{ n_shown }}, false) as is_shown,
        is_cooling_down,
        is_dismissed
    from numbered_rules
    where {{ is_rebuilt_knowledge("month_start", 62) }}

)

select * from final
