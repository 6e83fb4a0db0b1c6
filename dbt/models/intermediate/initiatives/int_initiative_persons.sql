with

initiatives as (

    select * from {{ ref("int_initiatives") }}

),

targets as (

    select * from {{ ref("int_initiative_targets") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

person_months as (

    select * from {{ ref("int_initiative_person_months") }}

),

person_initiatives as (

    select *
    from initiatives
    where
        n_target_persons > 0
        and n_target_units = 0

),

baseline_persons as (

    select
        person_initiatives.initiative_id,
        person_initiatives.programme,
        person_initiatives.first_month,
        person_initiatives.study_from,
        person_initiatives.study_to,
        person_months.person_key,
        person_months.org_unit_key,
        person_months.location,
        person_months.level,
        person_months.job_family,
        person_months.age_band,
        person_months.tenure_months
    from person_initiatives
    inner join person_months
        on person_initiatives.baseline_month = person_months.month_start
    where
        person_months.is_employed_month_end
        and person_months.is_eligible

),

reached_persons as (

    -- By name, or through the unit that they belonged to.
    select
        baseline_persons.initiative_id,
        baseline_persons.person_key,
        targets.initiative_id as other_initiative_id
    from baseline_persons
    inner join targets on baseline_persons.person_key = targets.person_key
    union
    select
        baseline_persons.initiative_id,
        baseline_persons.person_key,
        targets.initiative_id as other_initiative_id
    from baseline_persons
    inner join ancestors on baseline_persons.org_unit_key = ancestors.org_unit_key
    inner join targets on ancestors.ancestor_org_unit_key = targets.org_unit_key

),

flagged_persons as (

    select
        baseline_persons.initiative_id,
        baseline_persons.person_key,
        max(
            case when parallels.initiative_id = baseline_persons.initiative_id then 1 else 0 end
        ) as is_target,
        max(
            case
                when
                    parallels.programme <> baseline_persons.programme
                    and parallels.starts_on < baseline_persons.study_to
                    and (
                        parallels.ends_on is null
                        or parallels.ends_on >= baseline_persons.study_from
                    )
                    then 1
                else 0
            end
        ) as is_elsewhere
    from baseline_persons
    inner join reached_persons
        on
            baseline_persons.initiative_id = reached_persons.initiative_id
            and baseline_persons.person_key = reached_persons.person_key
    inner join initiatives as parallels
        on reached_persons.other_initiative_id = parallels.initiative_id
    group by baseline_persons.initiative_id, baseline_persons.person_key

),

final as (

    select
        baseline_persons.*,
        coalesce(flagged_persons.is_target = 1, false) as is_target,
        coalesce(flagged_persons.is_elsewhere = 1, false) as is_in_another_initiative
    from baseline_persons
    left join flagged_persons
        on
            baseline_persons.initiative_id = flagged_persons.initiative_id
            and baseline_persons.person_key = flagged_persons.person_key

)

select * from final
