{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

with

months as (

    select * from {{ source("reference", "months") }}

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

dyad_weeks as (

    select * from {{ ref("int_dyad_weeks") }}

),

closed_months as (

    -- A month that is not over yet ends with the last covered day.
    select
        months.month_start,
        months.is_final,
        least({{ add_days("months.month_end", -1) }}, bounds.as_of_date) as period_end
    from months
    cross join bounds

),

windows as (

    -- Whole ISO weeks only: the last one is the last whose Sunday is not after the period's
    -- end, so that a snapshot never looks past its end and weekly caps stay whole; nor does a
    -- touched month reach the one before it by the week that both share.
    select
        month_start,
        is_final,
        period_end,
        {{ add_days(week_of(add_days("period_end", 1)), -7) }} as last_week_start,
        {{ add_days(week_of(add_days("period_end", 1)), "-7 * " ~ var("window_weeks")) }}
            as first_week_start
    from closed_months
    {% if is_incremental() -%}
    where
        {{ is_rebuilt_from("month_start") }}
        or not exists (
            select 1
            from {{ this }} as built
            where
                built.month_start = closed_months.month_start
                and built.period_end = closed_months.period_end
        )
    {%- endif %}

),

window_days as (

    select
        month_start,
        is_final,
        period_end,
        {{ each_day("first_week_start", "last_week_start") }} as week_start
    from windows

),

window_weeks as (

    -- Age counts from the Sunday that closes the week.
    select
        month_start,
        is_final,
        period_end,
        week_start,
        power(
            0.5,
            {{ days_between(add_days("week_start", 6), "period_end") }}
            / cast({{ var("half_life_days") }} as double)
        ) as decay
    from window_days
    where week_start = {{ week_of("week_start") }}

),

decayed_ties as (

    -- Rounded, because the order in which an engine adds must not decide on a threshold.
    select
        window_weeks.month_start,
        window_weeks.is_final,
        window_weeks.period_end,
        dyad_weeks.from_person_key,
        dyad_weeks.to_person_key,
        round(sum(window_weeks.decay * dyad_weeks.w_direct_message), 9) as w_direct_message,
        round(sum(window_weeks.decay * dyad_weeks.w_reply), 9) as w_reply,
        round(sum(window_weeks.decay * dyad_weeks.w_thread), 9) as w_thread,
        round(sum(window_weeks.decay * dyad_weeks.w_mention), 9) as w_mention,
        round(sum(window_weeks.decay * dyad_weeks.w_reaction), 9) as w_reaction,
        round(sum(window_weeks.decay * dyad_weeks.w_mail), 9) as w_mail,
        round(sum(window_weeks.decay * dyad_weeks.w_meeting), 9) as w_meeting,
        round(sum(window_weeks.decay * dyad_weeks.weight), 9) as weight,
        sum(dyad_weeks.n_event_days) as n_event_days,
        sum(dyad_weeks.n_further_event_days) as n_further_event_days
    from window_weeks
    inner join dyad_weeks
        on window_weeks.week_start = dyad_weeks.week_start
    group by
        window_weeks.month_start,
        window_weeks.is_final,
        window_weeks.period_end,
        dyad_weeks.from_person_key,
        dyad_weeks.to_person_key

),

mirrored_ties as (

    select
        *,
        sum(weight) over pair - weight as opposite_weight,
        sum(n_further_event_days) over pair as n_pair_event_days
    from decayed_ties
    window pair as (
        partition by
            month_start,
            least(from_person_key, to_person_key),
            greatest(from_person_key, to_person_key)
    )

),

final as (

    select
        month_start,
        from_person_key,
        to_person_key,
        weight,
        w_direct_message,
        w_reply,
        w_thread,
        w_mention,
        w_reaction,
        w_mail,
        w_meeting,
        greatest(round(opposite_weight, 9), 0) as opposite_weight,
        sqrt(weight * greatest(round(opposite_weight, 9), 0)) as mutual_weight,
        cast(n_event_days as integer) as n_event_days,
        cast(n_pair_event_days as integer) as n_pair_event_days,
        (
            weight >= {{ var("theta") }}
            and n_event_days >= {{ var("min_event_days") }}
        ) as is_tie,
        is_final,
        period_end
    from mirrored_ties

)

select * from final
