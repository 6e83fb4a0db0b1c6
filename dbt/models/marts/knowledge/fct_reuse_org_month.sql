{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start", "days_before": 213}},
    )
}}

{#- F8: later by a week at least, looked for during half a year. -#}
{% set reuse_days = 7 %}
{% set horizon_days = 180 %}
{#- Months before the first touched one whose objects are still looked for, and a day of zones. -#}
{% set rebuilt_days_before = 213 %}

with

messages as (

    select
        message_key,
        author_person_key,
        source,
        local_date,
        sent_at
    from {{ ref("int_messages") }}
    where
        has_engagement
        and has_visible_contributions
        and is_author_counted
        and activity_type in ('post', 'reply')
        and author_person_key is not null
        and {{ is_rebuilt_from("local_date", rebuilt_days_before) }}

),

messages_of_all_months as (

    -- Another reading, not a common one: an engine would keep every row of it.
    select
        message_key,
        author_person_key,
        source,
        sent_at
    from {{ ref("int_messages") }}
    where
        has_engagement
        and has_visible_contributions
        and is_author_counted
        and activity_type in ('post', 'reply')
        and author_person_key is not null

),

linked_objects as (

    select
        about_message_key as message_key,
        occurred_at
    from {{ ref("int_appreciations") }}
    where kind = 'reuse' and {{ is_rebuilt_from("local_date", rebuilt_days_before) }}

),

links as (

    select * from {{ ref("stg_links") }}

),

searches as (

    select
        *,
        coalesce(opened_at, searched_at) as reused_at
    from {{ ref("stg_searches") }}
    where opened_object_id is not null

),

feeds as (

    select * from {{ source("reference", "sources") }}

),

accounts as (

    select * from {{ ref("int_accounts") }}

),

periods as (

    select *
    from {{ ref("int_job_periods") }}
    where {{ is_rebuilt_from("period_to", rebuilt_days_before) }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

months as (

    select *
    from {{ source("reference", "months") }}
    where {{ is_rebuilt_from("month_start", rebuilt_days_before) }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

opened_messages as (

    -- A log names a message by its id alone: it is looked for in every platform.
    select
        accounts.person_key,
        searches.reused_at as occurred_at,
        {{ message_key("platforms.source", "searches.opened_object_id") }} as message_key
    from searches
    inner join feeds on searches.source = feeds.source
    inner join accounts
        on
            searches.source = accounts.source
            and searches.account_id = accounts.account_id
    cross join feeds as platforms
    where
        feeds.has_engagement
        and accounts.is_counted
        and platforms.has_visible_contributions

),

opened_objects as (

    select
        opened_messages.message_key,
        opened_messages.occurred_at,
        messages.source,
        opened_messages.person_key <> messages.author_person_key
        and opened_messages.occurred_at >= {{ add_hours("messages.sent_at", reuse_days * 24) }}
            as is_reuse
    from opened_messages
    inner join messages_of_all_months as messages
        on opened_messages.message_key = messages.message_key

),

all_reuses as (

    -- Links of others from other threads, a week later or more.
    select * from linked_objects
    union all
    select
        message_key,
        occurred_at
    from opened_objects
    where is_reuse

),

first_reuses as (

    select
        message_key,
        min(occurred_at) as occurred_at
    from all_reuses
    group by message_key

),

ways_back as (

    select
        source,
        event_month as month_start
    from links
    where kind = 'message'
    union all
    select
        source,
        {{ month_of("occurred_at") }} as month_start
    from opened_objects

),

first_ways_back as (

    select
        source,
        min(month_start) as first_month
    from ways_back
    group by source

),

telling_sources as (

    -- Where nothing that leads to a message is seen, no reuse is not zero reuse. What is seen
    -- first after the half year of a month's objects tells nothing of them.
    select
        first_ways_back.source,
        months.month_start
    from first_ways_back
    inner join months
        on {{ add_days("months.month_end", horizon_days) }} > first_ways_back.first_month

),

judged_objects as (

    select
        messages.author_person_key as person_key,
        coalesce(periods.org_unit_key, 0) as org_unit_key,
        {{ month_of("messages.local_date") }} as month_start,
        {{ add_hours("messages.sent_at", horizon_days * 24) }} <= bounds.as_of as is_aged,
        coalesce(
            first_reuses.occurred_at
            <= {{ add_hours("messages.sent_at", horizon_days * 24) }}, false
        ) as is_reused
    from messages
    inner join telling_sources
        on
            messages.source = telling_sources.source
            and {{ month_of("messages.local_date") }} = telling_sources.month_start
    cross join bounds
    left join first_reuses on messages.message_key = first_reuses.message_key
    left join periods
        on
            messages.author_person_key = periods.person_key
            and messages.local_date >= periods.period_from
            and messages.local_date < periods.period_to

),

authors as (

    select
        person_key,
        org_unit_key,
        month_start,
        count(*) as n_objects,
        sum(case when is_aged then 1 else 0 end) as n_aged,
        sum(case when is_aged and is_reused then 1 else 0 end) as n_reused
    from judged_objects
    group by person_key, org_unit_key, month_start

),

summed_objects as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        authors.month_start,
        count(distinct authors.person_key) as n_authors,
        count(distinct case when authors.n_aged > 0 then authors.person_key end)
            as n_aged_authors,
        sum(authors.n_objects) as n_objects,
        sum(authors.n_aged) as n_aged,
        sum(authors.n_reused) as n_reused
    from authors
    inner join ancestors on authors.org_unit_key = ancestors.org_unit_key
    group by ancestors.ancestor_org_unit_key, authors.month_start

),

final as (

    select
        summed_objects.org_unit_key,
        summed_objects.month_start,
        cast(summed_objects.n_authors as integer) as n_population,
        cast(summed_objects.n_aged_authors as integer) as n_defined,
        cast(summed_objects.n_authors - summed_objects.n_aged_authors as integer) as n_partial,
        cast(summed_objects.n_objects as integer) as n_objects,
        cast(summed_objects.n_aged as integer) as n_aged,
        {% set enough = "summed_objects.n_aged >= " ~ var("min_questions") %}
        cast(
            case when {{ enough }} then 1.0 * summed_objects.n_reused / summed_objects.n_aged end
            as double
        ) as reuse_rate,
        {%- for limit, sign in [("low", "-"), ("high", "+")] %}
        cast(
            case
                when {{ enough }}
                    then {{ wilson_limit(
                        "summed_objects.n_reused", "summed_objects.n_aged", sign
                    ) }}
            end as double
        ) as reuse_ci_{{ limit }},
        {%- endfor %}
        {{ add_hours("cast(months.month_end as timestamp)", horizon_days * 24) }} <= bounds.as_of
            as is_final,
        case
            when summed_objects.n_aged = 0 then 'too_young'
            when summed_objects.n_aged < {{ var("min_questions") }} then 'too_few_objects'
        end as suppression_reason
    from summed_objects
    inner join months on summed_objects.month_start = months.month_start
    cross join bounds

)

select * from final
