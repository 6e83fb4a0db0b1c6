{#- What is summed per unit and month; a person counts once, if eligible in the month. -#}
{% set sums = ["n_contributions", "n_active_days", "eligible_days"] %}
{% set guardrails = ["n_timed", "n_after_hours", "n_threads", "n_answered"] %}

with

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

units as (

    select * from {{ ref("int_initiative_units") }}

),

person_months as (

    select * from {{ ref("int_initiative_person_months") }}

),

guardrail_months as (

    select * from {{ ref("int_initiative_guardrails") }}

),

baseline_persons as (

    -- The unit is frozen before the start: whoever moves later stays where they were.
    select
        initiatives.initiative_id,
        units.unit_key,
        person_months.person_key
    from initiatives
    inner join person_months on initiatives.baseline_month = person_months.month_start
    inner join units
        on
            initiatives.initiative_id = units.initiative_id
            and person_months.org_unit_key = units.org_unit_key
    where
        person_months.is_employed_month_end
        and person_months.is_eligible

),

attributed_months as (

    select
        'baseline' as population,
        baseline_persons.initiative_id,
        baseline_persons.unit_key,
        person_months.*
    from baseline_persons
    inner join initiatives on baseline_persons.initiative_id = initiatives.initiative_id
    inner join person_months
        on
            baseline_persons.person_key = person_months.person_key
            and initiatives.study_from <= person_months.month_start
            and initiatives.study_to > person_months.month_start
    union all
    select
        'current' as population,
        initiatives.initiative_id,
        units.unit_key,
        person_months.*
    from initiatives
    inner join person_months
        on
            initiatives.study_from <= person_months.month_start
            and initiatives.study_to > person_months.month_start
    inner join units
        on
            initiatives.initiative_id = units.initiative_id
            and person_months.org_unit_key = units.org_unit_key

),

ranked_persons as (

    select
        attributed_months.*,
        guardrail_months.n_timed,
        guardrail_months.n_after_hours,
        guardrail_months.n_threads,
        guardrail_months.n_answered,
        row_number() over (
            partition by
                attributed_months.population,
                attributed_months.initiative_id,
                attributed_months.unit_key,
                attributed_months.month_start
            order by attributed_months.n_contributions, attributed_months.person_key
        ) as contribution_rank
    from attributed_months
    left join guardrail_months
        on
            attributed_months.person_key = guardrail_months.person_key
            and attributed_months.month_start = guardrail_months.month_start
    where attributed_months.is_eligible

),

summed_units as (

    select
        initiative_id,
        unit_key,
        population,
        month_start,
        cast(count(*) as bigint) as n_persons,
        cast(sum(case when n_contributions > 0 then 1 else 0 end) as bigint) as n_participants,
        cast(sum(case when n_creations > 0 then 1 else 0 end) as bigint) as n_creators,
        {% for column in sums %}
        cast(sum({{ column }}) as bigint) as {{ column }},
        {% endfor %}
        {% for column in guardrails %}
        cast(sum(coalesce({{ column }}, 0)) as bigint) as {{ column }},
        {% endfor %}
        cast(sum(contribution_rank * n_contributions) as bigint) as ranked_contributions
    from ranked_persons
    group by initiative_id, unit_key, population, month_start

),

final as (

    -- Inequality of contributions over all eligible people (A7), comparable between sizes.
    select
        *,
        cast(
            case
                when n_contributions > 0 and n_persons > 1
                    then
                        (2.0 * ranked_contributions - (n_persons + 1.0) * n_contributions)
                        / (1.0 * n_contributions * (n_persons - 1))
            end as double
        ) as gini_contribution
    from summed_units

)

select * from final
