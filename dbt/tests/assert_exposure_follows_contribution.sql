-- Immortal time (H4): nobody is engaged at a time at risk that starts before the second week
-- with a contribution, which is the first event that can make a person engaged. Lag 0 looks
-- into the month at risk itself and is descriptive only.
with

exposures as (

    select * from {{ ref("int_retention_exposures") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

contribution_days as (

    select * from {{ ref("int_person_contribution_days") }}

),

numbered_weeks as (

    select
        spells.spell_key,
        contribution_days.week_start,
        row_number() over (
            partition by spells.spell_key
            order by contribution_days.week_start
        ) as week_number
    from spells
    inner join contribution_days
        on
            spells.person_key = contribution_days.person_key
            and spells.employed_from <= contribution_days.local_date
            and spells.employed_to > contribution_days.local_date
    where contribution_days.n_retention_contributions > 0
    group by spells.spell_key, contribution_days.week_start

),

first_exposures as (

    select
        spell_key,
        week_start as exposed_from
    from numbered_weeks
    where week_number = 2

),

final as (

    select
        exposures.spell_key,
        exposures.month_start,
        exposures.lag_months
    from exposures
    left join first_exposures on exposures.spell_key = first_exposures.spell_key
    where
        exposures.exposure = 'engaged'
        and exposures.lag_months > 0
        and (
            first_exposures.exposed_from is null
            or exposures.month_start < first_exposures.exposed_from
        )

)

select * from final
