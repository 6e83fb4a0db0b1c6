{#- A year and the same month of the year before: long enough to compare, short enough to stay. -#}
{% set panel_months = 13 %}

with

person_months as (

    select * from {{ ref("fct_person_month") }}

),

windows as (

    select * from {{ ref("int_person_windows") }}

),

recognition_months as (

    select * from {{ ref("fct_recognition_person_month") }}

),

appreciations as (

    select * from {{ ref("int_appreciations") }}

),

segments as (

    select * from {{ ref("int_employment_segments") }}

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

received_months as (

    -- As recognition_received_rate: what came on days of the month that count for engagement.
    select
        segments.person_key,
        segments.month_start,
        count(*) as n_received
    from appreciations
    inner join segments
        on
            appreciations.to_person_key = segments.person_key
            and appreciations.local_date >= segments.engagement_from
            and appreciations.local_date < segments.engagement_to
    where appreciations.is_recognition
    group by segments.person_key, segments.month_start

),

measured_months as (

    -- Each figure over the window that it has for everybody.
    select
        observed_months.person_key,
        observed_months.month_start,
        observed_months.is_participant,
        observed_months.is_creator,
        observed_months.eligible_days,
        observed_months.n_contributions,
        observed_months.n_active_days,
        coalesce(received_months.n_received, 0) as n_received,
        windows_28.n_contributions as n_contributions_28,
        {{ involvement_level(
            "windows_91.n_accepted_answers + windows_91.n_meetings_hosted",
            "windows_91.n_active_weeks", "windows_91.n_creating_weeks", "windows_91.n_contributions",
        ) }} in ('contributing', 'leading') as is_regular,
        recognition_months.n_received > 0 as is_recognised
    from observed_months
    left join windows as windows_28
        on
            observed_months.person_key = windows_28.person_key
            and observed_months.month_start = windows_28.period_start
            and windows_28.period_kind = 'r28'
    left join windows as windows_91
        on
            observed_months.person_key = windows_91.person_key
            and observed_months.month_start = windows_91.period_start
            and windows_91.period_kind = 'r91'
    left join recognition_months
        on
            observed_months.person_key = recognition_months.person_key
            and observed_months.month_start = recognition_months.month_start
    left join received_months
        on
            observed_months.person_key = received_months.person_key
            and observed_months.month_start = received_months.month_start

),

panel_members as (

    select
        persons_of_units.org_unit_key,
        measured_months.*
    from persons_of_units
    inner join measured_months on persons_of_units.person_key = measured_months.person_key
    where persons_of_units.is_in_panel

),

summed_panels as (

    select
        org_unit_key,
        month_start,
        sum(case when is_participant then 1 else 0 end) as n_participants,
        sum(case when is_creator then 1 else 0 end) as n_creators,
        sum(case when is_regular then 1 else 0 end) as n_regular,
        sum(case when is_recognised then 1 else 0 end) as n_recognised,
        count(is_recognised) as n_with_recognition,
        sum(eligible_days) as eligible_days,
        sum(n_contributions) as n_contributions,
        sum(n_active_days) as n_active_days,
        {{ is_dominated("n_contributions") }} as is_dominated,
        {{ is_dominated("n_active_days") }} as has_dominated_days,
        sum(n_received) as n_received,
        sum(n_contributions_28) as n_contributions_28,
        max(n_contributions_28) as n_top1
    from panel_members
    group by org_unit_key, month_start

),

contributed_values as (

    select
        org_unit_key,
        month_start,
        n_contributions_28,
        count(*) as n_equal
    from panel_members
    group by org_unit_key, month_start, n_contributions_28

),

ranked_values as (

    -- People of the same value share their places: those above last_place - n_equal.
    select
        *,
        sum(n_equal) over (
            partition by org_unit_key, month_start
            order by n_contributions_28
            rows between unbounded preceding and current row
        ) as last_place,
        sum(n_equal) over (partition by org_unit_key, month_start) as n_persons
    from contributed_values

),

spread_panels as (

    select
        org_unit_key,
        month_start,
        sum((2 * last_place - n_equal - n_persons) * n_equal * n_contributions_28) as weighted_sum,
        sum(
            least(n_equal, greatest(0, last_place - n_persons + ceil(0.1 * n_persons)))
            * n_contributions_28
        ) as n_top10,
        sum(least(n_equal, greatest(0, last_place - n_persons + 2)) * n_contributions_28) as n_top2
    from ranked_values
    group by org_unit_key, month_start

),

compared_persons as (

    -- Whoever a figure of the unit counts, here or beside: in the panel, eligible in the month,
    -- in 28 or in 91 days.
    select
        persons.org_unit_key,
        persons.person_key,
        measured_months.month_start,
        1 as is_panel,
        0 as is_month,
        0 as is_28,
        0 as is_91
    from persons
    inner join measured_months on persons.person_key = measured_months.person_key
    where persons.is_in_panel
    union all
    select
        org_unit_key,
        person_key,
        month_start,
        0 as is_panel,
        1 as is_month,
        0 as is_28,
        0 as is_91
    from observed_months
    where is_eligible
    union all
    select
        windows.org_unit_key,
        windows.person_key,
        windows.period_start as month_start,
        0 as is_panel,
        0 as is_month,
        case when windows.period_kind = 'r28' then 1 else 0 end as is_28,
        case when windows.period_kind = 'r91' then 1 else 0 end as is_91
    from windows
    inner join panel on windows.period_start = panel.month_start
    where windows.period_kind in ('r28', 'r91') and windows.is_eligible

),

compared_months as (

    select
        person_key,
        month_start,
        min(org_unit_key) as org_unit_key,
        min(org_unit_key) <> max(org_unit_key) as has_moved,
        max(is_panel) as is_panel,
        max(is_month) as is_month,
        max(is_28) as is_28,
        max(is_91) as is_91
    from compared_persons
    group by person_key, month_start

),

unlike_persons as (

    select
        org_unit_key,
        month_start,
        sum(case when is_panel <> is_month then 1 else 0 end) as n_unlike_month,
        sum(case when is_panel <> is_28 then 1 else 0 end) as n_unlike_28,
        sum(case when is_panel <> is_91 then 1 else 0 end) as n_unlike_91
    from compared_months
    where not has_moved
    group by org_unit_key, month_start

),

moved_persons as (

    -- Who changed the unit in between is alike only in the units above both.
    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        compared_persons.month_start,
        max(compared_persons.is_panel) as is_panel,
        max(compared_persons.is_month) as is_month,
        max(compared_persons.is_28) as is_28,
        max(compared_persons.is_91) as is_91
    from compared_persons
    inner join compared_months
        on
            compared_persons.person_key = compared_months.person_key
            and compared_persons.month_start = compared_months.month_start
    inner join ancestors on compared_persons.org_unit_key = ancestors.org_unit_key
    where compared_months.has_moved
    group by
        ancestors.ancestor_org_unit_key, compared_persons.person_key, compared_persons.month_start

),

counted_unlike as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        unlike_persons.month_start,
        unlike_persons.n_unlike_month,
        unlike_persons.n_unlike_28,
        unlike_persons.n_unlike_91
    from unlike_persons
    inner join ancestors on unlike_persons.org_unit_key = ancestors.org_unit_key
    union all
    select
        org_unit_key,
        month_start,
        case when is_panel <> is_month then 1 else 0 end as n_unlike_month,
        case when is_panel <> is_28 then 1 else 0 end as n_unlike_28,
        case when is_panel <> is_91 then 1 else 0 end as n_unlike_91
    from moved_persons

),

unlike_units as (

    select
        org_unit_key,
        month_start,
        least(sum(n_unlike_month), sum(n_unlike_28), sum(n_unlike_91)) as n_unlike
    from counted_unlike
    group by org_unit_key, month_start

),

measured_units as (

    select
        sized_units.*,
        panel.month_start,
        panel.panel_from,
        panel.panel_to,
        panel.is_final,
        summed_panels.n_participants,
        summed_panels.n_creators,
        summed_panels.n_regular,
        summed_panels.n_recognised,
        summed_panels.n_with_recognition,
        summed_panels.eligible_days,
        summed_panels.is_dominated,
        summed_panels.has_dominated_days,
        20.0 * summed_panels.n_contributions / nullif(summed_panels.eligible_days, 0)
            as contributions_per_20_days,
        20.0 * summed_panels.n_active_days / nullif(summed_panels.eligible_days, 0)
            as active_days_per_20,
        20.0 * summed_panels.n_received / nullif(summed_panels.eligible_days, 0)
            as recognition_received_rate,
        1.0 * spread_panels.weighted_sum
        / nullif(sized_units.n_defined * summed_panels.n_contributions_28, 0) as gini_contribution,
        1.0 * spread_panels.n_top10 / nullif(summed_panels.n_contributions_28, 0) as top10_share,
        1.0 * summed_panels.n_top1 / nullif(summed_panels.n_contributions_28, 0) as top1_share,
        1.0 * spread_panels.n_top2 / nullif(summed_panels.n_contributions_28, 0) as top2_share,
        coalesce(unlike_units.n_unlike, 0) as n_unlike
    from sized_units
    cross join panel
    left join summed_panels
        on
            sized_units.org_unit_key = summed_panels.org_unit_key
            and panel.month_start = summed_panels.month_start
    left join spread_panels
        on
            sized_units.org_unit_key = spread_panels.org_unit_key
            and panel.month_start = spread_panels.month_start
    left join unlike_units
        on
            sized_units.org_unit_key = unlike_units.org_unit_key
            and panel.month_start = unlike_units.month_start

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
        cast(1.0 * n_regular / nullif(n_defined, 0) as double) as regular_contribution_rate,
        cast(eligible_days as integer) as eligible_days,
        cast(contributions_per_20_days as double) as contributions_per_20_days,
        cast(active_days_per_20 as double) as active_days_per_20,
        case when is_dominated then 'dominated_by_one_or_two' end as contributions_reason,
        case when has_dominated_days then 'dominated_by_one_or_two' end as active_days_reason,
        cast(gini_contribution as double) as gini_contribution,
        cast(top10_share as double) as top10_share,
        case
            when n_defined = 0 then 'no_eligible_persons'
            when top10_share is null then 'no_contributions'
            when top1_share > 0.5 or top2_share > 0.75 then 'dominated_by_one_or_two'
        end as spread_reason,
        cast(1.0 * n_recognised / nullif(n_with_recognition, 0) as double) as recognition_coverage,
        cast({{ wilson_limit("n_recognised", "n_with_recognition", "-") }} as double)
            as recognition_coverage_ci_low,
        cast({{ wilson_limit("n_recognised", "n_with_recognition", "+") }} as double)
            as recognition_coverage_ci_high,
        cast(recognition_received_rate as double) as recognition_received_rate,
        is_final,
        case when n_defined = 0 then 'no_eligible_persons' end as suppression_reason
    from measured_units

)

select * from final
