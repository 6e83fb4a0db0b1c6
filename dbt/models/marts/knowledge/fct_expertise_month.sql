{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start", "topic": "topic_key"}},
    )
}}

{#- How far back evidence counts (F5). -#}
{% set memory_days = 365 %}

with

all_evidence as (

    select *
    from {{ ref("int_expertise_evidence") }}
    where {{ is_rebuilt_knowledge("local_date", memory_days) }}

),

thread_topics as (

    select * from {{ ref("int_thread_topics") }}

),

hidden_topics as (

    select * from {{ source("identity", "hidden_topics") }}

),

person_months as (

    select * from {{ ref("int_person_months") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

windows as (

    select
        months.month_start,
        least(months.month_end, {{ add_days("bounds.as_of_date", 1) }}) as window_to,
        months.is_final
    from months
    cross join bounds

),

present_persons as (

    select
        person_months.person_key,
        windows.month_start,
        windows.window_to,
        windows.is_final
    from person_months
    inner join windows on person_months.month_start = windows.month_start
    where
        person_months.is_employed_month_end
        and not person_months.is_opted_out
        and {{ is_rebuilt_knowledge("person_months.month_start") }}

),

evidence as (

    select
        all_evidence.*,
        thread_topics.topic_key
    from all_evidence
    inner join thread_topics on all_evidence.thread_key = thread_topics.thread_key
    left join hidden_topics
        on
            all_evidence.person_key = hidden_topics.person_key
            and thread_topics.topic_key = hidden_topics.topic_key
    where hidden_topics.person_key is null

),

windowed_evidence as (

    select
        present_persons.person_key,
        evidence.topic_key,
        present_persons.month_start,
        present_persons.is_final,
        evidence.evidence_class,
        evidence.beneficiary_person_key,
        cast(
            evidence.weight * power(
                0.5,
                {{ days_between("evidence.local_date", "present_persons.window_to") }}
                / cast({{ var("expertise_half_life_days") }} as double)
            ) as decimal(18, 9)
        ) as faded_weight,
        row_number() over (
            partition by
                present_persons.month_start,
                present_persons.person_key,
                evidence.topic_key,
                evidence.evidence_class = 'endorsement'
            order by evidence.local_date desc, evidence.item_key asc
        ) as endorsement_rank
    from present_persons
    inner join evidence
        on
            present_persons.person_key = evidence.person_key
            and present_persons.window_to > evidence.local_date
            and {{ add_days("present_persons.window_to", -memory_days) }} <= evidence.local_date
            and present_persons.window_to > evidence.known_on
            and present_persons.window_to <= evidence.superseded_on
    where {{ is_rebuilt_topic("present_persons.month_start", "evidence.topic_key") }}

),

summed_evidence as (

    select
        person_key,
        topic_key,
        month_start,
        is_final,
        count(*) as n_items,
        count(distinct beneficiary_person_key) as n_askers,
        sum(case when evidence_class = 'accepted_answer' then 1 else 0 end) as n_accepted_answers,
        sum(faded_weight) as faded_weight
    from windowed_evidence
    where
        evidence_class <> 'endorsement'
        or endorsement_rank <= {{ var("max_endorsements") }}
    group by person_key, topic_key, month_start, is_final

),

ranked_persons as (

    select
        *,
        100.0 * (
            rank() over (partition by month_start, topic_key order by faded_weight) - 1
            + 0.5 * count(*) over (partition by month_start, topic_key, faded_weight)
        ) / count(*) over (partition by month_start, topic_key) as percentile,
        n_items >= {{ var("expertise_min_items") }}
        and n_askers >= {{ var("expertise_min_askers") }} as has_enough_evidence
    from summed_evidence

),

final as (

    select
        month_start,
        person_key,
        topic_key,
        cast(n_items as integer) as n_items,
        cast(n_askers as integer) as n_askers,
        cast(n_accepted_answers as integer) as n_accepted_answers,
        cast(round(ln(1 + cast(faded_weight as double)), 6) as double) as evidence_strength,
        case when has_enough_evidence then cast(percentile as double) end as expertise_score,
        has_enough_evidence
        and percentile >= {{ var("expert_percentile") }} as is_expert,
        is_final,
        case when not has_enough_evidence then 'too_little_evidence' end as suppression_reason
    from ranked_persons

)

select * from final
