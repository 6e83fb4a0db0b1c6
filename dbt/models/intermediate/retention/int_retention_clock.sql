{#- Share of voluntary exits whose notice date must be known, in each group, to use it (P21). -#}
{% set minimum_known_share = 0.95 %}
{% set headline_lag = 3 %}

with

spells as (

    select * from {{ ref("int_spells") }}

),

windows as (

    select * from {{ ref("int_retention_windows") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

voluntary_exits as (

    select
        windows.exposure,
        spells.notice_date is not null as has_notice
    from spells
    cross join bounds
    inner join windows
        on
            spells.spell_key = windows.spell_key
            and {{ add_months(month_of("spells.termination_date"), -headline_lag) }}
            = windows.window_month
    where
        spells.is_separation
        and spells.termination_type = 'voluntary'
        and spells.termination_date >= bounds.start_date
        and spells.termination_date <= bounds.as_of_date
        and windows.exposure <> 'unobserved'

),

known_shares as (

    select
        exposure,
        avg(case when has_notice then 1.0 else 0.0 end) as known_share
    from voluntary_exits
    group by exposure

),

final as (

    select
        case
            when min(known_share) >= {{ minimum_known_share }} then 'notice'
            else 'exit'
        end as event_clock
    from known_shares

)

select * from final
