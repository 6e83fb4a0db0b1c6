{#- Thresholds of the specification, E4 and P32. -#}
{% set min_open_questions = 2 %}
{% set low_percentile = 25 %}
{% set few_units = 2 %}
{% set low_response_share = 0.3 %}
{% set min_contributions = 5 %}
{% set min_given = 6 %}
{% set give_balance = -0.2 %}
{% set low_reply_share = 0.2 %}
{% set balance_days = 28 %}
{% set fallen_to = 0.5 %}
{% set silent_days = 28 %}
{% set newcomer_days = 90 %}
{% set n_shown = 3 %}
{% set cool_down_days = 28 %}
{% set n_channels = 3 %}

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

rules as (

    {% for row in recommendation_rules() %}
    select
        '{{ row["rule"] }}' as rule_id,
        {{ row["rank"] }} as rule_rank,
        '{{ row["suggestion"] }}' as suggestion
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

reached_units as (

    select
        tie_kinds.person_key,
        tie_kinds.month_start,
        count(
            distinct case
                when own.group_key <> colleagues.group_key then colleagues.group_key
            end
        ) as n_units
    from tie_kinds
    inner join population as own
        on
            tie_kinds.person_key = own.person_key
            and tie_kinds.month_start = own.month_start
    inner join population as colleagues
        on
            tie_kinds.other_person_key = colleagues.person_key
            and tie_kinds.month_start = colleagues.month_start
    group by tie_kinds.person_key, tie_kinds.month_start

),

narrow_persons as (

    select
        population.person_key,
        population.group_key,
        population.month_start,
        network.participation_percentile,
        coalesce(reached_units.n_units, 0) as n_units
    from population
    inner join network
        on
            population.person_key = network.person_key
            and population.month_start = network.month_start
    left join reached_units
        on
            population.person_key = reached_units.person_key
            and population.month_start = reached_units.month_start
    where
        population.is_measured
        and network.participation_percentile < {{ low_percentile }}
        and coalesce(reached_units.n_units, 0) < {{ few_units }}

),

channels_of_groups as (

    select
        contributions.month_start,
        contributions.group_key,
        contributions.source,
        contributions.channel_id,
        count(distinct contributions.person_key) as n_people
    from contributions
    inner join channels
        on
            contributions.source = channels.source
            and contributions.channel_id = channels.channel_id
    group by
        contributions.month_start,
        contributions.group_key,
        contributions.source,
        contributions.channel_id

),

ranked_channels as (

    -- A channel stands for the other unit that writes there most.
    select
        wanted_groups.group_key,
        channels_of_groups.month_start,
        channels_of_groups.channel_id,
        row_number() over (
            partition by wanted_groups.group_key, channels_of_groups.month_start
            order by max(channels_of_groups.n_people) desc, channels_of_groups.channel_id
        ) as channel_rank
    from channels_of_groups
    inner join (
        select distinct
            group_key,
            month_start
        from narrow_persons
    ) as wanted_groups
        on
            channels_of_groups.month_start = wanted_groups.month_start
            and channels_of_groups.group_key <> wanted_groups.group_key
    group by wanted_groups.group_key, channels_of_groups.month_start, channels_of_groups.channel_id

),

used_channels as (

    select distinct
        person_key,
        month_start,
        channel_id
    from contributions

),

new_channels as (

    select
        narrow_persons.person_key,
        narrow_persons.month_start,
        ranked_channels.channel_id,
        row_number() over (
            partition by narrow_persons.person_key, narrow_persons.month_start
            order by ranked_channels.channel_rank
        ) as channel_rank
    from narrow_persons
    inner join ranked_channels
        on
            narrow_persons.group_key = ranked_channels.group_key
            and narrow_persons.month_start = ranked_channels.month_start
            and ranked_channels.channel_rank <= 20
    left join used_channels
        on
            narrow_persons.person_key = used_channels.person_key
            and narrow_persons.month_start = used_channels.month_start
            and ranked_channels.channel_id = used_channels.channel_id
    where used_channels.channel_id is null

),

suggested_channels as (

    select
        person_key,
        month_start,
    {% for position in range(1, n_channels + 1) %}
    max(case when channel_rank = {{ position }} then channel_id end)
        as channel_{{ position }}{{ "," if not loop.last }}
    {% endfor %}
    from new_channels
    group by person_key, month_start

),

echoes as (

    select
        person_key,
        month_start,
        count(is_responded_7d) as n_contributions,
        sum(case when is_responded_7d then 1 else 0 end) as n_responded
    from contributions
    group by person_key, month_start

),

gifts as (

    select
        population.person_key,
        population.month_start,
        sum(
            contribution_days.n_post + contribution_days.n_reply + contribution_days.n_reaction
        ) as n_given,
        sum(contribution_days.n_reply) as n_replies
    from contribution_days
    inner join population
        on
            contribution_days.person_key = population.person_key
            and contribution_days.local_date
            >= {{ add_days("population.window_to", -balance_days) }}
            and contribution_days.local_date < population.window_to
    group by population.person_key, population.month_start

),

returns as (

    select
        person_key,
        month_start,
        count(*) as n_received
    from responses
    where local_date >= {{ add_days("window_to", -balance_days) }}
    group by person_key, month_start

),

balances as (

    select
        gifts.person_key,
        gifts.month_start,
        gifts.n_given,
        gifts.n_replies,
        coalesce(returns.n_received, 0) as n_received,
        1.0 * (coalesce(returns.n_received, 0) - gifts.n_given)
        / (coalesce(returns.n_received, 0) + gifts.n_given) as balance
    from gifts
    left join returns
        on
            gifts.person_key = returns.person_key
            and gifts.month_start = returns.month_start
    where gifts.n_given >= {{ min_given }}

),

faded_ties as (

    -- Strong a month ago, now less than half of it; both there, neither on leave.
    select
        population.person_key,
        population.month_start,
        population.window_to,
        earlier.other_person_key,
        earlier.weight as earlier_weight,
        coalesce(ties.mutual_weight, 0) as weight
    from tie_kinds as earlier
    inner join population
        on
            earlier.person_key = population.person_key
            and population.month_start = {{ add_months("earlier.month_start", 1) }}
    inner join population as colleagues
        on
            earlier.other_person_key = colleagues.person_key
            and population.month_start = colleagues.month_start
    left join ties
        on
            population.month_start = ties.month_start
            and population.person_key = ties.from_person_key
            and earlier.other_person_key = ties.to_person_key
    left join absences
        on
            population.person_key = absences.person_key
            and {{ add_days("population.window_to", -1) }} >= absences.absent_from
            and population.window_to <= absences.absent_to
    left join absences as other_absences
        on
            earlier.other_person_key = other_absences.person_key
            and {{ add_days("population.window_to", -1) }} >= other_absences.absent_from
            and population.window_to <= other_absences.absent_to
    where
        earlier.tie_kind = 'strong'
        and coalesce(ties.mutual_weight, 0) < {{ fallen_to }} * earlier.weight
        and absences.person_key is null
        and other_absences.person_key is null

),

silent_ties as (

    -- No interaction, in either direction, in any week that touches the last 28 days.
    select
        faded_ties.*,
        row_number() over (
            partition by faded_ties.person_key, faded_ties.month_start
            order by faded_ties.earlier_weight desc, faded_ties.other_person_key asc
        ) as tie_rank
    from faded_ties
    where
        not exists (
            select 1
            from dyad_weeks
            where
                dyad_weeks.from_person_key = faded_ties.person_key
                and dyad_weeks.to_person_key = faded_ties.other_person_key
                and dyad_weeks.week_start
                > {{ add_days("faded_ties.window_to", -silent_days - 7) }}
                and dyad_weeks.week_start < faded_ties.window_to
        )
        and not exists (
            select 1
            from dyad_weeks
            where
                dyad_weeks.to_person_key = faded_ties.person_key
                and dyad_weeks.from_person_key = faded_ties.other_person_key
                and dyad_weeks.week_start
                > {{ add_days("faded_ties.window_to", -silent_days - 7) }}
                and dyad_weeks.week_start < faded_ties.window_to
        )

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

    select
        'R8' as rule_id,
        person_key,
        month_start,
        'You started ' || cast(tenure_days as varchar) || ' days ago.' as evidence,
        cast(null as bigint) as about_person_key,
        cast(null as varchar) as channel_1,
        cast(null as varchar) as channel_2,
        cast(null as varchar) as channel_3
    from population
    where tenure_days < {{ newcomer_days }}
    union all
    select
        'R5' as rule_id,
        person_key,
        month_start,
        'Others turn to you ' || {{ whole_number("share_incoming") }}
        || ' % of the time, you to them for the rest'
        || coalesce(
            '; ' || {{ whole_number("share_after_hours") }}
            || ' % of what you did fell outside working hours',
            ''
        )
        || '.' as evidence,
        cast(null as bigint) as about_person_key,
        cast(null as varchar) as channel_1,
        cast(null as varchar) as channel_2,
        cast(null as varchar) as channel_3
    from overloaded_persons
    union all
    select
        'R1' as rule_id,
        person_key,
        month_start,
        cast(n_open as varchar) || ' questions in topics that you know are open; the latest is '
        || latest_message_id || '.' as evidence,
        cast(null as bigint) as about_person_key,
        channel_1,
        channel_2,
        channel_3
    from waiting_questions
    where n_open >= {{ min_open_questions }}
    union all
    select
        'R2' as rule_id,
        narrow_persons.person_key,
        narrow_persons.month_start,
        'Your ties reach ' || cast(narrow_persons.n_units as varchar)
        || ' other units; ' || {{ whole_number("100 - narrow_persons.participation_percentile") }}
        || ' % of people have ties that spread wider than yours.' as evidence,
        cast(null as bigint) as about_person_key,
        suggested_channels.channel_1,
        suggested_channels.channel_2,
        suggested_channels.channel_3
    from narrow_persons
    left join suggested_channels
        on
            narrow_persons.person_key = suggested_channels.person_key
            and narrow_persons.month_start = suggested_channels.month_start
    union all
    select
        'R3' as rule_id,
        person_key,
        month_start,
        cast(n_responded as varchar) || ' of your ' || cast(n_contributions as varchar)
        || ' contributions found a response within 7 days.' as evidence,
        cast(null as bigint) as about_person_key,
        cast(null as varchar) as channel_1,
        cast(null as varchar) as channel_2,
        cast(null as varchar) as channel_3
    from echoes
    where
        n_contributions >= {{ min_contributions }}
        and n_responded < {{ low_response_share }} * n_contributions
    union all
    select
        'R4' as rule_id,
        person_key,
        month_start,
        'In four weeks you gave ' || cast(n_given as varchar) || ' times and received '
        || cast(n_received as varchar) || ' times; ' || cast(n_replies as varchar)
        || ' of what you gave were replies.' as evidence,
        cast(null as bigint) as about_person_key,
        cast(null as varchar) as channel_1,
        cast(null as varchar) as channel_2,
        cast(null as varchar) as channel_3
    from balances
    where
        balance <= {{ give_balance }}
        and n_replies < {{ low_reply_share }} * n_given
    union all
    select
        'R6' as rule_id,
        person_key,
        month_start,
        'A strong tie fell by ' || {{ whole_number("100 * (1 - weight / earlier_weight)") }}
        || ' % in a month, and you have not met for four weeks.' as evidence,
        other_person_key as about_person_key,
        cast(null as varchar) as channel_1,
        cast(null as varchar) as channel_2,
        cast(null as varchar) as channel_3
    from silent_ties
    where tie_rank = 1
    union all
    select
        'R7' as rule_id,
        person_key,
        month_start,
        'In 91 days you were thanked ' || cast(n_received as varchar)
        || ' times and thanked nobody.' as evidence,
        cast(null as bigint) as about_person_key,
        cast(null as varchar) as channel_1,
        cast(null as varchar) as channel_2,
        cast(null as varchar) as channel_3
    from recognitions
    where n_received > 0 and n_given = 0

),

eligible_rules as (

    -- Newcomers get their own advice only; for everybody else the window must be long enough.
    -- Whoever is leant on too much is not asked to answer more (P 32).
    select
        fired_rules.*,
        population.person_id,
        population.window_to,
        rules.rule_rank,
        rules.suggestion
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
        row_number() over (partition by person_key, month_start order by rule_rank) as fired_rank
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

),

numbered_rules as (

    select
        *,
        case
            when not is_cooling_down
                then
                    row_number() over (
                        partition by person_key, month_start, is_cooling_down
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
        is_cooling_down
    from numbered_rules

)

select * from final
