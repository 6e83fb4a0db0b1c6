{#- A year and the same month of the year before: long enough to compare, short enough to stay. -#}
{% set panel_months = 13 %}

with

person_months as (

    select * from {{ ref("fct_person_month") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

numbered_months as (

    -- Whole months only: in the first days of a month nobody is eligible yet.
    select
        months.month_start,
        months.is_final,
        row_number() over (order by months.month_start desc) as months_back
    from months
    cross join bounds
    where months.month_end <= {{ add_days("bounds.as_of_date", 1) }}

),

panel as (

    select
        *,
        count(*) over () as n_months,
        min(month_start) over () as panel_from,
        max(month_start) over () as panel_to
    from numbered_months
    where months_back <= {{ panel_months }}

),

observed_months as (

    select
        person_months.*,
        panel.n_months,
        panel.panel_from,
        panel.panel_to,
        panel.is_final
    from person_months
    inner join panel on person_months.month_start = panel.month_start
    where person_months.is_eligible or person_months.is_partial

),

persons as (

    -- The unit is that of the last month, for all months: a panel has the same people throughout.
    select
        person_key,
        max_by(org_unit_key, month_start) as org_unit_key,
        sum(case when is_eligible then 1 else 0 end) = max(n_months) as is_in_panel
    from observed_months
    group by person_key

),

persons_of_units as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        persons.person_key,
        persons.is_in_panel
    from persons
    inner join ancestors on persons.org_unit_key = ancestors.org_unit_key

),

sized_units as (

    select
        org_unit_key,
        count(*) as n_population,
        sum(case when is_in_panel then 1 else 0 end) as n_defined
    from persons_of_units
    group by org_unit_key

),

panel_members as (

    -- The panel of the unit, and everybody eligible in the unit in that month.
    select
        persons_of_units.org_unit_key,
        observed_months.person_key,
        observed_months.month_start,
        observed_months.is_participant,
        observed_months.is_creator,
        1 as is_panel,
        0 as is_everybody
    from persons_of_units
    inner join observed_months on persons_of_units.person_key = observed_months.person_key
    where persons_of_units.is_in_panel
    union all
    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        observed_months.person_key,
        observed_months.month_start,
        observed_months.is_participant,
        observed_months.is_creator,
        0 as is_panel,
        1 as is_everybody
    from observed_months
    inner join ancestors on observed_months.org_unit_key = ancestors.org_unit_key
    where observed_months.is_eligible

),

compared_persons as (

    select
        org_unit_key,
        person_key,
        month_start,
        max(case when is_participant then 1 else 0 end) as is_participant,
        max(case when is_creator then 1 else 0 end) as is_creator,
        max(is_panel) as is_panel,
        max(is_everybody) as is_everybody
    from panel_members
    group by org_unit_key, person_key, month_start

),

summed_units as (

    select
        org_unit_key,
        month_start,
        sum(is_panel * is_participant) as n_participants,
        sum(is_panel * is_creator) as n_creators,
        sum(case when is_panel <> is_everybody then 1 else 0 end) as n_unlike
    from compared_persons
    group by org_unit_key, month_start

),

measured_units as (

    select
        sized_units.*,
        panel.month_start,
        panel.panel_from,
        panel.panel_to,
        panel.is_final,
        summed_units.n_participants,
        summed_units.n_creators,
        coalesce(summed_units.n_unlike, 0) as n_unlike
    from sized_units
    cross join panel
    left join summed_units
        on
            sized_units.org_unit_key = summed_units.org_unit_key
            and panel.month_start = summed_units.month_start

),

final as (

    select
        org_unit_key,
        month_start,
        panel_from,
        panel_to,
        cast(n_population as integer) as n_population,
        cast(n_defined as integer) as n_defined,
        cast(n_population - n_defined as integer) as n_partial,
        cast(n_unlike as integer) as n_unlike,
        cast(1.0 * n_participants / nullif(n_defined, 0) as double) as participation_rate,
        cast({{ wilson_limit("n_participants", "n_defined", "-") }} as double)
            as participation_ci_low,
        cast({{ wilson_limit("n_participants", "n_defined", "+") }} as double)
            as participation_ci_high,
        cast(1.0 * n_creators / nullif(n_defined, 0) as double) as contribution_rate,
        is_final,
        case when n_defined = 0 then 'no_eligible_persons' end as suppression_reason
    from measured_units

)

select * from final
