{{ config(tags=["after_network"]) }}

{#- A newcomer's network is followed for so many weeks after the week of hire. -#}
{% set followed_weeks = 26 %}
{#- Settled colleagues: from one to two years of tenure (J2). -#}
{% set settled_months = (12, 23) %}
{#- Smaller groups of settled colleagues are replaced by all of them. -#}
{% set minimum_peers = 10 %}
{#- In the network: half of the settled colleagues' median effective size (J2). -#}
{% set enough = 0.5 %}
{% set ramp_days = [30, 60, 90, 180] %}

with

hires as (

    select * from {{ ref("int_new_hires") }}

),

dyad_weeks as (

    select * from {{ ref("int_dyad_weeks") }}

),

ties as (

    select * from {{ ref("fct_tie_month") }}

),

person_networks as (

    select * from {{ ref("fct_person_network_month") }}

),

person_months as (

    select * from {{ ref("int_person_months") }}

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

weeks as (

    select distinct week_start
    from dyad_weeks

),

snapshots as (

    select
        month_start,
        max(period_end) as period_end
    from ties
    group by month_start

),

followed_weeks as (

    -- Whole weeks only, each with the latest snapshot of everybody else before its end.
    select
        hires.spell_key,
        hires.person_key,
        hires.group_key,
        hires.hire_date,
        {{ week_of("hires.hire_date") }} as first_week_start,
        weeks.week_start,
        {{ add_days("weeks.week_start", 6) }} as week_end,
        max(snapshots.month_start) as month_start
    from hires
    inner join weeks
        on
            {{ week_of("hires.hire_date") }} <= weeks.week_start
            and {{ add_days(week_of("hires.hire_date"), 7 * followed_weeks) }}
            >= weeks.week_start
            and hires.observed_to > {{ add_days("weeks.week_start", 6) }}
    left join snapshots on {{ add_days("weeks.week_start", 6) }} >= snapshots.period_end
    group by
        hires.spell_key, hires.person_key, hires.group_key, hires.hire_date, weeks.week_start

),

alter_weeks as (

    select
        hires.spell_key,
        dyad_weeks.to_person_key as alter_person_key,
        dyad_weeks.week_start,
        dyad_weeks.weight as weight_out,
        0.0 as weight_in,
        dyad_weeks.n_further_event_days
    from hires
    inner join dyad_weeks
        on
            hires.person_key = dyad_weeks.from_person_key
            and {{ week_of("hires.hire_date") }} <= dyad_weeks.week_start
    union all
    select
        hires.spell_key,
        dyad_weeks.from_person_key as alter_person_key,
        dyad_weeks.week_start,
        0.0 as weight_out,
        dyad_weeks.weight as weight_in,
        dyad_weeks.n_further_event_days
    from hires
    inner join dyad_weeks
        on
            hires.person_key = dyad_weeks.to_person_key
            and {{ week_of("hires.hire_date") }} <= dyad_weeks.week_start

),

alters as (

    -- Ties since hire, faded to the end of each followed week as in every other snapshot.
    select
        followed_weeks.spell_key,
        followed_weeks.week_start,
        followed_weeks.month_start,
        followed_weeks.group_key,
        alter_weeks.alter_person_key,
        round(
            sum(
                alter_weeks.weight_out
                * power(
                    0.5,
                    {{ days_between("alter_weeks.week_start", "followed_weeks.week_start") }}
                    / cast({{ var("half_life_days") }} as double)
                )
            ),
            9
        ) as weight_out,
        round(
            sum(
                alter_weeks.weight_in
                * power(
                    0.5,
                    {{ days_between("alter_weeks.week_start", "followed_weeks.week_start") }}
                    / cast({{ var("half_life_days") }} as double)
                )
            ),
            9
        ) as weight_in,
        sum(alter_weeks.n_further_event_days) as n_event_days
    from followed_weeks
    inner join alter_weeks
        on
            followed_weeks.spell_key = alter_weeks.spell_key
            and followed_weeks.week_start >= alter_weeks.week_start
            and {{ add_days("alter_weeks.week_start", "7 * " ~ var("window_weeks")) }}
            > followed_weeks.week_start
    group by
        followed_weeks.spell_key,
        followed_weeks.week_start,
        followed_weeks.month_start,
        followed_weeks.group_key,
        alter_weeks.alter_person_key

),

mutual_alters as (

    select
        alters.*,
        person_months.group_key as alter_group_key,
        round(sqrt(alters.weight_out * alters.weight_in), 9) >= {{ var("theta") }}
        and alters.n_event_days >= {{ var("min_event_days") }} as is_mutual
    from alters
    left join person_months
        on
            alters.alter_person_key = person_months.person_key
            and alters.month_start = person_months.month_start

),

mutual_ties as (

    select
        month_start,
        from_person_key,
        to_person_key
    from ties
    where
        from_person_key < to_person_key
        and round(mutual_weight, 9) >= {{ var("theta") }}
        and n_pair_event_days >= {{ var("min_event_days") }}

),

ties_among_alters as (

    select
        alters_of_ego.spell_key,
        alters_of_ego.week_start,
        count(*) as n_ties
    from mutual_alters as alters_of_ego
    inner join mutual_ties
        on
            alters_of_ego.month_start = mutual_ties.month_start
            and alters_of_ego.alter_person_key = mutual_ties.from_person_key
    inner join mutual_alters as fellow_alters
        on
            alters_of_ego.spell_key = fellow_alters.spell_key
            and alters_of_ego.week_start = fellow_alters.week_start
            and mutual_ties.to_person_key = fellow_alters.alter_person_key
    where alters_of_ego.is_mutual and fellow_alters.is_mutual
    group by alters_of_ego.spell_key, alters_of_ego.week_start

),

summed_alters as (

    select
        spell_key,
        week_start,
        round(sum(weight_in), 9) as strength_in,
        round(sum(weight_out), 9) as strength_out,
        sum(case when is_mutual then 1 else 0 end) as n_alters,
        max(case when is_mutual and alter_group_key <> group_key then 1 else 0 end)
            as has_external_tie
    from mutual_alters
    group by spell_key, week_start

),

settled_people as (

    select
        person_key,
        month_start,
        level,
        job_family
    from person_months
    where
        tenure_months between {{ settled_months[0] }} and {{ settled_months[1] }}
        and is_employed_month_end

),

strengths_of_settled as (

    select
        settled_people.person_key,
        settled_people.month_start,
        round(sum(ties.weight + ties.opposite_weight), 9) as strength
    from settled_people
    inner join ties
        on
            settled_people.person_key = ties.from_person_key
            and settled_people.month_start = ties.month_start
    group by settled_people.person_key, settled_people.month_start

),

measured_peers as (

    -- An isolate is measured and has nobody: 0, not NULL.
    select
        settled_people.month_start,
        settled_people.level,
        settled_people.job_family,
        coalesce(strengths_of_settled.strength, 0) as strength,
        coalesce(person_networks.effective_size, 0) as effective_size
    from settled_people
    inner join person_networks
        on
            settled_people.person_key = person_networks.person_key
            and settled_people.month_start = person_networks.month_start
    left join strengths_of_settled
        on
            settled_people.person_key = strengths_of_settled.person_key
            and settled_people.month_start = strengths_of_settled.month_start
    where person_networks.is_measured

),

all_peers as (

    select
        month_start,
        count(*) as n_peers,
        percentile_cont(0.5) within group (order by strength) as strength,
        percentile_cont(0.5) within group (order by effective_size) as effective_size
    from measured_peers
    group by month_start

),

close_peers as (

    select
        month_start,
        level,
        job_family,
        count(*) as n_peers,
        percentile_cont(0.5) within group (order by strength) as strength,
        percentile_cont(0.5) within group (order by effective_size) as effective_size
    from measured_peers
    group by month_start, level, job_family
    having count(*) >= {{ minimum_peers }}

),

compared_weeks as (

    select
        followed_weeks.spell_key,
        followed_weeks.hire_date,
        followed_weeks.week_start,
        followed_weeks.week_end,
        coalesce(close_peers.strength, all_peers.strength) as peer_strength,
        coalesce(close_peers.effective_size, all_peers.effective_size) as peer_effective_size,
        coalesce(close_peers.n_peers, all_peers.n_peers) as n_peers,
        coalesce(summed_alters.strength_in, 0) as strength_in,
        coalesce(summed_alters.strength_out, 0) as strength_out,
        coalesce(summed_alters.has_external_tie, 0) as has_external_tie,
        coalesce(summed_alters.n_alters, 0) as n_alters,
        coalesce(
            summed_alters.n_alters
            - 2.0 * coalesce(ties_among_alters.n_ties, 0) / nullif(summed_alters.n_alters, 0),
            0
        ) as effective_size
    from followed_weeks
    inner join hires on followed_weeks.spell_key = hires.spell_key
    left join all_peers on followed_weeks.month_start = all_peers.month_start
    left join close_peers
        on
            followed_weeks.month_start = close_peers.month_start
            and hires.level = close_peers.level
            and hires.job_family = close_peers.job_family
    left join summed_alters
        on
            followed_weeks.spell_key = summed_alters.spell_key
            and followed_weeks.week_start = summed_alters.week_start
    left join ties_among_alters
        on
            followed_weeks.spell_key = ties_among_alters.spell_key
            and followed_weeks.week_start = ties_among_alters.week_start

),

arrivals as (

    select
        spell_key,
        max(week_end) as followed_to,
        max(case when peer_effective_size > 0 then 1 else 0 end) as has_peers,
        min(
            case
                when
                    has_external_tie = 1
                    and peer_effective_size > 0
                    and effective_size >= {{ enough }} * peer_effective_size
                    then week_end
            end
        ) as arrived_on
    from compared_weeks
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
        max(compared_weeks.week_start) as week_start
    from marks
    inner join compared_weeks
        on
            marks.spell_key = compared_weeks.spell_key
            and marks.mark_date >= compared_weeks.week_end
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
                        (compared_weeks.strength_in + compared_weeks.strength_out)
                        / nullif(compared_weeks.peer_strength, 0)
            end
        ) as onboarding_ramp_ratio_{{ day }}d,
        {% endfor %}
        max(
            case
                when marked_weeks.mark = 'landmark'
                    then compared_weeks.strength_in + compared_weeks.strength_out
            end
        ) as landmark_strength,
        max(
            case
                when marked_weeks.mark = '90'
                    then
                        compared_weeks.strength_in
                        / nullif(compared_weeks.strength_in + compared_weeks.strength_out, 0)
            end
        ) as inbound_pull_share
    from marked_weeks
    inner join compared_weeks
        on
            marked_weeks.spell_key = compared_weeks.spell_key
            and marked_weeks.week_start = compared_weeks.week_start
    group by marked_weeks.spell_key

),

buddies as (

    -- A settled colleague of the own unit who is not the manager.
    select
        marked_weeks.spell_key,
        max(case when mutual_alters.is_mutual then 1 else 0 end) as has_buddy
    from marked_weeks
    inner join hires on marked_weeks.spell_key = hires.spell_key
    inner join mutual_alters
        on
            marked_weeks.spell_key = mutual_alters.spell_key
            and marked_weeks.week_start = mutual_alters.week_start
    inner join person_months
        on
            mutual_alters.alter_person_key = person_months.person_key
            and mutual_alters.month_start = person_months.month_start
    where
        marked_weeks.mark = '30'
        and hires.org_unit_key = person_months.org_unit_key
        and mutual_alters.alter_person_key <> coalesce(hires.manager_person_key, -1)
        and coalesce(person_months.tenure_months, {{ settled_months[0] }})
        >= {{ settled_months[0] }}
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
                then coalesce(buddies.has_buddy, 0) = 1
        end as has_buddy_tie_30d,
        cast(ramps.inbound_pull_share as double) as inbound_pull_share,
        hires.is_first_question_answered,
        hires.first_question_reason,
        hires.first_contribution_days,
        cast(ramps.landmark_strength as double) as landmark_strength,
        cast(hires.has_retention and collaboration_feeds.allows_retention = 1 as boolean)
            as allows_retention
    from hires
    cross join collaboration_feeds
    left join clocked_arrivals on hires.spell_key = clocked_arrivals.spell_key
    left join ramps on hires.spell_key = ramps.spell_key
    left join buddies on hires.spell_key = buddies.spell_key

)

select * from final
