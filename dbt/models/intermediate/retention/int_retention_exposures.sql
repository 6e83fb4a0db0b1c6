{% set lags = [0, 1, 2, 3, 6] %}
{% set window_months_before = 2 %}

with

person_months as (

    select * from {{ ref("int_retention_person_months") }}

),

windows as (

    select * from {{ ref("int_retention_windows") }}

),

lags as (

    {% for lag in lags %}
    select {{ lag }} as lag_months
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

lagged_months as (

    -- Delayed entry: only who was employed through the whole window is at risk.
    select
        person_months.*,
        lags.lag_months,
        {{ add_months("person_months.month_start", "-lags.lag_months") }} as window_month
    from person_months
    inner join
        lags
        on person_months.observable_months >= lags.lag_months + {{ window_months_before }}

),

exposed_months as (

    select
        lagged_months.*,
        coalesce(windows.exposure, 'unobserved') as exposure
    from lagged_months
    left join windows
        on
            lagged_months.spell_key = windows.spell_key
            and lagged_months.window_month = windows.window_month

),

observed_lags as (

    select
        spell_key,
        month_start,
        count(*) as n_lags,
        sum(case when exposure = 'unobserved' then 1 else 0 end) as n_unobserved_lags
    from exposed_months
    group by spell_key, month_start

),

final as (

    -- The common sample has the same rows at every lag: a row that one lag cannot see is
    -- unobserved at all of them (P22).
    select
        exposed_months.spell_key,
        exposed_months.person_key,
        exposed_months.lag_months,
        exposed_months.employed_days,
        exposed_months.exposure,
        case
            when observed_lags.n_lags < {{ lags | length }} then null
            when observed_lags.n_unobserved_lags > 0 then 'unobserved'
            else exposed_months.exposure
        end as common_exposure,
        exposed_months.event_clock,
        exposed_months.month_start,
        exposed_months.window_month,
        exposed_months.is_event
    from exposed_months
    inner join observed_lags
        on
            exposed_months.spell_key = observed_lags.spell_key
            and exposed_months.month_start = observed_lags.month_start

)

select * from final
