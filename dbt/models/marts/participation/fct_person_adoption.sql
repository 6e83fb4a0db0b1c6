{#- Adopters by the distance of their time from the mean, in standard deviations (Rogers). -#}
{% set classes = [
    ("innovator", -2), ("early_adopter", -1), ("early_majority", 0), ("late_majority", 1),
] %}
{% set minimum = var("k_view") %}

with

spells as (

    select * from {{ ref("int_adoption_spells") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

curve as (

    select *
    from {{ ref("fct_adoption_curve") }}
    where org_unit_key = 0

),

supported_curve as (

    -- The end of the curve as far as enough people carry it.
    select max_by(is_levelled, days_since_start) as is_levelled
    from curve
    where n_at_risk >= {{ minimum }}

),

moments as (

    select
        avg(cast(duration as double)) as mean_days,
        stddev_samp(cast(duration as double)) as sd_days
    from spells
    where is_adopted

),

final as (

    select
        spells.spell_key,
        spells.person_key,
        persons.person_id,
        spells.org_unit_key,
        spells.origin_date,
        spells.first_contribution_date,
        spells.first_contribution_days,
        spells.adoption_date,
        case when spells.is_adopted then spells.duration end as adoption_days,
        spells.duration as observed_days,
        case
            when not spells.is_adopted then 'not_yet'
            when not coalesce(supported_curve.is_levelled, false) then null
            {% for category, distance in classes %}
            when spells.duration < moments.mean_days + {{ distance }} * moments.sd_days
                then '{{ category }}'
            {% endfor %}
            when moments.sd_days is not null then 'laggard'
        end as adopter_category,
        case
            when not spells.is_adopted then 'not_yet'
            when not coalesce(supported_curve.is_levelled, false) then 'curve_not_levelled'
            when moments.sd_days is null then 'too_few_adopters'
        end as adoption_reason,
        spells.is_adopted,
        spells.is_rehire,
        spells.has_account,
        coalesce(supported_curve.is_levelled, false) as is_curve_levelled
    from spells
    inner join persons on spells.person_key = persons.person_key
    cross join supported_curve
    cross join moments

)

select * from final
