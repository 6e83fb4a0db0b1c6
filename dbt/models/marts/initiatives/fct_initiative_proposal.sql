with

proposals as (

    select * from {{ source("outcomes", "initiative_proposals") }}

),

final as (

    select
        kind,
        org_unit_key,
        other_org_unit_key,
        cast(n_persons as integer) as n_population,
        cast(n_examined as integer) as n_examined,
        observed,
        expected,
        room,
        room_low,
        room_high,
        interval_kind,
        design,
        cast(wave as integer) as wave,
        cast(n_design_units as integer) as n_design_units,
        cast(n_periods_before as integer) as n_periods_before,
        cast(n_periods_between as integer) as n_periods_between,
        minimum_detectable_change,
        can_be_evaluated,
        design_reason,
        reading,
        cast(reason as varchar) as suppression_reason
    from proposals

)

select * from final
