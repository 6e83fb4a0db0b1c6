{#- Days between two points of a curve. -#}
{% set step = 7 %}
{#- A curve has levelled once it gains less than this in so many days (P19). -#}
{% set levelled_gain = 0.01 %}
{% set levelled_steps = 8 %}

with

spells as (

    select * from {{ ref("int_adoption_spells") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

finality as (

    -- The curve is made of all months, so it is final when the last of them is.
    select min(case when is_final then 1 else 0 end) = 1 as is_final
    from {{ source("reference", "months") }}

),

spells_of_units as (

    -- Units as they were when the time began, so that later moves cannot select.
    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        spells.duration,
        spells.has_account,
        case when spells.is_adopted then 1 else 0 end as is_event
    from spells
    inner join ancestors on spells.org_unit_key = ancestors.org_unit_key

),

units as (

    select
        org_unit_key,
        max(duration) as last_day,
        count(*) as n_population,
        sum(case when has_account then 1 else 0 end) as n_registered
    from spells_of_units
    group by org_unit_key

),

days as (

    select
        start_date,
        {{ each_day("start_date", "as_of_date") }} as date
    from bounds

),

grid as (

    select {{ days_between("start_date", "date") }} as duration
    from days
    where mod({{ days_between("start_date", "date") }}, {{ step }}) = 0

),

{% for denominator in ["employed", "registered"] %}
{{ denominator }}_times as (

    select
        org_unit_key,
        duration,
        is_event
    from spells_of_units
    {% if denominator == "registered" %}where has_account{% endif %}
    union all
    select
        units.org_unit_key,
        grid.duration,
        cast(null as integer) as is_event
    from units
    inner join grid on units.last_day >= grid.duration

),

{{ kaplan_meier(denominator ~ "_curve", denominator ~ "_times", ["org_unit_key"]) }},

{% endfor %}
employed_counts as (

    select
        *,
        sum(n_events) over (partition by org_unit_key order by duration) - n_events
            as n_adopted_before
    from employed_curve

),

points as (

    select
        employed_curve.org_unit_key,
        employed_curve.duration as days_since_start,
        employed_curve.n_at_risk,
        employed_curve.n_adopted_before,
        1 - employed_curve.survival as adopted_share,
        1 - registered_curve.survival as adopted_share_registered,
        registered_curve.n_at_risk as n_registered_at_risk,
        lag(1 - employed_curve.survival, {{ levelled_steps }}) over (
            partition by employed_curve.org_unit_key order by employed_curve.duration
        ) as share_before
    from employed_counts as employed_curve
    inner join registered_curve
        on
            employed_curve.org_unit_key = registered_curve.org_unit_key
            and employed_curve.duration = registered_curve.duration
    where mod(employed_curve.duration, {{ step }}) = 0

),

final as (

    select
        points.org_unit_key,
        cast(points.days_since_start as integer) as days_since_start,
        cast(units.n_population as integer) as n_population,
        -- What became of a spell by this day is known, or it was no longer observed before.
        cast(points.n_at_risk + points.n_adopted_before as integer) as n_defined,
        cast(
            units.n_population - points.n_at_risk - points.n_adopted_before as integer
        ) as n_partial,
        cast(units.n_registered as integer) as n_registered,
        cast(points.n_at_risk as integer) as n_at_risk,
        cast(points.adopted_share as double) as adopted_share,
        case
            when points.n_registered_at_risk > 0
                then cast(points.adopted_share_registered as double)
        end as adopted_share_registered,
        case when points.n_registered_at_risk = 0 then 'no_accounts' end as registered_reason,
        cast(points.adopted_share - points.share_before < {{ levelled_gain }} as boolean)
            as is_levelled,
        finality.is_final,
        cast(null as varchar) as suppression_reason
    from points
    inner join units on points.org_unit_key = units.org_unit_key
    cross join finality
    where points.n_at_risk > 0

)

select * from final
