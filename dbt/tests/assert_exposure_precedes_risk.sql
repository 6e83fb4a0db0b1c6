-- No look-ahead, no immortal time: the exposure window has begun after the person was hired,
-- ends no later than the month at risk, and nobody is at risk after leaving.
with

exposures as (

    select * from {{ ref("int_retention_exposures") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

final as (

    select
        exposures.spell_key,
        exposures.month_start,
        exposures.lag_months
    from exposures
    inner join spells on exposures.spell_key = spells.spell_key
    where
        exposures.window_month > exposures.month_start
        or {{ add_months("exposures.window_month", -2) }} < spells.employed_from
        or exposures.month_start >= spells.employed_to
        or exposures.employed_days <= 0

)

select * from final
