{% set kinds = ["post", "reply", "reaction", "mention", "praise"] %}

with

person_months as (

    select * from {{ ref("int_person_months") }}

),

unit_months as (

    select * from {{ ref("int_person_unit_months") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

person_accounts as (

    select * from {{ ref("int_person_accounts") }}

),

summed_persons as (

    select
        person_key,
        month_start,
        {% for kind in kinds %}
        sum(n_{{ kind }}) as n_{{ kind }},
        {% endfor %}
        sum(n_contributions) as n_contributions,
        sum(n_creations) as n_creations,
        sum(n_active_days) as n_active_days
    from unit_months
    group by person_key, month_start

),

observed_months as (

    -- Nothing done is 0; nothing observed is NULL.
    select
        person_months.*,
        persons.person_id,
        months.is_final,
        {% for kind in kinds %}
        case
            when person_months.eligible_days > 0
                {%- if kind == "reaction" %}
                and person_accounts.reactions_from < months.month_end
                {%- endif %}
                then cast(summed_persons.n_{{ kind }} as bigint)
        end as n_{{ kind }},
        {% endfor %}
        case
            when person_months.eligible_days > 0 then cast(summed_persons.n_contributions as bigint)
        end as n_contributions,
        case
            when person_months.eligible_days > 0 then cast(summed_persons.n_creations as bigint)
        end as n_creations,
        case
            when person_months.eligible_days > 0 then cast(summed_persons.n_active_days as integer)
        end as n_active_days
    from person_months
    inner join persons on person_months.person_key = persons.person_key
    inner join months on person_months.month_start = months.month_start
    left join person_accounts on person_months.person_key = person_accounts.person_key
    left join summed_persons
        on
            person_months.person_key = summed_persons.person_key
            and person_months.month_start = summed_persons.month_start

),

final as (

    select
        person_key,
        person_id,
        spell_key,
        org_unit_key,
        group_key,
        location,
        level,
        job_family,
        age_band,
        employed_days,
        scheduled_workdays,
        eligible_days,
        tenure_months,
        {% for kind in kinds %}
        n_{{ kind }} as n_{{ "replies" if kind == "reply" else kind ~ "s" }},
        {% endfor %}
        n_contributions,
        n_creations,
        n_active_days,
        cast(20.0 * n_contributions / nullif(eligible_days, 0) as double)
            as contributions_per_20_days,
        cast(20.0 * n_active_days / nullif(eligible_days, 0) as double) as active_days_per_20,
        case
            when eligible_days > 0 then null
            when is_opted_out then 'opted_out'
            when not has_account then 'no_account'
            else 'no_eligible_days'
        end as null_reason,
        month_start,
        is_eligible,
        is_partial,
        case when is_eligible then n_contributions > 0 end as is_participant,
        case when is_eligible then n_creations > 0 end as is_creator,
        has_account,
        has_employment_dates,
        is_opted_out,
        is_employed_month_end,
        is_final
    from observed_months

)

select * from final
