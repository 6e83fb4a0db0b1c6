{#-
    How much a person was tied to colleagues who have just resigned (H11), as CTEs of the calling
    model; the last one is `contagion`: person_key, month_start, lag_months, exposure, team_exposure.

    `person_months` is a CTE with person_key, month_start and lag_months: the months at risk, each
    person once for each month and lag. The CTEs `ties`
    (fct_tie_month), `employed_months` (int_person_months), `spells` (int_spells), `months` and
    `collaboration_feeds` (allows_retention: 0 if a source of ties lacks the purpose) are there too.

    Exposure is the share of tie weight, L + 3 months before (six with L = 3), that goes to
    people who resigned and left in the 91 days before the month; the team's is that over ties
    within the own org unit. NULL without ties. Input of models and of means over units: no table
    about persons may carry it.
-#}
{% macro contagion_exposures(person_months) -%}
{%- set window_months = 3 -%}
{%- set days_since_exit = 91 -%}
recent_leavers as (

    select distinct
        spells.person_key,
        months.month_start
    from spells
    inner join months
        on
            spells.termination_date >= {{ add_days("months.month_start", -days_since_exit) }}
            and spells.termination_date < months.month_start
    where
        spells.is_separation
        and spells.has_retention
        and spells.termination_type = 'voluntary'

),

earlier_ties as (

    -- Weights have nine decimals, so their sums are exact.
    select
        {{ person_months }}.month_start,
        {{ person_months }}.lag_months,
        ties.from_person_key,
        ties.to_person_key,
        cast(ties.weight as decimal(18, 9)) as weight,
        coalesce(own_months.org_unit_key = their_months.org_unit_key, false) as is_team
    from {{ person_months }}
    inner join collaboration_feeds on collaboration_feeds.allows_retention = 1
    inner join ties
        on
            {{ person_months }}.person_key = ties.from_person_key
            and {{ add_months(
                person_months ~ ".month_start",
                "-(" ~ person_months ~ ".lag_months + " ~ window_months ~ ")",
            ) }} = ties.month_start
    left join employed_months as own_months
        on
            ties.from_person_key = own_months.person_key
            and ties.month_start = own_months.month_start
    left join employed_months as their_months
        on
            ties.to_person_key = their_months.person_key
            and ties.month_start = their_months.month_start
    where ties.is_tie

),

contagion as (

    select
        earlier_ties.from_person_key as person_key,
        earlier_ties.month_start,
        earlier_ties.lag_months,
        cast(
            sum(case when recent_leavers.person_key is not null then earlier_ties.weight else 0 end)
            as double
        ) / cast(sum(earlier_ties.weight) as double) as exposure,
        cast(
            sum(
                case
                    when earlier_ties.is_team and recent_leavers.person_key is not null
                        then earlier_ties.weight
                    else 0
                end
            ) as double
        )
        / nullif(
            cast(sum(case when earlier_ties.is_team then earlier_ties.weight else 0 end) as double), 0
        ) as team_exposure
    from earlier_ties
    left join recent_leavers
        on
            earlier_ties.to_person_key = recent_leavers.person_key
            and earlier_ties.month_start = recent_leavers.month_start
    group by earlier_ties.from_person_key, earlier_ties.month_start, earlier_ties.lag_months

)
{%- endmacro %}
