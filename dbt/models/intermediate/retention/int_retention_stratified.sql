{#-
    Ratio of rates within strata (H6, P26): Mantel and Haenszel, and the Poisson regression with
    a term per stratum. Sums of fractions are ordered: any two builds give the same. Given the events of a stratum those of the engaged are binomial, so the
    Poisson fit is one equation in the log ratio, solved by Newton's method.
-#}
{% set stratifications = {
    "none": [],
    "tenure": ["tenure_band"],
    "tenure_level": ["tenure_band", "job_level"],
    "tenure_job": ["tenure_band", "job_level", "job_family", "job_location"],
} %}
{% set steps = 8 %}

with

exposures as (

    select * from {{ ref("int_retention_exposures") }}

),

person_months as (

    select * from {{ ref("int_retention_person_months") }}

),

baselines as (

    select * from {{ ref("int_retention_baselines") }}

),

described_months as (

    select
        exposures.lag_months,
        exposures.common_exposure = 'engaged' as is_engaged,
        exposures.is_event,
        exposures.employed_days,
        case
            when person_months.tenure_months < 12 then 1
            when person_months.tenure_months < 24 then 2
            when person_months.tenure_months < 36 then 3
            when person_months.tenure_months < 60 then 4
            when person_months.tenure_months < 120 then 5
            else 6
        end as tenure_band,
        coalesce(baselines.level, '') as job_level,
        coalesce(baselines.job_family, '') as job_family,
        coalesce(baselines.location, '') as job_location
    from exposures
    inner join person_months
        on
            exposures.spell_key = person_months.spell_key
            and exposures.month_start = person_months.month_start
    inner join baselines
        on
            exposures.spell_key = baselines.spell_key
            and exposures.window_month = baselines.window_month
    where exposures.common_exposure in ('engaged', 'not_engaged')

),

counted_cells as (

    select
        lag_months,
        tenure_band,
        job_level,
        job_family,
        job_location,
        sum(case when is_engaged and is_event then 1 else 0 end) as n_engaged,
        sum(case when not is_engaged and is_event then 1 else 0 end) as n_not_engaged,
        sum(case when is_engaged then employed_days else 0 end) as days_engaged,
        sum(case when is_engaged then 0 else employed_days end) as days_not_engaged
    from described_months
    group by lag_months, tenure_band, job_level, job_family, job_location

),

strata as (

    {% for name, columns in stratifications.items() %}
    select
        lag_months,
        '{{ name }}' as stratification,
        cast(sum(n_engaged) as double) as a,
        cast(sum(n_not_engaged) as double) as b,
        cast(sum(days_engaged) as double) as days_engaged,
        cast(sum(days_not_engaged) as double) as days_not_engaged
    from counted_cells
    group by {{ (["lag_months"] + columns) | join(", ") }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

informative_strata as (

    -- A stratum without events, or with one group only, compares nothing.
    select
        lag_months,
        stratification,
        a,
        a + b as n,
        days_engaged / (days_engaged + days_not_engaged) as share_engaged,
        a * days_not_engaged / (days_engaged + days_not_engaged) as upper_part,
        b * days_engaged / (days_engaged + days_not_engaged) as lower_part
    from strata
    where a + b > 0 and days_engaged > 0 and days_not_engaged > 0

),

skipped_strata as (

    select
        lag_months,
        stratification,
        count(*) as n_strata,
        sum(
            case when a + b > 0 and days_engaged > 0 and days_not_engaged > 0 then 0 else 1 end
        ) as n_strata_skipped
    from strata
    group by lag_months, stratification

),

mantel_haenszel as (

    select
        lag_months,
        stratification,
        count(*) as n_strata_used,
        sum(a) as n_events_engaged,
        sum(n) - sum(a) as n_events_not_engaged,
        {{ ordered_sum("n * share_engaged") }} as expected_engaged,
        sum(n) - {{ ordered_sum("n * share_engaged") }} as expected_not_engaged,
        case
            when {{ ordered_sum("upper_part") }} > 0 and {{ ordered_sum("lower_part") }} > 0
                then ln({{ ordered_sum("upper_part") }} / {{ ordered_sum("lower_part") }})
        end as log_ratio,
        case
            when {{ ordered_sum("upper_part") }} > 0 and {{ ordered_sum("lower_part") }} > 0
                then
                    sqrt(
                        {{ ordered_sum("n * share_engaged * (1 - share_engaged)") }}
                        / ({{ ordered_sum("upper_part") }} * {{ ordered_sum("lower_part") }})
                    )
        end as standard_error
    from informative_strata
    group by lag_months, stratification

),

poisson_0 as (

    select
        lag_months,
        stratification,
        coalesce(log_ratio, 0.0) as beta,
        1.0 as step
    from mantel_haenszel

),

{% for number in range(1, steps + 1) %}
poisson_{{ number }} as (

    select
        strata_now.lag_months,
        strata_now.stratification,
        max(strata_now.beta)
        + {{ ordered_sum("strata_now.a - strata_now.n * strata_now.p") }}
        / {{ ordered_sum("strata_now.n * strata_now.p * (1 - strata_now.p)") }} as beta,
        {{ ordered_sum("strata_now.a - strata_now.n * strata_now.p") }}
        / {{ ordered_sum("strata_now.n * strata_now.p * (1 - strata_now.p)") }} as step
    from (
        select
            informative_strata.*,
            earlier.beta,
            informative_strata.share_engaged * exp(earlier.beta)
            / (
                informative_strata.share_engaged * exp(earlier.beta)
                + 1 - informative_strata.share_engaged
            ) as p
        from informative_strata
        inner join poisson_{{ number - 1 }} as earlier
            on
                informative_strata.lag_months = earlier.lag_months
                and informative_strata.stratification = earlier.stratification
    ) as strata_now
    group by strata_now.lag_months, strata_now.stratification

),

{% endfor %}
fitted_strata as (

    select
        informative_strata.*,
        poisson_{{ steps }}.beta,
        poisson_{{ steps }}.step,
        informative_strata.share_engaged * exp(poisson_{{ steps }}.beta)
        / (
            informative_strata.share_engaged * exp(poisson_{{ steps }}.beta)
            + 1 - informative_strata.share_engaged
        ) as p
    from informative_strata
    inner join poisson_{{ steps }}
        on
            informative_strata.lag_months = poisson_{{ steps }}.lag_months
            and informative_strata.stratification = poisson_{{ steps }}.stratification

),

poisson as (

    -- Pearson's statistic of the common ratio says how much the strata disagree; unlike one
    -- made of the strata's own log ratios it exists where a group of a stratum lost nobody.
    select
        lag_months,
        stratification,
        max(beta) as log_ratio,
        sqrt(1 / {{ ordered_sum("n * p * (1 - p)") }}) as standard_error,
        {{ ordered_sum("(a - n * p) * (a - n * p) / (n * p * (1 - p))") }} as heterogeneity,
        max(abs(step)) as step
    from fitted_strata
    group by lag_months, stratification

),

final as (

    select
        skipped_strata.lag_months,
        skipped_strata.stratification,
        cast(skipped_strata.n_strata as integer) as n_strata,
        cast(skipped_strata.n_strata_skipped as integer) as n_strata_skipped,
        cast(coalesce(mantel_haenszel.n_events_engaged, 0) as integer) as n_events_engaged,
        cast(coalesce(mantel_haenszel.n_events_not_engaged, 0) as integer)
            as n_events_not_engaged,
        mantel_haenszel.expected_engaged as expected_events_engaged,
        mantel_haenszel.expected_not_engaged as expected_events_not_engaged,
        exp(mantel_haenszel.log_ratio) as mh_rate_ratio,
        mantel_haenszel.standard_error as mh_log_standard_error,
        exp(mantel_haenszel.log_ratio - 1.959963984540054 * mantel_haenszel.standard_error)
            as mh_rate_ratio_ci_low,
        exp(mantel_haenszel.log_ratio + 1.959963984540054 * mantel_haenszel.standard_error)
            as mh_rate_ratio_ci_high,
        case when mantel_haenszel.log_ratio is not null and poisson.step < 1e-8
                then exp(poisson.log_ratio)
        end as poisson_rate_ratio,
        case when mantel_haenszel.log_ratio is not null and poisson.step < 1e-8
                then poisson.standard_error
        end as poisson_log_standard_error,
        case when mantel_haenszel.log_ratio is not null and poisson.step < 1e-8
                then poisson.heterogeneity
        end as heterogeneity,
        cast(mantel_haenszel.n_strata_used - 1 as integer) as heterogeneity_freedom,
        cast(
            case
                when mantel_haenszel.n_strata_used is null then 'no_events'
                when mantel_haenszel.log_ratio is null then 'separation'
                when poisson.step >= 1e-8 then 'not_converged'
            end as varchar
        ) as reason
    from skipped_strata
    left join mantel_haenszel
        on
            skipped_strata.lag_months = mantel_haenszel.lag_months
            and skipped_strata.stratification = mantel_haenszel.stratification
    left join poisson
        on
            skipped_strata.lag_months = poisson.lag_months
            and skipped_strata.stratification = poisson.stratification

)

select * from final
