{#-
    Survival from durations, as CTEs of the calling model.

    `relation` is a CTE with the columns of `groups`, a whole number `duration` (days under
    observation, 0 or more) and `is_event` (1 if the duration ended with the event, 0 if it was
    censored). Whoever is censored on a day is still at risk on it. Rows whose `is_event` is
    NULL mark days at which the curve is wanted and count nobody.

    Defines `<name>`: groups, duration, n_at_risk, n_events, survival. With `causes`, columns
    of 0 or 1 that split the event, also `<cause>_incidence`, the Aalen-Johansen estimate of
    each: the causes compete, so that survival and incidences add up to 1. Rounded, because the
    order in which an engine adds must not show.

    Kaplan & Meier 1958; Aalen & Johansen 1978.
-#}
{% macro kaplan_meier(name, relation, groups, causes=[]) -%}
{% set keys = groups | join(", ") %}
{{ name }}_counts as (

    select
        {{ keys }},
        duration,
        sum(case when is_event is null then 0 else 1 end) as n_ending,
        sum(coalesce(is_event, 0)) as n_events
        {%- for cause in causes %},
        sum(case when is_event = 1 then {{ cause }} else 0 end) as n_{{ cause }}
        {%- endfor %}
    from {{ relation }}
    group by {{ keys }}, duration

),

{{ name }}_risks as (

    select
        *,
        sum(n_ending) over (
            partition by {{ keys }}
            order by duration desc
            rows between unbounded preceding and current row
        ) as n_at_risk
    from {{ name }}_counts

),

{{ name }}_products as (

    -- A product as a sum of logarithms; where everybody is gone the product is 0.
    select
        *,
        case
            when
                max(case when n_events > 0 and n_events = n_at_risk then 1 else 0 end) over so_far
                = 1
                then 0.0
            else exp(sum(
                case
                    when n_events > 0 and n_events < n_at_risk
                        then ln(1 - 1.0 * n_events / n_at_risk)
                    else 0.0
                end
            ) over so_far)
        end as survival
    from {{ name }}_risks
    window so_far as (
        partition by {{ keys }}
        order by duration
        rows between unbounded preceding and current row
    )

),

{% if causes -%}
{{ name }}_steps as (

    select
        *,
        coalesce(lag(survival) over (partition by {{ keys }} order by duration), 1.0)
            as survival_before
    from {{ name }}_products

),

{% endif -%}
{{ name }} as (

    select
        {{ keys }},
        duration,
        n_at_risk,
        n_events,
        round(survival, 9) as survival
        {%- for cause in causes %},
        round(
            sum(
                case
                    when n_{{ cause }} > 0 then survival_before * n_{{ cause }} / n_at_risk
                    else 0.0
                end
            ) over (
                partition by {{ keys }}
                order by duration
                rows between unbounded preceding and current row
            ),
            9
        ) as {{ cause }}_incidence
        {%- endfor %}
    from {{ name }}_{{ "steps" if causes else "products" }}

)
{%- endmacro %}
