{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "period_end"}},
    )
}}

{% set values = [
    "reach_rate", "participation_rate", "participation_ci_low", "participation_ci_high",
    "contribution_rate", "reach_rate_registered", "participation_rate_registered",
    "contribution_rate_registered",
] %}

with

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

feeds as (

    select * from {{ source("reference", "sources") }}

),

coverage as (

    select * from {{ ref("stg_source_coverage") }}

),

visible_feeds as (

    select count(*) as n_feeds
    from feeds
    where
        kind = 'collaboration'
        and has_engagement
        and has_visible_contributions

),

viewing_feeds as (

    select count(*) as n_feeds
    from feeds
    inner join coverage on feeds.source = coverage.source
    where feeds.has_engagement and {{ list_holds("coverage.contains", "'views'") }}

),

windows as (

    -- The first source that delivers views tells who was reached in every period.
    select *
    from {{ ref("int_person_windows") }}
    {% if is_incremental() -%}
    where
        {{ is_rebuilt_from("period_end") }}
        or exists (
            select 1
            from {{ this }} as built
            cross join viewing_feeds
            where (built.reach_reason is null) <> (viewing_feeds.n_feeds > 0)
        )
    {%- endif %}

),

summed_persons as (

    -- Everybody counts in the unit of the last employed day, and in every unit above.
    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        windows.period_kind,
        windows.period_start,
        windows.period_from,
        windows.period_end,
        count(*) as n_employed,
        sum(case when not windows.is_opted_out then 1 else 0 end) as n_included,
        sum(case when windows.is_eligible or windows.is_partial then 1 else 0 end)
            as n_population,
        sum(case when windows.is_eligible then 1 else 0 end) as n_defined,
        sum(case when windows.is_partial then 1 else 0 end) as n_partial,
        sum(case when windows.has_account and not windows.is_opted_out then 1 else 0 end)
            as n_registered,
        sum(case when windows.has_account and windows.n_contributions > 0 then 1 else 0 end)
            as n_registered_participants,
        sum(case when windows.has_account and windows.n_creations > 0 then 1 else 0 end)
            as n_registered_creators,
        sum(
            case
                when windows.has_account and windows.n_contributions + windows.n_views > 0 then 1
                else 0
            end
        ) as n_registered_reached,
        sum(
            case
                when windows.is_eligible and windows.n_contributions + windows.n_views > 0 then 1
                else 0
            end
        ) as n_reached,
        sum(case when windows.is_eligible and windows.n_contributions > 0 then 1 else 0 end)
            as n_participants,
        sum(case when windows.is_eligible and windows.n_creations > 0 then 1 else 0 end)
            as n_creators
    from windows
    inner join ancestors on windows.org_unit_key = ancestors.org_unit_key
    group by
        ancestors.ancestor_org_unit_key,
        windows.period_kind,
        windows.period_start,
        windows.period_from,
        windows.period_end

),

observed_units as (

    select
        summed_persons.*,
        cast({{ add_days("summed_persons.period_end", 8) }} as timestamp) <= bounds.as_of
            as is_final,
        visible_feeds.n_feeds as n_visible_feeds,
        viewing_feeds.n_feeds as n_viewing_feeds
    from summed_persons
    cross join bounds
    cross join visible_feeds
    cross join viewing_feeds

),

reasoned_units as (

    select
        *,
        case
            when n_visible_feeds = 0 then 'no_visible_contributions'
            when n_population = 0 and n_registered = 0 then 'no_accounts'
            when n_population = 0 then 'not_covered'
            when n_defined = 0 then 'no_eligible_persons'
        end as suppression_reason,
        case when n_viewing_feeds > 0 then 1.0 * n_reached / nullif(n_defined, 0) end
            as reach_rate,
        case when n_viewing_feeds = 0 then 'no_views_in_sources' end as reach_reason,
        1.0 * n_participants / nullif(n_defined, 0) as participation_rate,
        {{ wilson_limit("n_participants", "n_defined", "-") }} as participation_ci_low,
        {{ wilson_limit("n_participants", "n_defined", "+") }} as participation_ci_high,
        1.0 * n_creators / nullif(n_defined, 0) as contribution_rate,
        case when n_viewing_feeds > 0 then 1.0 * n_registered_reached / nullif(n_registered, 0) end
            as reach_rate_registered,
        1.0 * n_registered_participants / nullif(n_registered, 0)
            as participation_rate_registered,
        1.0 * n_registered_creators / nullif(n_registered, 0) as contribution_rate_registered
    from observed_units

),

final as (

    select
        org_unit_key,
        period_kind,
        period_start,
        period_from,
        period_end,
        cast(n_population as integer) as n_population,
        cast(n_defined as integer) as n_defined,
        cast(n_partial as integer) as n_partial,
        cast(n_employed as integer) as n_employed,
        cast(n_registered as integer) as n_registered,
        cast(1.0 * n_included / nullif(n_employed, 0) as double) as consent_coverage,
        {% for value in values %}
        cast(
            case
                when suppression_reason is null or suppression_reason = 'no_eligible_persons'
                    then {{ value }}
            end as double
        ) as {{ value }},
        {% endfor %}
        reach_reason,
        is_final,
        suppression_reason
    from reasoned_units

)

select * from final
