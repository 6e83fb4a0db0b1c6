{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "week_end", "days_before": 7}},
        tags=["after_network"],
    )
}}

{#- A newcomer's network is followed for so many weeks after the week of hire. -#}
{% set followed_weeks = 26 %}
{#- Settled colleagues: from one to two years of tenure (J2). -#}
{% set settled_months = (12, 23) %}
{#- Smaller groups of settled colleagues are replaced by all of them. -#}
{% set minimum_peers = 10 %}

with

hires as (

    select * from {{ ref("int_new_hires") }}

),

weeks as (

    select distinct week_start
    from {{ ref("int_dyad_weeks") }}
    where {{ is_rebuilt_from("week_start", 14) }}

),

snapshots as (

    -- The last one before a followed week is of one of the three months before.
    select distinct
        month_start,
        period_end
    from {{ ref("fct_tie_month") }}
    where {{ is_rebuilt_from("month_start", 93) }}

),

person_networks as (

    select * from {{ ref("fct_person_network_month") }}

),

person_months as (

    select * from {{ ref("int_person_months") }}

),

followed_weeks as (

    -- Whole weeks only, each with the latest snapshot of everybody else before its end.
    select
        hires.spell_key,
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
    where {{ is_rebuilt_from(add_days("weeks.week_start", 6), 7) }}
    group by hires.spell_key, weeks.week_start

),

followed_hires as (

    select
        hires.spell_key,
        hires.person_key,
        {{ week_of("hires.hire_date") }} as first_week
    from hires
    inner join followed_weeks on hires.spell_key = followed_weeks.spell_key
    group by hires.spell_key, hires.person_key, hires.hire_date

),

snapshot_months as (

    select distinct month_start
    from followed_weeks

),

window_dyads as (

    -- The followed weeks, and those whose events still count in them.
    select
        week_start,
        from_person_key,
        to_person_key,
        weight,
        n_further_event_days
    from {{ ref("int_dyad_weeks") }}
    where
        {{ is_rebuilt_from("week_start", 7 * (var("window_weeks") | int) + 14) }}
        and (
            from_person_key in (select followed_hires.person_key from followed_hires)
            or to_person_key in (select followed_hires.person_key from followed_hires)
        )

),

alter_weeks as (

    select
        followed_hires.spell_key,
        window_dyads.to_person_key as alter_person_key,
        window_dyads.week_start,
        window_dyads.weight as weight_out,
        0.0 as weight_in,
        window_dyads.n_further_event_days
    from followed_hires
    inner join window_dyads
        on
            followed_hires.person_key = window_dyads.from_person_key
            and followed_hires.first_week <= window_dyads.week_start
    union all
    select
        followed_hires.spell_key,
        window_dyads.from_person_key as alter_person_key,
        window_dyads.week_start,
        0.0 as weight_out,
        window_dyads.weight as weight_in,
        window_dyads.n_further_event_days
    from followed_hires
    inner join window_dyads
        on
            followed_hires.person_key = window_dyads.to_person_key
            and followed_hires.first_week <= window_dyads.week_start

),

alters as (

    -- Ties since hire, faded to the end of each followed week as in every other snapshot.
    select
        followed_weeks.spell_key,
        followed_weeks.week_start,
        followed_weeks.month_start,
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
        alter_weeks.alter_person_key

),

mutual_alters as (

    select
        alters.*,
        person_months.group_key as alter_group_key,
        person_months.org_unit_key as alter_org_unit_key,
        coalesce(person_months.tenure_months, {{ settled_months[0] }})
        >= {{ settled_months[0] }} as is_alter_settled,
        round(sqrt(alters.weight_out * alters.weight_in), 9) >= {{ var("theta") }}
        and alters.n_event_days >= {{ var("min_event_days") }} as is_mutual
    from alters
    left join person_months
        on
            alters.alter_person_key = person_months.person_key
            and alters.month_start = person_months.month_start

),

mutual_ties as (

    -- Rounding millions of weights is dear: what is far below the limit goes before.
    select
        snapshot_ties.month_start,
        snapshot_ties.from_person_key,
        snapshot_ties.to_person_key
    from {{ ref("fct_tie_month") }} as snapshot_ties
    inner join snapshot_months on snapshot_ties.month_start = snapshot_months.month_start
    where
        snapshot_ties.from_person_key < snapshot_ties.to_person_key
        and snapshot_ties.mutual_weight >= 0.99 * {{ var("theta") }}
        and round(snapshot_ties.mutual_weight, 9) >= {{ var("theta") }}
        and snapshot_ties.n_pair_event_days >= {{ var("min_event_days") }}
        and {{ is_rebuilt_from("snapshot_ties.month_start", 93) }}

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

    -- A buddy is a settled colleague of the own unit who is not the manager.
    select
        mutual_alters.spell_key,
        mutual_alters.week_start,
        round(sum(mutual_alters.weight_in), 9) as strength_in,
        round(sum(mutual_alters.weight_out), 9) as strength_out,
        sum(case when mutual_alters.is_mutual then 1 else 0 end) as n_alters,
        max(
            case
                when
                    mutual_alters.is_mutual
                    and mutual_alters.alter_group_key <> hires.group_key
                    then 1
                else 0
            end
        ) as has_external_tie,
        max(
            case
                when
                    mutual_alters.is_mutual
                    and mutual_alters.is_alter_settled
                    and mutual_alters.alter_org_unit_key = hires.org_unit_key
                    and mutual_alters.alter_person_key <> coalesce(hires.manager_person_key, -1)
                    then 1
                else 0
            end
        ) as has_buddy
    from mutual_alters
    inner join hires on mutual_alters.spell_key = hires.spell_key
    group by mutual_alters.spell_key, mutual_alters.week_start

),

settled_people as (

    select
        person_months.person_key,
        person_months.month_start,
        person_months.level,
        person_months.job_family
    from person_months
    inner join snapshot_months on person_months.month_start = snapshot_months.month_start
    where
        person_months.tenure_months between {{ settled_months[0] }} and {{ settled_months[1] }}
        and person_months.is_employed_month_end

),

strengths_of_settled as (

    select
        settled_people.person_key,
        settled_people.month_start,
        round(sum(snapshot_ties.weight + snapshot_ties.opposite_weight), 9) as strength
    from settled_people
    inner join {{ ref("fct_tie_month") }} as snapshot_ties
        on
            settled_people.person_key = snapshot_ties.from_person_key
            and settled_people.month_start = snapshot_ties.month_start
    where {{ is_rebuilt_from("snapshot_ties.month_start", 93) }}
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

final as (

    select
        followed_weeks.spell_key,
        hires.person_key,
        followed_weeks.week_start,
        followed_weeks.week_end,
        followed_weeks.month_start,
        cast(coalesce(close_peers.n_peers, all_peers.n_peers) as integer) as n_peers,
        cast(coalesce(close_peers.strength, all_peers.strength) as double) as peer_strength,
        cast(coalesce(close_peers.effective_size, all_peers.effective_size) as double)
            as peer_effective_size,
        cast(coalesce(summed_alters.strength_in, 0) as double) as strength_in,
        cast(coalesce(summed_alters.strength_out, 0) as double) as strength_out,
        coalesce(summed_alters.has_external_tie, 0) = 1 as has_external_tie,
        coalesce(summed_alters.has_buddy, 0) = 1 as has_buddy,
        cast(coalesce(summed_alters.n_alters, 0) as integer) as n_alters,
        cast(
            coalesce(
                summed_alters.n_alters
                - 2.0 * coalesce(ties_among_alters.n_ties, 0) / nullif(summed_alters.n_alters, 0),
                0
            ) as double
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

)

select * from final
