{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "week_start", "days_before": 7}},
    )
}}

with

contributions as (

    -- Guests and unmatched people take part in a thread and share its attention.
    select
        thread_key,
        coalesce(author_person_key, -author_account_key) as contributor_key,
        author_person_key,
        message_key,
        source,
        event_month,
        week_start,
        local_date,
        sent_at
    from {{ ref("int_messages") }}
    where
        has_network
        and activity_type in ('post', 'reply', 'praise')
        and author_kind not in ('bot', 'service')
        and author_account_key is not null

),

rebuilt_threads as (

    select thread_key
    from contributions
    group by thread_key
    having
        count(distinct contributor_key) > 1
        and max(case when {{ is_rebuilt_from("week_start", 7) }} then 1 else 0 end) = 1

),

ranked_contributions as (

    select
        contributions.*,
        row_number() over (
            partition by contributions.thread_key, contributions.contributor_key
            order by contributions.sent_at, contributions.message_key
        ) as contribution_rank
    from contributions
    inner join rebuilt_threads
        on contributions.thread_key = rebuilt_threads.thread_key

),

joined_threads as (

    -- How many people the thread had when the week of the contribution ended: the period of a
    -- weekly pair, so that its value never changes with later snapshots.
    select
        *,
        row_number() over (
            partition by thread_key
            order by sent_at, message_key
        ) as joining_rank,
        count(*) over (
            partition by thread_key
            order by week_start
            range between unbounded preceding and current row
        ) as n_contributors
    from ranked_contributions
    where contribution_rank = 1

),

met_pairs as (

    -- Two contributors meet once per thread, when the later one first contributes.
    select
        earlier.author_person_key as earlier_person_key,
        later.author_person_key as later_person_key,
        later.thread_key,
        later.message_key,
        later.source,
        -- Across time zones an answer's local week can lie before that of its question: whoever
        -- has joined by then counts.
        greatest(later.n_contributors, later.joining_rank) as n_contributors,
        later.event_month,
        later.week_start,
        later.local_date,
        later.sent_at as occurred_at
    from joined_threads as later
    inner join joined_threads as earlier
        on
            later.thread_key = earlier.thread_key
            and later.joining_rank > earlier.joining_rank
    where
        earlier.author_person_key is not null
        and later.author_person_key is not null
        and later.n_contributors <= {{ var("max_thread_contributors") }}
        and {{ is_rebuilt_from("later.week_start", 7) }}

),

directed_pairs as (

    select
        *,
        later_person_key as from_person_key,
        earlier_person_key as to_person_key
    from met_pairs
    union all
    select
        *,
        earlier_person_key as from_person_key,
        later_person_key as to_person_key
    from met_pairs

),

thread_interactions as (

    select
        {{ hash64(
            "concat_ws('|', thread_key, from_person_key, to_person_key, 'thread')"
        ) }} as interaction_key,
        from_person_key,
        to_person_key,
        message_key,
        source,
        'thread' as interaction_type,
        cast({{ var("base_thread") }} as double) as base,
        cast(1.0 / (n_contributors - 1) as double) as attention,
        event_month,
        week_start,
        local_date,
        occurred_at
    from directed_pairs

)

select * from thread_interactions
