with

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

units as (

    select * from {{ ref("int_initiative_units") }}

),

targets as (

    select * from {{ ref("int_initiative_targets") }}

),

person_weeks as (

    select * from {{ ref("int_participation_weeks") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

sided_weeks as (

    -- The side of a person is that of the unit they are in now.
    select
        initiatives.initiative_id,
        initiatives.study_from,
        initiatives.study_to,
        case when units.side = 'target' then 'target' else 'comparison' end as side,
        person_weeks.spell_key,
        person_weeks.week_end,
        person_weeks.is_participant
    from initiatives
    inner join person_weeks
        on
            initiatives.study_from < person_weeks.week_end
            and initiatives.study_to >= person_weeks.week_end
    inner join units
        on
            initiatives.initiative_id = units.initiative_id
            and person_weeks.org_unit_key = units.org_unit_key
    where units.side in ('target', 'comparison')
    union all
    select
        initiatives.initiative_id,
        initiatives.study_from,
        initiatives.study_to,
        case when targets.person_key is not null then 'target' else 'comparison' end as side,
        person_weeks.spell_key,
        person_weeks.week_end,
        person_weeks.is_participant
    from initiatives
    inner join person_weeks
        on
            initiatives.study_from < person_weeks.week_end
            and initiatives.study_to >= person_weeks.week_end
    left join targets
        on
            initiatives.initiative_id = targets.initiative_id
            and person_weeks.person_key = targets.person_key
    where
        initiatives.n_target_persons > 0
        and initiatives.n_target_units = 0

),

grouped_weeks as (

    select
        sided_weeks.*,
        spells.employed_from <= sided_weeks.study_from
        and spells.employed_to >= sided_weeks.study_to as is_constant,
        spells.employed_from > sided_weeks.study_from as is_joiner
    from sided_weeks
    inner join spells on sided_weeks.spell_key = spells.spell_key

),

final as (

    {% for population, condition in [
        ("all_eligible", "true"), ("constant_panel", "is_constant"), ("joiners", "is_joiner"),
    ] %}
    select
        initiative_id,
        side,
        '{{ population }}' as population,
        week_end,
        cast(count(*) as integer) as n_population,
        cast(sum(case when is_participant then 1 else 0 end) as integer) as n_participants
    from grouped_weeks
    where {{ condition }}
    group by initiative_id, side, week_end
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
