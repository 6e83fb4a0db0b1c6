{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{% set personas = ["observer", "catalyst", "responder", "broadcaster", "engager"] %}
{#- Weight of a member on each level: squared in the sum (A9, Orbit). -#}
{% set levels = {"exploring": 1, "participating": 4, "contributing": 7, "leading": 10} %}
{#- The window of stickiness, in calendar days (P19). -#}
{% set window_days = 28 %}
{% set minimum = var("k_view") %}

with

persons as (

    -- Gravity is set against the month before.
    select *
    from {{ ref("fct_person_engagement_month") }}
    where {{ is_rebuilt_from("month_start", 31) }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

covered_days as (

    select * from {{ ref("int_covered_days") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

period_ends as (

    select
        month_start,
        max(period_end) as period_end
    from persons
    group by month_start

),

coverages as (

    select
        period_ends.month_start,
        count(covered_days.date) as n_covered_days
    from period_ends
    left join covered_days
        on
            period_ends.period_end >= covered_days.date
            and covered_days.date > {{ add_days("period_ends.period_end", -window_days) }}
            and covered_days.is_engagement_covered
    group by period_ends.month_start

),

summed_persons as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        persons.month_start,
        sum(case when persons.is_eligible or persons.is_partial then 1 else 0 end)
            as n_population,
        sum(case when persons.is_eligible then 1 else 0 end) as n_defined,
        sum(case when persons.is_partial then 1 else 0 end) as n_partial,
        sum(case when persons.involvement_level is not null then 1 else 0 end) as n_members,
        sum(case when persons.persona is not null then 1 else 0 end) as n_with_persona,
        sum(
            case
                when persons.is_eligible and persons.collaboration_hours is not null then 1
                else 0
            end
        ) as n_with_hours,
        min(case when persons.is_eligible then persons.collaboration_hours_reason end)
            as hours_reason,
        {% for persona in personas %}
        sum(case when persons.persona = '{{ persona }}' then 1 else 0 end) as n_{{ persona }},
        {% endfor %}
        {% for level in levels %}
        sum(case when persons.involvement_level = '{{ level }}' then 1 else 0 end)
            as n_{{ level }},
        {% endfor %}
        sum(case when persons.n_contributions > 0 then 1 else 0 end) as n_users,
        sum(persons.n_active_days) as n_active_days,
        sum(persons.n_timed_events) as n_timed_events,
        sum(persons.n_after_hours_events) as n_after_hours_events,
        round(
            avg(case when persons.is_eligible then persons.collaboration_hours end), 9
        ) as collaboration_hours
    from persons
    inner join ancestors on persons.org_unit_key = ancestors.org_unit_key
    group by ancestors.ancestor_org_unit_key, persons.month_start

),

weighed_units as (

    select
        summed_persons.*,
        coverages.n_covered_days,
        months.is_final,
        {% for level, weight in levels.items() -%}
        n_{{ level }} * {{ weight * weight }}{{ " + " if not loop.last }}
        {%- endfor %} as weighted_commitment
    from summed_persons
    inner join coverages on summed_persons.month_start = coverages.month_start
    inner join months on summed_persons.month_start = months.month_start

),

{% for dimension, categories in [("persona", personas), ("involvement", levels)] %}
{{ dimension }}_counts as (

    {% for category in categories %}
    select
        org_unit_key,
        month_start,
        '{{ category }}' as category,
        n_{{ category }} as n_persons
    from weighed_units
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

{{ dimension }}_ranks as (

    -- Categories of too few people are merged, and the next smallest with them until they are
    -- enough; an empty category shows nobody.
    select
        *,
        sum(n_persons) over smaller_ones - n_persons as n_smaller,
        max(case when n_persons > 0 and n_persons < {{ minimum }} then 1 else 0 end) over unit
            as has_small
    from {{ dimension }}_counts
    window
        unit as (partition by org_unit_key, month_start),
        smaller_ones as (
            partition by org_unit_key, month_start
            order by n_persons, category
            rows between unbounded preceding and current row
        )

),

{{ dimension }}_merged as (

    select
        org_unit_key,
        month_start,
        sum(
            case
                when
                    has_small = 1
                    and (n_persons < {{ minimum }} or n_smaller < {{ minimum }})
                    then n_persons
                else 0
            end
        ) as n_merged,
    {% for category in categories %}
    max(
        case
            when
                category = '{{ category }}'
                and (
                    has_small = 0
                    or n_persons = 0
                    or (n_persons >= {{ minimum }} and n_smaller >= {{ minimum }})
                )
                then n_persons
        end
    ) as n_{{ category }}{{ "," if not loop.last }}
    {% endfor %}
    from {{ dimension }}_ranks
    group by org_unit_key, month_start

),

{% endfor %}
joined_units as (

    select
        weighed_units.*,
        {% for dimension, categories in [("persona", personas), ("involvement", levels)] %}
        {% for category in categories %}
        {{ dimension }}_merged.n_{{ category }} as n_shown_{{ category }},
        {% endfor %}
        {{ dimension }}_merged.n_merged as n_merged_{{ dimension }},
        {% endfor %}
        weighed_units.n_members >= {{ minimum }} as has_members
    from weighed_units
    inner join persona_merged
        on
            weighed_units.org_unit_key = persona_merged.org_unit_key
            and weighed_units.month_start = persona_merged.month_start
    inner join involvement_merged
        on
            weighed_units.org_unit_key = involvement_merged.org_unit_key
            and weighed_units.month_start = involvement_merged.month_start

),

followed_units as (

    select
        *,
        lag(weighted_commitment) over unit as commitment_before,
        lag(n_members) over unit as n_members_before,
        lag(n_merged_involvement) over unit as n_merged_before,
        lag(month_start) over unit as month_before
    from joined_units
    window unit as (partition by org_unit_key order by month_start)

),

reasoned_units as (

    -- With the sizes of some levels, the sum of their weights would tell the merged ones'.
    select
        *,
        case
            when n_defined = 0 then 'no_eligible_persons'
            when n_with_persona = 0 then 'no_reactions_in_sources'
            when n_with_persona < {{ minimum }} then 'too_few_persons'
            when n_merged_persona > 0 then 'small_categories_merged'
        end as personas_reason,
        case
            when n_members = 0 then 'no_eligible_persons'
            when not has_members then 'too_few_persons'
            when n_merged_involvement > 0 then 'small_categories_merged'
        end as levels_reason,
        case
            when n_members = 0 then 'no_eligible_persons'
            when not has_members then 'too_few_persons'
            when coalesce(month_before <> {{ add_months("month_start", -1) }}, true)
                or n_members_before = 0 then 'no_month_before'
            when n_members_before < {{ minimum }} then 'too_few_persons'
            when n_merged_involvement > 0 or n_merged_before > 0 then 'small_categories_merged'
        end as gravity_reason,
        case
            when n_defined = 0 then 'no_eligible_persons'
            when n_covered_days < {{ window_days }} then 'window_not_covered'
            when n_users < {{ minimum }} then 'too_few_contributors'
        end as stickiness_reason
    from followed_units

),

final as (

    select
        org_unit_key,
        month_start,
        cast(n_population as integer) as n_population,
        cast(n_defined as integer) as n_defined,
        cast(n_partial as integer) as n_partial,
        case when has_members then cast(n_members as integer) end as n_members,
        case
            when n_with_persona >= {{ minimum }} then cast(n_with_persona as integer)
        end as n_with_persona,
        {% for persona in personas %}
        case
            when n_with_persona >= {{ minimum }}
                then cast(1.0 * n_shown_{{ persona }} / n_with_persona as double)
        end as {{ persona }}_share,
        {% endfor %}
        case
            when n_with_persona >= {{ minimum }}
                then cast(1.0 * n_merged_persona / n_with_persona as double)
        end as merged_personas_share,
        personas_reason,
        {% for level in levels %}
        case
            when has_members then cast(1.0 * n_shown_{{ level }} / n_members as double)
        end as {{ level }}_share,
        {% endfor %}
        case
            when has_members then cast(1.0 * n_merged_involvement / n_members as double)
        end as merged_levels_share,
        levels_reason,
        case when has_members then cast(weighted_commitment as bigint) end as weighted_commitment,
        case
            when gravity_reason is null or gravity_reason = 'small_categories_merged'
                then cast(
                        1.0 * (weighted_commitment - commitment_before) / n_members as double
                    )
        end as gravity_org,
        gravity_reason,
        case
            when stickiness_reason is null
                then cast(1.0 * n_active_days / {{ window_days }} / n_users as double)
        end as stickiness,
        stickiness_reason,
        cast(1.0 * n_after_hours_events / nullif(n_timed_events, 0) as double)
            as after_hours_share,
        case when n_timed_events > 0 then null else 'no_timed_events' end as after_hours_reason,
        case
            when n_with_hours >= {{ minimum }} then cast(n_with_hours as integer)
        end as n_with_hours,
        case
            when n_with_hours >= {{ minimum }} then cast(collaboration_hours as double)
        end as collaboration_hours,
        case
            when n_with_hours >= {{ minimum }} then null
            when n_defined = 0 then 'no_eligible_persons'
            when n_with_hours = 0 then hours_reason
            else 'too_few_persons'
        end as collaboration_hours_reason,
        is_final,
        case
            when n_population = 0 then 'not_observed'
            when n_defined = 0 then 'no_eligible_persons'
        end as suppression_reason
    from reasoned_units
    where {{ is_rebuilt_from("month_start") }}

)

select * from final
