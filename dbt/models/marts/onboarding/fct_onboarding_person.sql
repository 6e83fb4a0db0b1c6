{{ config(tags=["after_network"]) }}

{#- In the network: half of the settled colleagues' median effective size (J2). -#}
{% set enough = 0.5 %}
{% set ramp_days = [30, 60, 90, 180] %}

with

hires as (

    select * from {{ ref("int_new_hires") }}

),

newcomer_weeks as (

    select * from {{ ref("fct_newcomer_week") }}

),

absences as (

    select * from {{ ref("int_absences") }}

),

collaboration_feeds as (

    -- Landmarks set a network against exits: every source of ties must allow that.
    select
        max(case when has_network then 1 else 0 end) as has_network,
        min(case when has_network and not has_retention then 0 else 1 end) as allows_retention
    from {{ source("reference", "sources") }}
    where kind = 'collaboration'

),

arrivals as (

    select
        spell_key,
        max(week_end) as followed_to,
        max(case when peer_effective_size > 0 then 1 else 0 end) as has_peers,
        min(
            case
                when
                    has_external_tie
                    and peer_effective_size > 0
                    and effective_size >= {{ enough }} * peer_effective_size
                    then week_end
            end
        ) as arrived_on
    from newcomer_weeks
    group by spell_key

),

absent_days as (

    select
        arrivals.spell_key,
        sum({{ days_between(
            "greatest(absences.absent_from, hires.hire_date)",
            "least(absences.absent_to, coalesce(arrivals.arrived_on, arrivals.followed_to))"
        ) }}) as n_days
    from arrivals
    inner join hires on arrivals.spell_key = hires.spell_key
    inner join absences
        on
            hires.person_key = absences.person_key
            and hires.hire_date < absences.absent_to
            and coalesce(arrivals.arrived_on, arrivals.followed_to) > absences.absent_from
    group by arrivals.spell_key

),

clocked_arrivals as (

    -- Leave stops the clock (J2).
    select
        arrivals.spell_key,
        arrivals.has_peers,
        arrivals.arrived_on,
        {{ days_between(
            "hires.hire_date", "coalesce(arrivals.arrived_on, arrivals.followed_to)"
        ) }} + 1 - coalesce(absent_days.n_days, 0) as clock_days
    from arrivals
    inner join hires on arrivals.spell_key = hires.spell_key
    left join absent_days on arrivals.spell_key = absent_days.spell_key

),

marks as (

    {% for day in ramp_days %}
    select
        spell_key,
        '{{ day }}' as mark,
        date_{{ day }} as mark_date
    from hires
    where date_{{ day }} < observed_to
    union all
    {% endfor %}
    select
        spell_key,
        'landmark' as mark,
        {{ add_days("hire_date", 59) }} as mark_date
    from hires
    where observed_to > {{ add_days("hire_date", 60) }}

),

marked_weeks as (

    select
        marks.spell_key,
        marks.mark,
        max(newcomer_weeks.week_start) as week_start
    from marks
    inner join newcomer_weeks
        on
            marks.spell_key = newcomer_weeks.spell_key
            and marks.mark_date >= newcomer_weeks.week_end
    group by marks.spell_key, marks.mark

),

ramps as (

    select
        marked_weeks.spell_key,
        {% for day in ramp_days %}
        max(
            case
                when marked_weeks.mark = '{{ day }}'
                    then
                        (newcomer_weeks.strength_in + newcomer_weeks.strength_out)
                        / nullif(newcomer_weeks.peer_strength, 0)
            end
        ) as onboarding_ramp_ratio_{{ day }}d,
        {% endfor %}
        max(
            case
                when marked_weeks.mark = 'landmark'
                    then newcomer_weeks.strength_in + newcomer_weeks.strength_out
            end
        ) as landmark_strength,
        max(
            case
                when marked_weeks.mark = '90'
                    then
                        newcomer_weeks.strength_in
                        / nullif(newcomer_weeks.strength_in + newcomer_weeks.strength_out, 0)
            end
        ) as inbound_pull_share,
        max(
            case when marked_weeks.mark = '30' and newcomer_weeks.has_buddy then 1 else 0 end
        ) as has_buddy
    from marked_weeks
    inner join newcomer_weeks
        on
            marked_weeks.spell_key = newcomer_weeks.spell_key
            and marked_weeks.week_start = newcomer_weeks.week_start
    group by marked_weeks.spell_key

),

final as (

    select
        hires.spell_key,
        hires.person_key,
        hires.person_id,
        hires.org_unit_key,
        hires.cohort_kind,
        hires.cohort_month,
        hires.hire_date,
        hires.observed_to,
        hires.duration,
        hires.is_exit,
        hires.is_rehire,
        cast(
            case when clocked_arrivals.has_peers = 1 then clocked_arrivals.clock_days end
            as integer
        ) as network_days,
        case
            when clocked_arrivals.has_peers = 1 then clocked_arrivals.arrived_on is not null
        end as has_network,
        {% for day in ramp_days %}
        cast(ramps.onboarding_ramp_ratio_{{ day }}d as double)
            as onboarding_ramp_ratio_{{ day }}d,
        {% endfor %}
        hires.has_manager_contact_30d,
        case
            when hires.is_observed_30 and collaboration_feeds.has_network = 1
                then coalesce(ramps.has_buddy, 0) = 1
        end as has_buddy_tie_30d,
        cast(ramps.inbound_pull_share as double) as inbound_pull_share,
        hires.is_first_question_answered,
        hires.first_question_reason,
        hires.first_contribution_days,
        case when hires.first_contribution_days is null then 'not_yet' end
            as first_contribution_reason,
        case
            when
                ramps.onboarding_ramp_ratio_30d is not null
                and ramps.onboarding_ramp_ratio_60d is not null
                and ramps.onboarding_ramp_ratio_90d is not null
                and ramps.onboarding_ramp_ratio_180d is not null
                then null
            when
                coalesce(clocked_arrivals.has_peers, 0) = 0
                or hires.date_{{ ramp_days[-1] }} < hires.observed_to
                then 'no_settled_colleagues'
            else 'not_followed_so_long'
        end as ramp_reason,
        case
            when ramps.inbound_pull_share is not null then null
            when hires.date_90 < hires.observed_to then 'no_ties'
            else 'not_followed_so_long'
        end as inbound_reason,
        cast(ramps.landmark_strength as double) as landmark_strength,
        cast(hires.has_retention and collaboration_feeds.allows_retention = 1 as boolean)
            as allows_retention
    from hires
    cross join collaboration_feeds
    left join clocked_arrivals on hires.spell_key = clocked_arrivals.spell_key
    left join ramps on hires.spell_key = ramps.spell_key

)

select * from final
