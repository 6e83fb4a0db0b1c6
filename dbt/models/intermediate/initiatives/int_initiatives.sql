{#- Months left out before the start: people may already react to the announcement (I4). -#}
{% set anticipation_months = 1 %}
{#- Months before the start that are compared at most. -#}
{% set pre_months = 24 %}
{#- The effect is looked at until so many months after the end (I8). -#}
{% set follow_up_months = 9 %}

with

registered_targets as (

    select * from {{ ref("stg_initiatives") }}

),

targets as (

    select * from {{ ref("int_initiative_targets") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

registry as (

    select distinct
        initiative_id,
        name,
        assignment,
        primary_metric,
        hypothesis,
        starts_on,
        ends_on,
        registered_on
    from registered_targets

),

counted_targets as (

    select
        initiative_id,
        count(*) as n_targets,
        sum(case when is_known then 1 else 0 end) as n_known_targets,
        sum(case when is_known and target_kind = 'org_unit' then 1 else 0 end) as n_target_units,
        sum(case when is_known and target_kind = 'person' then 1 else 0 end) as n_target_persons,
        max(depth) as unit_depth
    from targets
    group by initiative_id

),

dated_initiatives as (

    -- Phases of one roll-out are rows of the same name.
    select
        registry.*,
        counted_targets.n_targets,
        counted_targets.n_known_targets,
        counted_targets.n_target_units,
        counted_targets.n_target_persons,
        counted_targets.unit_depth,
        case
            when registry.assignment = 'phased' and registry.name is not null
                then 'phased:' || registry.name
            else registry.initiative_id
        end as programme,
        case
            when registry.starts_on = {{ month_of("registry.starts_on") }} then registry.starts_on
            else {{ add_months(month_of("registry.starts_on"), 1) }}
        end as first_month,
        case
            when registry.ends_on is not null
                then {{ month_of(add_days("registry.ends_on", 1)) }}
        end as end_month,
        {{ add_months(month_of("registry.starts_on"), -1 - anticipation_months) }} as baseline_month
    from registry
    inner join counted_targets on registry.initiative_id = counted_targets.initiative_id

),

final as (

    select
        dated_initiatives.*,
        row_number() over (
            partition by dated_initiatives.programme
            order by dated_initiatives.starts_on, dated_initiatives.initiative_id
        ) as phase_number,
        count(*) over (partition by dated_initiatives.programme) as n_phases,
        greatest(
            {{ month_of("bounds.start_date") }},
            {{ add_months("dated_initiatives.first_month", -pre_months) }}
        ) as study_from,
        least(
            {{ add_days("bounds.as_of_date", 1) }},
            coalesce(
                {{ add_months("dated_initiatives.end_month", follow_up_months) }},
                {{ add_days("bounds.as_of_date", 1) }}
            )
        ) as study_to,
        coalesce(dated_initiatives.registered_on <= dated_initiatives.starts_on, false)
            as is_preregistered
    from dated_initiatives
    cross join bounds

)

select * from final
