{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start", "knowledge": true}},
    )
}}

{#- Thresholds of the specification, E4 and P32; those of one rule alone stand in its macro. -#}
{% set low_response_share = 0.3 %}
{% set min_contributions = 5 %}
{% set give_balance = -0.2 %}
{% set low_reply_share = 0.2 %}

with

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where {{ is_rebuilt_knowledge("month_start") }}

),

first_months as (

    select min(month_start) as first_month
    from population

),

network as (

    select
        *,
        100.0 * (
            rank() over (partition by month_start order by participation_coef) - 1
            + 0.5 * count(*) over (partition by month_start, participation_coef)
        ) / count(*) over (partition by month_start) as participation_percentile
    from {{ ref("fct_person_network_month") }}
    where
        is_measured
        and participation_coef is not null
        and {{ is_rebuilt_knowledge("month_start") }}

),

tie_kinds as (

    -- Also of the month before: a tie is lost that was there.
    select *
    from {{ ref("fct_tie_kind_month") }}
    where {{ is_rebuilt_knowledge("month_start", 31) }}

),

ties as (

    select *
    from {{ ref("fct_tie_month") }}
    where {{ is_rebuilt_knowledge("month_start") }}

),

dyad_weeks as (

    select *
    from {{ ref("int_dyad_weeks") }}
    where
        week_start >= (
            select {{ add_days("first_months.first_month", -62) }} from first_months
        )

),

absences as (

    select * from {{ ref("int_absences") }}

),

contributions as (

    select *
    from {{ ref("int_scorecard_contributions") }}
    where {{ is_rebuilt_knowledge("month_start") }}

),

responses as (

    select *
    from {{ ref("int_scorecard_responses") }}
    where {{ is_rebuilt_knowledge("month_start") }}

),

contribution_days as (

    select *
    from {{ ref("int_person_contribution_days") }}
    where
        local_date >= (
            select {{ add_days("first_months.first_month", -62) }} from first_months
        )

),

recognitions as (

    select *
    from {{ ref("fct_recognition_person_month") }}
    where {{ is_rebuilt_knowledge("month_start") }}

),

expertise as (

    select *
    from {{ ref("fct_expertise_month") }}
    where {{ is_rebuilt_knowledge("month_start") }}

),

messages as (

    select
        message_key,
        author_person_key,
        channel_id,
        local_date
    from {{ ref("int_messages") }}
    where {{ is_rebuilt_knowledge("local_date", scorecard_window_days() | int) }}

),

thread_topics as (

    select * from {{ ref("int_thread_topics") }}

),

channels as (

    select
        source,
        channel_id
    from {{ ref("dim_channel") }}
    where kind = 'public'

),

{{ people_with_narrow_ties() }},

{{ channels_of_shared_topics() }},

{{ people_without_echo_or_replies() }},

{{ people_who_lost_touch() }},

fired_rules as (

    {{ fired_rule(
        "R2",
        "'Your ties reach ' || cast(n_units as varchar) || ' other units; ' || "
        ~ whole_number("100 - participation_percentile")
        ~ " || ' % of people have ties that spread wider than yours.'",
        "narrow_channels",
        has_channels=true
    ) }}
    union all
    {{ fired_rule(
        "R3",
        "cast(n_responded as varchar) || ' of your ' || cast(n_contributions as varchar)"
        ~ " || ' contributions found a response within 7 days.'",
        "echoes"
    ) }}
    where
        echoes.n_contributions >= {{ min_contributions }}
        and echoes.n_responded < {{ low_response_share }} * echoes.n_contributions
    union all
    {{ fired_rule(
        "R4",
        "'In four weeks you gave ' || cast(n_given as varchar) || ' times and received '"
        ~ " || cast(n_received as varchar) || ' times; ' || cast(n_replies as varchar)"
        ~ " || ' of what you gave were replies.'",
        "balances"
    ) }}
    where
        balances.balance <= {{ give_balance }}
        and balances.n_replies < {{ low_reply_share }} * balances.n_given
    union all
    {{ fired_rule(
        "R6",
        "'A strong tie fell by ' || " ~ whole_number("100 * (1 - weight / earlier_weight)")
        ~ " || ' % in a month, and you have not met for four weeks.'",
        "silent_ties",
        about="other_person_key"
    ) }}
    where silent_ties.tie_rank = 1
    union all
    {{ fired_rule(
        "R7",
        "'In 91 days you were thanked ' || cast(n_received as varchar)"
        ~ " || ' times and thanked nobody.'",
        "recognitions"
    ) }}
    where recognitions.n_received > 0 and recognitions.n_given = 0

)

select * from fired_rules
