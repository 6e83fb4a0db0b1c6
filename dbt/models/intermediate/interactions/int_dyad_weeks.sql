{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "week_start", "days_before": 7}},
    )
}}

with

interactions as (

    select *
    from {{ ref("int_interactions") }}
    where {{ is_rebuilt_from("week_start", 7) }}

),

ranked_direct_messages as (

    -- The cap keeps the messages with most attention.
    select
        *,
        row_number() over (
            partition by from_person_key, to_person_key, local_date
            order by attention desc, occurred_at asc, message_key asc
        ) as message_rank
    from interactions
    where interaction_type = 'direct_message'

),

capped_interactions as (

    select
        from_person_key,
        to_person_key,
        interaction_type,
        week_start,
        local_date,
        base * attention as worth
    from interactions
    where interaction_type <> 'direct_message'
    union all
    select
        from_person_key,
        to_person_key,
        interaction_type,
        week_start,
        local_date,
        case
            when message_rank <= {{ var("direct_message_daily_cap") }} then base * attention
            else 0
        end as worth
    from ranked_direct_messages

),

dyad_days as (

    select
        from_person_key,
        to_person_key,
        week_start,
        local_date,
        sum(case when interaction_type = 'direct_message' then worth else 0 end)
            as direct_message_worth,
        sum(case when interaction_type = 'reply' then worth else 0 end) as reply_worth,
        sum(case when interaction_type = 'thread' then worth else 0 end) as thread_worth,
        sum(case when interaction_type = 'mention' then worth else 0 end) as mention_worth,
        sum(case when interaction_type = 'mail' then worth else 0 end) as mail_worth,
        sum(case when interaction_type = 'meeting' then worth else 0 end) as meeting_worth,
        sum(case when interaction_type = 'reaction' then 1 else 0 end) as n_reactions
    from capped_interactions
    group by from_person_key, to_person_key, week_start, local_date

),

compared_days as (

    -- A day on which both acted counts once for the pair: with the smaller key's direction.
    select
        dyad_days.*,
        case
            when dyad_days.from_person_key < dyad_days.to_person_key then 1
            when opposite.local_date is null then 1
            else 0
        end as is_further_day
    from dyad_days
    left join dyad_days as opposite
        on
            dyad_days.from_person_key = opposite.to_person_key
            and dyad_days.to_person_key = opposite.from_person_key
            and dyad_days.local_date = opposite.local_date

),

dyad_weeks as (

    select
        from_person_key,
        to_person_key,
        week_start,
        sum(direct_message_worth) as w_direct_message,
        sum(reply_worth) as w_reply,
        sum(thread_worth) as w_thread,
        sum(mention_worth) as w_mention,
        {{ var("base_reaction") }}
        * least(sum(n_reactions), {{ var("reaction_weekly_cap") }}) as w_reaction,
        sum(mail_worth) as w_mail,
        sum(meeting_worth) as w_meeting,
        count(*) as n_event_days,
        sum(is_further_day) as n_further_event_days,
        min(local_date) as first_event_on,
        max(local_date) as last_event_on
    from compared_days
    group by from_person_key, to_person_key, week_start

),

weighted_weeks as (

    select
        from_person_key,
        to_person_key,
        cast(w_direct_message as double) as w_direct_message,
        cast(w_reply as double) as w_reply,
        cast(w_thread as double) as w_thread,
        cast(w_mention as double) as w_mention,
        cast(w_reaction as double) as w_reaction,
        cast(w_mail as double) as w_mail,
        cast(w_meeting as double) as w_meeting,
        cast(
            w_direct_message + w_reply + w_thread + w_mention + w_reaction + w_mail + w_meeting
            as double
        ) as weight,
        cast(n_event_days as integer) as n_event_days,
        cast(n_further_event_days as integer) as n_further_event_days,
        first_event_on,
        last_event_on,
        week_start
    from dyad_weeks

)

select * from weighted_weeks
