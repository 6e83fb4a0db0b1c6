with

weeks as (

    select * from {{ ref("int_initiative_participation_weeks") }}

),

everybody as (

    select *
    from weeks
    where population = 'all_eligible'

),

joiners as (

    select *
    from weeks
    where population = 'joiners'

),

compared as (

    -- Two populations that differ by a few people would tell about those.
    select
        weeks.*,
        everybody.n_population - weeks.n_population as n_others,
        case
            when weeks.population = 'constant_panel'
                then
                    everybody.n_population - weeks.n_population
                    - case
                        when joiners.n_population >= {{ var("k_view") }} then joiners.n_population
                        else 0
                    end
        end as n_leavers
    from weeks
    inner join everybody
        on
            weeks.initiative_id = everybody.initiative_id
            and weeks.side = everybody.side
            and weeks.week_end = everybody.week_end
    left join joiners
        on
            weeks.initiative_id = joiners.initiative_id
            and weeks.side = joiners.side
            and weeks.week_end = joiners.week_end

),

reasoned as (

    select
        *,
        case
            when
                population <> 'all_eligible'
                and (
                    (n_others > 0 and n_others < {{ var("k_view") }})
                    or (n_leavers > 0 and n_leavers < {{ var("k_view") }})
                )
                then 'differs_by_few_persons'
        end as suppression_reason
    from compared

),

final as (

    select
        initiative_id,
        side,
        population,
        week_end,
        case when suppression_reason is null then n_population end as n_population,
        cast(
            case when suppression_reason is null then 1.0 * n_participants / n_population end
            as double
        ) as participation_rate,
        cast(
            case
                when suppression_reason is null
                    then {{ wilson_limit("n_participants", "n_population", "-") }}
            end as double
        ) as participation_ci_low,
        cast(
            case
                when suppression_reason is null
                    then {{ wilson_limit("n_participants", "n_population", "+") }}
            end as double
        ) as participation_ci_high,
        cast(suppression_reason as varchar) as suppression_reason
    from reasoned

)

select * from final
