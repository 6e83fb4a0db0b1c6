{#- Thresholds of the specification, E4 and P32; those of one rule alone stand in its macro. -#}
{% set min_open_questions = 2 %}
{% set low_response_share = 0.3 %}
{% set min_contributions = 5 %}
{% set give_balance = -0.2 %}
{% set low_reply_share = 0.2 %}
{% set newcomer_days = 90 %}
{% set n_shown = 3 %}
{% set cool_down_days = 28 %}

with

population as (

    select * from {{ ref("int_scorecard_population") }}

),

network as (

    select
        *,
        100.0 * (
            rank() over (partition by month_start order by participation_coef) - 1
            + 0.5 * count(*) over (partition by month_start, participation_coef)
        ) / count(*) over (partition by month_start) as participation_percentile
    from {{ ref("fct_person_network_month") }}
    where is_measured and participation_coef is not null

),

tie_kinds as (

    select * from {{ ref("fct_tie_kind_month") }}

),

ties as (

    select * from {{ ref("fct_tie_month") }}

),

dyad_weeks as (

    select * from {{ ref("int_dyad_weeks") }}

),

absences as (

    select * from {{ ref("int_absences") }}

),

contributions as (

    select * from {{ ref("int_scorecard_contributions") }}

),

responses as (

    select * from {{ ref("int_scorecard_responses") }}

),

contribution_days as (

    select * from {{ ref("int_person_contribution_days") }}

),

recognitions as (

    select * from {{ ref("fct_recognition_person_month") }}

),

overload_labels as (

    -- The label of the newest quarter that holds the month; it has stood two quarters in a row.
    select * from {{ ref("fct_person_network_month") }}
    where is_overload_risk

),

loads as (

    select * from {{ ref("int_person_load_quarter") }}

),

channels as (

    select
        source,
        channel_id
    from {{ ref("dim_channel") }}
    where kind = 'public'

),

waiting_questions as (

    select * from {{ ref("fct_waiting_question_month") }}

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

{{ people_with_narrow_ties() }},

{{ people_without_echo_or_replies() }},

{{ people_who_lost_touch() }},

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
    {{ fired_rule(
        "R2",
        "'Your ties reach ' || cast(narrow_persons.n_units as varchar) || ' other units; ' || "
        ~ whole_number("100 - narrow_persons.participation_percentile")
        ~ " || ' % of people have ties that spread wider than yours.'",
        "narrow_persons",
        has_channels=true
    ) }}
    left join suggested_channels
        on
            narrow_persons.person_key = suggested_channels.person_key
            and narrow_persons.month_start = suggested_channels.month_start
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

)

select * from final
