{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#- Cut-offs of the specification (A8); SWOOP publishes the logic, not its numbers. -#}
{% set quiet_below = 6 %}
{% set surplus = 0.2 %}
{% set counts = [
    "posts", "replies", "reactions", "replies_received", "reactions_received", "contributions",
    "views", "active_days", "timed_events", "after_hours_events",
] %}

with

windows as (

    select *
    from {{ ref("int_person_windows") }}
    where
        period_kind in ('r28', 'r91')
        and {{ is_rebuilt_from("period_start") }}

),

collaboration as (

    select * from {{ ref("int_person_collaboration_hours") }}

),

channel_months as (

    select *
    from {{ ref("int_channel_person_months") }}
    where {{ is_rebuilt_from("month_start") }}

),

channels as (

    select * from {{ ref("dim_channel") }}

),

memberships as (

    select * from {{ ref("stg_memberships") }}

),

accounts as (

    select * from {{ ref("int_accounts") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

months as (

    select *
    from {{ source("reference", "months") }}
    where {{ is_rebuilt_from("month_start") }}

),

covered_days as (

    select * from {{ ref("int_covered_days") }}

),

person_accounts as (

    select * from {{ ref("int_person_accounts") }}

),

written_channels as (

    select distinct
        channels.channel_key,
        channels.source,
        channels.channel_id
    from channels
    inner join channel_months on channels.channel_key = channel_months.channel_key

),

members as (

    select distinct
        accounts.person_key,
        written_channels.channel_key,
        coalesce(cast(memberships.joined_at as date), {{ first_date() }}) as joined_on,
        coalesce(cast(memberships.left_at as date), {{ last_date() }}) as left_on
    from memberships
    inner join written_channels
        on
            memberships.source = written_channels.source
            and memberships.channel_id = written_channels.channel_id
    inner join accounts
        on
            memberships.source = accounts.source
            and memberships.account_id = accounts.account_id
    where accounts.is_counted

),

audiences as (

    -- Who could see what was written: the channel's members when the month ended.
    select
        members.channel_key,
        months.month_start,
        count(distinct members.person_key) as n_members
    from members
    inner join months
        on
            members.joined_on < months.month_end
            and members.left_on >= months.month_end
    group by members.channel_key, months.month_start

),

mean_audiences as (

    select
        channel_months.person_key,
        channel_months.month_start,
        1.0 * sum(channel_months.n_creations * greatest(audiences.n_members - 1, 1))
        / nullif(sum(channel_months.n_creations), 0) as mean_audience
    from channel_months
    inner join audiences
        on
            channel_months.channel_key = audiences.channel_key
            and channel_months.month_start = audiences.month_start
    group by channel_months.person_key, channel_months.month_start

),

rolling_periods as (

    select distinct
        period_start,
        period_from,
        period_end
    from windows
    where period_kind = 'r28'

),

viewing_months as (

    select distinct rolling_periods.period_start as month_start
    from rolling_periods
    inner join covered_days
        on
            rolling_periods.period_end >= covered_days.date
            and rolling_periods.period_from <= covered_days.date
    where covered_days.is_reading_covered

),

joined_windows as (

    select
        rolling.person_key,
        persons.person_id,
        rolling.org_unit_key,
        rolling.period_start as month_start,
        rolling.period_end,
        rolling.eligible_days,
        rolling.is_eligible,
        rolling.is_partial,
        {% for count in counts %}
        rolling.n_{{ count }},
        {% endfor %}
        rolling.n_posts + rolling.n_replies + rolling.n_reactions as n_given,
        rolling.n_replies_received + rolling.n_reactions_received as n_received,
        coalesce(person_accounts.reactions_from < months.month_end, false) as has_reactions,
        mean_audiences.mean_audience,
        collaboration.collaboration_hours,
        coalesce(collaboration.collaboration_hours_reason, 'not_observed') as hours_reason,
        quarters.is_eligible as is_quarter_eligible,
        quarters.n_active_weeks,
        quarters.n_creating_weeks,
        quarters.n_accepted_answers + quarters.n_meetings_hosted as n_leading_acts,
        case
            when quarters.n_accepted_answers + quarters.n_meetings_hosted > 0 then 'lead'
            when quarters.n_posts > 0 then 'post'
            when quarters.n_replies > 0 then 'reply'
            when quarters.n_contributions > 0 then 'react'
            when quarters.n_views > 0 then 'read'
        end as commitment,
        quarters.n_contributions as n_quarter_contributions,
        months.is_final
    from windows as rolling
    inner join windows as quarters
        on
            rolling.person_key = quarters.person_key
            and rolling.period_start = quarters.period_start
    inner join persons on rolling.person_key = persons.person_key
    inner join months on rolling.period_start = months.month_start
    left join person_accounts on rolling.person_key = person_accounts.person_key
    left join mean_audiences
        on
            rolling.person_key = mean_audiences.person_key
            and rolling.period_start = mean_audiences.month_start
    left join collaboration
        on
            rolling.person_key = collaboration.person_key
            and rolling.period_start = collaboration.month_start
    where
        rolling.period_kind = 'r28'
        and quarters.period_kind = 'r91'

),

balanced_windows as (

    -- Rounded, because the boundaries count as written: 0.2 exactly is a catalyst.
    select
        joined_windows.*,
        viewing_months.month_start is not null as has_views,
        round(
            1.0 * (joined_windows.n_received - joined_windows.n_given)
            / nullif(joined_windows.n_received + joined_windows.n_given, 0),
            9
        ) as response_balance
    from joined_windows
    left join viewing_months on joined_windows.month_start = viewing_months.month_start

),

final as (

    -- What no source delivers is unknown, not 0: nor is anybody quiet whose reactions are unseen.
    select
        person_key,
        person_id,
        org_unit_key,
        eligible_days,
        {% for count in counts %}
        {% if count in ("reactions", "reactions_received") -%}
        case when has_reactions then n_{{ count }} end as n_{{ count }},
        {%- elif count == "views" -%}
        case when has_views then n_views end as n_views,
        {%- else -%}
        n_{{ count }},
        {%- endif %}
        {% endfor %}
        case when has_reactions then n_given end as n_given,
        case when has_reactions then n_received end as n_received,
        case when has_reactions then cast(response_balance as double) end as response_balance,
        case
            when not is_eligible or not has_reactions then null
            when n_given < {{ quiet_below }} then 'observer'
            when response_balance >= {{ surplus }} then 'catalyst'
            when response_balance <= -{{ surplus }} and n_posts > n_replies then 'broadcaster'
            when response_balance <= -{{ surplus }} then 'responder'
            else 'engager'
        end as persona,
        case
            when not is_eligible then 'too_few_eligible_days'
            when not has_reactions then 'no_reactions_in_sources'
        end as persona_reason,
        cast(mean_audience as double) as mean_audience,
        case
            when has_reactions then cast(n_received / nullif(mean_audience, 0) as double)
        end as received_per_audience,
        case
            when not has_reactions then 'no_reactions_in_sources'
            when response_balance is null then 'nothing_given_or_received'
            when coalesce(mean_audience, 0) = 0 then 'no_audience'
        end as responses_reason,
        cast(n_active_weeks as integer) as n_active_weeks_r91,
        case when is_quarter_eligible then commitment end as commitment,
        case
            when is_quarter_eligible
                then {{ involvement_level(
                    "n_leading_acts", "n_active_weeks", "n_creating_weeks", "n_quarter_contributions",
                ) }}
        end as involvement_level,
        case when not is_quarter_eligible then 'too_few_eligible_days' end as involvement_reason,
        cast(1.0 * n_after_hours_events / nullif(n_timed_events, 0) as double)
            as after_hours_share,
        case when n_timed_events > 0 then null else 'no_timed_events' end as after_hours_reason,
        cast(collaboration_hours as double) as collaboration_hours,
        case when collaboration_hours is null then hours_reason end as collaboration_hours_reason,
        month_start,
        period_end,
        is_eligible,
        is_partial,
        is_final
    from balanced_windows

)

select * from final
