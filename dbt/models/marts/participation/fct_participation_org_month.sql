{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{% set kinds = ["posts", "replies", "reactions", "mentions", "praises"] %}
{% set values = [
    "participation_rate", "participation_ci_low", "participation_ci_high", "contribution_rate",
    "participation_rate_registered", "contribution_rate_registered", "contributions_per_20_days",
    "posts_per_20_days", "replies_per_20_days", "reactions_per_20_days", "mentions_per_20_days",
    "praises_per_20_days", "active_days_per_20", "contributions_per_20_days_median",
    "contributions_per_20_days_p90",
] %}

with

person_months as (

    select *
    from {{ ref("fct_person_month") }}
    where {{ is_rebuilt_from("month_start") }}

),

unit_months as (

    select *
    from {{ ref("int_person_unit_months") }}
    where {{ is_rebuilt_from("month_start") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

feeds as (

    select * from {{ source("reference", "sources") }}

),

reaction_months as (

    -- Whose reactions are seen, and since when.
    select
        person_accounts.person_key,
        months.month_start
    from {{ ref("int_person_accounts") }} as person_accounts
    inner join months on person_accounts.reactions_from < months.month_end

),

visible_feeds as (

    select count(*) as n_feeds
    from feeds
    where
        kind = 'collaboration'
        and has_engagement
        and has_visible_contributions

),

persons_of_units as (

    -- Shares of people: everybody counts in the unit of the last employed day.
    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        person_months.*
    from person_months
    inner join ancestors on person_months.org_unit_key = ancestors.org_unit_key

),

summed_persons as (

    select
        org_unit_key,
        month_start,
        count(*) as n_employed,
        sum(case when not is_opted_out then 1 else 0 end) as n_included,
        sum(case when is_eligible or is_partial then 1 else 0 end) as n_population,
        sum(case when is_eligible then 1 else 0 end) as n_defined,
        sum(case when is_partial then 1 else 0 end) as n_partial,
        sum(case when has_account and not is_opted_out then 1 else 0 end) as n_registered,
        sum(case when has_account and n_contributions > 0 then 1 else 0 end)
            as n_registered_participants,
        sum(case when has_account and n_creations > 0 then 1 else 0 end)
            as n_registered_creators,
        sum(case when is_participant then 1 else 0 end) as n_participants,
        sum(case when is_creator then 1 else 0 end) as n_creators,
        percentile_cont(0.5) within group (
            order by case when is_eligible then contributions_per_20_days end
        ) as contributions_per_20_days_median,
        percentile_cont(0.9) within group (
            order by case when is_eligible then contributions_per_20_days end
        ) as contributions_per_20_days_p90
    from persons_of_units
    group by org_unit_key, month_start

),

person_sums as (

    -- Rates over time: contributions and eligible days count in the unit of their day.
    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        unit_months.person_key,
        unit_months.month_start,
        sum(unit_months.eligible_days) as eligible_days,
        sum(unit_months.n_active_days) as n_active_days,
        sum(unit_months.n_contributions) as n_contributions,
        sum(unit_months.n_post) as n_posts,
        sum(unit_months.n_reply) as n_replies,
        sum(unit_months.n_reaction) as n_reactions,
        sum(unit_months.n_mention) as n_mentions,
        sum(unit_months.n_praise) as n_praises
    from unit_months
    inner join ancestors on unit_months.org_unit_key = ancestors.org_unit_key
    group by ancestors.ancestor_org_unit_key, unit_months.person_key, unit_months.month_start

),

summed_days as (

    select
        person_sums.org_unit_key,
        person_sums.month_start,
        sum(person_sums.eligible_days) as eligible_days,
        sum(
            case when reaction_months.person_key is not null then person_sums.eligible_days end
        ) as reaction_days,
        sum(person_sums.n_active_days) as n_active_days,
        sum(person_sums.n_contributions) as n_contributions,
        {% for kind in kinds if kind != "reactions" %}
        sum(person_sums.n_{{ kind }}) as n_{{ kind }},
        {% endfor %}
        sum(
            case when reaction_months.person_key is not null then person_sums.n_reactions end
        ) as n_reactions,
        {{ is_dominated("person_sums.n_contributions") }} as is_dominated,
        {{ is_dominated("person_sums.n_active_days") }} as has_dominated_days,
        {% for kind in kinds -%}
        {{ is_dominated("person_sums.n_" ~ kind) }}{{ " or " if not loop.last }}
        {%- endfor %} as has_dominated_kind
    from person_sums
    left join reaction_months
        on
            person_sums.person_key = reaction_months.person_key
            and person_sums.month_start = reaction_months.month_start
    group by person_sums.org_unit_key, person_sums.month_start

),

units_of_months as (

    select
        org_unit_key,
        month_start
    from summed_persons
    union
    select
        org_unit_key,
        month_start
    from summed_days

),

joined_units as (

    select
        units_of_months.org_unit_key,
        units_of_months.month_start,
        months.is_final,
        visible_feeds.n_feeds,
        coalesce(summed_persons.n_employed, 0) as n_employed,
        coalesce(summed_persons.n_included, 0) as n_included,
        coalesce(summed_persons.n_population, 0) as n_population,
        coalesce(summed_persons.n_defined, 0) as n_defined,
        coalesce(summed_persons.n_partial, 0) as n_partial,
        coalesce(summed_persons.n_registered, 0) as n_registered,
        coalesce(summed_persons.n_registered_participants, 0) as n_registered_participants,
        coalesce(summed_persons.n_registered_creators, 0) as n_registered_creators,
        coalesce(summed_persons.n_participants, 0) as n_participants,
        coalesce(summed_persons.n_creators, 0) as n_creators,
        summed_persons.contributions_per_20_days_median,
        summed_persons.contributions_per_20_days_p90,
        coalesce(summed_days.eligible_days, 0) as eligible_days,
        summed_days.reaction_days,
        summed_days.is_dominated,
        summed_days.has_dominated_days,
        summed_days.has_dominated_kind,
        summed_days.n_active_days,
        {% for kind in kinds %}
        summed_days.n_{{ kind }},
        {% endfor %}
        summed_days.n_contributions
    from units_of_months
    inner join months on units_of_months.month_start = months.month_start
    cross join visible_feeds
    left join summed_persons
        on
            units_of_months.org_unit_key = summed_persons.org_unit_key
            and units_of_months.month_start = summed_persons.month_start
    left join summed_days
        on
            units_of_months.org_unit_key = summed_days.org_unit_key
            and units_of_months.month_start = summed_days.month_start

),

reasoned_units as (

    select
        *,
        case
            when n_feeds = 0 then 'no_visible_contributions'
            when eligible_days = 0 and n_registered = 0 then 'no_accounts'
            when eligible_days = 0 then 'not_covered'
            when n_defined = 0 then 'no_eligible_persons'
        end as suppression_reason,
        1.0 * n_participants / nullif(n_defined, 0) as participation_rate,
        {{ wilson_limit("n_participants", "n_defined", "-") }} as participation_ci_low,
        {{ wilson_limit("n_participants", "n_defined", "+") }} as participation_ci_high,
        1.0 * n_creators / nullif(n_defined, 0) as contribution_rate,
        1.0 * n_registered_participants / nullif(n_registered, 0) as participation_rate_registered,
        1.0 * n_registered_creators / nullif(n_registered, 0) as contribution_rate_registered,
        20.0 * n_contributions / nullif(eligible_days, 0) as contributions_per_20_days,
        20.0 * n_posts / nullif(eligible_days, 0) as posts_per_20_days,
        20.0 * n_replies / nullif(eligible_days, 0) as replies_per_20_days,
        20.0 * n_reactions / nullif(reaction_days, 0) as reactions_per_20_days,
        20.0 * n_mentions / nullif(eligible_days, 0) as mentions_per_20_days,
        20.0 * n_praises / nullif(eligible_days, 0) as praises_per_20_days,
        20.0 * n_active_days / nullif(eligible_days, 0) as active_days_per_20
    from joined_units

),

final as (

    select
        org_unit_key,
        month_start,
        cast(n_population as integer) as n_population,
        cast(n_defined as integer) as n_defined,
        cast(n_partial as integer) as n_partial,
        cast(n_employed as integer) as n_employed,
        cast(n_registered as integer) as n_registered,
        cast(eligible_days as integer) as eligible_days,
        cast(1.0 * n_included / nullif(n_employed, 0) as double) as consent_coverage,
        {% for value in values %}
        cast(
            case
                when suppression_reason is null or suppression_reason = 'no_eligible_persons'
                    then {{ value }}
            end as double
        ) as {{ value }},
        {% endfor %}
        case when is_dominated then 'dominated_by_one_or_two' end as contributions_reason,
        case when is_dominated or has_dominated_kind then 'dominated_by_one_or_two' end
            as kinds_reason,
        case when has_dominated_days then 'dominated_by_one_or_two' end as active_days_reason,
        is_final,
        suppression_reason
    from reasoned_units

)

select * from final
