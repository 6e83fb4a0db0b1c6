{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{% set kinds = ["post", "reply", "reaction", "mention", "praise"] %}

with

segments as (

    select *
    from {{ ref("int_employment_segments") }}
    where {{ is_rebuilt_from("month_start") }}

),

contribution_days as (

    select *
    from {{ ref("int_person_contribution_days") }}
    where {{ is_rebuilt_from("month_start") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

counted_segments as (

    -- Contributions belong to the unit of the day they were made on.
    select
        segments.spell_key,
        segments.segment_from,
        {% for kind in kinds %}
        sum(contribution_days.n_{{ kind }}) as n_{{ kind }},
        {% endfor %}
        sum(contribution_days.n_contributions) as n_contributions,
        sum(contribution_days.n_creations) as n_creations,
        count(
            distinct case
                when contribution_days.n_contributions > 0 then contribution_days.local_date
            end
        ) as n_active_days
    from segments
    inner join contribution_days
        on
            segments.person_key = contribution_days.person_key
            and segments.month_start = contribution_days.month_start
            and segments.engagement_from <= contribution_days.local_date
            and segments.engagement_to > contribution_days.local_date
    group by segments.spell_key, segments.segment_from

),

summed_units as (

    select
        segments.person_key,
        segments.org_unit_key,
        segments.month_start,
        {% for kind in kinds %}
        cast(sum(coalesce(counted_segments.n_{{ kind }}, 0)) as bigint) as n_{{ kind }},
        {% endfor %}
        cast(sum(coalesce(counted_segments.n_contributions, 0)) as bigint) as n_contributions,
        cast(sum(coalesce(counted_segments.n_creations, 0)) as bigint) as n_creations,
        cast(sum(coalesce(counted_segments.n_active_days, 0)) as integer) as n_active_days,
        cast(sum(segments.eligible_days) as integer) as eligible_days,
        cast(sum(segments.employed_days) as integer) as employed_days
    from segments
    inner join persons on segments.person_key = persons.person_key
    left join counted_segments
        on
            segments.spell_key = counted_segments.spell_key
            and segments.segment_from = counted_segments.segment_from
    where not persons.is_opted_out
    group by segments.person_key, segments.org_unit_key, segments.month_start

)

select * from summed_units
